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

_ITERATIONS = 240


def graph_distances(n_nodes: int, lengths: dict[tuple[int, int], float]) -> Matrix:
    """Return the shortest distances between all nodes, shape (n_nodes, n_nodes), by Floyd and Warshall."""
    distances = np.full((n_nodes, n_nodes), math.inf)
    np.fill_diagonal(distances, 0.0)
    for (a, b), length in lengths.items():
        distances[a, b] = distances[b, a] = min(length, distances[a, b])
    for k in range(n_nodes):
        distances = np.minimum(distances, distances[:, k, None] + distances[None, k, :])
    return np.where(np.isfinite(distances), distances, float(n_nodes))


def embeddings(
    distances: Matrix, importance: Matrix, starts: Places, constrain: Callable[[Places], Places]
) -> tuple[Places, Matrix]:
    """Minimise the stress Σ w_ij (|x_i - x_j| / d_ij - 1)² from several starts, by majorisation.

    Parameters
    ----------
    distances, importance : array, shape (n, n)
        The wanted distances d_ij > 0 of different nodes, and the weights w_ij > 0.
    starts : array, shape (n_starts, n)
        Where to begin.
    constrain : callable
        Maps places (n_starts, n) to admissible places; applied after each step.

    Returns
    -------
    places : array, shape (n_starts, n)
    stress : array, shape (n_starts,)
    """
    n = len(distances)
    weights = np.where(distances > 0, importance / np.where(distances > 0, distances, 1.0) ** 2, 0.0)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    inverse = np.linalg.inv(laplacian + 1 / n) - 1 / n  # the pseudo-inverse: constants are the kernel
    places = constrain(starts)
    for _ in range(_ITERATIONS):
        ratio = weights * distances / np.maximum(_apart(places), 1e-9)
        pull = ratio.sum(axis=2) * places - np.einsum("sij,sj->si", ratio, places)
        places = constrain(np.einsum("ij,sj->si", inverse, pull))
    stress = (weights * (_apart(places) - distances) ** 2).sum(axis=(1, 2)) / 2
    return places, stress


def _apart(places: Places) -> Matrix:
    return np.abs(places[:, :, None] - places[:, None, :])


def random_places(n_starts: int, n: int) -> Places:
    """Return places in the unit square about zero, shape (n_starts, n), the same ones every time.

    They are Python's: its generator gives the same numbers in every version and on every machine.
    """
    source = random.Random(20)
    drawn = [complex(source.random() - 0.5, source.random() - 0.5) for _ in range(n * n_starts)]
    return np.array(drawn, dtype=np.complex128).reshape(n_starts, n)
