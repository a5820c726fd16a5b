"""How good places for the nodes of an undirected diagram are, before any line is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Matrix, Places

# What each fault costs, next to the stress.
_CROSSING, _CLOSE, _ANGLE, _STEEP, _UNEVEN, _SLANT = 6.0, 3.0, 1.2, 0.25, 0.5, 0.12
# Lines should stay this far from foreign nodes, in lengths of a line, and this wide an angle apart.
_CLEAR, _OPEN = 0.5, 0.9
# Half the angle at which a bundle of 1, 2, 3, … lines leaves its vertex, and a self-loop.
_HALF_WIDTHS, _PETAL = (0.0, 0.45, 0.6, 0.7), 0.6

Edge: TypeAlias = tuple[int, int]
Indices: TypeAlias = NDArray[np.intp]


class Aesthetics:
    """A cost of places: stress, crossings, lines near foreign nodes, acute angles, steep external lines, slanting ones.

    Lines are taken as straight, and a self-loop as a line to its tip; a bundle that bends apart needs an angle.

    Parameters
    ----------
    skeleton : Skeleton
    crossing : float
        What each crossing costs.
    """

    def __init__(self, skeleton: Skeleton, crossing: float = _CROSSING) -> None:
        self._crossing = crossing
        n, v = skeleton.n_nodes, skeleton.n_vertices
        bundles = sorted(skeleton.bundles.items())
        tips = [((root, n + i), 0) for i, root in enumerate(skeleton.roots)]
        edges = [ends for ends, _ in (*bundles, *tips)]
        number = [count for _, count in (*bundles, *tips)]
        self._start, self._end = _columns(edges, 2)
        self._disjoint = _columns([(i, j) for (i, e), (j, f) in _pairs(edges) if not {*e} & {*f}], 2)
        self._weight = np.array(
            [max(number[i], 1) * max(number[j], 1) for i, j in zip(*self._disjoint, strict=True)]
        )
        nodes = range(n + len(tips))
        self._foreign = _columns([(i, k) for (i, e), k in product(enumerate(edges), nodes) if k not in e], 2)
        self._fans = _columns(
            [(a, i, j) for (i, e), (j, f) in _pairs(edges) for a in {*e} & {*f} if a < v], 3
        )
        half = np.array([_PETAL if m == 0 else _HALF_WIDTHS[min(m, len(_HALF_WIDTHS)) - 1] for m in number])
        _, first, second = self._fans
        self._taken = half[first] + half[second] if edges else np.zeros(0)
        self._internal = np.array([i for i, e in enumerate(edges) if e[1] < v], dtype=np.intp)
        self._sides = skeleton.left, skeleton.right
        self._external = np.array([i for i, e in enumerate(edges) if v <= e[1] < n], dtype=np.intp)

    def __call__(self, places: Places) -> Matrix:
        """Return the cost of each of several places, shape (n_starts, n_nodes + n_tips) to (n_starts,)."""
        start = places[:, self._start]
        step = places[:, self._end] - start
        return np.asarray(
            self._crossing * self._crossings(start, step)
            + _CLOSE * self._closeness(places, start, step)
            + _ANGLE * self._sharpness(step)
            + _STEEP * self._steepness(step)
            + _UNEVEN * self._unevenness(places)
            + _SLANT * self._slant(step)
        )

    def _crossings(self, start: Places, step: Places) -> Matrix:
        a, b = self._disjoint
        between = start[:, b] - start[:, a]
        turn, side_b = _cross(step[:, a], step[:, b]), _cross(step[:, a], between)
        side_a = _cross(between, step[:, b])
        hits = ((side_b > 0) != (side_b + turn > 0)) & ((side_a > 0) != (side_a - turn > 0))
        return np.asarray(hits @ self._weight, dtype=np.float64)

    def _closeness(self, places: Places, start: Places, step: Places) -> Matrix:
        edge, node = self._foreign
        away, along = places[:, node] - start[:, edge], step[:, edge]
        share = np.clip((away * along.conj()).real / np.maximum(np.abs(along) ** 2, 1e-9), 0.0, 1.0)
        distance = np.abs(away - share * along)
        return np.asarray((np.maximum(0.0, 1 - distance / _CLEAR) ** 2).sum(axis=1))

    def _sharpness(self, step: Places) -> Matrix:
        apex, first, second = self._fans
        u = np.where(self._start[first] == apex, step[:, first], -step[:, first])
        w = np.where(self._start[second] == apex, step[:, second], -step[:, second])
        angle = np.abs(np.angle(u * w.conj())) - self._taken
        return np.asarray((np.maximum(0.0, 1 - angle / _OPEN) ** 2).sum(axis=1))

    def _steepness(self, step: Places) -> Matrix:
        legs = step[:, self._external]
        slope = np.abs(legs.imag) / np.maximum(np.abs(legs.real), 0.1)
        return np.asarray((np.maximum(0.0, slope - 1) ** 2).sum(axis=1))

    def _slant(self, step: Places) -> Matrix:
        """How far lines are from level and from upright: the squared sine of twice their angle."""
        inner = step[:, self._internal]
        return np.asarray(
            ((2 * inner.real * inner.imag / np.maximum(np.abs(inner) ** 2, 1e-9)) ** 2).sum(axis=1)
        )

    def _unevenness(self, places: Places) -> Matrix:
        """Whether the legs of one side stand higher than those of the other, or farther apart: at most 1 for each."""
        left, right = (places[:, side].imag for side in self._sides)
        if left.shape[1] + right.shape[1] < 3:
            return np.zeros(len(places))
        gaps = [np.ptp(side, axis=1) / max(side.shape[1] - 1, 1) for side in (left, right)]
        apart = gaps[0] - gaps[1] if right.shape[1] > 1 else 0.0
        higher = left.mean(axis=1) - right.mean(axis=1)
        return np.asarray(sum(d**2 / (1 + d**2) for d in (higher, apart)))


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> tuple[Indices, ...]:
    return tuple(np.array(rows, dtype=np.intp).reshape(-1, width).T)


def _pairs(edges: list[Edge]) -> Iterator[tuple[tuple[int, Edge], tuple[int, Edge]]]:
    return combinations(list(enumerate(edges)), 2)


def _cross(a: Places, b: Places) -> Matrix:
    return np.asarray((a.conj() * b).imag)
