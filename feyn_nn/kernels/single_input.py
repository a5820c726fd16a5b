"""One input: the cumulants of a scalar metric to any order, moment by moment.

For a single input Δ^ℓ = Ĝ^ℓ - K^ℓ is a number. Given it, Δ^{ℓ+1} has the cumulants ε^{k-1} Σ_m V_{k,m} Δ^m/m!,
ε = 1/n, hence conditional moments that are polynomials in Δ and ε; their mean over Δ needs the moments E[Δ^m], which
are series in ε that begin at ε^⌈m/2⌉. Carrying these through depth costs O(N^5) a layer for all orders through ε^N,
where a sum over graphs or over partitions grows like a factorial. Cumulants are formed once, at the end: as formal
series, so that no order is lost to the one before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, factorial
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn.actions import VertexKind

Array: TypeAlias = NDArray[np.float64]


def single_input_cumulants(layers: Sequence[dict[VertexKind, Array]], rank: int, loops: int) -> list[Array]:
    """κ_rank(Ĝ^L) at 0 … `loops` loops for one input, each of shape (1,)*rank, in units of n^{-(rank-1+loops)}.

    Parameters
    ----------
    layers : sequence of dict
        The vertex tables of hidden layers 1 … L-1; kinds that are not there count as zero.
    rank, loops : int
    """
    order = rank - 1 + loops
    moments = _moments(stacked(layers, order), order)
    series = _cumulant(moments, rank)
    return [np.full((1,) * rank, series[power]) for power in range(rank - 1, order + 1)]


def stacked(layers: Sequence[dict[VertexKind, Array]], order: int) -> Array:
    """V_{k,m}/m! of every layer, shape (layers, order + 2, 2 order + 1), at [:, k, m].

    Parameters
    ----------
    layers : sequence of dict
        Tables over one input; kinds that are not there count as zero.
    order : int
        The power of 1/n through which cumulants are wanted.
    """
    vertices = np.zeros((len(layers), order + 2, 2 * order + 1))
    for stacked, tables in zip(vertices, layers, strict=True):
        for (k, m), table in tables.items():
            if k <= order + 1 and m <= 2 * order:
                stacked[k, m] = table.item()
    vertices /= [float(factorial(m)) for m in range(2 * order + 1)]
    return vertices


def _cumulant(moments: Array, rank: int) -> Array:
    """κ_rank as a series in ε: κ_r = μ_r - Σ_{k<r} binom(r-1, k-1) κ_k μ_{r-k}."""
    length = moments.shape[1]
    cumulants: list[Array] = [np.zeros(length)]
    for r in range(1, rank + 1):
        series = moments[r].copy()
        for k in range(1, r):
            series -= comb(r - 1, k - 1) * np.convolve(cumulants[k], moments[r - k])[:length]
        cumulants.append(series)
    return cumulants[rank]


def moment_step_py(vertices: Array, moments: Array, conditional: Array) -> Array:
    """E[Δ^p] of the next layer from those of this one, both (max(2 order, 1) + 1, order + 1), at [p, power of ε].

    Δ counts as ε^½: terms beyond ε^order in all are dropped as soon as they arise.

    Parameters
    ----------
    vertices : array (order + 2, 2 order + 1)
        V_{k,m}/m! at [k, m].
    moments : array (max(2 order, 1) + 1, order + 1)
    conditional : array (max(2 order, 1) + 1, order + 1, max(2 order, 1) + 1)
        Room to work in.
    """
    highest, order = moments.shape[0] - 1, moments.shape[1] - 1
    conditional[:] = 0.0
    conditional[0, 0, 0] = 1.0
    for p in range(1, highest + 1):
        ways = 1.0  # binom(p - 1, k - 1)
        for k in range(1, min(p, order + 1) + 1):
            for e in range(order + 2 - k):
                for d in range(2 * (order + 1 - k - e) + 1):
                    known = ways * conditional[p - k, e, d]
                    if known != 0.0:
                        for m in range(2 * (order + 1 - k - e) - d + 1):
                            conditional[p, e + k - 1, d + m] += known * vertices[k, m]
            ways *= (p - k) / k
    following = np.zeros_like(moments)
    for p in range(highest + 1):
        for e in range(order + 1):
            for d in range(2 * (order - e) + 1):
                known = conditional[p, e, d]
                if known != 0.0:
                    for f in range(order + 1 - e):
                        following[p, e + f] += known * moments[d, f]
    return following


moment_step = njit(cache=True, nogil=True)(moment_step_py)


def _moments_py(vertices: Array, order: int) -> Array:
    """E[Δ^p] of the last layer as series in ε: shape (max(2 order, 1) + 1, order + 1), at [p, power of ε]."""
    highest = max(2 * order, 1)
    moments = np.zeros((highest + 1, order + 1))
    moments[0, 0] = 1.0
    conditional = np.zeros((highest + 1, order + 1, highest + 1))  # of each p: [power of ε, power of Δ]
    for layer in range(vertices.shape[0]):
        moments = moment_step(vertices[layer], moments, conditional)
    return moments


_moments = njit(cache=True, nogil=True)(_moments_py)


def _moments_by_layer_py(vertices: Array, order: int) -> Array:
    """What `_moments` returns, of every layer from the first: shape (layers + 1, max(2 order, 1) + 1, order + 1)."""
    highest = max(2 * order, 1)
    moments = np.zeros((vertices.shape[0] + 1, highest + 1, order + 1))
    moments[0, 0, 0] = 1.0
    conditional = np.zeros((highest + 1, order + 1, highest + 1))
    for layer in range(vertices.shape[0]):
        moments[layer + 1] = moment_step(vertices[layer], moments[layer], conditional)
    return moments


moments_by_layer = njit(cache=True, nogil=True)(_moments_by_layer_py)
