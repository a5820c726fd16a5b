"""What a layout is, and how well it keeps clear of itself."""

from __future__ import annotations

import cmath
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from feyn_nn.render.geometry import Box, Path, Point, Polyline, crossings, distances, polyline, trimmed
from feyn_nn.render.subject import Subject

# The least angle at which two lines should leave a vertex.
_WEDGE = 0.35


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """How much room a layout gives, in the units of the picture.

    Parameters
    ----------
    column : float
        The least distance of neighbouring columns of a causal diagram; the length of a line otherwise.
    row : float
        The least vertical distance of two vertices in one column.
    radius : float
        The radius of a vertex.
    label : float
        How far the label of a leg reaches out from it; in a causal diagram, how far under a vertex the name of its
        plate stands.
    """

    column: float
    row: float
    radius: float
    label: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Places of the nodes and courses of the lines of one diagram.

    Parameters
    ----------
    positions : tuple of complex
        One point per node: vertices first, then legs; y points down.
    paths : tuple of tuple of complex
        One path per line, in the order of the diagram's lines, from the centre of its first node to that of its
        second.
    columns : tuple of float
        The x of each column of a causal diagram, the last one that of the legs; empty for others.
    crossings : int
        How often lines cross.
    """

    positions: tuple[Point, ...]
    paths: tuple[Path, ...]
    columns: tuple[float, ...] = ()
    crossings: int = 0


def visible(diagram: Subject, paths: Sequence[Path], radius: float) -> list[Polyline]:
    """Return the parts of the lines that are seen: outside the vertices in which they begin and end."""
    v = len(diagram.vertices)

    def hidden(node: int) -> float:
        return radius if node < v else 0.0

    return [
        polyline(trimmed(path, hidden(a), hidden(b)))
        for (a, b), path in zip(diagram.lines, paths, strict=True)
    ]


def collisions(
    diagram: Subject, positions: Sequence[Point], lines: Sequence[Polyline], clearance: float
) -> int:
    """Count how often a line comes closer than `clearance` to a position that is not an end of it.

    Positions after those of the nodes are other places to keep clear of.
    """
    places = np.array(positions)
    return sum(
        touched(line, ends, places, clearance) for ends, line in zip(diagram.lines, lines, strict=True)
    )


def touched(line: Polyline, ends: tuple[int, int], places: Polyline, clearance: float) -> int:
    """Count the places, but for the line's own ends, that it comes closer to than `clearance`."""
    near = distances(line, places) < clearance
    near[list(ends)] = False
    return int(np.count_nonzero(near))


def flaws(
    diagram: Subject, positions: Sequence[Point], paths: Sequence[Path], radius: float
) -> tuple[int, int]:
    """Return how often lines touch foreign positions, and how often they cross: less is better, in this order."""
    lines = visible(diagram, paths, radius)
    return collisions(diagram, positions, lines, 1.5 * radius), crossings(lines)


class Fine(NamedTuple):
    """Points close together on a line, and the box around them."""

    points: Polyline
    box: Box


def grazes(diagram: Subject, lines: Sequence[Polyline], clearance: float) -> int:
    """Count the pairs of lines without a common end that come closer than `clearance` to each other, or cross."""
    fine = [finely(line, clearance / 2) for line in lines]
    ends = [{*pair} for pair in diagram.lines]
    pairs = combinations(range(len(lines)), 2)
    return sum(near(fine[i], fine[j], clearance) for i, j in pairs if not ends[i] & ends[j])


def wedges(diagram: Subject, paths: Sequence[Path], radius: float = 0.0) -> float:
    """Return how far lines leave a vertex so close to each other that they seem to be one: 1 for two that coincide.

    Where they leave is seen at the distance `radius` from the vertex.
    """
    ways: dict[int, list[Point]] = {}
    for (a, b), path in zip(diagram.lines, paths, strict=True):
        for node, course in ((a, path), (b, path[::-1])):
            if node < len(diagram.vertices):
                begun = trimmed(course, radius, 0.0)[0] if radius else course[1]
                ways.setdefault(node, []).append(begun - course[0])
    pairs = (pair for at_node in ways.values() for pair in combinations(at_node, 2))
    angles = (abs(cmath.phase(a * b.conjugate())) for a, b in pairs)
    return round(sum(1 - angle / _WEDGE for angle in angles if angle < _WEDGE), 1)


def near(first: Fine, second: Fine, clearance: float) -> bool:
    """Whether any of the points of one line is closer than `clearance` to any of the other."""
    if not first.box.padded(clearance).overlaps(second.box):
        return False
    return bool(np.abs(first.points[:, None] - second.points[None, :]).min() < clearance)


def finely(line: Polyline, step: float) -> Fine:
    """Return points along the line that are at most `step` apart."""
    lengths = np.zeros(len(line))
    np.cumsum(np.abs(line[1:] - line[:-1]), out=lengths[1:])
    number = 1 + int(lengths[-1] / step)
    points = np.asarray(np.interp(np.arange(number + 1) * (lengths[-1] / number), lengths, line))
    x, y = points.real, points.imag
    return Fine(points, Box(float(x.min()), float(y.min()), float(x.max()), float(y.max())))
