"""Linear combinations of rows, compiled: what matrix products are made of where BLAS would start threads of its own."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})
def add_combination(factors: Floats, rows: Floats, out: Floats) -> None:
    """Add Σ_i factors_i rows_i to `out`, four rows at a time; of each row as much as `out` holds.

    Parameters
    ----------
    factors : array (n,)
    rows : array (n, at least m)
    out : array (m,)
    """
    fours = factors.shape[0] // 4 * 4
    for i in range(0, fours, 4):
        a, b, c, d = factors[i], factors[i + 1], factors[i + 2], factors[i + 3]
        for x in range(out.shape[0]):
            pair = a * rows[i, x] + b * rows[i + 1, x]
            out[x] += pair + (c * rows[i + 2, x] + d * rows[i + 3, x])
    for i in range(fours, factors.shape[0]):
        a = factors[i]
        for x in range(out.shape[0]):
            out[x] += a * rows[i, x]


@njit(cache=True, nogil=True, error_model="numpy")
def combine(factors: Floats, rows: Floats, out: Floats) -> None:
    """Fill `out` with Σ_i factors_i rows_i, the shapes as for adding."""
    out[:] = 0.0
    add_combination(factors, rows, out)
