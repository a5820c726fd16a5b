"""Compiled kernels for sums of monomials; imported only where sampling starts.

A monomial of degree one or more is its parent times its last variable; row 0 is the constant 1, rows 1 … V are
the V variables. Samples run along the contiguous axis. No BLAS: its results depend on the number of its threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_CHUNK = 256  # samples whose monomials are held at once, so that they stay in the cache


@njit(cache=True, nogil=True)
def _mean(values: Floats) -> float:
    """The mean, measured from the first sample: a constant has exactly its own value as its mean."""
    total = 0.0
    for i in range(values.size):
        total += values[i] - values[0]
    return values[0] + total / values.size  # type: ignore[no-any-return]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _fill(
    values: Floats, start: int, size: int, centre: Floats, parents: Indices, last: Indices, rows: Floats
) -> None:
    """Monomials of `size` samples from `start` on, measured from `centre`, into the rows."""
    for v in range(centre.size):
        for i in range(size):
            rows[1 + v, i] = values[v, start + i] - centre[v]
    for k in range(1 + centre.size, parents.size):
        for i in range(size):
            rows[k, i] = rows[parents[k], i] * rows[1 + last[k], i]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def _sum(row: Floats, size: int) -> float:
    total = 0.0
    for i in range(size):
        total += row[i]
    return total


@njit(cache=True, nogil=True)
def power_sums(
    values: Floats, batch: int, parents: Indices, last: Indices, centres: Floats, sums: Floats
) -> None:
    """Sums over each batch of samples of monomials of the deviations from its mean, as near as floats allow.

    Parameters
    ----------
    values : array (variables, samples)
    batch : int
        Samples in a batch; the last one also takes what is left over.
    parents, last : array (monomials,)
    centres : array (batches, variables)
        Filled with the means, rounded.
    sums : array (batches, monomials)
        Filled with the sums about them; the constant's is the number of samples.
    """
    n_samples, n_variables = values.shape[1], centres.shape[1]
    rows = np.empty((parents.size, _CHUNK))
    sums[:] = 0.0
    for b in range(centres.shape[0]):
        start = b * batch
        stop = n_samples if b == centres.shape[0] - 1 else start + batch
        for v in range(n_variables):
            centres[b, v] = _mean(values[v, start:stop])
        for first in range(start, stop, _CHUNK):
            size = min(_CHUNK, stop - first)
            _fill(values, first, size, centres[b], parents, last, rows)
            for k in range(1, parents.size):
                sums[b, k] += _sum(rows[k], size)
        sums[b, 0] = stop - start


@njit(cache=True, nogil=True)
def _recentre(
    sums: Floats,
    shift: Floats,
    parents: Indices,
    last: Indices,
    terms: Indices,
    ways: Floats,
    powers: Floats,
    result: Floats,
) -> None:
    """Add to `result` the sums of monomials of the variables, each increased by its shift (Pébay 2008)."""
    powers[0] = 1.0
    for k in range(1, parents.size):
        powers[k] = powers[parents[k]] * shift[last[k]]
    for e in range(ways.size):
        result[terms[0, e]] += ways[e] * powers[terms[2, e]] * sums[terms[1, e]]


@njit(cache=True, nogil=True)
def fold(
    centres: Floats,
    sums: Floats,
    parents: Indices,
    last: Indices,
    terms: Indices,
    ways: Floats,
    centre: Floats,
    total: Floats,
) -> None:
    """Merge batches in their order into one; only differences of centres are raised to powers.

    Parameters
    ----------
    centres : array (batches, variables)
    sums : array (batches, monomials)
    parents, last : array (monomials,)
    terms : array (3, terms)
        Positions C, A and C∖A of x^C → Σ_A ways · x^A · shift^(C∖A).
    ways : array (terms,)
    centre : array (variables,)
        Filled.
    total : array (monomials,)
        Filled.
    """
    powers, merged, moved = np.empty(parents.size), np.empty(parents.size), np.empty(centre.size)
    centre[:], total[:] = centres[0], sums[0]
    for b in range(1, centres.shape[0]):
        share = sums[b, 0] / (total[0] + sums[b, 0])
        moved[:] = centre + share * (centres[b] - centre)
        merged[:] = 0.0
        _recentre(total, centre - moved, parents, last, terms, ways, powers, merged)
        _recentre(sums[b], centres[b] - moved, parents, last, terms, ways, powers, merged)
        centre[:], total[:] = moved, merged


@njit(cache=True, nogil=True)
def about_means(
    sums: Floats,
    n_variables: int,
    parents: Indices,
    last: Indices,
    terms: Indices,
    ways: Floats,
    central: Floats,
) -> None:
    """Move each batch's sums to its mean, which is off its centre by what rounding took.

    Parameters
    ----------
    sums : array (batches, monomials)
    n_variables : int
    parents, last, terms, ways : arrays
        As for `fold`.
    central : array (batches, monomials)
        Filled; the sums of single variables are exactly zero.
    """
    powers = np.empty(parents.size)
    central[:] = 0.0
    for b in range(sums.shape[0]):
        shift = -sums[b, 1 : 1 + n_variables] / sums[b, 0]
        _recentre(sums[b], shift, parents, last, terms, ways, powers, central[b])
        central[b, 1 : 1 + n_variables] = 0.0


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def add_squares(
    values: Floats,
    centre: Floats,
    parents: Indices,
    last: Indices,
    starts: Indices,
    columns: Indices,
    coefficients: Floats,
    scatter: Floats,
) -> None:
    """Add Σ_i ψ_t(i)² of polynomials ψ_t = Σ_C coefficient_tC x^C of the deviations from `centre`.

    Parameters
    ----------
    values : array (variables, samples)
    centre : array (variables,)
    parents, last : array (monomials,)
    starts : array (polynomials + 1,)
        Where the terms of each polynomial start.
    columns, coefficients : array (terms,)
        Which monomial, and how often.
    scatter : array (polynomials,)
        Added to.
    """
    rows, psi = np.empty((parents.size, _CHUNK)), np.empty(_CHUNK)
    rows[0] = 1.0
    for first in range(0, values.shape[1], _CHUNK):
        size = min(_CHUNK, values.shape[1] - first)
        _fill(values, first, size, centre, parents, last, rows)
        for t in range(scatter.size):
            psi[:size] = 0.0
            for e in range(starts[t], starts[t + 1]):
                for i in range(size):
                    psi[i] += coefficients[e] * rows[columns[e], i]
            total = 0.0
            for i in range(size):
                total += psi[i] * psi[i]
            scatter[t] += total
