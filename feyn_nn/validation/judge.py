"""The verdict: χ² of everything and of each observable, every order's pull, the joint fit, and the power of it all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.special

from feyn_nn._core import Powers
from feyn_nn.validation.fit import Fit
from feyn_nn.validation.judgement import Judgement, Order, Point, pull
from feyn_nn.validation.least_squares import fitted
from feyn_nn.validation.power import levels, power, smallest_caught
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.stack import Measured, Stack


@dataclass(frozen=True, kw_only=True, eq=False)
class Judge:
    """Theory against measurement.

    Half of the significance goes to one test of everything together, half to the tests of single observables; a
    mistake in one of many observables is seen best by its own test, one that is shared by the joint test.

    Parameters
    ----------
    predictions : sequence of Prediction
    measured : sequence of Measured
    """

    predictions: Sequence[Prediction]
    measured: Sequence[Measured]

    @cached_property
    def together(self) -> tuple[float, int, float]:
        """χ², degrees of freedom and p-value of all observables and sizes."""
        return _tested(self._stack)

    @cached_property
    def adjusted_p(self) -> float:
        """The p-value of the verdict: that of the joint test and of the single ones, corrected for there being both."""
        if len(self.predictions) == 1:
            return self.together[2]
        return min(1.0, 2 * min(self.together[2], *(judgement.adjusted_p for judgement in self.judgements)))

    @cached_property
    def fit(self) -> Fit:
        """All coefficients from all measurements."""
        return fitted(self.predictions, self._stack)

    @cached_property
    def judgements(self) -> tuple[Judgement, ...]:
        """One for each observable."""
        tests = [_tested(stack) for stack in self._single]
        adjusted = holm([p_value for _, _, p_value in tests])
        return tuple(
            Judgement(
                prediction=prediction,
                orders=tuple(self._order(i, powers) for powers in prediction.coefficients),
                points=tuple(_point(prediction, measured) for measured in self.measured),
                chi2=chi2,
                dof=dof,
                p_value=p_value,
                adjusted_p=own,
                smallest=self._smallest(i),
            )
            for i, (prediction, (chi2, dof, p_value), own) in enumerate(
                zip(self.predictions, tests, adjusted, strict=True)
            )
        )

    @cached_property
    def _stack(self) -> Stack:
        return Stack(predictions=self.predictions, measured=self.measured)

    @cached_property
    def _single(self) -> list[Stack]:
        return [Stack(predictions=[prediction], measured=self.measured) for prediction in self.predictions]

    def _order(self, which: int, powers: Powers) -> Order:
        prediction, own = self.predictions[which], self._single[which]
        coefficient, column = prediction.coefficients[powers], own.column(0, powers)
        weight = float(column @ column)
        found = self._fitted(which, powers)
        return Order(
            powers=powers,
            predicted=coefficient,
            error=prediction.errors[powers],
            alone=coefficient - float(column @ own.difference) / weight if weight else math.nan,
            alone_error=weight**-0.5 if weight else math.inf,
            fitted=found and found[0],
            fitted_error=found and found[1],
            pull=found and pull(coefficient - found[0], found[1]),
            delta_chi2=coefficient**2 * weight,
            caught=self._caught(which, powers),
        )

    def _fitted(self, which: int, powers: Powers) -> tuple[float, float] | None:
        """By the joint fit; an observable that is a combination of others is fitted by itself."""
        name = self.predictions[which].observable.name
        if which in self._stack.independent:
            return self.fit.of(name, powers)
        return fitted([self.predictions[which]], self._single[which]).of(name, powers)

    def power_against(self, truth: Sequence[Prediction]) -> float:
        """The probability, or a little less, with which this theory fails if another one is the truth.

        It rests on the errors of the measurement alone: each χ² then follows a non-central distribution, and the
        verdict fails at least as often as the test that is most likely to.

        Parameters
        ----------
        truth : sequence of Prediction
            Of the same observables, in the same order.
        """
        off = [
            np.array(
                [
                    own.value(m.sizes) - p.value(m.sizes)
                    for own, p in zip(truth, self.predictions, strict=True)
                ]
            )
            for m in self.measured
        ]
        single, joint = levels(len(self.predictions))
        tests = [(self._stack, off, joint)]
        if len(self.predictions) > 1:
            tests += [(own, [part[[i]] for part in off], single) for i, own in enumerate(self._single)]
        return max(
            power(float(np.sum(stack.change(parts) ** 2)), stack.dof, level) for stack, parts, level in tests
        )

    def _smallest(self, which: int) -> float:
        """The smallest constant that is told from theory."""
        column = self._single[which].column(0, Powers())
        return smallest_caught([(float(column @ column), len(column))], len(self.predictions))

    def _caught(self, which: int, powers: Powers) -> float:
        """The smallest relative error that the observable's own test or the joint one sees."""
        coefficient = self.predictions[which].coefficients[powers]
        worths = []
        for stack, i in ((self._single[which], 0), (self._stack, which)):
            column = stack.column(i, powers)
            worths.append((coefficient**2 * float(column @ column), stack.dof))
        return smallest_caught(worths, len(self.predictions))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values: below α, one may reject, whatever the other hypotheses are.

    The smallest is multiplied by their number m, the next by m - 1, and so on, and none may fall below one before it
    (Holm 1979, Scand. J. Statist. 6, 65).

    Examples
    --------
    >>> [round(p, 6) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def _tested(stack: Stack) -> tuple[float, int, float]:
    chi2, dof = stack.chi2()
    return chi2, dof, float(scipy.special.chdtrc(dof, chi2)) if dof else 1.0


def _point(prediction: Prediction, measured: Measured) -> Point:
    estimate, sizes = measured.simulation[prediction.observable], measured.sizes
    theory, error = prediction.value(sizes), prediction.error(sizes)
    return Point(
        sizes=sizes,
        theory=theory,
        theory_error=error,
        measured=estimate.value,
        stderr=estimate.stderr,
        pull=estimate.pull(theory, error),
    )
