"""What theory says of an observable, order by order, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

from feyn_nn._core import InvalidInput
from feyn_nn._core.observables import MetricObservable, Observable
from feyn_nn._core.text import inverse_power
from feyn_nn.networks import MLP, Inputs
from feyn_nn.theory import Evaluation, correlator, metric_cumulant
from feyn_nn.theory.kernel import kernel_entry

AFFORDABLE = 5
"""Rank plus loops up to which a series is computed just to see what it leaves out: seconds for two inputs."""

NOISE = 1e-2
"""The largest relative numerical error of a coefficient that can be put to a test."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The series of one observable, with two orders more than are to be tested.

    Parameters
    ----------
    observable : MetricObservable or FieldObservable
    coefficients : dict of int to float
        By power of 1/n, through the orders to be tested. For a single metric K is the coefficient of power 0,
        so that the sum is E[Ĝ].
    errors : dict of int to float
        The numerical errors of these coefficients, and of those left out where they are known.
    omitted : float
        The coefficient of the first power left out.
    beyond : float or None
        The coefficient of the next one, where it is affordable: the first alone may vanish by chance.
    """

    observable: Observable
    coefficients: dict[int, float]
    errors: dict[int, float]
    omitted: float
    beyond: float | None = None

    @property
    def orders(self) -> list[int]:
        """The powers of 1/n that are to be tested, ascending."""
        return sorted(self.coefficients)

    def value(self, width: float, order: int) -> float:
        """The series through `order` at a first hidden width."""
        return sum(c * width**-k for k, c in self.coefficients.items() if k <= order)

    def bias(self, width: float) -> float:
        """What the known orders left out add to the truth, in magnitude."""
        power = self.orders[-1] + 1
        return abs(self.omitted) * width**-power + abs(self.beyond or 0.0) * width ** -(power + 1)

    def error(self, width: float) -> float:
        """The error of the full series: numerical errors and the orders left out.

        What is known of those is added up. The rest is taken as a geometric series of the ratio r that the last
        known terms have; beyond r = 1/2 its sum, 1/(1 - r), goes on as 2 exp(2r - 1): terms that still grow
        add up like those of an exponential function.
        """
        numerical = sum(e * width**-k for k, e in self.errors.items())
        power = self.orders[-1]
        kept, first = abs(self.coefficients[power]) * width**-power, abs(self.omitted) * width ** -(power + 1)
        if self.beyond is None:
            before = abs(self.coefficients.get(power - 1, 0.0)) * width ** -(power - 1)
            # Where the first omitted term nearly vanishes by chance, the last two kept tell how it should be.
            expected = kept * min(kept / before, 1.0) if first and before else 0.0
            first = max(first, expected)
            return numerical + first * _tail(first / kept if kept else 0.0)
        second = abs(self.beyond) * width ** -(power + 2)
        likely = max(first, sqrt(kept * second))  # likewise, from its neighbours
        return numerical + first + second * _tail(second / likely if likely else 0.0)


def _tail(ratio: float) -> float:
    return 1 / (1 - ratio) if ratio <= 0.5 else 2 * exp(min(2 * ratio - 1, 100))


def predict(
    network: MLP, inputs: Inputs, observables: Sequence[Observable], loops: Sequence[int]
) -> list[Prediction]:
    """Evaluate each observable through its loops, and one or two more.

    Raises
    ------
    InvalidInput
        If a coefficient is numerical noise.
    """
    return [_predict(network, inputs, o, own) for o, own in zip(observables, loops, strict=True)]


def _predict(network: MLP, inputs: Inputs, observable: Observable, loops: int) -> Prediction:
    rank = observable.order if isinstance(observable, MetricObservable) else observable.order // 2
    more = 2 if rank + loops + 2 <= AFFORDABLE else 1
    evaluation = _evaluate(network, inputs, observable, loops + more)
    powers = sorted(evaluation.coefficients)
    tested, left_out = powers[:-more], powers[-more:]
    coefficients = {k: float(c) for k, c in evaluation.coefficients.items()}
    errors = {k: float(e) for k, e in evaluation.errors.items()}
    if isinstance(observable, MetricObservable) and observable.order == 1:
        kernel, error = kernel_entry(network, inputs, observable.pairs[0])
        coefficients[0] += kernel
        errors[0] += error
    _check_precision(observable, coefficients, errors, tested)
    return Prediction(
        observable=observable,
        coefficients={k: coefficients[k] for k in tested},
        errors=errors,
        omitted=coefficients[left_out[0]],
        beyond=coefficients[left_out[1]] if more == 2 else None,
    )


def _check_precision(
    observable: Observable, coefficients: dict[int, float], errors: dict[int, float], tested: list[int]
) -> None:
    """Refuse to judge a theory by coefficients that rounding has eaten."""
    largest = max(abs(coefficients[k]) for k in tested)
    for k in tested:
        if errors[k] > NOISE * max(abs(coefficients[k]), NOISE * largest):
            raise InvalidInput(
                f"the coefficient {coefficients[k]:.2g} of {inverse_power('n', k)} in {observable.name} has a numerical"
                f" error of {errors[k]:.1g}; a kinked activation does this to inputs that are nearly collinear:"
                " move them apart, or make them equal"
            )


def _evaluate(network: MLP, inputs: Inputs, observable: Observable, loops: int) -> Evaluation:
    if isinstance(observable, MetricObservable):
        return metric_cumulant(network, pairs=observable.pairs, loops=loops).evaluate(inputs)
    return correlator(network, legs=observable.legs, loops=loops).evaluate(inputs)
