"""The layout of an undirected diagram: legs at the left and right edges, everything else where it has room."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np

from feyn_nn.render.aesthetics import Aesthetics
from feyn_nn.render.courses import lines_between
from feyn_nn.render.geometry import Path, Point, is_straight
from feyn_nn.render.placement import Layout, Spacing
from feyn_nn.render.planar import nearly_planar_places, planar_places
from feyn_nn.render.skeleton import PETAL, Skeleton
from feyn_nn.render.stress import Matrix, Places, Stress, random_places
from feyn_nn.render.subject import Subject
from feyn_nn.render.turning import best_turn

# Random starts; how many of the results are improved, and how many drawn if none is flawless.
_STARTS, _INWARD_STARTS, _IMPROVED, _COMPARED = 24, 4, 8, 5
# The least distance of the legs of one side, and of legs from the outermost vertex.
_LEG_ROW, _LEG_OUT = 1.0, 0.7
# Self-loops find their place among the lines and hardly push them.
_TIP_WEIGHT = 0.2
# A vertex drawn into the middle of the others: by how much, where lines would cross otherwise.
_INWARDS = 0.58
# Steps by which single nodes are moved to better places, directions tried, and rounds.
_STEPS, _DIRECTIONS, _ROUNDS = (0.24, 0.08), 8, 4
# How many times as many rounds a drawing without crossings gets to relax.
_PLANAR_ROUNDS = 5
# Nodes nearer than this coincide.
_COINCIDE = 0.05
# What a crossing costs where it is known that there need be none.
_DEAR = 200.0
# What a mirror symmetry is worth, next to the stress.
_SYMMETRY = 0.5


def undirected_layout(diagram: Subject, spacing: Spacing) -> Layout:
    """Lay out an undirected diagram.

    Legs stand at the edges: the first half at the left, the others at the right, from top to bottom. Distances
    follow those along the lines (stress majorisation from fixed starts), which finds the mirror symmetries by
    itself; then single nodes move to where lines cross less, keep clear of nodes and meet at wider angles. Of all
    results the one with fewest flaws is taken, then the best by these measures.
    """
    skeleton = Skeleton.of(diagram)
    best: tuple[tuple[int, ...], Layout] | None = None

    def most_crossings() -> int:
        return 0 if best is None else best[0][1]

    for places in chain(_candidates(skeleton), _planar_candidates(skeleton, most_crossings)):
        points = [_rounded(complex(p) * spacing.column) for p in places]
        flaws, paths = lines_between(points, diagram, skeleton, spacing)
        found = *flaws, _bends(diagram, paths, skeleton)
        if best is None or found < best[0]:
            best = found, Layout(positions=tuple(points), paths=paths, crossings=flaws[1])
        if not any(found):
            break
    assert best is not None
    return best[1]


def _bends(diagram: Subject, paths: Sequence[Path], skeleton: Skeleton) -> int:
    """How many lines that have no parallel ones had to bend."""
    ends = [(min(a, b), max(a, b)) for a, b in diagram.lines]
    return sum(
        skeleton.bundles.get(pair) == 1 and not is_straight(path)
        for pair, path in zip(ends, paths, strict=True)
    )


@lru_cache(maxsize=256)
def _candidates(skeleton: Skeleton) -> list[Places]:
    """Return good places for vertices and legs, the best first; they do not depend on the theme's spacing."""
    if skeleton.n_nodes <= 1:
        return [np.zeros(skeleton.n_nodes, dtype=np.complex128)]
    cost = _cost(skeleton)
    found = _improved(_embedded(skeleton, cost), skeleton, cost)
    turned = [best_turn(places[: skeleton.n_nodes], skeleton) for places in found]
    worth = [float(cost(_with_tips(p, skeleton)[None])[0]) - _SYMMETRY * mirrors for p, mirrors in turned]
    return [turned[i][0] for i in np.argsort(worth, kind="stable")[:_COMPARED]]


def _cost(skeleton: Skeleton, **weights: float) -> Callable[[Places], Matrix]:
    """What places cost: their stress, and faults of the lines."""
    stress = Stress(skeleton.distances[None], _importance(skeleton))
    aesthetics = Aesthetics(skeleton, **weights)
    return lambda places: np.round(stress(places) + aesthetics(places), 3)


def _planar_candidates(skeleton: Skeleton, crossings: Callable[[], int]) -> Iterator[Places]:
    """Yield places that come from a drawing without crossings; if there is none, from one with fewer than before."""
    if skeleton.n_legs == 0 or not skeleton.n_vertices:
        return
    planar = planar_places(skeleton)
    found = nearly_planar_places(skeleton, crossings() - 1) if planar is None else [planar]
    cost = _cost(skeleton)
    for start in found:
        stages = _relaxed(start, skeleton, cost)
        yield from _turned([stages[-1], stages[1], start], skeleton)
        if planar is not None and crossings():
            yield from _turned(_relaxed(start, skeleton, _cost(skeleton, crossing=_DEAR))[::-1], skeleton)


def _relaxed(start: Places, skeleton: Skeleton, cost: Callable[[Places], Matrix]) -> list[Places]:
    """The start, and what it becomes in further and further rounds."""
    stages = [start]
    for _ in range(_PLANAR_ROUNDS):
        stages.append(_improved(stages[-1][None], skeleton, cost)[0])
    return stages


def _turned(stages: Sequence[Places], skeleton: Skeleton) -> Iterator[Places]:
    turned = (best_turn(stage[: skeleton.n_nodes], skeleton)[0] for stage in stages)
    return (places for places in turned if _apart(places))


def _apart(places: Places) -> bool:
    """Whether no two nodes coincide, as they may where many of them lie within one triangle."""
    i, j = np.triu_indices(len(places), 1)
    return bool(np.abs(places[i] - places[j]).min(initial=1.0) > _COINCIDE)


def _importance(skeleton: Skeleton) -> Matrix:
    n = len(skeleton.distances)
    importance = np.ones((n, n))
    importance[skeleton.n_nodes :, :] *= _TIP_WEIGHT
    importance[:, skeleton.n_nodes :] *= _TIP_WEIGHT
    for i, root in enumerate(skeleton.roots, start=skeleton.n_nodes):
        importance[root, i] = importance[i, root] = 1.0
    return importance


def _embedded(skeleton: Skeleton, cost: Callable[[Places], Matrix]) -> Places:
    """The best different results of all starts: with the wanted distances, and with one vertex in the middle."""
    n = len(skeleton.distances)
    scale = np.ones((_STARTS + _INWARD_STARTS * skeleton.n_vertices, n))
    for v in range(skeleton.n_vertices):
        first = _STARTS + _INWARD_STARTS * v
        scale[first : first + _INWARD_STARTS, v] = _INWARDS
    wanted = skeleton.distances * scale[:, :, None] * scale[:, None, :]
    starts = random_places(len(scale), n) * float(skeleton.distances.max()) + 2 * skeleton.abscissae
    found = Stress(wanted, _importance(skeleton)).minimised(
        starts, lambda places: _constrained(places, skeleton)
    )
    costs = cost(found)
    above = np.round(found.imag.sum(axis=1) - found[:, 0].imag * n, 1)
    order = np.lexsort((above, costs))
    first_of_kind = np.unique(costs[order], return_index=True)[1]
    return np.asarray(found[order[np.sort(first_of_kind)[:_IMPROVED]]])


def _improved(places: Places, skeleton: Skeleton, cost: Callable[[Places], Matrix]) -> Places:
    """Move single nodes as long as that costs less, all results at once."""
    circle = np.exp(2j * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS)
    moves = np.concatenate([[0], *(step * circle for step in _STEPS)])
    count, n = places.shape
    for _ in range(_ROUNDS):
        for node in range(n):
            tried = np.repeat(places[:, None, :], len(moves), axis=1)
            tried[:, :, node] += moves
            flat = _constrained(tried.reshape(-1, n), skeleton)
            best = cost(flat).reshape(count, -1).argmin(axis=1)
            places = flat.reshape(count, -1, n)[np.arange(count), best]
    return places


def _with_tips(places: Places, skeleton: Skeleton) -> Places:
    tips = [
        places[root] + PETAL * petal.direction
        for root, petal in zip(skeleton.roots, skeleton.petals(places.tolist()), strict=True)
    ]
    return np.array([*places, *tips], dtype=np.complex128)


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
