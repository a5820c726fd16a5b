"""Gaussian moments of powers cut at zero, their derivatives included, exactly.

With h_p(z) = z^p θ(z) / p! for p ≥ 0 and h_{-1-s} = δ^{(s)}, ∂h_p = h_{p-1} for every integer p. Whole powers
f_p = z^p / p! follow the same rule, but end at zero. Stein's lemma is then one recurrence for all of them:

    p E[h_p(z_i) R] = G_ii E[h_{p-2}(z_i) R] + Σ_j G_ij E[h_{p-1}(z_i) ∂_j R].

Read forwards it lowers powers down to orthant probabilities. Read backwards it turns δ^{(s)} into δ, and that
conditions on z_i = 0: E[δ(z_i) R] = E[R | z_i = 0] / √(2π G_ii). A moment is worked off as a stack of weighted
moments, each with a bound on what rounding has done to its weight and its covariance.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

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

_NOTHING, _NO_MOMENT, _DROP, _CHOOSE_PIVOT, _CONDITION, _MERGE, _CLOSED, _EXPAND = range(8)


class _Stack(NamedTuple):
    """Weighted moments still to be done, one a row."""

    weights: Array  # (rows, 2): the weight, and a bound on its error
    G: Array  # (rows, n, n)
    E: Array  # (rows, n, n): bounds on the errors of G
    p: Indices  # (rows, n)
    cut: Flags  # (rows, n)
    sizes: Indices  # (rows,): how many labels are left
    pivoted: Flags  # (rows,): whether label 0 is a δ^{(s)} on its way to δ


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
    stack = _new_stack(starts, exponents)
    memory = np.full(18, np.nan)
    for t in range(n_terms):
        first = starts[t]
        end = starts[t + 1]
        _load(stack, metric, labels[first:end], exponents[first:end], cuts[first:end])
        values[t], errors[t] = _work_off(stack, memory)
    return values, errors


@njit(cache=True, nogil=True)
def _new_stack(starts: Indices, exponents: Indices) -> _Stack:
    """Room for the deepest term: each label that is conditioned on may at most double the powers of the rest."""
    n, rows = 1, 1
    for t in range(starts.size - 1):
        size = starts[t + 1] - starts[t]
        steps = 1 + np.abs(exponents[starts[t] : starts[t + 1]]).sum()
        n, rows = max(n, size), max(rows, (size + 1) * steps * 2 ** (size + 1))
    return _Stack(
        np.empty((rows, 2)),
        np.empty((rows, n, n)),
        np.empty((rows, n, n)),
        np.empty((rows, n), np.intp),
        np.empty((rows, n), np.bool_),
        np.empty(rows, np.intp),
        np.empty(rows, np.bool_),
    )


@njit(cache=True, nogil=True)
def _load(stack: _Stack, metric: Array, labels: Indices, exponents: Indices, cuts: Flags) -> None:
    """Start the stack with one moment; θ(z) of a label that vanishes is ½, whatever the others do."""
    stack.pivoted[0] = False
    stack.weights[0, 0], stack.weights[0, 1] = 1.0, 0.0
    n = 0
    for i in range(labels.size):
        if cuts[i] and exponents[i] == 0 and metric[labels[i], labels[i]] == 0.0:
            stack.weights[0, 0] *= 0.5
            continue
        stack.p[0, n], stack.cut[0, n] = exponents[i], cuts[i]
        m = 0
        for j in range(labels.size):
            if not (cuts[j] and exponents[j] == 0 and metric[labels[j], labels[j]] == 0.0):
                stack.G[0, n, m] = metric[labels[i], labels[j]]
                stack.E[0, n, m] = 0.0
                m += 1
        n += 1
    stack.sizes[0] = n


@njit(cache=True, nogil=True)
def _work_off(stack: _Stack, memory: Array) -> tuple[float, float]:
    """Sum of the stack that starts with one row."""
    value, error = 0.0, 0.0
    top = int(np.intp(0))  # a plain 0 would be a type of its own, and everything below compiled twice
    while top >= 0:
        step, label = _next_step(stack, top)
        if step == _NO_MOMENT:
            return np.nan, np.nan
        if step == _NOTHING:
            top -= 1
        elif step == _DROP:
            _drop(stack, top, label)
        elif step == _CHOOSE_PIVOT:
            _exchange(stack, top, label)
            stack.pivoted[top] = True
        elif step == _CONDITION:
            _condition(stack, top)
        elif step == _MERGE:
            _merge(stack, top, label)
        elif step == _CLOSED:
            n = stack.sizes[top]
            moment, moved = _closed_form(stack.G[top, :n, :n], stack.E[top, :n, :n], stack.p[top, :n], memory)
            value += stack.weights[top, 0] * moment
            error += abs(stack.weights[top, 0]) * moved + stack.weights[top, 1] * abs(moment)
            top -= 1
        else:
            top = _expand(stack, top, label)
    return value, error


@njit(cache=True, nogil=True)
def _next_step(stack: _Stack, top: int) -> tuple[int, int]:
    """What to do with the moment on top, and with which label."""
    n, p, cut = stack.sizes[top], stack.p[top], stack.cut[top]
    step, label = _constant_step(stack, top)
    if step >= 0:
        return step, label
    if stack.pivoted[top]:
        return (_CONDITION if p[0] == -1 else _EXPAND), 0
    lowest, whole, highest = -1, -1, 0
    for i in range(n):
        if p[i] < 0 and (lowest < 0 or p[i] > p[lowest]):
            lowest = i  # the lowest derivative of δ is the quickest to be gone
        if not cut[i]:
            whole = i
        if p[i] > p[highest]:
            highest = i
    if lowest >= 0:
        return _CHOOSE_PIVOT, lowest
    if _twin(stack, top) >= 0:
        return _MERGE, _twin(stack, top)
    if whole >= 0:
        return _EXPAND, whole
    if n <= 2 or p[highest] == 0:
        return _CLOSED, 0
    return _EXPAND, highest


@njit(cache=True, nogil=True)
def _constant_step(stack: _Stack, top: int) -> tuple[int, int]:
    """What labels without variance and exhausted whole powers call for; -1 if there are none.

    Without variance, h_p is the limit of a small one, of size p in powers of it: several together vanish if their
    exponents add up to more than zero. A single θ is ½; other products have no limit.
    """
    n, p, cut, G = stack.sizes[top], stack.p[top], stack.cut[top], stack.G[top]
    fixed, size, kinks, label = 0, 0, 0, -1
    for i in range(n):
        if p[i] < 0 and not cut[i]:
            return _NOTHING, i
        if p[i] == 0 and not cut[i]:
            label = i
        elif G[i, i] == 0.0:
            fixed, size, kinks = fixed + 1, size + p[i], kinks + (p[i] < 0)
            label = i
    if size > 0:
        return _NOTHING, label
    if kinks > 0 or fixed > 1:
        return _NO_MOMENT, label
    return (_DROP if label >= 0 else -1), label


@njit(cache=True, nogil=True)
def _twin(stack: _Stack, top: int) -> int:
    """Two cut labels i < j that are multiples of one another, as j n + i; -1 if there are none."""
    n, cut, G = stack.sizes[top], stack.cut[top], stack.G[top]
    for j in range(n):
        for i in range(j):
            if cut[i] and cut[j]:
                scale = G[i, i] * G[j, j]
                if determinant(G[i, i], G[j, j], G[i, j], G[i, j]) <= SINGULAR * scale:
                    return int(j * n + i)
    return -1


@njit(cache=True, nogil=True)
def _merge(stack: _Stack, top: int, twin: int) -> None:
    """h_a(z) h_b(cz) = binom(a + b, a) c^b h_{a+b}(z) for c > 0, and nothing for c < 0."""
    n, p, G = stack.sizes[top], stack.p[top], stack.G[top]
    i, j = twin % n, twin // n
    factor, moved = 0.0, 0.0
    if G[i, j] > 0.0:
        factor, ratio = 1.0, math.sqrt(G[j, j] / G[i, i])
        for k in range(1, p[j] + 1):
            factor *= ratio * (p[i] + k) / k
    if p[i] + p[j] > 0:  # what was taken for rounding matters at second order
        share = determinant(G[i, i], G[j, j], G[i, j], G[i, j]) / (G[i, i] * G[j, j])
        moved = 0.5 * p[j] * (stack.E[top, i, i] / G[i, i] + stack.E[top, j, j] / G[j, j])
        moved += (1 + p[i] + p[j]) * abs(share)
    _multiply(stack.weights[top], factor, factor * (moved + 4.0 * p[j] * EPS))
    p[i] += p[j]
    p[j], stack.cut[top, j] = 0, False  # a constant now


@njit(cache=True, nogil=True)
def _drop(stack: _Stack, top: int, label: int) -> None:
    """Take out a label that is a constant: θ without variance is ½, f_0 is 1."""
    if stack.cut[top, label]:
        stack.weights[top, 0] *= 0.5
        stack.weights[top, 1] *= 0.5
    n = stack.sizes[top]
    for i in range(label, n - 1):
        stack.p[top, i], stack.cut[top, i] = stack.p[top, i + 1], stack.cut[top, i + 1]
    for matrix in (stack.G[top], stack.E[top]):
        for i in range(n - 1):
            for j in range(n - 1):
                matrix[i, j] = matrix[i + (i >= label), j + (j >= label)]
    stack.sizes[top] = n - 1


@njit(cache=True, nogil=True)
def _exchange(stack: _Stack, top: int, label: int) -> None:
    """Bring a label to the front."""
    p, cut = stack.p[top], stack.cut[top]
    p[0], p[label] = p[label], p[0]
    cut[0], cut[label] = cut[label], cut[0]
    for matrix in (stack.G[top], stack.E[top]):
        for j in range(stack.sizes[top]):
            matrix[0, j], matrix[label, j] = matrix[label, j], matrix[0, j]
        for i in range(stack.sizes[top]):
            matrix[i, 0], matrix[i, label] = matrix[i, label], matrix[i, 0]


@njit(cache=True, nogil=True)
def _condition(stack: _Stack, top: int) -> None:
    """E[δ(z_0) R] = E[R | z_0 = 0] / √(2π G_00); a label that z_0 determines loses its variance exactly."""
    G, E = stack.G[top], stack.E[top]
    n = stack.sizes[top] - 1
    variance, moved = G[0, 0], E[0, 0]
    factor = 1.0 / math.sqrt(2.0 * math.pi * variance)
    _multiply(stack.weights[top], factor, factor * (0.5 * moved / variance + 2.0 * EPS))
    slopes, blur = G[0, 1 : n + 1] / variance, E[0, 1 : n + 1].copy()
    across = G[0, 1 : n + 1].copy()
    before = np.empty(n)
    for i in range(n):
        before[i] = G[i + 1, i + 1]
    for i in range(n):
        stack.p[top, i], stack.cut[top, i] = stack.p[top, i + 1], stack.cut[top, i + 1]
        for j in range(n):
            G[i, j] = determinant(G[i + 1, j + 1], variance, across[i], across[j]) / variance
            E[i, j] = E[i + 1, j + 1] + abs(slopes[i]) * blur[j] + abs(slopes[j]) * blur[i]
            E[i, j] += abs(slopes[i] * slopes[j]) * moved + 4.0 * EPS * abs(G[i, j])
    for i in range(n):
        if G[i, i] <= max(SINGULAR * before[i], E[i, i]):
            for j in range(n):
                G[i, j], G[j, i], E[i, j], E[j, i] = 0.0, 0.0, 0.0, 0.0
    stack.sizes[top], stack.pivoted[top] = n, False


@njit(cache=True, nogil=True)
def _expand(stack: _Stack, top: int, label: int) -> int:
    """Replace the moment on top by the terms of Stein's recurrence for one label; return the new top."""
    n, backwards = stack.sizes[top], stack.pivoted[top]
    room = top + n  # the moment itself moves out of the way of its terms
    _copy(stack, top, room)
    row = top
    for j in range(n):
        factor, moved = _coefficient(stack.G[room], stack.E[room], stack.p[room], label, j, backwards)
        if factor == 0.0 and moved == 0.0:
            continue
        _copy(stack, room, row)
        _multiply(stack.weights[row], factor, moved)
        if backwards and j == label:
            stack.p[row, label] += 2
        else:
            stack.p[row, label] += 1 if backwards else -1
            stack.p[row, j] -= 1
        row += 1
    return row - 1


@njit(cache=True, nogil=True)
def _copy(stack: _Stack, source: int, target: int) -> None:
    """Copy one row of the stack over another."""
    n = stack.sizes[source]
    stack.weights[target, 0], stack.weights[target, 1] = stack.weights[source, 0], stack.weights[source, 1]
    stack.sizes[target], stack.pivoted[target] = n, stack.pivoted[source]
    for i in range(n):
        stack.p[target, i], stack.cut[target, i] = stack.p[source, i], stack.cut[source, i]
        for j in range(n):
            stack.G[target, i, j], stack.E[target, i, j] = stack.G[source, i, j], stack.E[source, i, j]


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
def _multiply(weight: Array, factor: float, moved: float) -> None:
    """Multiply a weight and its error by a factor and its error."""
    weight[1] = weight[1] * (abs(factor) + moved) + abs(weight[0]) * (moved + 4.0 * EPS * abs(factor))
    weight[0] *= factor


@njit(cache=True, nogil=True)
def _closed_form(G: Array, E: Array, p: Indices, memory: Array) -> tuple[float, float]:
    """Moments of at most two labels, and orthant probabilities of three and four."""
    if p.size == 0:
        return 1.0, 0.0
    if p.size == 1:
        value = half_line_moment(G[0, 0], p[0])
        return value, value * ((4.0 + 2.0 * p[0]) * EPS + 0.5 * p[0] * E[0, 0] / G[0, 0])
    if p.size == 2:
        return quadrant_moment(G, E, p[0], p[1])
    if p.size == 3:
        return octant_probability(G, E)
    known = True  # the same metric comes up many times in one expectation
    for i in range(4):
        for j in range(4):
            known = known and memory[4 * i + j] == G[i, j]
    if not known:
        for i in range(4):
            for j in range(4):
                memory[4 * i + j] = G[i, j]
        memory[16], memory[17] = orthant_probability(G, E)
    return memory[16], memory[17]
