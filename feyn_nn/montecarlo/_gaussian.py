"""Compiled kernels for batches of small Gaussian fields; imported only where sampling starts.

Arrays are (samples, inputs, neurons): the neurons, of which there are many, run along the contiguous axis.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

PIVOT_TOLERANCE = 16 * np.finfo(np.float64).eps


@njit(cache=True, nogil=True, error_model="numpy")
def factorise(metrics: Floats, factors: Floats, order: Indices) -> None:
    """Factor each positive semi-definite metric: metric[p_i, p_j] = Σ_k factor[i, k] factor[j, k].

    Cholesky in units of the standard deviations, the largest remaining variance first. A remaining variance
    below the tolerance is rounding, so the factor ends there: singular and zero metrics are no exception.

    Parameters
    ----------
    metrics : array (samples, B, B)
    factors : array (samples, B, B)
        Filled with the lower triangular factors.
    order : array (samples, B)
        Filled with the order p in which each factor takes the inputs.
    """
    scale, left = np.empty((2, metrics.shape[1]))
    for s in range(metrics.shape[0]):
        _factorise_one(s, metrics, factors, order, scale, left)


@njit(forceinline=True, error_model="numpy")
def _factorise_one(
    s: int, metrics: Floats, factors: Floats, order: Indices, scale: Floats, left: Floats
) -> None:
    """Factor s; `scale` is room for the standard deviations, `left` for the share of variance still left.

    Indices rather than rows: numba counts the references to a row, which takes longer than a small factor.
    """
    n = metrics.shape[1]
    for i in range(n):
        order[s, i] = i
        scale[i] = np.sqrt(max(metrics[s, i, i], 0.0))
        left[i] = 1.0 if scale[i] > 0.0 else 0.0
        for k in range(n):
            factors[s, i, k] = 0.0
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if left[i] > left[best]:
                best = i
        if not left[best] > PIVOT_TOLERANCE * n:
            break
        if best != k:
            _swap(s, factors, order, scale, left, k, best)
        pivot = np.sqrt(left[k])
        factors[s, k, k] = pivot
        for i in range(k + 1, n):
            if scale[i] > 0.0:
                inner = metrics[s, order[s, i], order[s, k]] / (scale[i] * scale[k])
                for j in range(k):
                    inner -= factors[s, i, j] * factors[s, k, j]
                factors[s, i, k] = inner / pivot
                left[i] -= factors[s, i, k] ** 2
    for i in range(n):
        for k in range(i + 1):
            factors[s, i, k] *= scale[i]


@njit(nogil=True)
def _swap(s: int, factors: Floats, order: Indices, scale: Floats, left: Floats, a: int, b: int) -> None:
    """Exchange the rows a and b > a of a factor of which the first a columns are made."""
    order[s, a], order[s, b] = order[s, b], order[s, a]
    scale[a], scale[b] = scale[b], scale[a]
    left[a], left[b] = left[b], left[a]
    for j in range(a):
        factors[s, a, j], factors[s, b, j] = factors[s, b, j], factors[s, a, j]


@njit(cache=True, nogil=True, fastmath={"contract"})
def correlate(noise: Floats, factors: Floats) -> None:
    """Turn standard normals into neurons with the factored metrics, in place: z_i = Σ_{k≤i} factor_ik g_k.

    Parameters
    ----------
    noise : array (samples, B, neurons)
    factors : array (samples, B, B) or (1, B, B)
        One factor for each sample, or one for all.
    """
    samples, n, neurons = noise.shape
    for s in range(samples):
        f = s if factors.shape[0] > 1 else 0
        for i in range(n - 1, 0, -1):
            own, last = factors[f, i, i], i - 1
            for k in range(0, i, 3):  # three rows at a time; where fewer are left the last one counts nothing
                two, three = min(k + 1, last), min(k + 2, last)
                by_one = factors[f, i, k]
                by_two = factors[f, i, two] if two > k else 0.0
                by_three = factors[f, i, three] if three > two else 0.0
                for a in range(neurons):
                    pair = own * noise[s, i, a] + by_one * noise[s, k, a]
                    noise[s, i, a] = pair + (by_two * noise[s, two, a] + by_three * noise[s, three, a])
                own = 1.0
        own = factors[f, 0, 0]
        for a in range(neurons):
            noise[s, 0, a] *= own


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def add_gram(activations: Floats, order: Indices, scale: float, gram: Floats) -> None:
    """Add scale · Σ_a σ_ia σ_ja to gram[p_i, p_j].

    Parameters
    ----------
    activations : array (samples, B, neurons)
    order : array (samples, B)
        The inputs p to which the rows belong.
    scale : float
    gram : array (samples, B, B)
    """
    samples, n, neurons = activations.shape
    for s in range(samples):
        for i in range(0, n, 2):  # two rows by two columns at a time, each read once
            below = min(i + 1, n - 1)
            for j in range(0, i + 1, 2):
                beside = min(j + 1, n - 1)
                one, two, three, four = 0.0, 0.0, 0.0, 0.0
                for a in range(neurons):
                    x, y = activations[s, i, a], activations[s, below, a]
                    u, v = activations[s, j, a], activations[s, beside, a]
                    one += x * u
                    two += x * v
                    three += y * u
                    four += y * v
                _add(gram, s, order[s, i], order[s, j], scale * one)
                if j < beside <= i:
                    _add(gram, s, order[s, i], order[s, beside], scale * two)
                if below > i:
                    _add(gram, s, order[s, below], order[s, j], scale * three)
                    if beside > j:
                        _add(gram, s, order[s, below], order[s, beside], scale * four)


@njit(forceinline=True)
def _add(gram: Floats, s: int, p: int, q: int, value: float) -> None:
    """Add to an entry of a symmetric matrix and to its mirror image."""
    gram[s, p, q] += value
    if p != q:
        gram[s, q, p] += value


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def apply_weights(weights: Floats, incoming: Floats, scale: float, out: Floats) -> None:
    """Preactivations of some neurons: out_br = scale · Σ_a W_ra h_ba.

    Parameters
    ----------
    weights : array (samples, rows, incoming)
    incoming : array (samples, B, incoming) or (1, B, incoming)
        One set of activations for each sample, or one for all.
    scale : float
    out : array (samples, B, rows)
    """
    samples, rows, width = weights.shape
    for s in range(samples):
        h = s if incoming.shape[0] > 1 else 0
        for r in range(0, rows, 2):  # two neurons by two inputs at a time, each row read once
            t = min(r + 1, rows - 1)
            for b in range(0, incoming.shape[1], 2):
                c = min(b + 1, incoming.shape[1] - 1)
                one, two, three, four = 0.0, 0.0, 0.0, 0.0
                for a in range(width):
                    x, y = weights[s, r, a], weights[s, t, a]
                    u, v = incoming[h, b, a], incoming[h, c, a]
                    one += x * u
                    two += x * v
                    three += y * u
                    four += y * v
                out[s, b, r], out[s, c, r] = scale * one, scale * two
                out[s, b, t], out[s, c, t] = scale * three, scale * four
