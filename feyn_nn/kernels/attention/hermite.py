"""The weights of 1/key_dim: Wick-ordered traces of H = g gᵀ, docs/theory/attention.md."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RINGS: tuple[tuple[int, ...], ...] = ((), (4,), (6,), (4, 4))
"""The score rings that a weight stands for: connected functions of so many scores, each ring of 2r costing
key_dim^(1 - r)."""

KEY_POWERS = (0, 1, 2, 2)
"""The power of 1/key_dim of each."""


def n_weights(loops: int) -> int:
    """How many of the weights there are through 1/key_dim^loops."""
    return sum(power <= loops for power in KEY_POWERS)


def hermite_weights(g: Floats, loops: int) -> Floats:
    """The weights h of all score rings through `loops`, shape (weights, nodes).

    E f = Σ_rings E_∞[f h] / key_dim^power with h = 1, :p_2:/4, :p_3:/6, :p_2²:/32 for the entries of `RINGS`, where
    p_k = tr (g gᵀ)^k and :…: is Wick ordering.

    Parameters
    ----------
    g : array (nodes, r, c)
    loops : int
        At most 2.
    """
    weights = np.ones((n_weights(loops), len(g)))
    if loops and g.size:
        flipped = g if g.shape[1] <= g.shape[2] else np.ascontiguousarray(g.transpose(0, 2, 1))
        traces = np.empty((3, len(g)))
        _traces(flipped, traces)
        r, c = g.shape[1], g.shape[2]
        weights[1] = _p2(traces, r, c) / 4
        if loops > 1:
            weights[2] = _p3(traces, r, c) / 6
            weights[3] = _p2_squared(traces, r, c) / 32
    return weights


def truncated_product(one: Floats, other: Floats) -> Floats:
    """The product of two series over score rings, shape (…, weights, ·), through their highest power."""
    product = one[..., :1, :] * other
    product[..., 1:, :] += one[..., 1:, :] * other[..., :1, :]
    if product.shape[-2] > 2:
        product[..., 3, :] += one[..., 1, :] * other[..., 1, :]
    return product


def _p2(p: Floats, r: int, c: int) -> Floats:
    a = r + c + 1
    ordered: Floats = p[1] - 2 * a * p[0] + r * c * a
    return ordered


def _p3(p: Floats, r: int, c: int) -> Floats:
    a = r + c + 1
    A = a * (a + 1) + r * c + 2
    ordered: Floats = p[2] - 3 * ((a + 1) * p[1] + p[0] ** 2) + 3 * A * p[0] - r * c * A
    return ordered


def _p2_squared(p: Floats, r: int, c: int) -> Floats:
    a = r + c + 1
    B = c**3 * r + 2 * c**2 * r**2 + c * r**3 + 2 * c**2 * r + 2 * c * r**2
    B += 8 * c**2 + 8 * r**2 + 21 * c * r + 20 * c + 20 * r + 20
    ordered: Floats = (
        p[1] ** 2
        - 16 * p[2]
        - 4 * a * p[0] * p[1]
        + 2 * (r * c * a + 20 * (r + c) + 32) * p[1]
        + 4 * (a**2 + 6) * p[0] ** 2
        - 4 * B * p[0]
        + r * c * B
    )
    return ordered


@njit(cache=True, nogil=True, error_model="numpy")
def _traces(g: Floats, traces: Floats) -> None:
    """p_1, p_2, p_3 of H = g gᵀ at every node."""
    r, c = g.shape[1], g.shape[2]
    H, square = np.empty((r, r)), np.empty((r, r))
    for n in range(g.shape[0]):
        p1 = p2 = p3 = 0.0
        for i in range(r):
            for j in range(r):
                H[i, j] = 0.0
                for k in range(c):
                    H[i, j] += g[n, i, k] * g[n, j, k]
        for i in range(r):
            p1 += H[i, i]
            for j in range(r):
                square[i, j] = 0.0
                for k in range(r):
                    square[i, j] += H[i, k] * H[k, j]
                p3 += square[i, j] * H[j, i]
            p2 += square[i, i]
        traces[0, n], traces[1, n], traces[2, n] = p1, p2, p3
