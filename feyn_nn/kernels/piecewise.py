"""Gaussian expectations of activations made of two slopes (linear, relu, leaky): exact, without a grid.

σ^a = a₋^a z^a + (a₊^a − a₋^a) z^a θ(z), so that an expectation is a sum of moments of whole powers and of powers
cut at zero, whose derivatives are lower powers, steps, and δ functions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import factorial
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.kernels.expectations import TOLERANCE
from feyn_nn.kernels.half_line_moments import MAX_CUTS, half_line_moments
from feyn_nn.kernels.metric_factor import MetricFactor
from feyn_nn.kernels.orthants import SINGULAR
from feyn_nn.networks import Activation
from feyn_nn.rules import Expectation, Factor

Array: TypeAlias = NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)


_PLANE, _FLAT = 2, Fraction(1, 10**11)


def _is_plane(metric: Array) -> bool:
    """Whether the rank is two, or hardly more, and no two labels are multiples of one another, which is exact."""
    exact = [[Fraction(float(entry)) for entry in row] for row in metric]
    variances = [row[i] for i, row in enumerate(exact)]
    if MetricFactor.of_exact(exact, [_FLAT * variance for variance in variances]).rank != _PLANE:
        return False
    return all(
        exact[i][i] * exact[j][j] - exact[i][j] ** 2 > Fraction(SINGULAR) * variances[i] * variances[j]
        for i, j in combinations(range(len(metric)), 2)
    )


class CutPower(NamedTuple):
    """h_p(z) = z^p θ(z) / p!, or the whole power z^p / p!; δ^{(s)} is a cut power with p = -1 - s."""

    label: int
    exponent: int
    cut: bool


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
            for term, coefficient in _terms(slopes, request)
        ]
        for term in numbers:
            _check_cuts(activation, term)
        self._requests = tuple(requests)
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
        self._check_existence(values)
        self._redo_in_the_plane(metric, tolerance, values, errors)
        return values, errors

    def _redo_in_the_plane(self, metric: Array, tolerance: float, values: Array, errors: Array) -> None:
        """Fill in by quadrature what three or more inputs in two dimensions, or nearly so, make of σ.

        There the angles of the recurrence are square roots of what rounding leaves of a zero, seven digits are lost,
        and the angles fit no metric at all, so that no error estimate of theirs is to be trusted.
        """
        labels = [tuple(factor.label for factor in request) for request in self._requests]
        flat = {own for own in set(labels) if len(own) > _PLANE and _is_plane(metric[np.ix_(own, own)])}
        chosen = [i for i, own in enumerate(labels) if own in flat]
        if not chosen:
            return
        from feyn_nn.kernels.kinked import KinkedRule

        rule = KinkedRule(self._activation, [self._requests[i] for i in chosen])
        values[chosen], errors[chosen] = rule.evaluate(metric, tolerance)

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


def _terms(slopes: tuple[float, float], request: Expectation) -> Iterator[tuple[tuple[CutPower, ...], float]]:
    """Yield the products of whole and cut powers that make up one expectation, with their coefficients."""
    for choice in product(*(_shares(slopes, factor) for factor in request)):
        coefficient = 1.0
        for _, share in choice:
            coefficient *= share
        yield tuple(power for power, _ in choice), coefficient


def _shares(slopes: tuple[float, float], factor: Factor) -> list[tuple[CutPower, float]]:
    label, a, j = factor
    below, above = slopes[0] ** a * factorial(a), slopes[1] ** a * factorial(a)
    shares = []
    if below != 0.0 and j <= a:
        shares.append((CutPower(label, a - j, False), below))
    if above != below:
        shares.append((CutPower(label, a - j, True), above - below))
    return shares


def _check_cuts(activation: Activation, term: tuple[CutPower, ...]) -> None:
    count = sum(factor.cut and factor.exponent >= 0 for factor in term)
    if count > MAX_CUTS:
        raise InvalidInput(
            f"one vertex couples {count} distinct inputs through {activation.name!r}, more than the {MAX_CUTS} whose"
            f" orthant probabilities are known; give at most {MAX_CUTS} distinct inputs"
        )
