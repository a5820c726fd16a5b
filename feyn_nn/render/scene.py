"""From a layout to a display list: what is drawn where, in which colours, with which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from feyn_nn.render.causal import causal_layout
from feyn_nn.render.display import Anchor, Curve, Disc, DisplayList, Item, Polygon, Role, Text, text_width
from feyn_nn.render.geometry import Box, Point, distance, enclosing, middle, polyline, straight, trimmed
from feyn_nn.render.placement import Layout
from feyn_nn.render.subject import Subject
from feyn_nn.render.theme import Theme
from feyn_nn.render.undirected import undirected_layout

_DEPTH = "depth ℓ"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A display list and the box that shows all of it.

    Parameters
    ----------
    items : tuple of Item
        From the hindmost to the foremost.
    box : Box
        Everything, and a margin.
    layout : Layout
        Where the nodes and lines were put.
    """

    items: DisplayList
    box: Box
    layout: Layout


def scene(
    diagram: Subject, *, theme: Theme, labels: Sequence[str], layers: Sequence[str], captions: Sequence[str]
) -> Scene:
    """Compose the picture of a diagram.

    Parameters
    ----------
    diagram : Subject
    theme : Theme
    labels : sequence of str, length n_legs
        What is written at the legs.
    layers : sequence of str, length V
        The names of the vertices' layers, written along the depth axis of a causal diagram.
    captions : sequence of str
        Lines of text under the picture.
    """
    placed = _layout(diagram, labels, theme)
    front: list[Item] = [*_lines(diagram, placed, theme), *_nodes(diagram, placed, theme)]
    front += _leg_labels(diagram, placed, labels, theme)
    behind = (
        _axis(diagram, placed, layers, enclosing(item.box for item in front), theme) if placed.columns else []
    )
    items = [*behind, *front]
    if captions:
        items += _captions(captions, enclosing(item.box for item in items), theme)
    box = enclosing(item.box for item in items).padded(theme.margin)
    return Scene(items=tuple(items), box=box, layout=placed)


def _layout(diagram: Subject, labels: Sequence[str], theme: Theme) -> Layout:
    if diagram.directed and diagram.vertices:
        return causal_layout(diagram, theme.spacing)
    if not (diagram.vertices or diagram.n_legs):
        return Layout(positions=(), paths=())
    widest = max((text_width(label, theme.label_size) for label in labels), default=0.0)
    spacing = replace(theme.spacing, radius=theme.point_radius, label=_label_gap(theme) + widest)
    return undirected_layout(diagram, spacing)


def _label_gap(theme: Theme) -> float:
    return theme.leg_radius + 0.35 * theme.label_size


def _radius(diagram: Subject, theme: Theme) -> float:
    return theme.spacing.radius if diagram.directed else theme.point_radius


def _lines(diagram: Subject, placed: Layout, theme: Theme) -> list[Item]:
    v, radius = len(diagram.vertices), _radius(diagram, theme)
    curves: list[Curve] = []
    for (a, b), path in zip(diagram.lines, placed.paths, strict=True):
        role: Role = "external" if max(a, b) >= v else "internal"
        colour = theme.external if role == "external" else theme.line
        shown = trimmed(path, *(radius if node < v else 0.0 for node in (a, b)))
        curves.append(Curve(role=role, path=shown, colour=colour, stroke=theme.stroke))
    return [*curves, *(_arrows(curves, _pointed(diagram), theme.arrow) if theme.arrow else [])]


def _pointed(diagram: Subject) -> Sequence[bool]:
    """Which lines have a direction: all of a causal diagram, else what the diagram says, if it says so."""
    return getattr(diagram, "pointed", (diagram.directed,) * len(diagram.lines))


def _arrows(curves: Sequence[Curve], pointed: Sequence[bool], length: float) -> list[Polygon]:
    """An arrowhead on each line with a direction, in its middle or nearby where no other line passes."""
    lines = [polyline(curve.path) for curve in curves]
    arrows: list[Polygon] = []
    for i, curve in enumerate(curves):
        if not pointed[i]:
            continue
        others = [*lines[:i], *lines[i + 1 :]]
        spots = [middle(curve.path, fraction) for fraction in (0.5, 0.4, 0.6, 0.33, 0.67)]
        clear = [spot for spot in spots if all(distance(line, spot[0]) > length for line in others)]
        arrows.append(_arrow(*(clear or spots)[0], length, curve.colour))
    return arrows


def _arrow(at: Point, direction: Point, length: float, colour: str) -> Polygon:
    tip, back = at + 0.55 * length * direction, at - 0.45 * length * direction
    side = 0.38j * length * direction
    return Polygon(
        role="arrow", corners=(tip, back + side, back + 0.22 * length * direction, back - side), fill=colour
    )


def _nodes(diagram: Subject, placed: Layout, theme: Theme) -> list[Item]:
    v, radius = len(diagram.vertices), _radius(diagram, theme)
    items: list[Item] = []
    for kind, at in zip(diagram.vertices, placed.positions, strict=False):
        items += _vertex(kind, at, radius, directed=diagram.directed, theme=theme)
    for at in placed.positions[v:]:
        items.append(
            Disc(
                role="leg",
                centre=at,
                radius=theme.leg_radius,
                fill=theme.external,
                colour=theme.external,
                stroke=0,
            )
        )
    return items


def _vertex(kind: tuple[int, int], at: Point, radius: float, *, directed: bool, theme: Theme) -> list[Item]:
    white = directed and kind[0] == 1
    disc = Disc(
        role=("expectation" if white else "cumulant") if directed else "vertex",
        centre=at,
        radius=radius - theme.outline_stroke / 2,
        fill=theme.expectation if white else theme.cumulant,
        colour=theme.outline,
        stroke=theme.outline_stroke,
    )
    if not (directed and theme.vertex_size):
        return [disc]
    text = f"{kind[0]},{kind[1]}"
    size = min(theme.vertex_size, 1.5 * radius / text_width(text, 1.0))
    name = Text(
        role="label",
        at=at + 0.35j * size,
        text=text,
        size=size,
        colour=theme.expectation_text if white else theme.cumulant_text,
        anchor="middle",
        bold=True,
    )
    return [disc, name]


def _leg_labels(diagram: Subject, placed: Layout, labels: Sequence[str], theme: Theme) -> list[Item]:
    v, size = len(diagram.vertices), theme.label_size
    legs = placed.positions[v:]
    n_left = 0 if placed.columns else (len(legs) + 1) // 2
    items: list[Item] = []
    for i, (at, label) in enumerate(zip(legs, labels, strict=True)):
        anchor: Anchor = "end" if i < n_left else "start"
        gap = _label_gap(theme)
        offset = (-gap if i < n_left else gap) + 0.35j * size
        items.append(
            Text(role="label", at=at + offset, text=label, size=size, colour=theme.text, anchor=anchor)
        )
    return items


def _axis(diagram: Subject, placed: Layout, layers: Sequence[str], content: Box, theme: Theme) -> list[Item]:
    """Faint bands for the columns, the names of the layers under them, and an arrow along the depth."""
    columns, radius = placed.columns, theme.spacing.radius
    names = [_layers_at(x, placed, layers) for x in columns[:-1]] + ["L"]
    room = 0.9 * min(b - a for a, b in pairwise(columns))
    size = min(theme.axis_size, room / max(text_width(name, 1.0) for name in names))
    top, bottom = content.top - 0.5 * radius, content.bottom + 0.8 * radius
    bands: list[Item] = []
    words: list[Item] = []
    for x, name in zip(columns, names, strict=True):
        half = max(1.5 * radius, 0.5 * text_width(name, size))
        bands.append(_band(Box(x - half, top, x + half, bottom + 1.7 * size), theme))
        at = complex(x, bottom + 1.15 * size)
        words.append(
            Text(role="axis", at=at, text=name, size=size, colour=theme.axis, anchor="middle", italic=True)
        )
    return [*bands, *_depth_arrow(columns[0], columns[-1], bottom + 1.7 * size, theme), *words]


def _layers_at(x: float, placed: Layout, layers: Sequence[str]) -> str:
    """The names of the layers of one column's vertices, from top to bottom."""
    here = sorted((p.imag, i) for i, p in enumerate(placed.positions[: len(layers)]) if p.real == x)
    return ", ".join(layers[i] for _, i in here)


def _depth_arrow(left: float, right: float, top: float, theme: Theme) -> list[Item]:
    size = theme.axis_size
    y = top + 0.9 * size
    start, end = complex(left + text_width(_DEPTH, size) + 0.5 * size, y), complex(right, y)
    return [
        Text(role="axis", at=complex(left, y + 0.33 * size), text=_DEPTH, size=size, colour=theme.axis),
        Curve(role="axis", path=straight(start, end), colour=theme.axis, stroke=0.5 * theme.stroke),
        _arrow(end, 1 + 0j, 0.6 * size, theme.axis),
    ]


def _band(box: Box, theme: Theme) -> Polygon:
    corners = (
        complex(box.left, box.top),
        complex(box.right, box.top),
        complex(box.right, box.bottom),
        complex(box.left, box.bottom),
    )
    return Polygon(role="band", corners=corners, fill=theme.band)


def _captions(captions: Sequence[str], content: Box, theme: Theme) -> list[Item]:
    size, x = theme.caption_size, (content.left + content.right) / 2
    return [
        Text(
            role="caption",
            at=complex(x, content.bottom + (1.5 + 1.35 * i) * size),
            text=line,
            size=size,
            colour=theme.text,
            anchor="middle",
        )
        for i, line in enumerate(captions)
    ]
