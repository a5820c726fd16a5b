"""The layout of an undirected diagram: legs at the left and right edges, everything else where it has room."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from feyn_nn.render.courses import lines_between
from feyn_nn.render.geometry import Point, crossings
from feyn_nn.render.placement import Layout, Spacing
from feyn_nn.render.skeleton import Skeleton
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
        points = [_rounded(complex(p) * spacing.column) for p in best_turn(places, skeleton)]
        found, paths = lines_between(points, diagram, skeleton, spacing)
        if best is None or (*found, stress) < best[0]:
            best = (*found, stress), Layout(positions=tuple(points), paths=paths)
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


def _rounded(point: Point) -> Point:
    """To a tenth, so that the last digits of a machine's arithmetic are not seen."""
    return complex(round(point.real, 1), round(point.imag, 1))


def _straight_crossings(places: Places, skeleton: Skeleton) -> int:
    """How often the lines would cross if all were straight."""
    lines = [
        np.array([0.92 * places[a] + 0.08 * places[b], 0.08 * places[a] + 0.92 * places[b]])
        for (a, b), number in skeleton.bundles.items()
        for _ in range(number)
    ]
    return crossings(lines)
