"""What theory says of an observable, order by order, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feyn_nn._core.observables import MetricObservable, Observable
from feyn_nn.networks import MLP, Inputs
from feyn_nn.theory import Evaluation, correlator, metric_cumulant
from feyn_nn.theory.kernel import kernel_and_error


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The series of one observable, with one order more than is to be tested.

    Parameters
    ----------
    observable : MetricObservable or FieldObservable
    coefficients : dict of int to float
        By power of 1/n, through the orders to be tested. For a single metric K is the coefficient of power 0,
        so that the sum is E[Ĝ].
    errors : dict of int to float
        Their numerical errors.
    omitted : float
        The coefficient of the first power left out.
    """

    observable: Observable
    coefficients: dict[int, float]
    errors: dict[int, float]
    omitted: float

    @property
    def orders(self) -> list[int]:
        """The powers of 1/n that are to be tested, ascending."""
        return sorted(self.coefficients)

    def value(self, width: float, order: int) -> float:
        """The series through `order` at a first hidden width."""
        return sum(c * width**-k for k, c in self.coefficients.items() if k <= order)

    def error(self, width: float) -> float:
        """The error of the full series: numerical errors and the estimated orders left out.

        What is left out is taken as a geometric series that starts with the first omitted term, its ratio
        that of this term to the last one kept, at most one half.
        """
        numerical = sum(e * width**-k for k, e in self.errors.items())
        last = self.orders[-1]
        first_omitted = abs(self.omitted) * width ** -(last + 1)
        if first_omitted == 0.0:
            return numerical
        kept = abs(self.coefficients[last]) * width**-last
        ratio = min(first_omitted / kept, 0.5) if kept else 0.5
        return numerical + first_omitted / (1 - ratio)


def predict(
    network: MLP, inputs: Inputs, observables: Sequence[Observable], loops: Sequence[int]
) -> list[Prediction]:
    """Evaluate each observable through its loops, and one more."""
    return [_predict(network, inputs, o, own) for o, own in zip(observables, loops, strict=True)]


def _predict(network: MLP, inputs: Inputs, observable: Observable, loops: int) -> Prediction:
    evaluation = _evaluate(network, inputs, observable, loops + 1)
    *tested, beyond = sorted(evaluation.coefficients)
    coefficients = {k: float(evaluation.coefficients[k]) for k in tested}
    errors = {k: float(evaluation.errors[k]) for k in tested}
    if isinstance(observable, MetricObservable) and observable.order == 1:
        ((a, b),) = observable.pairs
        kernel, error = kernel_and_error(network, inputs)
        coefficients[0] += float(kernel[a, b])
        errors[0] += float(error[a, b])
    return Prediction(
        observable=observable,
        coefficients=coefficients,
        errors=errors,
        omitted=float(evaluation.coefficients[beyond]),
    )


def _evaluate(network: MLP, inputs: Inputs, observable: Observable, loops: int) -> Evaluation:
    if isinstance(observable, MetricObservable):
        return metric_cumulant(network, pairs=observable.pairs, loops=loops).evaluate(inputs)
    return correlator(network, legs=observable.legs, loops=loops).evaluate(inputs)
