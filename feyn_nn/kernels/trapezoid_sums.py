"""Compiled sums of the trapezoidal rule; they receive the activation at the nodes as arrays.

Each compiled function works on rows of a table (one row for each power and derivative of a label, one column for
each node) so that the innermost loops run over nodes, contiguous in memory.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

_BLOCK = 256  # nodes at a time, such that the rows in work stay in the cache


@njit(cache=True, nogil=True)
def power_tables(derivatives: Array, powers: Indices, orders: Indices) -> Array:
    """∂^j[σ^a] at every node, by Leibniz: ∂^j[σ^a] = Σ_i binom(j, i) σ^(i) ∂^{j-i}[σ^{a-1}].

    Parameters
    ----------
    derivatives : array (order + 1, nodes)
        σ, σ', …, σ^(order) with order at least the largest of `orders`.
    powers, orders : array (rows,)
        a ≥ 1 and j ≥ 0 of each row.

    Returns
    -------
    array (rows, nodes)
    """
    highest = powers.max()
    needed = np.zeros(highest + 1, np.intp)
    for row in range(powers.size):
        for a in range(powers[row] + 1):
            needed[a] = max(needed[a], orders[row])
    binomials = np.zeros((needed[0] + 1, needed[0] + 1))
    for j in range(needed[0] + 1):
        binomials[j, 0] = 1.0
        for i in range(1, j + 1):
            binomials[j, i] = binomials[j - 1, i - 1] + binomials[j - 1, i]
    n_nodes = derivatives.shape[1]
    table = np.empty((powers.size, n_nodes))
    work = np.empty((needed[0] + 1, _BLOCK))
    for start in range(0, n_nodes, _BLOCK):
        size = min(_BLOCK, n_nodes - start)
        for j in range(needed[1] + 1):
            for n in range(size):
                work[j, n] = derivatives[j, start + n]
        for a in range(1, highest + 1):
            if a > 1:
                for j in range(needed[a], -1, -1):  # downwards, so that lower orders are still those of a - 1
                    for n in range(size):
                        work[j, n] *= derivatives[0, start + n]
                    for i in range(1, j + 1):
                        weight = binomials[j, i]
                        for n in range(size):
                            work[j, n] += weight * derivatives[i, start + n] * work[j - i, n]
            for row in range(powers.size):
                if powers[row] == a:
                    for n in range(size):
                        table[row, start + n] = work[orders[row], n]
    return table


@njit(cache=True, nogil=True)
def inner_sums(table: Array, weights: Array, products: Indices) -> Array:
    """Σ_i w_i Π_f table[f, node, i] and Σ_i w_i |Π_f …| for each product of rows and each outer node.

    Parameters
    ----------
    table : array (rows, outer nodes, inner nodes)
    weights : array (inner nodes,)
    products : array (products, factors)
        The rows to multiply.

    Returns
    -------
    array (2, products, outer nodes)
        The sums, and the sums of absolute values.
    """
    n_outer, n_inner = table.shape[1], table.shape[2]
    sums = np.zeros((2, products.shape[0], n_outer))
    term = np.empty(n_inner)
    for u in range(products.shape[0]):
        for n in range(n_outer):
            term[:] = weights
            for row in products[u]:
                for i in range(n_inner):
                    term[i] *= table[row, n, i]
            total, size = 0.0, 0.0
            for i in range(n_inner):
                total += term[i]
                size += abs(term[i])
            sums[0, u, n] = total
            sums[1, u, n] = size
    return sums


@njit(cache=True, nogil=True)
def interpolated(coefficients: Array, start: float, width: float, points: Array) -> Array:
    """Piecewise Chebyshev series at `points`.

    Parameters
    ----------
    coefficients : array (panels, rows, degree + 1)
        Panel p covers [start + p width, start + (p + 1) width].
    start, width : float
    points : array (nodes,)

    Returns
    -------
    array (rows, nodes)
    """
    n_panels, n_rows, n_terms = coefficients.shape
    values = np.empty((n_rows, points.size))
    basis = np.ones(n_terms)
    for n in range(points.size):
        place = (points[n] - start) / width
        panel = min(max(int(place), 0), n_panels - 1)
        x = 2.0 * (place - panel) - 1.0
        basis[1] = x
        for k in range(2, n_terms):
            basis[k] = 2.0 * x * basis[k - 1] - basis[k - 2]
        for row in range(n_rows):
            total = 0.0
            for k in range(n_terms):
                total += coefficients[panel, row, k] * basis[k]
            values[row, n] = total
    return values


@njit(cache=True, nogil=True)
def add_outer_sums(
    totals: Array, table: Array, weights: Array, products: Indices, inner: Array, inner_rows: Indices
) -> None:
    """Add Σ_n w_n inner[u, n] Π_f table[f, n], and its absolute value, to the totals of each request.

    Parameters
    ----------
    totals : array (2, requests)
        Sums and sums of absolute values, increased in place.
    table : array (rows, nodes)
    weights : array (nodes,)
    products : array (requests, factors)
        The rows to multiply.
    inner : array (2, inner rows, nodes)
        What is summed over the last coordinate already.
    inner_rows : array (requests,)
        The row of `inner` that each request takes.
    """
    term = np.empty((2, _BLOCK))
    for start in range(0, weights.size, _BLOCK):
        size = min(_BLOCK, weights.size - start)
        for t in range(products.shape[0]):
            for n in range(size):
                term[0, n] = weights[start + n] * inner[0, inner_rows[t], start + n]
                term[1, n] = weights[start + n] * inner[1, inner_rows[t], start + n]
            for row in products[t]:
                for n in range(size):
                    term[0, n] *= table[row, start + n]
                    term[1, n] *= abs(table[row, start + n])
            total, scale = 0.0, 0.0
            for n in range(size):
                total += term[0, n]
                scale += term[1, n]
            totals[0, t] += total
            totals[1, t] += scale
