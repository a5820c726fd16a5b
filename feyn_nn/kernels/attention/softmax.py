"""The value metric M = A Σ_V Aᵀ at given scores, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn.kernels.attention.geometry import ScoreGeometry

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def value_metrics(geometry: ScoreGeometry, g: Floats, pairs: Indices) -> Floats:
    """M at every node and pair of rows, shape (nodes, pairs).

    Parameters
    ----------
    geometry : ScoreGeometry
    g : array (nodes, r, c)
    pairs : array (pairs, 2)
        Numbers of the geometry's rows.
    """
    out = np.empty((len(g), len(pairs)))
    _value_metrics(
        g,
        geometry.queries,
        geometry.keys,
        geometry.multiplicity,
        geometry.first,
        geometry.last,
        geometry.values,
        geometry.coupling,
        pairs,
        out,
    )
    return out


def uniform_value_metrics(geometry: ScoreGeometry, pairs: Indices) -> Floats:
    """M at zero scores, shape (pairs,): every row reads what it sees equally."""
    M: Floats = value_metrics(geometry, geometry.zero_scores, pairs)[0]
    return M


REORDERED = {"reassoc", "contract", "nsz"}  # sums may be vectorised; infinities keep their meaning


@njit(cache=True, nogil=True, error_model="numpy", fastmath=REORDERED)
def _value_metrics(
    g: Floats,
    queries: Floats,
    keys: Floats,
    multiplicity: Floats,
    first: Indices,
    last: Indices,
    values: Floats,
    coupling: float,
    pairs: Indices,
    out: Floats,
) -> None:
    rows, columns = multiplicity.shape
    weights, read = np.zeros((rows, columns)), np.zeros((rows, columns))
    query = np.empty(keys.shape[1])
    for n in range(g.shape[0]):
        for a in range(rows):
            query[:] = 0.0
            for i in range(queries.shape[1]):
                factor = queries[a, i]
                for k in range(query.shape[0]):
                    query[k] += factor * g[n, i, k]
            _softmax(query, keys, multiplicity[a], first[a], last[a], coupling, weights[a])
            read[a, :] = 0.0
            for i in range(first[a], last[a]):
                factor = weights[a, i]
                for j in range(columns):
                    read[a, j] += factor * values[i, j]
        for p in range(pairs.shape[0]):
            a, b = pairs[p, 0], pairs[p, 1]
            total = 0.0
            for j in range(first[b], last[b]):
                total += read[a, j] * weights[b, j]
            out[n, p] = total


@njit(cache=True, nogil=True, error_model="numpy", fastmath=REORDERED)
def _softmax(
    query: Floats,
    keys: Floats,
    multiplicity: Floats,
    first: int,
    last: int,
    coupling: float,
    weights: Floats,
) -> None:
    """Attention weights of one row; differences from the largest score, so that no coupling overflows."""
    largest = -np.inf
    for j in range(first, last):
        score = 0.0
        for k in range(query.shape[0]):
            score += query[k] * keys[j, k]
        weights[j] = score
        if multiplicity[j] > 0.0 and score > largest:
            largest = score
    total = 0.0
    for j in range(first, last):
        below = weights[j] - largest
        weights[j] = multiplicity[j] * (np.exp(coupling * below) if below < 0.0 else 1.0)
        total += weights[j]
    inverse = 1.0 / total
    for j in range(first, last):
        weights[j] *= inverse
