"""Gaussian moments of powers cut at zero, their derivatives included, exactly.

With h_p(z) = z^p θ(z) / p! for p ≥ 0 and h_{-1-s} = δ^{(s)}, ∂h_p = h_{p-1} for every integer p. Whole powers
f_p = z^p / p! follow the same rule, but end at zero. Stein's lemma is then one recurrence for all of them:

    p E[h_p(z_i) R] = G_ii E[h_{p-2}(z_i) R] + Σ_j G_ij E[h_{p-1}(z_i) ∂_j R].

Read forwards it lowers powers down to orthant probabilities. Read backwards it turns δ^{(s)} into δ, and that
conditions on z_i = 0: E[δ(z_i) R] = E[R | z_i = 0] / √(2π G_ii).
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn.kernels.orthants import (
    EPS,
    SINGULAR,
    determinant,
    half_line_moment,
    octant_probability,
    orthant_probability,
    quadrant_moment,
)

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]
Flags: TypeAlias = NDArray[np.bool_]

MAX_CUTS = 4
"""The most labels cut at zero whose probabilities are known."""

_KEEP, _NOTHING, _NO_MOMENT, _DROP = 0, 1, 2, 3


@njit(cache=True, nogil=True)
def half_line_moments(
    metric: Array, starts: Indices, labels: Indices, exponents: Indices, cuts: Flags
) -> tuple[Array, Array]:
    """E[Π_α h_{p_α}(z_α)] of each term, and its error; not a number where the moment does not exist.

    Parameters
    ----------
    metric : array (B, B)
    starts : array (terms + 1,)
        Term t has the factors starts[t] … starts[t + 1] - 1.
    labels, exponents : array (factors,)
        α and p_α.
    cuts : array (factors,)
        Whether the factor is h_p, cut at zero, or f_p, whole.
    """
    n_terms = starts.size - 1
    values, errors = np.empty(n_terms), np.empty(n_terms)
    memory = np.full(18, np.nan)
    for t in range(n_terms):
        first, end = starts[t], starts[t + 1]
        n = end - first
        G = np.empty((n, n))
        for i in range(n):
            for j in range(n):
                G[i, j] = metric[labels[first + i], labels[first + j]]
        p, cut = exponents[first:end].copy(), cuts[first:end].copy()
        values[t], errors[t] = _moment(G, np.zeros((n, n)), p, cut, False, memory)
    return values, errors


@njit(cache=True, nogil=True)
def _moment(
    G: Array, E: Array, p: Indices, cut: Flags, pivoted: bool, memory: Array
) -> tuple[float, float]:
    """One moment and its error; E bounds the errors of G, and `pivoted` keeps label 0 until its δ is gone."""
    n = p.size
    if n == 0:
        return 1.0, 0.0
    fate, which = _simplification(G, p, cut)
    if fate == _NOTHING:
        return 0.0, 0.0
    if fate == _NO_MOMENT:
        return np.nan, np.nan
    if fate == _DROP:
        rest = np.array([i for i in range(n) if i != which], np.intp)
        share = 0.5 if cut[which] else 1.0  # θ where z has no variance is ½, f_0 is 1
        value, error = _moment(_picked(G, rest), _picked(E, rest), p[rest], cut[rest], pivoted, memory)
        return share * value, share * error
    if not pivoted and p.min() < 0:
        order = np.arange(n)
        pivot = np.argmax(np.where(p < 0, p, np.iinfo(np.intp).min))
        order[0], order[pivot] = pivot, 0
        return _moment(_picked(G, order), _picked(E, order), p[order], cut[order], True, memory)
    if pivoted and p[0] == -1:
        smaller, moved = _conditioned(G, E)
        value, error = _moment(smaller, moved, p[1:].copy(), cut[1:].copy(), False, memory)
        density = 1.0 / math.sqrt(2.0 * math.pi * G[0, 0])
        return density * value, density * (error + abs(value) * (0.5 * E[0, 0] / G[0, 0] + 4.0 * EPS))
    if not pivoted and cut.all() and (n <= 2 or p.max() == 0):
        return _closed_form(G, E, p, memory)
    value, error = 0.0, 0.0
    i = 0 if pivoted else (np.argmin(cut) if not cut.all() else np.argmax(p))
    for j in range(n):
        factor, moved = _coefficient(G, E, p, i, j, pivoted)
        if factor == 0.0 and moved == 0.0:
            continue
        q = p.copy()
        if not pivoted:
            q[i] -= 1
            q[j] -= 1
        elif j == i:
            q[i] += 2
        else:
            q[i] += 1
            q[j] -= 1
        term, term_error = _moment(G, E, q, cut, pivoted, memory)
        value += factor * term
        error += abs(factor) * (term_error + 4.0 * EPS * abs(term)) + moved * abs(term)
    return value, error


@njit(cache=True, nogil=True)
def _simplification(G: Array, p: Indices, cut: Flags) -> tuple[int, int]:
    """What a label without variance, or a whole power at its end, does to the moment; and which label it is."""
    for i in range(p.size):
        if not cut[i] and p[i] < 0:
            return _NOTHING, i
    for i in range(p.size):
        if G[i, i] == 0.0 and p[i] < 0:
            return _NO_MOMENT, i
    for i in range(p.size):
        if G[i, i] == 0.0 and p[i] > 0:
            return _NOTHING, i
    for i in range(p.size):
        if p[i] == 0 and (G[i, i] == 0.0 or not cut[i]):
            return _DROP, i
    return _KEEP, 0


@njit(cache=True, nogil=True)
def _closed_form(G: Array, E: Array, p: Indices, memory: Array) -> tuple[float, float]:
    """Moments of at most two labels, and orthant probabilities of three and four."""
    if p.size == 1:
        value = half_line_moment(G[0, 0], p[0])
        return value, value * ((4.0 + 2.0 * p[0]) * EPS + 0.5 * p[0] * E[0, 0] / G[0, 0])
    if p.size == 2:
        return quadrant_moment(G, E, p[0], p[1])
    if p.size == 3:
        return octant_probability(G, E)
    if not np.array_equal(memory[:16], G.ravel()):  # the same metric comes up many times in one expectation
        memory[:16] = G.ravel()
        memory[16], memory[17] = orthant_probability(G, E)
    return memory[16], memory[17]


@njit(cache=True, nogil=True)
def _coefficient(G: Array, E: Array, p: Indices, i: int, j: int, backwards: bool) -> tuple[float, float]:
    """Weight of the j-th term of Stein's recurrence for label i, and its error."""
    if not backwards:
        return G[i, j] / p[i], E[i, j] / p[i]
    if i == j:
        factor = (p[i] + 2) / G[i, i]
        return factor, abs(factor) * E[i, i] / G[i, i]
    factor = -G[i, j] / G[i, i]
    return factor, (E[i, j] + abs(factor) * E[i, i]) / G[i, i]


@njit(cache=True, nogil=True)
def _conditioned(G: Array, E: Array) -> tuple[Array, Array]:
    """Covariance of labels 1 … given z_0 = 0, and its error; what is singular is made exactly so."""
    n = G.shape[0] - 1
    smaller, moved = np.empty((n, n)), np.empty((n, n))
    slopes = G[0, 1:] / G[0, 0]
    for i in range(n):
        for j in range(n):
            smaller[i, j] = determinant(G[i + 1, j + 1], G[0, 0], G[0, i + 1], G[0, j + 1]) / G[0, 0]
            moved[i, j] = E[i + 1, j + 1] + abs(slopes[i]) * E[0, j + 1] + abs(slopes[j]) * E[0, i + 1]
            moved[i, j] += abs(slopes[i] * slopes[j]) * E[0, 0] + 4.0 * EPS * abs(smaller[i, j])
    for i in range(n):
        if smaller[i, i] <= max(SINGULAR * G[i + 1, i + 1], moved[i, i]):
            smaller[i], smaller[:, i], moved[i], moved[:, i] = 0.0, 0.0, 0.0, 0.0
    return smaller, moved


@njit(cache=True, nogil=True)
def _picked(G: Array, order: Indices) -> Array:
    """Rows and columns of G in that order."""
    n = order.size
    picked = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            picked[i, j] = G[order[i], order[j]]
    return picked
