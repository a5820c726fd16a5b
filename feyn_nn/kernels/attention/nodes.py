"""Nodes and weights for expectations over g: a trapezoidal grid in few dimensions, scrambled Sobol points in many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn._core._elementary import normal_quantile
from feyn_nn.kernels.attention.exact_law import exact_scores, numbers_needed

Floats: TypeAlias = NDArray[np.float64]
Block: TypeAlias = tuple[Floats, Floats]  # g of shape (nodes, r, c), weights of shape (nodes,)

CHUNK = 512  # nodes at once, so that they stay in the cache
GRID_CHUNK = 1 << 16
RADIUS = 10.0  # beyond it even the Hermite weights of 1/key_dim² add less than 1e-12
SMALLEST = 2.0**-33  # a point of 32 bits may be zero; half a step inside
SEED = 20260210  # of the scrambling: a fixed one, so that an evaluation repeats itself


def grid_size(dimension: int, step: float) -> int:
    """The number of nodes of the grid before those outside the sphere are left out."""
    return int((2 * int(RADIUS / step) + 1) ** dimension)


def grid(shape: tuple[int, int], step: float) -> Iterator[Block]:
    """The trapezoidal rule on the grid of a step inside a sphere, for standard normal g, in blocks."""
    dimension = shape[0] * shape[1]
    axis = step * np.arange(-int(RADIUS / step), int(RADIUS / step) + 1)
    height = (step / np.sqrt(2 * np.pi)) ** dimension
    for start in range(0, len(axis) ** dimension, GRID_CHUNK):
        stop = min(start + GRID_CHUNK, len(axis) ** dimension)
        number = np.unravel_index(np.arange(start, stop), (len(axis),) * dimension)
        nodes = np.stack([axis[index] for index in number], axis=1) if dimension else np.zeros((1, 0))
        square = (nodes**2).sum(axis=1)
        inside = square <= RADIUS**2
        if inside.any():
            yield nodes[inside].reshape(-1, *shape), height * np.exp(-square[inside] / 2)


class Replicate:
    """One independently scrambled Sobol sequence, which goes on where it stopped.

    The first numbers of a Sobol point are its most even ones; they go to the entries of g that matter most.

    Parameters
    ----------
    variances : (array (r,), array (c,))
        How much each row and column of g matters.
    key_dim : int or None
        Where given, g follows its exact law at this key_dim; otherwise that of infinite key_dim.
    number : int
        Which replicate.
    """

    def __init__(self, variances: tuple[Floats, Floats], key_dim: int | None, number: int) -> None:
        from scipy.stats import qmc

        rows, columns = (
            own / max(own.max(initial=0.0), 1e-300) for own in variances
        )  # their ratios matter alone
        self._shape, self._key_dim = (len(rows), len(columns)), key_dim
        if key_dim is None:
            dimension, weight = len(rows) * len(columns), np.multiply.outer(rows, columns)
        else:
            small, large = sorted((rows, columns), key=len)
            dimension = numbers_needed(self._shape, key_dim)
            weight = np.multiply.outer(large, small[:key_dim])
        self._places = np.argsort(-weight, axis=None, kind="stable")
        self._beyond = max(dimension - qmc.Sobol.MAXDIM, 0)
        self._rng = np.random.default_rng([SEED, number, 1])
        rng = np.random.default_rng([SEED, number])
        self._sequence = qmc.Sobol(dimension - self._beyond, scramble=True, bits=32, rng=rng)

    def blocks(self, nodes: int) -> Iterator[Block]:
        """The next `nodes` points, with equal weights that add up to one."""
        for start in range(0, nodes, CHUNK):
            count = min(CHUNK, nodes - start)
            points = self._sequence.random(count)
            if self._beyond:  # more numbers than there are Sobol sequences for: the last ones matter least
                points = np.hstack([points, self._rng.random((count, self._beyond))])
            yield self._scores(points), np.full(count, 1 / nodes)

    def _scores(self, points: Floats) -> Floats:
        if self._key_dim is None:
            g = np.empty((len(points), *self._shape))
            place_normals(points, self._places, g.reshape(len(points), -1))
            return g
        uniforms = points.copy()
        uniforms[:, self._places] = points[:, : len(self._places)]
        return exact_scores(np.clip(uniforms, SMALLEST, 1 - SMALLEST), self._shape, self._key_dim)


@njit(cache=True, nogil=True, error_model="numpy")
def place_normals(points: Floats, places: NDArray[np.int64], out: Floats) -> None:
    """Standard normals from uniform numbers, number k at place k of `places`; arrays (nodes, numbers)."""
    row = np.empty(points.shape[1])
    for n in range(points.shape[0]):
        for k in range(points.shape[1]):
            row[k] = normal_quantile(min(max(points[n, k], SMALLEST), 1.0 - SMALLEST))
        for k in range(points.shape[1]):
            out[n, places[k]] = row[k]
