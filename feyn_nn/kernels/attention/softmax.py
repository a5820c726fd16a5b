"""The value metric M = A Σ_V Aᵀ at given scores, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn._core._combination import combine
from feyn_nn._core._elementary import exp
from feyn_nn.kernels.attention.geometry import ScoreGeometry

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


ONCE, BOTH = np.array([1.0]), np.array([1.0, -1.0])
"""Signs of g."""


def value_metrics(geometry: ScoreGeometry, g: Floats, pairs: Indices, signs: Floats = ONCE) -> Floats:
    """M at every node and pair of rows, shape (signs · nodes, pairs), all nodes of one sign after the other.

    Parameters
    ----------
    geometry : ScoreGeometry
    g : array (nodes, r, c)
    pairs : array (pairs, 2)
        Numbers of the geometry's rows.
    signs : array (signs,)
        By which g is multiplied: -g comes at half the price, its scores being known.
    """
    out = np.empty((len(signs), len(g), len(pairs)))
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
        signs,
        out,
    )
    return out.reshape(-1, len(pairs))


def uniform_value_metrics(geometry: ScoreGeometry, pairs: Indices) -> Floats:
    """M at zero scores, shape (pairs,): every row reads what it sees equally."""
    M: Floats = value_metrics(geometry, geometry.zero_scores, pairs)[0]
    return M


REORDERED = {"reassoc", "contract", "nsz"}  # sums may be vectorised; infinities keep their meaning
LANES = 64  # nodes side by side, innermost in every loop: what a vector unit likes
LOWEST = -300.0  # what is smaller than its exponential adds nothing, and its square does not underflow


@njit(cache=True, nogil=True, error_model="numpy")
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
    signs: Floats,
    out: Floats,
) -> None:
    rows, columns = multiplicity.shape
    r, c = queries.shape[1], keys.shape[1]
    lanes, query = np.zeros((r, c * LANES)), np.empty(c * LANES)
    scores, weights = np.zeros((rows, columns, LANES)), np.zeros((rows, columns, LANES))
    read = np.zeros((rows, columns, LANES))
    for start in range(0, g.shape[0], LANES):
        count = min(LANES, g.shape[0] - start)
        for i in range(r):
            for k in range(c):
                for n in range(count):
                    lanes[i, k * LANES + n] = g[start + n, i, k]
        for a in range(rows):
            combine(queries[a], lanes, query)
            for j in range(first[a], last[a]):
                combine(keys[j], query.reshape(c, LANES), scores[a, j])
        for sign in range(signs.shape[0]):
            for a in range(rows):
                own = slice(first[a], last[a])
                _softmax(signs[sign], scores[a, own], multiplicity[a, own], coupling, weights[a, own])
                for j in range(columns):
                    combine(values[own, j], weights[a, own], read[a, j])
            _contract(read, weights, first, last, pairs, out[sign, start : start + count])


@njit(cache=True, nogil=True, error_model="numpy", fastmath=REORDERED)
def _softmax(sign: float, scores: Floats, multiplicity: Floats, coupling: float, weights: Floats) -> None:
    """Attention weights of one row; differences from the largest score, so that no coupling overflows."""
    largest, total = np.full(LANES, -np.inf), np.zeros(LANES)
    for j in range(scores.shape[0]):
        if multiplicity[j] > 0.0:
            for n in range(LANES):
                largest[n] = max(largest[n], sign * scores[j, n])
    for j in range(scores.shape[0]):
        for n in range(LANES):
            below = sign * scores[j, n] - largest[n]
            exponent = coupling * below if below < 0.0 else 0.0  # a hidden token's score may be the largest
            weights[j, n] = multiplicity[j] * exp(max(exponent, LOWEST))
            total[n] += weights[j, n]
    for n in range(LANES):
        total[n] = 1.0 / total[n]
    for j in range(scores.shape[0]):
        for n in range(LANES):
            weights[j, n] *= total[n]


@njit(cache=True, nogil=True, error_model="numpy", fastmath=REORDERED)
def _contract(
    read: Floats, weights: Floats, first: Indices, last: Indices, pairs: Indices, out: Floats
) -> None:
    """Σ_j (A_a Σ_V)_j A_bj of every pair (a, b), nodes before pairs."""
    total = np.empty(LANES)
    for p in range(pairs.shape[0]):
        a, b = pairs[p, 0], pairs[p, 1]
        total[:] = 0.0
        for j in range(first[b], last[b]):
            for n in range(LANES):
                total[n] += read[a, j, n] * weights[b, j, n]
        for n in range(out.shape[0]):
            out[n, p] = total[n]
