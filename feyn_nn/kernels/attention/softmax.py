"""The value metric M = A Σ_V Aᵀ at given scores, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn._core._elementary import exp
from feyn_nn.kernels.attention.combination import add_combination
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
LANES = 64  # nodes side by side, innermost in every loop: what a vector unit likes
LOWEST = -300.0  # what is smaller than its exponential adds nothing, and its square does not underflow


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
    r, c = queries.shape[1], keys.shape[1]
    lanes, query = np.zeros((r, c * LANES)), np.empty(c * LANES)
    weights, read = np.zeros((rows, columns, LANES)), np.zeros((rows, columns, LANES))
    total = np.empty(LANES)
    for start in range(0, g.shape[0], LANES):
        count = min(LANES, g.shape[0] - start)
        for i in range(r):
            for k in range(c):
                for n in range(count):
                    lanes[i, k * LANES + n] = g[start + n, i, k]
        for a in range(rows):
            _combine(queries[a], lanes, query)
            own = slice(first[a], last[a])
            _softmax(query.reshape(c, LANES), keys[own], multiplicity[a, own], coupling, weights[a, own])
            for j in range(columns):
                _combine(values[own, j], weights[a, own], read[a, j])
        for p in range(pairs.shape[0]):
            a, b = pairs[p, 0], pairs[p, 1]
            total[:] = 0.0
            for j in range(first[b], last[b]):
                for n in range(LANES):
                    total[n] += read[a, j, n] * weights[b, j, n]
            for n in range(count):
                out[start + n, p] = total[n]


@njit(cache=True, nogil=True, error_model="numpy")
def _combine(factors: Floats, rows: Floats, out: Floats) -> None:
    """Σ_i factors_i rows_i."""
    out[:] = 0.0
    add_combination(factors, rows, out)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=REORDERED)
def _softmax(query: Floats, keys: Floats, multiplicity: Floats, coupling: float, weights: Floats) -> None:
    """Attention weights of one row; differences from the largest score, so that no coupling overflows."""
    largest, total = np.full(LANES, -np.inf), np.zeros(LANES)
    for j in range(keys.shape[0]):
        _combine(keys[j], query, weights[j])
        if multiplicity[j] > 0.0:
            for n in range(LANES):
                largest[n] = max(largest[n], weights[j, n])
    for j in range(keys.shape[0]):
        for n in range(LANES):
            below = weights[j, n] - largest[n]
            exponent = coupling * below if below < 0.0 else 0.0  # a hidden token's score may be the largest
            weights[j, n] = multiplicity[j] * exp(max(exponent, LOWEST))
            total[n] += weights[j, n]
    for n in range(LANES):
        total[n] = 1.0 / total[n]
    for j in range(keys.shape[0]):
        for n in range(LANES):
            weights[j, n] *= total[n]
