"""The layout of an undirected diagram: legs at the left and right edges, everything else where it has room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from feyn_nn.render.geometry import Path, Point, Polyline, bent, crossings, distance, petal, polyline, trimmed
from feyn_nn.render.placement import Layout, Spacing, flaws
from feyn_nn.render.skeleton import PETAL, Skeleton
from feyn_nn.render.stress import Matrix, Places, embeddings, random_places
from feyn_nn.render.subject import Subject
from feyn_nn.render.turning import best_turn

# Random starts, and how many different results are drawn at most if none is flawless.
_STARTS, _COMPARED = 24, 6
# The least distance of the legs of one side, and of legs from the outermost vertex.
_LEG_ROW, _LEG_OUT = 1.0, 0.6
# Self-loops find their place among the lines and hardly push them.
_TIP_WEIGHT = 0.2
# A vertex drawn into the middle of the others: by how much, where lines would cross otherwise.
_INWARDS = 0.58
# How round parallel lines bend apart (1: nearly a circle): the roundest that touches nothing is taken.
_WIDTHS = (1.0, 0.75, 0.55, 0.4, 0.3)
# How far a line may bend to pass a vertex, as a fraction of its length, the straightest first.
_BENDS = (0.0, 0.1, -0.1, 0.18, -0.18, 0.28, -0.28, 0.4, -0.4, 0.55, -0.55)


def undirected_layout(diagram: Subject, spacing: Spacing) -> Layout:
    """Lay out an undirected diagram.

    Legs stand at the edges: the first half at the left, the others at the right, from top to bottom. Distances
    follow those along the lines (stress majorisation from fixed starts), which finds the mirror symmetries by
    itself; of all results the one with fewest flaws is taken, then that of least stress.
    """
    skeleton = Skeleton.of(diagram)
    best: tuple[tuple[float, ...], Layout] | None = None
    for places, stress in _candidates(skeleton):
        if best is not None and best[0][0] == 0 and _straight_crossings(places, skeleton) >= best[0][1]:
            continue
        points = [complex(p) * spacing.column for p in best_turn(places, skeleton)]
        found, candidate = _with_lines(points, diagram, skeleton, spacing)
        if best is None or (*found, stress) < best[0]:
            best = (*found, stress), candidate
        if found == (0, 0):
            break
    assert best is not None
    return best[1]


def _candidates(skeleton: Skeleton) -> Iterator[tuple[Places, float]]:
    """Yield places and their stress: the least stress first, then with one vertex or another in the middle."""
    n = skeleton.n_nodes + len(skeleton.roots)
    if skeleton.n_nodes == 1:
        yield np.zeros(1, dtype=np.complex128), 0.0
        return
    importance = np.ones((n, n))
    importance[skeleton.n_nodes :, :] *= _TIP_WEIGHT
    importance[:, skeleton.n_nodes :] *= _TIP_WEIGHT
    for i, root in enumerate(skeleton.roots, start=skeleton.n_nodes):
        importance[root, i] = importance[i, root] = 1.0
    yield from islice(_distinct(skeleton.distances, importance, skeleton, _STARTS), _COMPARED)
    for v in range(skeleton.n_vertices):
        scale = np.ones(n)
        scale[v] = _INWARDS
        inwards = skeleton.distances * scale[:, None] * scale[None, :]
        yield from islice(_distinct(inwards, importance, skeleton, _STARTS // 3), _COMPARED // 3)


def _distinct(
    distances: Matrix, importance: Matrix, skeleton: Skeleton, n_starts: int
) -> Iterator[tuple[Places, float]]:
    """Yield the different results of the starts by growing stress; of equal ones that with most above."""
    starts = random_places(n_starts, len(distances)) * float(distances.max()) + 2 * skeleton.abscissae
    found, stress = embeddings(distances, importance, starts, lambda places: _constrained(places, skeleton))
    above = np.round(found.imag.sum(axis=1) - found[:, 0].imag * found.shape[1], 1)
    seen: set[float] = set()
    for i in np.lexsort((above, np.round(stress, 3))):
        key = round(float(stress[i]), 3)
        if key not in seen:
            seen.add(key)
            yield found[i, : skeleton.n_nodes], key


def _constrained(places: Places, skeleton: Skeleton) -> Places:
    """Bring the legs to the edges, each side in a vertical row, and the spine level with their middle."""
    left, right, spine, v = skeleton.left, skeleton.right, skeleton.spine, skeleton.n_vertices
    if not right:
        return _straightened(places, spine)
    places = places.copy()
    level = places[:, [*left, *right]].imag.mean(axis=1)
    places[:, spine] = places[:, spine].real + 1j * level[:, None]
    row = np.maximum(_LEG_ROW, (_slope(places[:, left]) + _slope(places[:, right])) / 2)
    for side, outwards in ((left, -1), (right, 1)):
        x = outwards * places[:, side].real.mean(axis=1)
        if v:
            x = np.maximum(x, (outwards * places[:, :v].real).max(axis=1) + _LEG_OUT)
        rows = np.arange(len(side)) - (len(side) - 1) / 2
        places[:, side] = outwards * x[:, None] + 1j * (level[:, None] + rows * row[:, None])
    return places


def _straightened(places: Places, spine: list[int]) -> Places:
    """Turn the places until the spine is horizontal, and put its nodes on one line."""
    if len(spine) < 3:
        return places
    along = places[:, spine[-1]] - places[:, spine[0]]
    places = places * (along.conj() / np.maximum(np.abs(along), 1e-9))[:, None]
    places[:, spine] = places[:, spine].real + 1j * places[:, spine].imag.mean(axis=1)[:, None]
    return places


def _slope(side: Places) -> Matrix:
    """How far apart the legs of one side stand: the slope of a straight line through their heights."""
    rows = np.arange(side.shape[1]) - (side.shape[1] - 1) / 2
    return np.asarray((side.imag * rows).sum(axis=1) / max(float((rows**2).sum()), 0.5))


def _straight_crossings(places: Places, skeleton: Skeleton) -> int:
    """How often the lines would cross if all were straight."""
    lines = [
        np.array([0.92 * places[a] + 0.08 * places[b], 0.08 * places[a] + 0.92 * places[b]])
        for (a, b), number in skeleton.bundles.items()
        for _ in range(number)
    ]
    return crossings(lines)


def _with_lines(
    points: Sequence[Point], diagram: Subject, skeleton: Skeleton, spacing: Spacing
) -> tuple[tuple[int, int], Layout]:
    """Draw the lines between given places, as round as they can be without touching; return the flaws that stay."""
    best: tuple[tuple[int, int], Layout] | None = None
    crowded = max(skeleton.bundles.values(), default=1) > 1
    obstacles = [*points, *_labels(points, skeleton, spacing)]
    for bending in (False, True) if crowded else (False,):
        for width in _WIDTHS if crowded else _WIDTHS[:1]:
            courses = _courses(obstacles, skeleton, spacing, width, bending=bending)
            paths = tuple(courses[min(a, b), max(a, b)].pop(0) for a, b in diagram.lines)
            found = flaws(diagram, obstacles, paths, spacing.radius)
            if best is None or found < best[0]:
                best = found, Layout(positions=tuple(points), paths=paths)
            if found == (0, 0):
                return best
    assert best is not None
    return best


def _labels(points: Sequence[Point], skeleton: Skeleton, spacing: Spacing) -> list[Point]:
    """Points along the labels of the legs, close enough together that no line passes between them."""
    number = max(2, round(spacing.label / (2 * spacing.radius)))
    reach = [spacing.label * (i + 0.5) / number for i in range(number)]
    sides = ((skeleton.left, -1), (skeleton.right, 1))
    return [points[leg] + outwards * r for legs, outwards in sides for leg in legs for r in reach]


def _courses(
    points: Sequence[Point], skeleton: Skeleton, spacing: Spacing, width: float, *, bending: bool
) -> dict[tuple[int, int], list[Path]]:
    """Self-loops as petals, parallel lines bent apart, single ones straight if they can be."""
    courses: dict[tuple[int, int], list[Path]] = {}
    for root, direction in zip(skeleton.roots, skeleton.directions(points), strict=True):
        tip = points[root] + PETAL * spacing.column * direction
        courses.setdefault((root, root), []).append(petal(points[root], tip))
    for ends, number in sorted(skeleton.bundles.items(), key=lambda bundle: -bundle[1]):
        drawn = [line for e, paths in courses.items() for line in _visible(paths, e, skeleton, spacing)]
        best: tuple[tuple[int, int], list[Path]] | None = None
        for bend in _bends(ends, number, skeleton, bending=bending):
            paths = _bundle(points[ends[0]], points[ends[1]], number, bend, width)
            found = _faults(_visible(paths, ends, skeleton, spacing), ends, points, drawn, skeleton, spacing)
            if best is None or found < best[0]:
                best = found, paths
            if found == (0, 0):
                break
        assert best is not None
        courses[ends] = best[1]
    return courses


def _bends(ends: tuple[int, int], number: int, skeleton: Skeleton, *, bending: bool) -> tuple[float, ...]:
    """How far a bundle may bend: an external line hardly, since it must not leave its edge."""
    if number > 1 and not bending:
        return _BENDS[:1]
    return _BENDS[:5] if ends[1] >= skeleton.n_vertices else _BENDS


def _bundle(start: Point, end: Point, number: int, bend: float, width: float) -> list[Path]:
    """Return parallel lines bent apart about an arc."""
    widest = width * (0.2 + 0.05 * number) if number > 1 else 0.0
    sags = [bend + widest * (2 * i / max(number - 1, 1) - 1) if number > 1 else bend for i in range(number)]
    return [bent(start, end, sag * abs(end - start)) for sag in sags]


def _visible(
    paths: Sequence[Path], ends: tuple[int, int], skeleton: Skeleton, spacing: Spacing
) -> list[Polyline]:
    """What is seen of lines that share their ends."""
    a, b = (spacing.radius if node < skeleton.n_vertices else 0.0 for node in ends)
    return [polyline(trimmed(path, a, b)) for path in paths]


def _faults(
    lines: Sequence[Polyline],
    ends: tuple[int, int],
    points: Sequence[Point],
    drawn: Sequence[Polyline],
    skeleton: Skeleton,
    spacing: Spacing,
) -> tuple[int, int]:
    """How often a bundle touches foreign nodes or labels, and crosses what is drawn already."""
    touched = sum(
        distance(line, points[node]) < 2 * spacing.radius
        for line in lines
        for node in range(len(points))
        if node not in ends
    )
    return touched, crossings(lines, drawn)
