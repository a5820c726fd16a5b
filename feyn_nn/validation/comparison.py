"""Prediction and measurement of all observables at one width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.special
from numpy.typing import NDArray

from feyn_nn._core.observables import Observable
from feyn_nn.montecarlo import Simulation
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.report import Row

Array: TypeAlias = NDArray[np.float64]

INDEPENDENT = 1e-8
"""Smaller eigenvalues of the correlation matrix stem from the same observable again."""

ROUNDING = 1e-12
"""Relative difference up to which two exact numbers agree."""


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
        errors = np.array([p.error(self.width) for p in self.predictions])
        theory = np.array([p.value(self.width, p.orders[-1]) for p in self.predictions])
        return joint_chi2(self.measured, [p.observable for p in self.predictions], theory, errors)


def joint_chi2(
    simulation: Simulation, observables: Sequence[Observable], theory: Array, errors: Array
) -> tuple[float, int]:
    """χ² of theory, with its errors, against a simulation's measurements of some observables; see `Comparison.chi2`."""
    n_blocks = simulation.n_blocks
    index = [simulation.observables.index(observable) for observable in observables]
    measured, covariance = simulation.mean[index], simulation.covariance[np.ix_(index, index)]
    noisy = np.diag(covariance) > 0
    certain, exact_dof = _exact(theory[~noisy], measured[~noisy], errors[~noisy])
    t2, dof = _quadratic_form((theory - measured)[noisy], covariance[np.ix_(noisy, noisy)], errors[noisy])
    if dof == 0:
        return certain, exact_dof
    f_value = t2 * (n_blocks - dof) / (dof * (n_blocks - 1))
    p_value = scipy.special.fdtrc(dof, n_blocks - dof, f_value)
    chi2 = float(scipy.special.chdtri(dof, p_value)) if p_value > 0 else t2
    return chi2 + certain, dof + exact_dof


def _quadratic_form(difference: Array, covariance: Array, errors: Array) -> tuple[float, int]:
    """dᵀ (C + E²)⁻¹ d in the directions that the measurement resolves, and their number.

    An observable that is a combination of others is measured without an error of its own, and counts no further.
    """
    if not len(difference):
        return 0.0, 0
    scale = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    vectors = vectors[:, values > INDEPENDENT]
    projected = vectors.T @ (difference / scale)
    theory = (vectors.T * (errors / scale) ** 2) @ vectors
    total = np.diag(values[values > INDEPENDENT]) + theory
    return float(projected @ np.linalg.solve(total, projected)), len(projected)


def _exact(theory: Array, measured: Array, errors: Array) -> tuple[float, int]:
    """χ² of observables that are measured without any error: agreement to rounding counts for nothing."""
    difference = np.abs(theory - measured)
    wrong = difference > ROUNDING * np.maximum(np.abs(theory), np.abs(measured))
    with np.errstate(divide="ignore"):
        return float(np.sum((difference[wrong] / errors[wrong]) ** 2)), int(np.sum(wrong))
