"""Gaussian expectations of activations made of two slopes (linear, relu, leaky): exact, without a grid.

σ^a = a₋^a z^a + (a₊^a − a₋^a) z^a θ(z), so that an expectation is a sum of moments of whole powers and of powers
cut at zero, whose derivatives are lower powers, steps, and δ functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.kernels.cut_powers import CutPower, cut_powers
from feyn_nn.kernels.expectations import TOLERANCE
from feyn_nn.kernels.half_line_moments import MAX_CUTS, half_line_moments
from feyn_nn.networks import Activation
from feyn_nn.rules import Expectation

Array: TypeAlias = NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)


_PRECISE = 1e-13
"""Errors up to this, in units of the powers of the deviations, are as they should be."""

_INDEPENDENT = 1e-12
"""Inputs whose correlations have no eigenvalue below this are no multiples of one another."""


class PiecewiseRule:
    """All requests of a plan for one activation with slopes (a₋, a₊).

    Parameters
    ----------
    activation : Activation
        With `slopes`.
    requests : sequence of Expectation

    Raises
    ------
    InvalidInput
        If more than four labels of one request have a kink.
    """

    def __init__(self, activation: Activation, requests: Sequence[Expectation]) -> None:
        self._activation = activation
        slopes = activation.slopes
        if slopes is None:
            raise InvalidInput(
                f"activation {activation.name!r} has no slopes; give slopes=(below 0, above 0)"
            )
        numbers: defaultdict[tuple[CutPower, ...], int] = defaultdict(lambda: len(numbers))
        sums = [
            (target, numbers[term], coefficient)
            for target, request in enumerate(requests)
            for term, coefficient in cut_powers(slopes, request)
        ]
        for term in numbers:
            _check_cuts(activation, term)
        self._requests = tuple(requests)
        self._is_straight = slopes[0] == slopes[1]
        self._targets = np.array([target for target, _, _ in sums], np.intp)
        self._sources = np.array([source for _, source, _ in sums], np.intp)
        self._coefficients = np.array([coefficient for _, _, coefficient in sums], np.float64)
        factors = [factor for term in numbers for factor in term]
        self._starts = np.cumsum([0, *map(len, numbers)], dtype=np.intp)
        self._labels = np.array([factor.label for factor in factors], np.intp)
        self._exponents = np.array([factor.exponent for factor in factors], np.intp)
        self._cuts = np.array([factor.cut for factor in factors], np.bool_)

    def evaluate(self, metric: Array, tolerance: float = TOLERANCE) -> tuple[Array, Array]:
        """Values and error estimates at one metric (labels, labels), each of shape (requests,).

        Raises
        ------
        InvalidInput
            If an expectation does not exist: two kinks meet at a singular metric.
        """
        moments, roundings = half_line_moments(
            metric, self._starts, self._labels, self._exponents, self._cuts
        )
        values, errors = np.zeros((2, len(self._requests)))
        terms = self._coefficients * moments[self._sources]
        rounding = np.abs(self._coefficients) * roundings[self._sources] + 4.0 * _EPS * np.abs(terms)
        np.add.at(values, self._targets, terms)
        np.add.at(errors, self._targets, rounding)
        self._redo_exactly(metric, tolerance, values, errors)
        self._check_existence(values)
        return values, errors

    def _redo_exactly(self, metric: Array, tolerance: float, values: Array, errors: Array) -> None:
        """Fill in what floating point has lost digits of, or may have taken for a multiple: by rational arithmetic."""
        doubtful = ~(errors <= _PRECISE * np.maximum(self._sizes(metric), np.abs(values)))
        dependent = self._dependent(metric)
        chosen = [
            i
            for i, request in enumerate(self._requests)
            if doubtful[i] or tuple(factor.label for factor in request) in dependent
        ]
        if not chosen:
            return
        from feyn_nn.kernels.singular import SingularRule

        rule = SingularRule(self._activation, [self._requests[i] for i in chosen])
        values[chosen], errors[chosen] = rule.evaluate(metric, tolerance)

    def _sizes(self, metric: Array) -> Array:
        """Π_α s_α^{a_α - j_α} of each request, s_α the deviation of a label that varies."""
        variances = metric.diagonal()
        logs = 0.5 * np.log(np.where(variances > 0.0, variances, 1.0))
        requests, labels, degrees = self._degrees
        return np.exp(np.bincount(requests, degrees * logs[labels], len(self._requests)))

    @cached_property
    def _degrees(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """The number of the request, the label and a - j of each of their factors."""
        found = [
            (i, f.label, f.power - f.derivatives) for i, request in enumerate(self._requests) for f in request
        ]
        requests, labels, degrees = np.array(found, np.intp).reshape(-1, 3).T
        return requests, labels, degrees

    def _dependent(self, metric: Array) -> set[tuple[int, ...]]:
        """The sets of labels that are dependent, or nearly so, where σ has a kink."""
        varying = np.flatnonzero(metric.diagonal() > 0.0).tolist()
        deviations = np.sqrt(np.where(metric.diagonal() > 0.0, metric.diagonal(), 1.0))
        correlations = metric / deviations / deviations[:, None]

        def are_dependent(labels: Sequence[int]) -> bool:
            lowest = np.linalg.eigvalsh(correlations[np.ix_(labels, labels)])[:1]
            return bool((lowest < _INDEPENDENT).any())

        if self._is_straight or not are_dependent(varying):
            return set()
        own = {tuple(factor.label for factor in request) for request in self._requests}
        return {labels for labels in own if are_dependent([label for label in labels if label in varying])}

    def _check_existence(self, values: Array) -> None:
        missing = np.flatnonzero(np.isnan(values))
        if missing.size:
            request = self._requests[missing[0]]
            labels = ", ".join(str(factor.label) for factor in request)
            raise InvalidInput(
                f"a derivative of the Gaussian expectation of {self._activation.name!r} over the inputs ({labels}) does"
                " not exist at this singular metric; give inputs that are not zero and no multiples of one another,"
                " or fewer loops"
            )


def _check_cuts(activation: Activation, term: tuple[CutPower, ...]) -> None:
    count = sum(factor.cut and factor.exponent >= 0 for factor in term)
    if count > MAX_CUTS:
        raise InvalidInput(
            f"one vertex couples {count} distinct inputs through {activation.name!r}, more than the {MAX_CUTS} whose"
            f" orthant probabilities are known; give at most {MAX_CUTS} distinct inputs",
            page="limits.md",
        )
