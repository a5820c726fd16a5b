"""From a layout to a display list: what is drawn where, in which colours, with which words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from feyn_nn.render.arrowhead import arrowheads
from feyn_nn.render.axis import depth_axis
from feyn_nn.render.causal import causal_layout
from feyn_nn.render.display import Curve, DisplayList, Item, Role, Text, text_width
from feyn_nn.render.geometry import Box, enclosing, trimmed
from feyn_nn.render.legend import legend_items
from feyn_nn.render.nodes import label_gap, leg_dots, leg_labels, plate, plate_gap, vertex
from feyn_nn.render.placement import Layout
from feyn_nn.render.strokes import drawn, line_styles
from feyn_nn.render.subject import Annotated, Subject, line_fields, names_of, roles_of
from feyn_nn.render.theme import Theme
from feyn_nn.render.undirected import undirected_layout


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
    diagram: Subject,
    *,
    theme: Theme,
    labels: Sequence[str],
    layers: Sequence[str],
    captions: Sequence[str],
    legend: bool = False,
    styles: Mapping[str, str] | None = None,
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
    legend : bool
        Whether to explain, at the bottom, what each thing in the picture is.
    styles : mapping of str to str, optional
        The patterns of the lines of some fields, by name.
    """
    placed = _layout(diagram, labels, theme)
    n_left = 0 if placed.columns else (len(labels) + 1) // 2
    legs = placed.positions[len(diagram.vertices) :]
    plates = _plates(diagram, placed, theme)
    front = [
        *_lines(diagram, placed, theme, styles),
        *_vertices(diagram, placed, theme),
        *leg_dots(legs, theme),
    ]
    front += leg_labels(legs, labels, n_left, theme)
    content = enclosing(item.box for item in (*plates, *front))
    columns = placed.columns
    behind = depth_axis(columns, _column_names(diagram, placed, layers), content, theme) if columns else []
    items = [*behind, *plates, *front]
    if captions:
        items += captions_under(captions, enclosing(item.box for item in items), theme)
    if legend:
        items += legend_items(diagram, styles, enclosing(item.box for item in items), theme)
    box = enclosing(item.box for item in items).padded(theme.margin)
    return Scene(items=tuple(items), box=box, layout=placed)


def _layout(diagram: Subject, labels: Sequence[str], theme: Theme) -> Layout:
    if diagram.directed and diagram.vertices:
        return causal_layout(diagram, replace(theme.spacing, label=plate_gap(theme)))
    widest = max((text_width(label, theme.label_size) for label in labels), default=0.0)
    spacing = replace(theme.spacing, radius=theme.point_radius, label=label_gap(theme) + widest)
    return undirected_layout(diagram, spacing)


def _radius(diagram: Subject, theme: Theme) -> float:
    return theme.spacing.radius if diagram.directed else theme.point_radius


def _lines(diagram: Subject, placed: Layout, theme: Theme, styles: Mapping[str, str] | None) -> list[Item]:
    v, radius, style = len(diagram.vertices), _radius(diagram, theme), line_styles(diagram, styles)
    fields = line_fields(diagram)
    paths = [
        trimmed(path, *(radius if node < v else 0.0 for node in ends))
        for ends, path in zip(diagram.lines, placed.paths, strict=True)
    ]
    curves: list[Curve] = []
    for (a, b), path, name in zip(diagram.lines, paths, fields, strict=True):
        role: Role = "external" if max(a, b) >= v else "internal"
        shown, dashes = drawn(path, style[name].pattern, theme.stroke)
        colour = theme.external if role == "external" else theme.line
        curves.append(Curve(role=role, path=shown, colour=colour, stroke=theme.stroke, dashes=dashes))
    pointed = [style[name].arrow for name in fields]
    return [*curves, *(arrowheads(curves, paths, pointed, theme.arrow) if theme.arrow else ())]


def _vertices(diagram: Subject, placed: Layout, theme: Theme) -> list[Item]:
    radius = _radius(diagram, theme)
    described = zip(roles_of(diagram), names_of(diagram), placed.positions, strict=False)
    return [item for role, name, at in described for item in vertex(role, name, at, radius, theme)]


def _plates(diagram: Subject, placed: Layout, theme: Theme) -> list[Item]:
    if not isinstance(diagram, Annotated):
        return []
    named = zip(diagram.plates, placed.positions, strict=False)
    return [item for name, at in named if name for item in plate(name, at, _radius(diagram, theme), theme)]


def _column_names(diagram: Subject, placed: Layout, layers: Sequence[str]) -> list[str]:
    """The names of the layers of each column's vertices, from top to bottom."""
    if isinstance(diagram, Annotated):
        return list(diagram.columns)
    heights = sorted((p.imag, i) for i, p in enumerate(placed.positions[: len(layers)]))
    return [
        *(
            ", ".join(layers[i] for _, i in heights if placed.positions[i].real == x)
            for x in placed.columns[:-1]
        ),
        "L",
    ]


def captions_under(captions: Sequence[str], content: Box, theme: Theme) -> list[Item]:
    """Return lines of text under `content`, in its middle."""
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
