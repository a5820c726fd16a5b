"""Vertices, plates and legs as items of the display list."""

from __future__ import annotations

from collections.abc import Sequence

from feyn_nn.render.display import Anchor, Disc, Item, Region, Role, Text, text_width
from feyn_nn.render.geometry import Box, Point, rounded
from feyn_nn.render.theme import Theme

# Half the side of the plate around a vertex, and the radius of its corners, in radii of the vertex.
_PLATE, _CORNER = 1.45, 0.5
# The inner disc of a blob, in its radius.
_CORE = 0.8


def vertex(role: Role, name: str, at: Point, radius: float, theme: Theme) -> list[Item]:
    """Draw a vertex: filled for cumulants, white for Gaussian expectations, with a ring around it for a blob."""
    white = role in ("expectation", "blob")
    disc = Disc(
        role=role,
        centre=at,
        radius=radius - theme.outline_stroke / 2,
        fill=theme.expectation if white else theme.cumulant,
        colour=theme.outline,
        stroke=theme.outline_stroke,
    )
    items: list[Item] = [disc]
    if role == "blob":
        core = Disc(
            role="blob",
            centre=at,
            radius=_CORE * radius - theme.outline_stroke,
            fill=theme.blob,
            colour="none",
            stroke=0,
        )
        items.append(core)
    if name and theme.vertex_size:
        colour = theme.expectation_text if role == "expectation" else theme.cumulant_text
        size = min(theme.vertex_size, (1.3 if role == "blob" else 1.5) * radius / text_width(name, 1.0))
        items.append(_word(name, at, size, colour))
    return items


def _word(name: str, at: Point, size: float, colour: str) -> Text:
    return Text(
        role="label", at=at + 0.35j * size, text=name, size=size, colour=colour, anchor="middle", bold=True
    )


def plate_gap(theme: Theme) -> float:
    """How far under the middle of a plate its name stands."""
    return _PLATE * theme.spacing.radius + 0.7 * theme.axis_size


def plate(size_name: str, at: Point, radius: float, theme: Theme) -> list[Item]:
    """Draw a plate around a vertex: a frame for the sum over its units, their number under it."""
    half, size = _PLATE * radius, theme.axis_size
    frame = Region(
        role="plate",
        path=rounded(Box(at.real - half, at.imag - half, at.real + half, at.imag + half), _CORNER * radius),
        fill=theme.background,
        colour=theme.axis,
        stroke=0.6 * theme.stroke,
        dashes=(1.8 * theme.stroke, 1.5 * theme.stroke),
    )
    under = at + 1j * (plate_gap(theme) + 0.35 * size)
    word = Text(
        role="label", at=under, text=size_name, size=size, colour=theme.axis, anchor="middle", italic=True
    )
    return [frame, word]


def leg_dots(places: Sequence[Point], theme: Theme) -> list[Item]:
    """Draw the filled dots in which external lines end."""
    return [
        Disc(
            role="leg",
            centre=at,
            radius=theme.leg_radius,
            fill=theme.external,
            colour=theme.external,
            stroke=0,
        )
        for at in places
    ]


def label_gap(theme: Theme) -> float:
    """How far the label of a leg stands from its dot's centre."""
    return theme.leg_radius + 0.35 * theme.label_size


def leg_labels(places: Sequence[Point], labels: Sequence[str], n_left: int, theme: Theme) -> list[Item]:
    """Write the label of each leg outside of it; the first `n_left` stand at the left."""
    size, gap = theme.label_size, label_gap(theme)
    items: list[Item] = []
    for i, (at, label) in enumerate(zip(places, labels, strict=True)):
        anchor: Anchor = "end" if i < n_left else "start"
        offset = (-gap if i < n_left else gap) + 0.35j * size
        items.append(
            Text(role="label", at=at + offset, text=label, size=size, colour=theme.text, anchor=anchor)
        )
    return items
