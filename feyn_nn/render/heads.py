"""Diagrams of attention: value rings in the plate of a head, joined by cumulants over the scores they share."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from feyn_nn.render.display import Anchor, Curve, Disc, Item, Region, Text
from feyn_nn.render.geometry import (
    Box,
    Path,
    Point,
    bent,
    distance,
    distances,
    enclosing,
    middle,
    polyline,
    rounded,
    straight,
    trimmed,
)
from feyn_nn.render.nodes import leg_dots, leg_labels, vertex
from feyn_nn.render.strokes import drawn
from feyn_nn.render.theme import Theme

End: TypeAlias = tuple[int, int]
Segment: TypeAlias = tuple[End, End]

# In radii of a vertex: a ring of one leg, what each further leg adds, and the room between a ring and its plate.
_RING, _MORE, _ROOM = 2.0, 0.55, 0.75
# Legs of one ring leave it within this angle, to the right.
_FAN = 0.36 * math.pi
# How far the line from a blob to its segment may bend to pass what is in its way, the straightest first.
_BENDS = (0.0, 0.1, -0.1, 0.2, -0.2, 0.32, -0.32, 0.45, -0.45)


@runtime_checkable
class HeadSubject(Protocol):
    """A term of a metric cumulant behind attention, as the drawing sees it.

    Segments join ends (leg, which of its two labels); those of one ring close it.
    """

    @property
    def rings(self) -> Sequence[Sequence[Segment]]:
        """The segments of each value ring."""

    @property
    def blobs(self) -> Sequence[Sequence[Segment]]:
        """The same segments, grouped into score cumulants."""

    @property
    def score_rings(self) -> Sequence[int]:
        """How many scores each score ring connects; none at infinite key dimension."""

    @property
    def n_legs(self) -> int:
        """The number of legs."""


@dataclass(frozen=True, kw_only=True)
class _Placed:
    """Where everything is: the legs' beads, the course of each segment, the centre and radius of each ring."""

    beads: dict[int, Point]
    courses: dict[Segment, Path]
    circles: tuple[tuple[Point, float], ...]


def head_items(diagram: HeadSubject, labels: Sequence[str], theme: Theme) -> list[Item]:
    """Return the picture of a head diagram, from the hindmost item to the foremost."""
    placed = _placed(diagram, theme)
    legs = _legs(placed, theme)
    rings = [*_channel_plates(placed, theme), *_value_lines(placed, theme)]
    scores = [*_score_blobs(diagram, placed, theme)]
    inside = enclosing(item.box for item in (*rings, *scores))
    plate = _head_plate(diagram, inside, theme)
    outer = [_external(placed.beads[leg], at, theme) for leg, at in legs.items()]
    beads = [
        item for at in placed.beads.values() for item in vertex("vertex", "", at, theme.point_radius, theme)
    ]
    places = list(legs.values())
    words = leg_labels(places, [labels[leg] for leg in legs], 0, theme)
    return [*plate, *rings, *outer, *scores, *beads, *leg_dots(places, theme), *words]


def _cycle(ring: Sequence[Segment]) -> list[tuple[int, Segment]]:
    """The legs of a ring, one after the other along it, each with the segment that leads on."""
    first = min(leg for segment in ring for leg, _ in segment)
    end, rest = (first, 1), list(ring)
    found: list[tuple[int, Segment]] = []
    while rest:
        segment = next(s for s in rest if end in s)
        rest.remove(segment)
        found.append((end[0], segment))
        leg, side = segment[1] if segment[0] == end else segment[0]
        end = (leg, 1 - side)
    return found


def _placed(diagram: HeadSubject, theme: Theme) -> _Placed:
    """Put the rings one under the other, the legs of each at its right."""
    unit = theme.spacing.radius
    beads: dict[int, Point] = {}
    courses: dict[Segment, Path] = {}
    circles: list[tuple[Point, float]] = []
    y = 0.0
    for ring in diagram.rings:
        cycle = _cycle(ring)
        radius = unit * (_RING + _MORE * len(cycle))
        y += radius
        centre = complex(0.0, y)
        y += radius + 2 * _ROOM * unit + 1.7 * theme.axis_size
        circles.append((centre, radius))
        angles = [
            _FAN * (2 * i / max(len(cycle) - 1, 1) - 1) if len(cycle) > 1 else 0.0 for i in range(len(cycle))
        ]
        for (leg, _), angle in zip(cycle, angles, strict=True):
            beads[leg] = centre + cmath.rect(radius, angle)
        turns = [*angles, angles[0] + math.tau]
        for (_, segment), (start, stop) in zip(cycle, pairwise(turns), strict=True):
            courses[segment] = _arc(centre, radius, start, stop)
    return _Placed(beads=beads, courses=courses, circles=tuple(circles))


def _arc(centre: Point, radius: float, start: float, stop: float) -> Path:
    """Return a circular arc in pieces of at most a sixth of a turn."""
    pieces = max(1, math.ceil((stop - start) / (math.pi / 3)))
    step = (stop - start) / pieces
    pull = 4 / 3 * math.tan(step / 4) * radius
    path: list[Point] = [centre + cmath.rect(radius, start)]
    for i in range(pieces):
        a, b = start + i * step, start + (i + 1) * step
        path += [
            centre + cmath.rect(radius, a) + 1j * cmath.rect(pull, a),
            centre + cmath.rect(radius, b) - 1j * cmath.rect(pull, b),
            centre + cmath.rect(radius, b),
        ]
    return tuple(path)


def _legs(placed: _Placed, theme: Theme) -> dict[int, Point]:
    """Where each leg ends: at the right edge, a row apart and as near to the height of its bead as that allows."""
    x = max(radius for _, radius in placed.circles) + 1.15 * theme.spacing.column
    order = sorted(placed.beads, key=lambda leg: placed.beads[leg].imag)
    heights = _spread([placed.beads[leg].imag for leg in order], 0.62 * theme.spacing.row)
    return {leg: complex(x, y) for leg, y in zip(order, heights, strict=True)}


def _value_lines(placed: _Placed, theme: Theme) -> list[Item]:
    return [
        Curve(role="internal", path=path, colour=theme.line, stroke=theme.stroke)
        for path in placed.courses.values()
    ]


def _external(bead: Point, leg: Point, theme: Theme) -> Curve:
    path = trimmed(straight(bead, leg), theme.point_radius, 0.0)
    return Curve(role="external", path=path, colour=theme.external, stroke=theme.stroke)


def _channel_plates(placed: _Placed, theme: Theme) -> list[Item]:
    """A frame around each ring: one of the head's d_v value channels."""
    items: list[Item] = []
    for centre, radius in placed.circles:
        half = radius + _ROOM * theme.spacing.radius
        box = Box(centre.real - half, centre.imag - half, centre.real + half, centre.imag + half)
        items += [_frame(box, theme, fill="none"), _size_of_plate("dᵥ", box, theme)]
    return items


def _score_blobs(diagram: HeadSubject, placed: _Placed, theme: Theme) -> list[Item]:
    """A white blob on a segment that stands alone; else a filled one with dashed lines to all its segments."""
    lines: list[Item] = []
    discs: list[Item] = []
    radius, dot = 0.62 * theme.spacing.radius, 0.7 * theme.leg_radius
    joining = _blob_places(diagram, placed, theme)
    middles = {segment: middle(course)[0] for segment, course in placed.courses.items()}
    obstacles = [*placed.beads.values(), *joining, *middles.values()]
    for blob, at in zip(diagram.blobs, joining, strict=True):
        if len(blob) == 1:
            discs += vertex("expectation", "", middles[blob[0]], 0.8 * radius, theme)
            continue
        for spot in (middles[segment] for segment in blob):
            course = _around(at, spot, [p for p in obstacles if p not in (at, spot)], radius + theme.stroke)
            path, dashes = drawn(course, "dashed", theme.stroke)
            colour = theme.outline
            lines.append(Curve(role="internal", path=path, colour=colour, stroke=theme.stroke, dashes=dashes))
            discs.append(Disc(role="vertex", centre=spot, radius=dot, fill=colour, colour=colour, stroke=0))
        discs += vertex("cumulant", "", at, radius, theme)
    return [*lines, *discs]


def _around(start: Point, end: Point, obstacles: Sequence[Point], clearance: float) -> Path:
    """The straightest arc that keeps clear of the obstacles, as far as there is one."""
    places = np.array(obstacles)
    arcs = [bent(start, end, bend * abs(end - start)) for bend in _BENDS]
    touched = [
        int((distances(polyline(arc), places) < clearance).sum()) if len(places) else 0 for arc in arcs
    ]
    return arcs[touched.index(min(touched))]


def _blob_places(diagram: HeadSubject, placed: _Placed, theme: Theme) -> list[Point]:
    """Within a ring that holds all of a blob's segments; else left of the rings that it joins."""
    unit = theme.spacing.radius
    owner = {segment: i for i, ring in enumerate(diagram.rings) for segment in ring}
    left = -max(radius for _, radius in placed.circles) - 2.2 * unit
    places: list[Point] = []
    outside: list[int] = []
    inside: list[tuple[Point, list[Point]]] = []
    for i, blob in enumerate(diagram.blobs):
        spots = [middle(placed.courses[segment])[0] for segment in blob]
        if len({owner[segment] for segment in blob}) == 1:
            at = _place_within(placed.circles[owner[blob[0]]], spots, inside, unit)
            places.append(at)
            inside += [(at, spots)] if len(spots) > 1 else []
        else:
            places.append(complex(left, (sum(spots) / len(spots)).imag))
            outside.append(i)
    ordered = sorted(outside, key=lambda i: places[i].imag)
    heights = _spread([places[i].imag for i in ordered], 2 * unit)
    for i, y in zip(ordered, heights, strict=True):
        places[i] = complex(left, y)
    return places


def _place_within(
    circle: tuple[Point, float], spots: list[Point], others: list[tuple[Point, list[Point]]], unit: float
) -> Point:
    """As near to the middle of its spots as other blobs in the ring, and the lines to their spots, allow."""
    centre, radius = circle
    away = sum(spots) / len(spots) - centre
    wanted = centre + 0.4 * away if abs(away) > 0.1 * radius else centre
    ways = [cmath.rect(step * radius, math.tau * k / 12) for step in (0.15, 0.3, 0.45) for k in range(12)]

    def cost(at: Point) -> tuple[int, float]:
        near = sum(abs(at - other) < 1.7 * unit for other, _ in others)
        near += sum(_reach(other, spot, at) < unit for other, ends in others for spot in ends)
        near += sum(_reach(at, spot, other) < unit for spot in spots for other, _ in others)
        return near, round(abs(at - wanted) / unit, 6)

    return min([wanted, *(centre + way for way in ways)], key=cost)


def _reach(start: Point, end: Point, point: Point) -> float:
    """The distance of a point from a straight line."""
    return distance(np.array([start, end]), point)


def _spread(heights: Sequence[float], row: float) -> list[float]:
    """Push growing heights apart until all have their row, as little as that needs."""
    spread = list(heights)
    for _ in range(60):
        for i, (a, b) in enumerate(pairwise(spread)):
            lack = (row - (b - a)) / 2
            if lack > 0:
                spread[i], spread[i + 1] = a - lack, b + lack
    return spread


def _head_plate(diagram: HeadSubject, inside: Box, theme: Theme) -> list[Item]:
    """A frame around all that one head holds, with its score rings at the top."""
    unit = theme.spacing.radius
    radius = max(0.9 * unit, theme.axis_size)
    rings: list[Item] = []
    for i, number in enumerate(diagram.score_rings):
        at = complex(inside.left + (2.8 * i + 1.2) * radius, inside.top - 1.6 * radius)
        waves, _ = drawn(_arc(at, radius, 0.0, math.tau), "wavy", 0.6 * theme.stroke)
        rings.append(Curve(role="internal", path=waves, colour=theme.outline, stroke=0.7 * theme.stroke))
        rings.append(_word(str(number), at + 0.35j * theme.axis_size, theme))
    box = enclosing([inside, *(item.box for item in rings)]).padded(0.7 * unit)
    return [_frame(box, theme, fill=theme.band), _size_of_plate("Nₕ", box, theme), *rings]


def _size_of_plate(words: str, box: Box, theme: Theme) -> Text:
    """Say at the lower right corner of a plate how many of its kind there are."""
    size = theme.axis_size
    return _word(words, complex(box.right - 0.3 * size, box.bottom + 1.05 * size), theme, anchor="end")


def _frame(box: Box, theme: Theme, *, fill: str) -> Region:
    return Region(
        role="plate",
        path=rounded(box, 0.6 * theme.spacing.radius),
        fill=fill,
        colour=theme.axis,
        stroke=0.6 * theme.stroke,
        dashes=(1.8 * theme.stroke, 1.5 * theme.stroke),
    )


def _word(text: str, at: Point, theme: Theme, *, anchor: Anchor = "middle") -> Text:
    size, colour = theme.axis_size, theme.axis
    return Text(role="label", at=at, text=text, size=size, colour=colour, anchor=anchor, italic=True)
