"""Prediction and measurement of all observables at one width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.special
from numpy.typing import NDArray

from feyn_nn.montecarlo import Simulation
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.report import Row

Array: TypeAlias = NDArray[np.float64]

_INDEPENDENT = 1e-8  # eigenvalues of the correlation matrix below this are the same observable again


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Theory and measurement of all observables at one width.

    Parameters
    ----------
    predictions : tuple of Prediction
    measured : Simulation
    width : int
    """

    predictions: tuple[Prediction, ...]
    measured: Simulation
    width: int

    def rows(self) -> Iterator[Row]:
        """Yield one row for each observable and order at which the series is cut."""
        for prediction in self.predictions:
            estimate = self.measured[prediction.observable]
            error = prediction.error(self.width)
            for order in prediction.orders:
                theory = prediction.value(self.width, order)
                yield Row(
                    observable=prediction.observable.name,
                    width=self.width,
                    order=order,
                    theory=theory,
                    theory_error=error,
                    measured=estimate.value,
                    stderr=estimate.stderr,
                    pull=estimate.pull(theory, error),
                )

    def chi2(self) -> tuple[float, int]:
        """χ² of the full series at this width and its degrees of freedom.

        The covariance of the measurements is itself estimated, from a finite number of blocks, so the quadratic
        form follows Hotelling's T² distribution; it is turned into the χ² of the same p-value, and those add up
        over widths. The error of theory counts as independent in each observable.
        """
        n_blocks = self.measured.n_blocks
        theory_errors = np.array([p.error(self.width) for p in self.predictions])
        index = [self.measured.observables.index(p.observable) for p in self.predictions]
        covariance = self.measured.covariance[np.ix_(index, index)] + np.diag(theory_errors**2)
        difference = np.array([p.value(self.width, p.orders[-1]) for p in self.predictions])
        difference -= self.measured.mean[index]
        t2, dof = _quadratic_form(difference, covariance, n_blocks - 1)
        if dof == 0:
            return t2, 0
        f_value = t2 * (n_blocks - dof) / (dof * (n_blocks - 1))
        p_value = scipy.special.fdtrc(dof, n_blocks - dof, f_value)
        return (float(scipy.special.chdtri(dof, p_value)) if p_value > 0 else t2), dof


def _quadratic_form(difference: Array, covariance: Array, most: int) -> tuple[float, int]:
    """dᵀ C⁻¹ d over the directions that C resolves, and their number.

    An exact observable (no error on either side) that differs counts as infinitely far; one that agrees to
    rounding does not count.
    """
    scale = np.sqrt(np.diag(covariance))
    exact = scale <= 1e-13 * np.abs(difference)
    if np.any(exact & (difference != 0)):
        return np.inf, len(difference)
    keep = scale > 0
    standardised = difference[keep] / scale[keep]
    values, vectors = np.linalg.eigh(covariance[np.ix_(keep, keep)] / np.outer(scale[keep], scale[keep]))
    good = np.flatnonzero(values > _INDEPENDENT)[-max(most, 1) :]
    projected = vectors[:, good].T @ standardised
    return float(np.sum(projected**2 / values[good])), len(good)
