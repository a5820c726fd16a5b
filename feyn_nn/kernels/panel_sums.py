"""Compiled interpolation on panels of unequal widths."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


@njit(cache=True, nogil=True)
def interpolated_between(coefficients: Array, edges: Array, points: Array) -> Array:
    """Piecewise Chebyshev series at `points`.

    Parameters
    ----------
    coefficients : array (panels, rows, degree + 1)
    edges : array (panels + 1,)
        Ascending; the first and last panel serve what lies beyond as well.
    points : array (nodes,)

    Returns
    -------
    array (rows, nodes)
    """
    n_panels, n_rows, n_terms = coefficients.shape
    values = np.empty((n_rows, points.size))
    basis = np.ones(n_terms)
    for n in range(points.size):
        panel = min(max(np.searchsorted(edges, points[n]) - 1, 0), n_panels - 1)
        left, right = edges[panel], edges[panel + 1]
        x = (2.0 * points[n] - left - right) / (right - left)
        basis[1] = x
        for k in range(2, n_terms):
            basis[k] = 2.0 * x * basis[k - 1] - basis[k - 2]
        for row in range(n_rows):
            total = 0.0
            for k in range(n_terms):
                total += coefficients[panel, row, k] * basis[k]
            values[row, n] = total
    return values
