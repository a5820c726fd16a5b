"""Compiled kernels that sample attention; imported only where sampling starts.

Arrays are (samples, rows, channels). A row is (input, token) and reads the visible rows of its own input.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn._core._combination import combine
from feyn_nn._core._elementary import exp

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

REORDERED = {"reassoc", "contract", "nsz"}  # sums may be vectorised; infinities keep their meaning
LOWEST = -300.0  # what is smaller than its exponential adds nothing


@njit(cache=True, nogil=True, error_model="numpy")
def attend(scores: Floats, visible: Booleans, coupling: float) -> None:
    """Turn scores (samples, readers, rows) into attention weights, in place.

    Reader i reads the rows where ``visible[i]``; the others get zero. Scores are measured from the largest, so that no
    coupling overflows; an infinite one shares the weight among the largest alone.
    """
    for s in range(scores.shape[0]):
        for i in range(scores.shape[1]):
            _softmax(scores[s, i], visible[i], coupling)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=REORDERED)
def _softmax(own: Floats, seen: Booleans, coupling: float) -> None:
    largest, total = -np.inf, 0.0
    for j in range(own.shape[0]):
        if seen[j] and own[j] > largest:
            largest = own[j]
    for j in range(own.shape[0]):
        below = own[j] - largest
        exponent = coupling * below if below < 0.0 else 0.0  # what is not seen may be the largest
        own[j] = exp(max(exponent, LOWEST)) if seen[j] else 0.0
        total += own[j]
    inverse = 1.0 / total
    for j in range(own.shape[0]):
        own[j] *= inverse


@njit(cache=True, nogil=True, error_model="numpy", fastmath=REORDERED)
def add_heads(
    normals: Floats,
    key_chi2: Floats,
    value_chi2: Floats,
    queries: Floats,
    keys: Floats,
    values: Floats,
    visible: Booleans,
    coupling: float,
    key_scale: float,
    scale: float,
    gram: Floats,
) -> None:
    """Add `scale` Σ_c O_c O_cᵀ of one head to the metric of each sample.

    k kᵀ and the sum over value channels are Wishart matrices, drawn by Bartlett's decomposition (1933): normals below
    a diagonal of √χ². Given k, the scores are Gaussian with covariance k kᵀ.

    Parameters
    ----------
    normals : array (samples, at least as many as are used)
    key_chi2, value_chi2 : arrays (samples, columns)
        χ² variables, of falling degrees of freedom.
    queries, keys, values : arrays (readers, r), (rows, c), (rows, m)
        Factors of Σ_Q of the readers, and of Σ_K and Σ_V of the rows that they read.
    visible : array (readers, rows)
    coupling, key_scale, scale : float
        β, 1/√d_k and the factor of the sum.
    gram : array (samples, readers, readers)
        Added to, below and on the diagonal; see :func:`symmetrise`.
    """
    key_columns, value_columns, r = key_chi2.shape[1], value_chi2.shape[1], queries.shape[1]
    factor, value_factor = np.zeros((keys.shape[1], key_columns)), np.zeros((values.shape[1], value_columns))
    projected, read = np.empty((len(keys), key_columns)), np.empty((len(values), value_columns))
    own, weights = np.empty(key_columns), np.empty(len(keys))
    outputs = np.empty((len(queries), value_columns))
    for s in range(gram.shape[0]):
        at = _bartlett(key_chi2[s], normals[s], 0, factor)
        _product(keys, factor, projected)
        z = normals[s, at : at + r * key_columns].reshape(r, key_columns)
        _bartlett(value_chi2[s], normals[s], at + r * key_columns, value_factor)
        _product(values, value_factor, read)
        for i in range(len(queries)):
            _read(queries[i], z, projected, read, visible[i], coupling, key_scale, own, weights, outputs[i])
        _add_gram(outputs, scale, gram[s])


@njit(forceinline=True, error_model="numpy", fastmath=REORDERED)
def _read(
    query: Floats,
    z: Floats,
    keys: Floats,
    values: Floats,
    seen: Booleans,
    coupling: float,
    key_scale: float,
    own: Floats,
    weights: Floats,
    out: Floats,
) -> None:
    """What one reader, the combination `query` of z, makes of the keys and values that it sees.

    `own` and `weights` are room for its query and its attention weights.
    """
    combine(query, z, own)
    for j in range(len(keys)):
        score = 0.0
        if seen[j]:
            for k in range(len(own)):
                score += own[k] * keys[j, k]
        weights[j] = key_scale * score
    _softmax(weights, seen, coupling)
    out[:] = 0.0
    for j in range(len(values)):
        if seen[j]:
            for k in range(len(out)):
                out[k] += weights[j] * values[j, k]


@njit(forceinline=True, error_model="numpy", fastmath=REORDERED)
def _add_gram(outputs: Floats, scale: float, gram: Floats) -> None:
    """Add `scale` times the overlaps of all outputs, below and on the diagonal."""
    for i in range(len(outputs)):
        for j in range(i + 1):
            total = 0.0
            for k in range(outputs.shape[1]):
                total += outputs[i, k] * outputs[j, k]
            gram[i, j] += scale * total


@njit(cache=True, nogil=True, error_model="numpy")
def _bartlett(chi2: Floats, normals: Floats, at: int, factor: Floats) -> int:
    """Fill a lower factor of a Wishart matrix; returns where the unused normals begin."""
    for i in range(factor.shape[0]):
        for j in range(min(i, factor.shape[1])):
            factor[i, j] = normals[at]
            at += 1
        if i < factor.shape[1]:
            factor[i, i] = np.sqrt(chi2[i])
    return at


@njit(cache=True, nogil=True, error_model="numpy", fastmath=REORDERED)
def _product(matrix: Floats, factor: Floats, out: Floats) -> None:
    """``matrix @ factor`` for a lower triangular factor."""
    for j in range(matrix.shape[0]):
        for k in range(factor.shape[1]):
            out[j, k] = 0.0
        for i in range(factor.shape[0]):
            for k in range(min(i + 1, factor.shape[1])):
                out[j, k] += matrix[j, i] * factor[i, k]


@njit(cache=True, nogil=True, error_model="numpy")
def symmetrise(gram: Floats) -> None:
    """Copy what is below the diagonal of each matrix above it."""
    for s in range(gram.shape[0]):
        for i in range(gram.shape[1]):
            for j in range(i):
                gram[s, j, i] = gram[s, i, j]
