"""Generalised least squares: all coefficients of all observables from all measurements at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.special

from feyn_nn.validation.fit import Fit
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.stack import Array, Stack

DISTINCT = 1e-9
"""Smaller singular values belong to combinations of coefficients that the sizes sampled cannot tell apart."""

BLURRED = 1e-6
"""A coefficient with more than this share in such a combination is not found."""


def fitted(predictions: Sequence[Prediction], stack: Stack) -> Fit:
    """Fit every coefficient of every observable that is measured on its own, none held at theory.

    With W the whitened columns and d the whitened difference theory - measurement, the fit is theory's coefficients
    less (WᵀW)⁻¹ Wᵀ d, and its covariance (WᵀW)⁻¹. Then χ² = |d|² splits into the part that W explains, which is
    (fitted - predicted) in the metric of its covariance, and the rest, which no coefficients could explain. All
    variances grow by (B - 1)/(B - p): correlations of p observables are themselves estimated from B batches.
    """
    kept = stack.independent
    if len(kept) < len(predictions):  # no coefficients of their own, and constraints on those of the others
        predictions = [predictions[i] for i in kept]
        stack = Stack(predictions=predictions, measured=stack.measured)
    names = [(i, powers) for i, prediction in enumerate(predictions) for powers in prediction.coefficients]
    predicted = np.array([predictions[i].coefficients[powers] for i, powers in names])
    change, covariance, explained = _solved(
        [stack.column(i, powers) for i, powers in names], stack.difference
    )
    known = [j for j in range(len(names)) if covariance[j, j] > 0]
    covariance *= stack.inflation
    total = float(stack.difference @ stack.difference) / stack.inflation
    split = float(explained @ explained) / stack.inflation
    dof, rest = len(explained), stack.dof - len(explained)
    return Fit(
        coefficients=tuple(
            (predictions[i].observable.name, powers) for i, powers in (names[j] for j in known)
        ),
        predicted=tuple(predicted[known].tolist()),
        fitted=tuple((predicted - change)[known].tolist()),
        covariance=tuple(map(tuple, covariance[np.ix_(known, known)].tolist())),
        chi2=split,
        dof=dof,
        p_value=_p_value(split, dof),
        residual_chi2=max(total - split, 0.0),
        residual_dof=rest,
        residual_p_value=_p_value(max(total - split, 0.0), rest),
    )


def _solved(columns: Sequence[Array], difference: Array) -> tuple[Array, Array, Array]:
    """The change of each coefficient, its covariance (zero where it is not found), and the explained part of d."""
    design = np.array(columns).T.reshape(len(difference), len(columns))
    scale = np.linalg.norm(design, axis=0)
    scale[scale == 0.0] = 1.0
    left, values, right = np.linalg.svd(design / scale, full_matrices=True)
    rank = int(np.sum(values > DISTINCT * max(values, default=0.0)))
    blurred = np.sum(right[rank:] ** 2, axis=0) > BLURRED**2
    explained = left[:, :rank].T @ difference
    inverse = right[:rank].T / values[:rank]
    change = np.where(blurred, 0.0, inverse @ explained / scale)
    covariance = inverse @ inverse.T / np.outer(scale, scale)
    covariance[blurred, :] = covariance[:, blurred] = 0.0
    return change, covariance, explained


def _p_value(chi2: float, dof: int) -> float:
    return float(scipy.special.chdtrc(dof, chi2)) if dof else 1.0
