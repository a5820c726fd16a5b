"""Arrays of real numbers, and metrics among them: symmetric positive semi-definite matrices."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import shown

TOLERANCE = 1e-12
"""How far from symmetric and positive semi-definite a metric may be, in units of its size: rounding."""


def real_array(name: str, values: Any) -> NDArray[np.float64]:
    """`values` as an array of float64, of any shape.

    Raises
    ------
    InvalidInput
        If they are ragged, complex, or no numbers.
    """
    if np.ma.is_masked(values):
        raise InvalidInput(f"{name} have masked entries; give numbers for all of them, such as x.filled(0.0)")
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, RuntimeError, OverflowError):
        raise InvalidInput(f"{name}={shown(values)} {_why_no_array(values)}") from None
    if array.dtype.kind == "O":
        array = _unboxed(array)
    if array.dtype.kind == "c":
        raise InvalidInput(f"{name} are complex; give real numbers, such as x.real")
    if array.dtype.kind not in "biuf":
        raise InvalidInput(f"{name}={shown(values)} are not all numbers; give rows of real numbers")
    with np.errstate(over="ignore"):
        return array.astype(np.float64)


def _unboxed(array: NDArray[Any]) -> NDArray[Any]:
    """Numbers of mixed or nullable types, fractions and long integers, unless something else is among them."""
    boxed = array.ravel().tolist()
    if not all(isinstance(entry, numbers.Real) and not isinstance(entry, bool) for entry in boxed):
        return array
    try:
        return np.array([float(entry) for entry in boxed]).reshape(array.shape)
    except OverflowError:
        return array


def _why_no_array(values: Any) -> str:
    try:
        lengths = [len(row) for row in values]
    except TypeError:
        lengths = []
    for i, length in enumerate(lengths):
        if length != lengths[0]:
            return f"has unequal rows, {lengths[0]} long in row 0 and {length} in row {i}; give equal lengths"
    return "is not a rectangular array; give one row of numbers for each input"


def checked_metric(G: Any) -> NDArray[np.float64]:
    """`G` as a symmetric positive semi-definite matrix, exactly symmetric.

    Raises
    ------
    InvalidInput
        If it is not square, finite, symmetric or positive semi-definite, within `TOLERANCE`.
    """
    metric = real_array("the metric's entries", G)
    if metric.ndim != 2 or metric.shape[0] != metric.shape[1] or metric.size == 0:
        raise InvalidInput(
            f"the metric has shape {metric.shape}; give a square matrix (B, B), such as [[1.0]]"
        )
    if not np.isfinite(metric).all():
        a, b = np.argwhere(~np.isfinite(metric))[0]
        raise InvalidInput(f"the metric holds {metric[a, b]} at entry ({a}, {b}); give finite numbers alone")
    size = np.abs(metric).max()
    if size == 0.0:
        return metric
    scaled = metric / size  # neither very large nor very small entries overflow below
    _check_symmetric(metric, scaled)
    symmetric = (scaled + scaled.T) / 2
    _check_positive(symmetric, size)
    mean = metric / 2 + metric.T / 2
    return np.where(metric == metric.T, metric, mean)  # halves of the smallest numbers lose a bit


def _check_symmetric(metric: NDArray[np.float64], scaled: NDArray[np.float64]) -> None:
    a, b = np.unravel_index(np.argmax(np.abs(scaled - scaled.T)), scaled.shape)
    if abs(scaled[a, b] - scaled[b, a]) > TOLERANCE:
        raise InvalidInput(
            f"the metric is not symmetric, {metric[a, b]:.12g} at ({a}, {b}) but {metric[b, a]:.12g}"
            f" at ({b}, {a}); give (G + G.T) / 2"
        )


def _check_positive(scaled: NDArray[np.float64], size: float) -> None:
    eigenvalues = np.linalg.eigvalsh(scaled)
    if eigenvalues[0] < -TOLERANCE * abs(eigenvalues[-1]):
        raise InvalidInput(
            "the metric is not positive semi-definite,"
            f" its smallest eigenvalue is {eigenvalues[0] * size:.6g}; give a covariance matrix"
        )


def correlated_metric(K: Any, rho: Any) -> NDArray[np.float64]:
    """ρ_αβ √(K_α K_β), for one variance or one each, and one correlation or a matrix of them.

    Raises
    ------
    InvalidInput
        If their shapes do not fit, a variance is negative or not finite, or a correlation is none.
    """
    variances, correlations = real_array("the variances K", K), real_array("the correlations rho", rho)
    if variances.ndim > 1 or correlations.ndim not in (0, 2):
        raise InvalidInput(
            f"K has shape {variances.shape} and rho {correlations.shape}; give a number or (B,) for K, a number or"
            " (B, B) for rho"
        )
    if not (np.isfinite(variances).all() and (variances >= 0).all() and variances.size):
        raise InvalidInput(f"K={shown(K)} holds no variances; give finite numbers >= 0, such as K=1.0")
    if not (np.abs(correlations) <= 1 + TOLERANCE).all():
        raise InvalidInput(f"rho={shown(rho)} is no correlation; give numbers between -1 and 1")
    correlations = np.clip(correlations, -1.0, 1.0)  # those of np.corrcoef are rounded
    n = len(correlations) if correlations.ndim else variances.size if variances.ndim else 2
    if variances.ndim and variances.size != n:
        raise InvalidInput(f"K has {variances.size} entries and rho is {n} by {n}; give one K for each input")
    if correlations.ndim == 0:
        correlations = np.where(np.eye(n) == 1.0, 1.0, correlations)
    if correlations.shape != (n, n) or (np.diag(correlations) < 1.0 - TOLERANCE).any():
        raise InvalidInput(
            f"rho={shown(rho)} is no matrix of correlations; give (B, B) with ones on the diagonal"
        )
    diagonal = np.broadcast_to(variances, (n,))
    deviations = np.sqrt(diagonal)
    # K, not √K √K, where both are equal
    means = np.where(diagonal == diagonal[:, None], diagonal, np.outer(deviations, deviations))
    metric: NDArray[np.float64] = correlations * means
    np.fill_diagonal(metric, diagonal)
    return metric
