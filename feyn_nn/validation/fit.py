"""The joint weighted fit of all coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from feyn_nn._core import Powers


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Coefficients found by generalised least squares from all observables and sizes together.

    Parameters
    ----------
    coefficients : tuple of (observable, Powers)
        Those that the sizes sampled can tell from one another.
    predicted, fitted : tuple of float
        What theory says and what the fit finds.
    covariance : tuple of tuple of float
        Of the fitted coefficients: the measurements' own, within a run and so between observables, with theory's
        orders left out as part of it.
    chi2, dof, p_value : float, int, float
        (fitted - predicted) in the metric of its covariance: whether the coefficients are theory's.
    residual_chi2, residual_dof, residual_p_value : float, int, float
        Of the fit itself: whether a series of these powers describes the data at all.
    """

    coefficients: tuple[tuple[str, Powers], ...]
    predicted: tuple[float, ...]
    fitted: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    chi2: float
    dof: int
    p_value: float
    residual_chi2: float
    residual_dof: int
    residual_p_value: float

    @property
    def errors(self) -> tuple[float, ...]:
        """Standard errors of the fitted coefficients."""
        return tuple(row[i] ** 0.5 for i, row in enumerate(self.covariance))

    def of(self, observable: str, powers: Powers) -> tuple[float, float] | None:
        """A fitted coefficient and its standard error; None where the sizes sampled cannot tell it from others."""
        try:
            i = self.coefficients.index((observable, powers))
        except ValueError:
            return None
        return self.fitted[i], self.errors[i]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "coefficients": [
                {"observable": name, "powers": dict(powers)} for name, powers in self.coefficients
            ],
            "predicted": list(self.predicted),
            "fitted": list(self.fitted),
            "errors": list(self.errors),
            "covariance": [list(row) for row in self.covariance],
            "chi2": self.chi2,
            "dof": self.dof,
            "p_value": self.p_value,
            "residual_chi2": self.residual_chi2,
            "residual_dof": self.residual_dof,
            "residual_p_value": self.residual_p_value,
        }
