"""What a layout is, and how well it keeps clear of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feyn_nn.render.geometry import Path, Point, Polyline, crossings, distances, polyline, trimmed
from feyn_nn.render.subject import Subject


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
        How far the label of a leg reaches out from it.
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
