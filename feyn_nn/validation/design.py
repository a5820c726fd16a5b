"""Design before data: widths and a sample count from the predicted coefficients.

A run can test an order only if the order is seen and the next one is not. With t the highest term, b the first
omitted one and s/√N the standard error that N networks leave, that is

    N Σ_widths t²/s² ≥ Δχ²    and    b ≤ ½ s/√N at every width.

The first asks for many samples, the second forbids too many; widths grow until each observable can have both.
Observables of one run share its networks, and the most demanding one sets their number. The others are then
sampled better than they need be, and their omitted order, which is part of theory's error, limits their test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import ceil, inf, prod, sqrt

import numpy as np

from feyn_nn._core import FieldLeg, InvalidInput, Label, Pair, as_pair
from feyn_nn._core.observables import MetricObservable, Observable
from feyn_nn.networks import MLP, Inputs
from feyn_nn.theory import metric_cumulant
from feyn_nn.theory.kernel import kernel_entry
from feyn_nn.validation.prediction import Prediction

RESOLVED = 36.0  # Δχ² aimed at, so that the promised 25 survives what the estimate of s neglects
FEWEST_SAMPLES = 20_000  # on top, so that standard errors are themselves well known
NARROWEST, WIDEST = 12, 10_000
MOST_WORK = 1e11  # random numbers: half an hour on two cores


@dataclass(frozen=True, kw_only=True)
class Design:
    """At which widths to sample, and how many networks at each.

    Parameters
    ----------
    widths : tuple of int
        First hidden widths.
    samples : int
        Networks at each width.
    """

    widths: tuple[int, ...]
    samples: int


class Spread:
    """The standard deviation of one network's contribution to the estimate of an observable.

    A k-statistic of p Gaussian variables has variance Σ_permutations Π C(x_i, x_π(i)) / N, C their covariance. To
    leading order in 1/n the metric is Gaussian about its mean with covariance κ_2, and the field is with K.

    Parameters
    ----------
    network : MLP
    inputs : Inputs
    sampler : str
        With ``"weights"`` a correlator of the field is measured on the field itself, which is noisier.
    """

    def __init__(self, network: MLP, inputs: Inputs, sampler: str = "metric") -> None:
        self._network, self._inputs = network, inputs
        self.samples_field = sampler == "weights"
        self._known: dict[tuple[Pair, Pair], float] = {}
        self._kernels: dict[Pair, float] = {}

    def __call__(self, observable: Observable, width: float) -> float:
        """s, with s/√N the standard error that N networks of a width leave."""
        if isinstance(observable, MetricObservable):
            return self._of_metrics(observable.pairs, width)
        if self.samples_field:
            return self._of_legs(observable.legs)
        # pairings are positively correlated at worst: their standard deviations add
        return sum(self._of_metrics(pairs, width) for pairs in observable.pairings())

    def _of_metrics(self, pairs: Sequence[Pair], width: float) -> float:
        return sqrt(_permanent([[self._covariance(p, q) / width for q in pairs] for p in pairs]))

    def _of_legs(self, legs: Sequence[FieldLeg]) -> float:
        return sqrt(_permanent([[self._kernel(a, b) if i == j else 0.0 for j, b in legs] for i, a in legs]))

    def _kernel(self, a: Label, b: Label) -> float:
        pair = as_pair((a, b))
        if pair not in self._kernels:
            self._kernels[pair] = kernel_entry(self._network, self._inputs, pair)[0]
        return self._kernels[pair]

    def _covariance(self, p: Pair, q: Pair) -> float:
        key = (min(p, q), max(p, q))
        if key not in self._known:
            cumulant = metric_cumulant(self._network, pairs=key, loops=0)
            self._known[key] = float(cumulant.evaluate(self._inputs).coefficients[1])
        return self._known[key]


def _permanent(matrix: Sequence[Sequence[float]]) -> float:
    """Σ over permutations of Π matrix[i][π(i)]; never negative for a covariance, but for rounding."""
    orders = permutations(range(len(matrix)))
    return max(sum(prod(matrix[i][j] for i, j in enumerate(order)) for order in orders), 0.0)


def choose(
    network: MLP,
    inputs: Inputs,
    predictions: Sequence[Prediction],
    widths: Sequence[int] | None = None,
    sampler: str = "metric",
    resolution: float = RESOLVED,
) -> Design:
    """Choose widths, unless they are given, and a sample count that resolve the highest order of each series.

    An observable whose highest coefficient is zero asks for nothing: it is tested as what it is.

    Parameters
    ----------
    network : MLP
    inputs : Inputs
    predictions : sequence of Prediction
    widths : sequence of int, optional
    sampler : str
    resolution : float
        Δχ² that the highest order of each series is to be worth.

    Raises
    ------
    InvalidInput
        If no affordable run can resolve the orders.
    """
    spread = Spread(network, inputs, sampler)
    wanted = [p for p in predictions if abs(p.coefficients[p.orders[-1]]) > 10 * p.errors[p.orders[-1]]]
    if widths is not None:
        return Design(widths=tuple(widths), samples=_fewest(wanted, spread, widths, resolution))
    for floor in (FEWEST_SAMPLES, 0):  # if need be, let an observable be sampled better than its bias allows
        design = _narrowest(network, wanted, spread, resolution, floor)
        if design is not None:
            return design
    raise InvalidInput(
        "no affordable run resolves the highest order asked for without being biased by the next; "
        "ask for fewer loops, or give widths and samples"
    )


def _narrowest(
    network: MLP, wanted: Sequence[Prediction], spread: Spread, resolution: float, floor: int
) -> Design | None:
    """The narrowest networks for which each observable, with `floor` samples more, is not biased; or None."""
    step, first = _width_step(network), NARROWEST
    while first <= WIDEST:
        trial = tuple(step * ceil(first * factor / step) for factor in (1.0, 1.5, 2.0))
        if all(_needed(p, spread, trial, resolution) + floor <= _allowed(p, spread, trial) for p in wanted):
            samples = _fewest(wanted, spread, trial, resolution)
            affordable = samples * _work(network, trial, spread.samples_field) <= MOST_WORK
            return Design(widths=trial, samples=samples) if affordable else None
        first = ceil(1.25 * first)
    return None


def _work(network: MLP, widths: Sequence[int], matrices: bool) -> float:
    """Random numbers for one network of each width: its neurons, or the entries of its weight matrices."""
    neurons = sum(widths) * float(sum(network.width_ratios))
    return neurons * max(widths) if matrices else neurons


def _fewest(wanted: Sequence[Prediction], spread: Spread, widths: Sequence[int], resolution: float) -> int:
    """The fewest samples that resolve every observable."""
    return ceil(max((_needed(p, spread, widths, resolution) for p in wanted), default=0.0)) + FEWEST_SAMPLES


def _needed(prediction: Prediction, spread: Spread, widths: Sequence[int], resolution: float) -> float:
    """N for which the highest order is worth Δχ²."""
    spreads = [spread(prediction.observable, w) for w in widths]
    if 0.0 in spreads:
        return 0.0  # measured without noise: any number will do
    return resolution / sum((_term(prediction, w) / s) ** 2 for w, s in zip(widths, spreads, strict=True))


def _allowed(prediction: Prediction, spread: Spread, widths: Sequence[int]) -> float:
    """N up to which the orders left out stay below half a standard error."""
    biases = [prediction.bias(float(w)) for w in widths]
    spreads = [spread(prediction.observable, w) for w in widths]
    return min((0.25 * (s / b) ** 2 for s, b in zip(spreads, biases, strict=True) if b), default=inf)


def _term(prediction: Prediction, width: float) -> float:
    order = prediction.orders[-1]
    return abs(prediction.coefficients[order]) * width**-order


def _width_step(network: MLP) -> int:
    """The smallest first width for which all others are integers."""
    return int(np.lcm.reduce([ratio.denominator for ratio in network.width_ratios] or [1]))
