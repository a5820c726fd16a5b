"""The coefficients that theory computes for a validation: those to be tested, and one or two orders more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod, sqrt

from feyn_nn._core import InvalidInput, Pair, Powers
from feyn_nn._core.observables import MetricObservable, Observable
from feyn_nn._core.text import powers_name
from feyn_nn.networks import Inputs, MultiHeadAttention, Tokens
from feyn_nn.networks.arguments import Layered
from feyn_nn.theory import correlator, metric_cumulant
from feyn_nn.theory.attention.cumulant import MOST_LOOPS as MOST_KEY_LOOPS
from feyn_nn.theory.attention.kernel import attention_kernel_entry
from feyn_nn.theory.kernel import kernel_entry
from feyn_nn.validation.prediction import Prediction

AFFORDABLE = 5
"""Rank plus loops up to which a series is computed just to see what it leaves out: seconds for two inputs."""

TRACE = 1e-9
"""A coefficient that is zero within its numerical error is zero if that is this small beside the size of the field."""

NOISE = 1e-2
"""The largest relative numerical error of a coefficient that can be put to a test."""


def predict(
    network: Layered | MultiHeadAttention,
    inputs: Inputs | Tokens,
    observables: Sequence[Observable],
    loops: Sequence[int],
) -> list[Prediction]:
    """Evaluate each observable through its loops, and one or two more where that is affordable.

    Raises
    ------
    InvalidInput
        If a coefficient is numerical noise.
    """
    return [_predict(network, inputs, o, own) for o, own in zip(observables, loops, strict=True)]


def _predict(
    network: Layered | MultiHeadAttention, inputs: Inputs | Tokens, observable: Observable, loops: int
) -> Prediction:
    parameter = "key_dim" if isinstance(network, MultiHeadAttention) else "n"
    more = _further(network, observable, loops)
    coefficients, errors = series(network, inputs, observable, loops + more)
    orders = sorted({powers[parameter] for powers in coefficients})
    last = orders[-1] - more
    if not isinstance(network, MultiHeadAttention):
        coefficients = _without_traces(network, inputs, observable, coefficients, errors)
    kept = {powers: c for powers, c in coefficients.items() if powers[parameter] <= last}
    if not isinstance(network, MultiHeadAttention):
        _check_precision(observable, kept, errors)
    return Prediction(
        observable=observable,
        coefficients=kept,
        errors=errors,
        left_out=tuple(
            {powers: c for powers, c in coefficients.items() if powers[parameter] == order}
            for order in orders
            if order > last
        ),
        parameter=parameter,
    )


def _further(network: Layered | MultiHeadAttention, observable: Observable, loops: int) -> int:
    """How many orders are computed beyond those to be tested."""
    if isinstance(network, MultiHeadAttention):
        return min(1, MOST_KEY_LOOPS - loops)
    rank = observable.order if isinstance(observable, MetricObservable) else observable.order // 2
    return 2 if rank + loops + 2 <= AFFORDABLE else 1


def series(
    network: Layered | MultiHeadAttention, inputs: Inputs | Tokens, observable: Observable, loops: int
) -> tuple[dict[Powers, float], dict[Powers, float]]:
    """Coefficients and their numerical errors; the mean of a metric is K and its corrections."""
    if isinstance(network, MultiHeadAttention):
        assert isinstance(inputs, Tokens)
        coefficients, errors = _attention_series(network, inputs, observable, loops)
    else:
        assert isinstance(inputs, Inputs)
        coefficients, errors = _width_series(network, inputs, observable, loops)
    if isinstance(observable, MetricObservable) and observable.order == 1:
        kernel, error = infinite_kernel(network, inputs, observable.pairs[0])
        coefficients[Powers()] += kernel
        errors[Powers()] += error
    return coefficients, errors


def _width_series(
    network: Layered, inputs: Inputs, observable: Observable, loops: int
) -> tuple[dict[Powers, float], dict[Powers, float]]:
    if isinstance(observable, MetricObservable):
        evaluation = metric_cumulant(network, pairs=observable.pairs, loops=loops).evaluate(inputs)
    else:
        evaluation = correlator(network, legs=observable.legs, loops=loops).evaluate(inputs)
    orders = sorted(evaluation.coefficients)
    return (
        {Powers(n=k): float(evaluation.coefficients[k]) for k in orders},
        {Powers(n=k): float(evaluation.errors[k]) for k in orders},
    )


def _attention_series(
    network: MultiHeadAttention, tokens: Tokens, observable: Observable, loops: int
) -> tuple[dict[Powers, float], dict[Powers, float]]:
    if isinstance(observable, MetricObservable):
        evaluation = metric_cumulant(network, pairs=observable, loops=loops).evaluate(tokens)
    else:
        evaluation = correlator(network, legs=observable, loops=loops).evaluate(tokens)
    return (
        {powers: float(c) for powers, c in evaluation.coefficients.items()},
        {powers: float(e) for powers, e in evaluation.errors.items()},
    )


def infinite_kernel(
    network: Layered | MultiHeadAttention, inputs: Inputs | Tokens, pair: Pair
) -> tuple[float, float]:
    """One entry of the kernel of infinite width, or of infinite key_dim, and its numerical error."""
    if isinstance(network, MultiHeadAttention):
        assert isinstance(inputs, Tokens)
        return attention_kernel_entry(network, inputs, pair)
    assert isinstance(inputs, Inputs)
    return kernel_entry(network, inputs, pair)


def _without_traces(
    network: Layered,
    inputs: Inputs | Tokens,
    observable: Observable,
    coefficients: Mapping[Powers, float],
    errors: Mapping[Powers, float],
) -> dict[Powers, float]:
    """Zero where a symmetry makes an order zero, of which rounding leaves a trace far below the field's own scale."""
    labels = [label for part in observable.parts() for label in part.labels]
    size = sqrt(abs(prod(infinite_kernel(network, inputs, (label, label))[0] for label in labels)))
    return {
        powers: 0.0 if abs(c) <= errors[powers] <= TRACE * size else c for powers, c in coefficients.items()
    }


def _check_precision(
    observable: Observable, kept: Mapping[Powers, float], errors: Mapping[Powers, float]
) -> None:
    """Refuse to judge a theory by coefficients that rounding has eaten."""
    largest = max(map(abs, kept.values()))
    for powers, c in kept.items():
        if largest and errors[powers] > NOISE * max(abs(c), NOISE * largest):
            raise InvalidInput(
                f"the coefficient {c:.2g} of {powers_name(powers)} in {observable.name} has a numerical error of"
                f" {errors[powers]:.1g}; a kinked activation does this to inputs that are nearly collinear:"
                " move them apart, or make them equal"
            )
