"""From a diagram of attention to a display list, with captions, a legend and words for screen readers."""

from __future__ import annotations

from collections.abc import Sequence

from feyn_nn._core.text import counted
from feyn_nn.render.display import Curve, Item, Region
from feyn_nn.render.geometry import Box, Point, enclosing, rounded, straight
from feyn_nn.render.heads import HeadSubject, head_items
from feyn_nn.render.legend import Sample, legend_rows
from feyn_nn.render.nodes import vertex
from feyn_nn.render.placement import Layout
from feyn_nn.render.scene import Scene, captions_under
from feyn_nn.render.strokes import drawn
from feyn_nn.render.theme import Theme


def head_scene(
    diagram: HeadSubject, *, theme: Theme, labels: Sequence[str], captions: Sequence[str], legend: bool
) -> Scene:
    """Compose the picture of a diagram of attention; see :func:`feyn_nn.render.scene.scene`."""
    items = head_items(diagram, labels, theme)
    if captions:
        items += captions_under(captions, enclosing(item.box for item in items), theme)
    if legend:
        items += legend_rows(_entries(diagram, theme), enclosing(item.box for item in items), theme)
    box = enclosing(item.box for item in items).padded(theme.margin)
    return Scene(items=tuple(items), box=box, layout=Layout(positions=(), paths=()))


def head_title(diagram: HeadSubject) -> str:
    """Return a short name."""
    rings, legs = counted(len(diagram.rings), "value ring"), counted(diagram.n_legs, "leg")
    return f"Diagram of an attention head: {rings}, {legs}"


def head_description(diagram: HeadSubject, labels: Sequence[str], captions: Sequence[str]) -> str:
    """Return sentences that name every ring and every score cumulant, and then the caption."""
    sentences = ["All is in one head of a plate of heads."]
    for i, ring in enumerate(diagram.rings, start=1):
        legs = sorted({leg for segment in ring for leg, _ in segment})
        names = " and ".join(labels[leg] for leg in legs)
        sentences.append(f"Value ring {i} joins {'leg' if len(legs) == 1 else 'legs'} {names}.")
    for blob in diagram.blobs:
        rings = [i for i, ring in enumerate(diagram.rings, start=1) if set(ring) & set(blob)]
        where = " and ".join(str(i) for i in rings)
        what = "A score expectation is taken of" if len(blob) == 1 else "A score cumulant joins"
        parts = counted(len(blob), "segment")
        sentences.append(f"{what} {parts} of value {'ring' if len(rings) == 1 else 'rings'} {where}.")
    sentences += [f"A ring joins {number} scores." for number in diagram.score_rings]
    return " ".join([*sentences, *captions])


def _entries(diagram: HeadSubject, theme: Theme) -> list[tuple[Sample, str]]:
    """What the legend says of what there is."""
    radius = 0.62 * theme.spacing.radius
    entries: list[tuple[Sample, str]] = [
        (_line(theme, "solid"), "value line: a factor A Σ Aᵀ of one channel"),
        (lambda at: vertex("vertex", "", at, theme.point_radius, theme), "the metric of a leg"),
    ]
    if any(len(blob) == 1 for blob in diagram.blobs):
        entries.append(
            (lambda at: vertex("expectation", "", at, 0.8 * radius, theme), "expectation over the scores")
        )
    if any(len(blob) > 1 for blob in diagram.blobs):
        entries.append(
            (lambda at: vertex("cumulant", "", at, radius, theme), "cumulant over the scores that")
        )
        entries.append((_line(theme, "dashed"), "these segments share"))
    if diagram.score_rings:
        entries.append((_line(theme, "wavy"), "ring of so many scores, beyond key_dim → ∞"))
    return [*entries, (_plate(theme), "plates: dᵥ value channels in each of Nₕ heads")]


def _line(theme: Theme, pattern: str) -> Sample:
    half, colour = 1.9 * theme.axis_size, theme.line if pattern == "solid" else theme.outline

    def sample(at: Point) -> list[Item]:
        path, dashes = drawn(straight(at - half, at + half), pattern, theme.stroke)
        return [Curve(role="legend", path=path, colour=colour, stroke=theme.stroke, dashes=dashes)]

    return sample


def _plate(theme: Theme) -> Sample:
    half = 0.8 * theme.axis_size

    def sample(at: Point) -> list[Item]:
        box = Box(at.real - 2 * half, at.imag - half, at.real + 2 * half, at.imag + half)
        dashes = (1.8 * theme.stroke, 1.5 * theme.stroke)
        frame = rounded(box, 0.4 * half)
        width = 0.6 * theme.stroke
        return [Region(role="plate", path=frame, fill="none", colour=theme.axis, stroke=width, dashes=dashes)]

    return sample
