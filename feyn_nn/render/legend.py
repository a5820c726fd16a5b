"""The legend: what each thing in a picture is, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from feyn_nn.render.arrowhead import arrowhead
from feyn_nn.render.display import Curve, Item, Role, Text, text_width
from feyn_nn.render.geometry import Box, Point, enclosing, straight
from feyn_nn.render.nodes import leg_dots, plate, vertex
from feyn_nn.render.strokes import drawn, line_styles
from feyn_nn.render.subject import Annotated, Subject, fields_of, roles_of
from feyn_nn.render.theme import Theme

Sample: TypeAlias = Callable[[Point], list[Item]]  # what is drawn about a point

_VERTICES: dict[Role, str] = {
    "blob": "cumulant κ of the layer before",
    "cumulant": "cumulant of one neuron (k ≥ 2 out)",
    "expectation": "Gaussian expectation (1 out)",
    "vertex": "vertex",
}
_NUMBERS = "k,m: lines out, lines in"


def legend_items(
    diagram: Subject, styles: Mapping[str, str] | None, content: Box, theme: Theme
) -> list[Item]:
    """Return the legend of a diagram, in rows under `content`: only of what there is in the picture."""
    return legend_rows(_entries(diagram, styles, theme), content, theme)


def legend_rows(described: Sequence[tuple[Sample, str]], content: Box, theme: Theme) -> list[Item]:
    """Return rows of samples with words, under `content` and in its middle."""
    size, gap = theme.axis_size, 0.9 * theme.axis_size
    entries = [(sample(0j), words) for sample, words in described]
    boxes = [enclosing(item.box for item in (*sample, _words("", 0j, theme))) for sample, _ in entries]
    half = max(max(-box.left, box.right) for box in boxes)
    width = 2 * half + gap + max(text_width(words, size) for _, words in entries)
    left, y = (content.left + content.right - width) / 2, content.bottom + gap
    items: list[Item] = []
    for (sample, words), box in zip(entries, boxes, strict=True):
        row = max(1.25 * size, box.height) + 0.4 * size
        middle = complex(left + half, y + row / 2)
        items += [item.moved(middle - 0.5j * (box.top + box.bottom)) for item in sample]
        items.append(_words(words, middle + half + gap, theme))
        y += row
    return items


def _words(words: str, middle: Point, theme: Theme) -> Text:
    size = theme.axis_size
    return Text(role="legend", at=middle + 0.35j * size, text=words, size=size, colour=theme.text)


def _entries(diagram: Subject, styles: Mapping[str, str] | None, theme: Theme) -> list[tuple[Sample, str]]:
    radius = theme.spacing.radius if diagram.directed else theme.point_radius
    numbered = diagram.directed and bool(theme.vertex_size)
    entries: list[tuple[Sample, str]] = []
    for role in dict.fromkeys(sorted(roles_of(diagram), key=list(_VERTICES).index)):
        name = ("κ" if role == "blob" else "k,m") if numbered else ""
        entries.append((_vertex_sample(role, name, radius, theme), _VERTICES[role]))
    if isinstance(diagram, Annotated) and any(diagram.plates):
        name = next(name for name in diagram.plates if name)
        entries.append((_plate_sample(radius, theme), f"plate: a sum over {name} neurons"))
    entries += _line_entries(diagram, styles, theme)
    if numbered:
        entries.append((lambda at: [], _NUMBERS))
    return entries


def _line_entries(
    diagram: Subject, styles: Mapping[str, str] | None, theme: Theme
) -> list[tuple[Sample, str]]:
    v = len(diagram.vertices)
    entries: list[tuple[Sample, str]] = []
    if any(max(line) < v for line in diagram.lines):
        for name, style in line_styles(diagram, styles).items():
            words = f"propagator of {name}" if len(fields_of(diagram)) > 1 else "propagator"
            if diagram.directed:
                words = "propagator: fluctuations, forward in depth"
            entries.append((_line_sample(style.pattern, style.arrow, theme.line, theme), words))
    if diagram.n_legs:
        entries.append((_external_sample(theme), "external line, ending in a leg"))
    return entries


def _vertex_sample(role: Role, name: str, radius: float, theme: Theme) -> Sample:
    return lambda at: vertex(role, name, at, radius, theme)


def _plate_sample(radius: float, theme: Theme) -> Sample:
    return lambda at: plate("", at, radius, theme)[:1]


def _line_sample(pattern: str, arrow: bool, colour: str, theme: Theme) -> Sample:
    half = 1.9 * theme.axis_size

    def sample(at: Point) -> list[Item]:
        path, dashes = drawn(straight(at - half, at + half), pattern, theme.stroke)
        line = Curve(role="legend", path=path, colour=colour, stroke=theme.stroke, dashes=dashes)
        head = [arrowhead(at, 1 + 0j, theme.arrow, colour)] if arrow and theme.arrow else []
        return [line, *head]

    return sample


def _external_sample(theme: Theme) -> Sample:
    half = 1.9 * theme.axis_size

    def sample(at: Point) -> list[Item]:
        line = straight(at - half, at + half)
        return [
            Curve(role="legend", path=line, colour=theme.external, stroke=theme.stroke),
            *leg_dots([at + half], theme),
        ]

    return sample
