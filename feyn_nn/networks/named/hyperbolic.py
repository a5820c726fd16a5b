"""The hyperbolic tangent: derivatives that are stable in the tails and at any order in use."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


def tanh_derivatives(z: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """The derivatives of tanh, σ^(m) = sech²(z) Q_m(tanh z), stable in the tails and at any order in use.

    Q_m is summed over Chebyshev polynomials: its powers of t alternate in sign and would cancel near |t| = 1.
    sech² comes from exp(-2|z|), so that the tails keep their relative precision.
    """
    t = np.tanh(z)
    table = np.empty((order + 1, *z.shape))
    table[0] = t
    if order >= 1:
        decay = np.exp(-2.0 * np.abs(z))
        chebyshev = np.polynomial.chebyshev.chebvander(t.ravel(), order - 1)
        table[1:] = (_tanh_coefficients(order) @ chebyshev.T).reshape(order, *z.shape)
        table[1:] *= 4.0 * decay / (1.0 + decay) ** 2
    return table


@lru_cache(maxsize=64)
def _tanh_coefficients(order: int) -> NDArray[np.float64]:
    """Chebyshev coefficients of Q_1 … Q_order, one polynomial a row: shape (order, order)."""
    rows = np.zeros((order, order))
    for row, powers in zip(rows, _tanh_polynomials(order), strict=True):
        row[: len(powers)] = [float(c) for c in _chebyshev_series(powers)]
    rows.setflags(write=False)
    return rows


def _tanh_polynomials(order: int) -> list[list[int]]:
    """Integer coefficients of Q_1 … Q_order in powers of t: Q_1 = 1, Q_{m+1} = (1 - t²) Q_m' - 2t Q_m."""
    polynomials = [[1]]
    for m in range(1, order):
        following = [0] * (m + 1)
        for k, c in enumerate(polynomials[-1]):
            if k:
                following[k - 1] += k * c
            following[k + 1] -= (k + 2) * c
        polynomials.append(following)
    return polynomials


def _chebyshev_series(powers: list[int]) -> list[Fraction]:
    """The polynomial Σ c_k t^k in Chebyshev polynomials, exactly: t^k = 2^{1-k} Σ' binom(k, (k-j)/2) T_j."""
    series = [Fraction(0)] * len(powers)
    for k, c in enumerate(powers):
        for j in range(k % 2, k + 1, 2):
            series[j] += Fraction(c * math.comb(k, (k - j) // 2) * (1 if j == 0 else 2), 2**k)
    return series
