"""All measurements of a validation as one Gaussian vector: its covariance, and what is left of it once whitened.

Runs at different sizes are independent. Within a run the observables share the networks, so their errors are
correlated. What theory leaves out is part of the covariance: an order whose coefficient is known moves all sizes of an
observable together, by the powers that it goes with; what lies beyond, and rounding, counts as independent everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import scipy.special
from numpy.typing import NDArray

from feyn_nn._core import Powers
from feyn_nn._core.observables import Observable
from feyn_nn.montecarlo import Simulation
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.sizes import Sizes, factor

Array: TypeAlias = NDArray[np.float64]

INDEPENDENT = 1e-8
"""Smaller eigenvalues of the correlation matrix stem from the same observable again."""

ROUNDING = 1e-12
"""Relative difference up to which two exact numbers agree."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """A simulation at one set of sizes.

    Parameters
    ----------
    sizes : dict of str to int
    simulation : Simulation
    """

    sizes: Sizes
    simulation: Simulation

    def estimates(self, observables: Sequence[Observable]) -> tuple[Array, Array]:
        """The measured values of some observables and their covariance.

        Standard errors are those by formula, which rest on all networks; correlations those between batches.
        """
        simulation = self.simulation
        index = [simulation.observables.index(observable) for observable in observables]
        batches, errors = simulation.batch_errors[index], simulation.standard_errors[index]
        scale = np.divide(errors, batches, out=np.zeros_like(errors), where=batches > 0)
        return simulation.mean[index], simulation.covariance[np.ix_(index, index)] * np.outer(scale, scale)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """Theory beside measurement, for some observables and all sizes.

    Parameters
    ----------
    predictions : sequence of Prediction
    measured : sequence of Measured
    """

    predictions: Sequence[Prediction]
    measured: Sequence[Measured]

    @cached_property
    def runs(self) -> list[_Run]:
        """One for each set of sizes."""
        return [_Run.of(self.predictions, measured) for measured in self.measured]

    @cached_property
    def difference(self) -> Array:
        """Theory - measurement, whitened: uncorrelated and of unit variance if theory is right."""
        return self._whitened([run.difference for run in self.runs])

    @property
    def dof(self) -> int:
        """The number of independent directions, those with any noise."""
        return len(self.difference)

    @property
    def inflation(self) -> float:
        """By what factor variances grow because correlations between observables are estimated from few batches."""
        return max((run.batches - 1) / (run.batches - max(run.dof, 1)) for run in self.runs)

    @cached_property
    def independent(self) -> tuple[int, ...]:
        """Which observables are measured on their own: those before them do not add up to them in every run.

        A correlator of the field is a sum of cumulants of the metric; measured beside all of those it says nothing new.
        """
        observables = [prediction.observable for prediction in self.predictions]
        noises = [measured.estimates(observables)[1] for measured in self.measured]
        kept: list[int] = []
        for i in range(len(observables)):
            if any(_unexplained(noise, kept, i) > INDEPENDENT for noise in noises):
                kept.append(i)
        return tuple(kept)

    def column(self, which: int, powers: Powers) -> Array:
        """What adding one to a coefficient of a prediction does to `difference`."""
        return self._whitened([run.projection[:, which] * factor(powers, run.sizes) for run in self.runs])

    def change(self, values: Sequence[Array]) -> Array:
        """What adding some values, (observables,) for each run, to those of theory does to `difference`."""
        return self._whitened([run.projection @ own for run, own in zip(self.runs, values, strict=True)])

    def chi2(self) -> tuple[float, int]:
        """χ² of theory and its degrees of freedom, what is measured without any error included.

        The covariance of a run is itself estimated, from a finite number of batches, so that what a run adds given
        those before it follows Hotelling's T² distribution; it is turned into the χ² of the same p-value.
        """
        total, dof, start = 0.0, 0, 0
        for run in self.runs:
            own = self.difference[start : start + run.dof]
            start += run.dof
            total += _as_chi2(float(own @ own), run.dof, run.batches) + run.certain[0]
            dof += run.dof + run.certain[1]
        return total, dof

    def _whitened(self, parts: Sequence[Array]) -> Array:
        """A vector, given run by run, in units of the error that each run has given those before it.

        The orders left out are unknowns of unit variance, which every run tells more about: a square-root information
        filter. Orthogonal steps stay accurate where the noise is many digits below what theory leaves out, as the
        covariance matrix itself would not.
        """
        found: list[tuple[Array, Array]] = []
        for (root, noise, directions), part in zip(self._filter, parts, strict=True):
            carried = found[-1][0] if found else np.zeros(len(directions) - len(part))
            rotated = directions.T @ np.concatenate([carried, noise @ part])
            found.append((rotated[:root], rotated[root:]))
        return np.concatenate([own for _, own in found])

    @cached_property
    def _filter(self) -> list[tuple[int, Array, Array]]:
        """For each run the number of unknowns, the inverse root of its covariance, and the rotation of both."""
        steps, known = [], np.eye(self.runs[0].loadings.shape[1])
        for run in self.runs:
            inverse = _inverse_root(run.covariance)
            rotation, triangle = np.linalg.qr(
                np.concatenate([known, inverse @ run.loadings]), mode="complete"
            )
            known = triangle[: known.shape[1]]
            steps.append((known.shape[1], inverse, rotation))
        return steps


def _inverse_root(covariance: Array) -> Array:
    """A with A C Aᵀ = 1 for a covariance C, whose entries may be many powers of ten apart."""
    scale = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    inverse: Array = (vectors / np.sqrt(np.maximum(values, ROUNDING))).T / scale
    return inverse


@dataclass(frozen=True, kw_only=True, eq=False)
class _Run:
    """One set of sizes in the directions that its measurement resolves.

    An observable that is a combination of others is measured without an error of its own, and adds no direction.
    """

    sizes: Sizes
    projection: Array  # (directions, observables)
    difference: Array
    covariance: Array
    loadings: Array  # (directions, orders left out): each as far as it may be off
    batches: int
    certain: tuple[float, int]  # χ² and number of what is measured without error and yet differs

    @classmethod
    def of(cls, predictions: Sequence[Prediction], measured: Measured) -> _Run:
        values, noise = measured.estimates([p.observable for p in predictions])
        sizes = measured.sizes
        off = np.array([p.value(sizes) for p in predictions]) - values
        noisy = np.flatnonzero(np.diag(noise) > 0)
        exact = np.flatnonzero(np.diag(noise) <= 0)
        rest = np.array([p.numerical_error(sizes) + p.remainder(sizes) for p in predictions])
        projection, variances = _directions(noise, noisy)
        return cls(
            sizes=sizes,
            projection=projection,
            difference=projection @ off,
            covariance=np.diag(variances) + (projection * rest**2) @ projection.T,
            loadings=projection @ _left_out(predictions, sizes),
            batches=measured.simulation.n_blocks,
            certain=_exact(off[exact], values[exact], np.array([p.error(sizes) for p in predictions])[exact]),
        )

    @property
    def dof(self) -> int:
        return len(self.difference)


def _directions(noise: Array, noisy: NDArray[np.intp]) -> tuple[Array, Array]:
    """Combinations of the observables, in standard errors, that are uncorrelated, and their variances."""
    if not len(noisy):
        return np.empty((0, len(noise))), np.empty(0)
    scale = np.sqrt(np.diag(noise)[noisy])
    values, vectors = np.linalg.eigh(noise[np.ix_(noisy, noisy)] / np.outer(scale, scale))
    kept = values > INDEPENDENT
    projection = np.zeros((int(kept.sum()), len(noise)))
    projection[:, noisy] = vectors[:, kept].T / scale
    return projection, values[kept]


def _unexplained(noise: Array, known: Sequence[int], which: int) -> float:
    """The share of the variance of an observable that others do not account for; 0 if it has none."""
    scale = np.sqrt(np.where(np.diag(noise) > 0, np.diag(noise), 1.0))
    correlation = noise / np.outer(scale, scale)
    if not (known and correlation[which, which]):
        return float(correlation[which, which])
    beside = correlation[known, which]
    return float(1.0 - beside @ np.linalg.lstsq(correlation[np.ix_(known, known)], beside, rcond=None)[0])


def _left_out(predictions: Sequence[Prediction], sizes: Sizes) -> Array:
    """(observables, orders left out of all of them)."""
    columns = []
    for i, prediction in enumerate(predictions):
        for value in prediction.known_bias(sizes):
            column = np.zeros(len(predictions))
            column[i] = value
            columns.append(column)
    return np.array(columns).T if columns else np.zeros((len(predictions), 0))


def _as_chi2(t2: float, dof: int, batches: int) -> float:
    if dof == 0:
        return 0.0
    p_value = scipy.special.fdtrc(dof, batches - dof, t2 * (batches - dof) / (dof * (batches - 1)))
    return float(scipy.special.chdtri(dof, p_value)) if p_value > 0 else t2


def _exact(difference: Array, measured: Array, errors: Array) -> tuple[float, int]:
    """χ² of observables that are measured without any error: agreement to rounding counts for nothing."""
    off = np.abs(difference)
    wrong = off > ROUNDING * np.maximum(np.abs(difference + measured), np.abs(measured))
    with np.errstate(divide="ignore"):
        return float(np.sum((off[wrong] / errors[wrong]) ** 2)), int(np.sum(wrong))
