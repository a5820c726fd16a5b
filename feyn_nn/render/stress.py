"""Places for the nodes of a graph whose distances in the plane follow those along its lines."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.complex128]  # points of the plane; the last axis counts nodes

_ITERATIONS, _STILL = 240, 1e-4


def graph_distances(n_nodes: int, lengths: dict[tuple[int, int], float]) -> Matrix:
    """Return the shortest distances between all nodes, shape (n_nodes, n_nodes), by Floyd and Warshall."""
    distances = np.full((n_nodes, n_nodes), math.inf)
    np.fill_diagonal(distances, 0.0)
    for (a, b), length in lengths.items():
        distances[a, b] = distances[b, a] = min(length, distances[a, b])
    for k in range(n_nodes):
        distances = np.minimum(distances, distances[:, k, None] + distances[None, k, :])
    return np.where(np.isfinite(distances), distances, float(n_nodes))


class Stress:
    """The stress Σ w_ij (|x_i - x_j| / d_ij - 1)² of places, for one or several sets of wanted distances.

    Parameters
    ----------
    distances : array, shape (n_starts, n, n)
        The wanted distances d_ij > 0 of different nodes, for each start.
    importance : array, shape (n, n)
        The weights w_ij > 0.
    """

    def __init__(self, distances: Matrix, importance: Matrix) -> None:
        n = distances.shape[-1]
        self._distances = distances
        self._weights = np.where(
            distances > 0, importance / np.where(distances > 0, distances, 1.0) ** 2, 0.0
        )
        laplacian = np.eye(n) * self._weights.sum(axis=2)[:, :, None] - self._weights
        # The pseudo-inverse: constants are the kernel. Few of the sets are different, but inverting is cheap.
        self._inverse = np.linalg.inv(laplacian + 1 / n) - 1 / n

    def __call__(self, places: Places) -> Matrix:
        """Return the stress of each start's places, shape (n_starts, n) to (n_starts,)."""
        return np.asarray((self._weights * (_apart(places) - self._distances) ** 2).sum(axis=(1, 2)) / 2)

    def minimised(self, starts: Places, constrain: Callable[[Places], Places]) -> Places:
        """Follow the stress down from `starts`, shape (n_starts, n), by majorisation.

        `constrain` maps places to admissible ones and is applied after each step.
        """
        places = constrain(starts)
        for _ in range(_ITERATIONS):
            ratio = self._weights * self._distances / np.maximum(_apart(places), 1e-9)
            pull = ratio.sum(axis=2) * places - np.einsum("sij,sj->si", ratio, places)
            before, places = places, constrain(np.einsum("sij,sj->si", self._inverse, pull))
            if np.abs(places - before).max() < _STILL:
                break
        return places


def _apart(places: Places) -> Matrix:
    return np.abs(places[:, :, None] - places[:, None, :])


def random_places(n_starts: int, n: int) -> Places:
    """Return places in the unit square about zero, shape (n_starts, n), the same ones every time.

    They are Python's: its generator gives the same numbers in every version and on every machine.
    """
    source = random.Random(20)
    drawn = [complex(source.random() - 0.5, source.random() - 0.5) for _ in range(n * n_starts)]
    return np.array(drawn, dtype=np.complex128).reshape(n_starts, n)
