"""The courses of an undirected diagram's lines between nodes that have their places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import numpy as np

from feyn_nn.render.geometry import Path, Point, Polyline, bent, crossings, petal, polyline, trimmed
from feyn_nn.render.placement import Fine, Spacing, collisions, finely, grazes, near, touched, visible, wedges
from feyn_nn.render.skeleton import PETAL, Skeleton
from feyn_nn.render.subject import Subject

# How often lines touch nodes or labels, cross and graze each other, and how far they leave a vertex as one.
Flaws: TypeAlias = tuple[int, int, int, float]
Drawn: TypeAlias = tuple[Flaws, tuple[Path, ...]]  # flaws, and one path per line

# How round parallel lines bend apart (1: nearly a circle): the roundest that touches nothing is taken.
_WIDTHS = (1.0, 0.75, 0.55, 0.4, 0.3)
# Narrower ones count as so many wedges.
_ROUND, _THIN = 0.5, 3
# The size of a self-loop where it has least room, and how near two lines may come in radii of a vertex.
_SMALLEST, _GRAZE = 0.55, 0.9
_FLAWLESS: Flaws = (0, 0, 0, 0.0)
# How far a line may bend to pass a vertex, as a fraction of its length, the straightest first.
_BENDS = (0.0, 0.1, -0.1, 0.18, -0.18, 0.28, -0.28, 0.4, -0.4, 0.55, -0.55)


def lines_between(points: Sequence[Point], diagram: Subject, skeleton: Skeleton, spacing: Spacing) -> Drawn:
    """Draw the lines between nodes that stand at `points`; return the flaws that stay, and the paths.

    Parallel lines are as round as they can be. Only where that leaves flaws single lines bend, and then whole bundles.
    """
    obstacles = [*points, *_labels(points, skeleton, spacing)]

    def drawn(width: float, bending: int) -> Drawn:
        courses = _courses(obstacles, skeleton, spacing, width, bending)
        paths = tuple(
            courses[a, b].pop(0) if a <= b else courses[b, a].pop(0)[::-1] for a, b in diagram.lines
        )
        lines = visible(diagram, paths, spacing.radius)
        touches = collisions(diagram, obstacles, lines, 1.5 * spacing.radius)
        close = grazes(diagram, lines, _GRAZE * spacing.radius)
        thin = _THIN if width < _ROUND else 0
        return (touches, crossings(lines), close, wedges(diagram, paths) + thin), paths

    single = max(skeleton.bundles.values(), default=1) == 1
    widths = _WIDTHS[:1] if single and not skeleton.roots else _WIDTHS
    best = _roundest(drawn, widths, 0)
    for bending in (1,) if single else (1, 2):
        if best[0][:-1] == _FLAWLESS[:-1]:
            break
        best = min(best, _roundest(drawn, widths, bending), key=itemgetter(0))
    return best


def _roundest(drawn: Callable[[float, int], Drawn], widths: Sequence[float], bending: int) -> Drawn:
    """The bundles with the fewest flaws, the widest of these."""
    best = drawn(widths[0], bending)
    for width in widths[1:]:
        if best[0] == _FLAWLESS:
            break
        best = min(best, drawn(width, bending), key=itemgetter(0))
    return best


def _labels(points: Sequence[Point], skeleton: Skeleton, spacing: Spacing) -> list[Point]:
    """Points along the labels of the legs, close enough together that no line passes between them.

    They begin where the external line to the leg itself does not touch them.
    """
    first = 2.1 * spacing.radius
    length = max(spacing.label - first, 0.0)
    number = 1 + round(length / (2 * spacing.radius))
    reach = [first + length * i / number for i in range(number + 1)]
    sides = ((skeleton.left, -1), (skeleton.right, 1))
    return [points[leg] + outwards * r for legs, outwards in sides for leg in legs for r in reach]


def _courses(
    points: Sequence[Point], skeleton: Skeleton, spacing: Spacing, width: float, bending: int
) -> dict[tuple[int, int], list[Path]]:
    """Self-loops as petals, parallel lines bent apart, single ones straight if they can be."""
    courses: dict[tuple[int, int], list[Path]] = {}
    for root, (direction, opening) in zip(skeleton.roots, skeleton.petals(points), strict=True):
        tip = points[root] + PETAL * spacing.column * (_SMALLEST + (1 - _SMALLEST) * width) * direction
        courses.setdefault((root, root), []).append(petal(points[root], tip, opening))
    seen = [line for ends, paths in courses.items() for line in _seen(paths, ends, skeleton, spacing)]
    for ends, number in sorted(skeleton.bundles.items(), key=lambda bundle: -bundle[1]):
        best: tuple[tuple[int, int, int], list[Path], list[_Seen]] | None = None
        for bend in _bends(ends, number, skeleton, bending):
            paths = _bundle(points[ends[0]], points[ends[1]], number, bend, width)
            lines = _seen(paths, ends, skeleton, spacing)
            found = _faults(lines, points, seen, spacing)
            if best is None or found < best[0]:
                best = found, paths, lines
            if found == (0, 0, 0):
                break
        assert best is not None
        courses[ends] = best[1]
        seen += best[2]
    return courses


def _bends(ends: tuple[int, int], number: int, skeleton: Skeleton, bending: int) -> tuple[float, ...]:
    """How far a bundle may bend: with `bending` 1 only single lines, an external one hardly lest it leave its edge."""
    if not bending or (number > 1 and bending == 1):
        return _BENDS[:1]
    return _BENDS[:5] if ends[1] >= skeleton.n_vertices else _BENDS


def _bundle(start: Point, end: Point, number: int, bend: float, width: float) -> list[Path]:
    """Return parallel lines bent apart about an arc."""
    widest = width * (0.2 + 0.05 * number) if number > 1 else 0.0
    sags = [bend + widest * (2 * i / max(number - 1, 1) - 1) if number > 1 else bend for i in range(number)]
    return [bent(start, end, sag * abs(end - start)) for sag in sags]


class _Seen(NamedTuple):
    """What is seen of a line: its ends, its course, and points close together on it."""

    ends: tuple[int, int]
    line: Polyline
    fine: Fine


def _seen(paths: Sequence[Path], ends: tuple[int, int], skeleton: Skeleton, spacing: Spacing) -> list[_Seen]:
    """What is seen of lines that share their ends."""
    a, b = (spacing.radius if node < skeleton.n_vertices else 0.0 for node in ends)
    lines = [polyline(trimmed(path, a, b)) for path in paths]
    return [_Seen(ends, line, finely(line, _GRAZE * spacing.radius / 2)) for line in lines]


def _faults(
    lines: Sequence[_Seen], points: Sequence[Point], seen: Sequence[_Seen], spacing: Spacing
) -> tuple[int, int, int]:
    """How often a bundle touches foreign nodes or labels, crosses and grazes what is drawn already."""
    places, clearance = np.array(points), _GRAZE * spacing.radius
    touches = sum(touched(new.line, new.ends, places, 2 * spacing.radius) for new in lines)
    pairs = [(new.fine, old.fine) for new in lines for old in seen if not {*new.ends} & {*old.ends}]
    crossed = crossings([new.line for new in lines], [old.line for old in seen])
    return touches, crossed, sum(near(a, b, clearance) for a, b in pairs)
