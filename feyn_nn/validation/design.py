"""Design before data: widths and sample counts from the predicted coefficients.

A run can test an order only if the order is seen and the next one is not. With t the highest term, b the first
omitted one and s/√N the standard error that N networks leave, that is

    Σ_widths N t²/s² ≥ Δχ²    and    b ≤ ½ s/√N at every width.

The first asks for many samples, the second forbids too many; widths grow until both can be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import ceil, inf, prod, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Pair
from feyn_nn._core.observables import MetricObservable, Observable
from feyn_nn.networks import MLP, Inputs
from feyn_nn.theory import metric_cumulant
from feyn_nn.validation.prediction import Prediction

Array: TypeAlias = NDArray[np.float64]

RESOLVED = 36.0  # Δχ² aimed at, so that the promised 25 survives what the estimate of s neglects
FEWEST_SAMPLES = 20_000
MOST_NETWORK_NEURONS = 4e11  # samples x neurons: what a patient person would run on two cores


@dataclass(frozen=True, kw_only=True)
class Design:
    """At which widths to sample, and how many networks at each.

    Parameters
    ----------
    widths : tuple of int
        First hidden widths.
    samples : tuple of int
        Networks at each.
    resolution : dict of Observable to float
        Δχ² that the highest order of each observable is expected to be worth, all widths together.
    """

    widths: tuple[int, ...]
    samples: tuple[int, ...]
    resolution: dict[Observable, float]


class Spread:
    """The standard deviation of one network's contribution to the estimate of an observable.

    To leading order in 1/n the metric is Gaussian about its mean with covariance κ_2, for which a k-statistic
    of p variables has variance Σ_permutations Π κ_2(p_i, p_π(i)) / N.
    """

    def __init__(self, network: MLP, inputs: Inputs) -> None:
        self._network, self._inputs = network, inputs
        self._known: dict[tuple[Pair, Pair], float] = {}

    def __call__(self, observable: Observable, width: float) -> float:
        """s, with s/√N the standard error that N networks of a width leave."""
        if isinstance(observable, MetricObservable):
            return sqrt(self._variance(observable.pairs, width))
        # pairings are positively correlated at worst: their standard deviations add
        return sum(sqrt(self._variance(pairs, width)) for pairs in observable.pairings())

    def _variance(self, pairs: Sequence[Pair], width: float) -> float:
        covariance = [[self._covariance(p, q) / width for q in pairs] for p in pairs]
        return sum(
            prod(covariance[i][j] for i, j in enumerate(permutation))
            for permutation in permutations(range(len(pairs)))
        )

    def _covariance(self, p: Pair, q: Pair) -> float:
        key = (min(p, q), max(p, q))
        if key not in self._known:
            cumulant = metric_cumulant(self._network, pairs=key, loops=0)
            self._known[key] = float(cumulant.evaluate(self._inputs).coefficients[1])
        return self._known[key]


def choose(
    network: MLP, inputs: Inputs, predictions: Sequence[Prediction], widths: Sequence[int] | None = None
) -> Design:
    """Choose widths, unless they are given, and sample counts that resolve the highest order of each series.

    An observable whose highest coefficient is zero asks for nothing: it is tested as what it is.

    Raises
    ------
    InvalidInput
        If no affordable run can resolve the orders.
    """
    spread = Spread(network, inputs)
    wanted = [p for p in predictions if abs(p.coefficients[p.orders[-1]]) > 10 * p.errors[p.orders[-1]]]
    if widths is not None:
        return _design(wanted, spread, tuple(widths))
    step = _width_step(network)
    scale = step * ceil(12 / step)
    while scale * sum(map(float, network.width_ratios)) < 1e5:
        trial = tuple(step * round(scale * factor / step) for factor in (1.0, 1.5, 2.0))
        low, high = _sample_bounds(wanted, spread, trial)
        if all(a <= b for a, b in zip(low, high, strict=True)):
            design = _design(wanted, spread, trial)
            neurons = sum(map(float, network.width_ratios))
            if (
                sum(n * w for n, w in zip(design.samples, trial, strict=True)) * neurons
                > MOST_NETWORK_NEURONS
            ):
                break
            return design
        scale = step * ceil(scale * 1.25 / step)
    raise InvalidInput(
        "no affordable run resolves the highest order asked for without being biased by the next; "
        "ask for fewer loops, or give widths and samples"
    )


def _design(wanted: Sequence[Prediction], spread: Spread, widths: tuple[int, ...]) -> Design:
    low, high = _sample_bounds(wanted, spread, widths)
    samples = tuple(max(FEWEST_SAMPLES, ceil(min(a, b))) for a, b in zip(low, high, strict=True))
    resolution = {
        p.observable: sum(
            n * (_term(p, w) / spread(p.observable, w)) ** 2 for n, w in zip(samples, widths, strict=True)
        )
        for p in wanted
    }
    return Design(widths=widths, samples=samples, resolution=resolution)


def _sample_bounds(
    wanted: Sequence[Prediction], spread: Spread, widths: Sequence[int]
) -> tuple[list[float], list[float]]:
    """The fewest samples that resolve the highest order at each width, and the most that hide the next."""
    low, high = [], []
    for width in widths:
        s = [spread(p.observable, width) for p in wanted]
        terms = [_term(p, width) for p in wanted]
        bias = [abs(p.omitted) * width ** -(p.orders[-1] + 1) for p in wanted]
        share = RESOLVED / len(widths)
        low.append(max((share * (a / t) ** 2 for a, t in zip(s, terms, strict=True)), default=0.0))
        high.append(
            min((0.25 * (a / b) ** 2 if b else inf for a, b in zip(s, bias, strict=True)), default=inf)
        )
    return low, high


def _term(prediction: Prediction, width: float) -> float:
    order = prediction.orders[-1]
    return abs(prediction.coefficients[order]) * width**-order


def _width_step(network: MLP) -> int:
    """The smallest first width for which all others are integers."""
    return int(np.lcm.reduce([ratio.denominator for ratio in network.width_ratios] or [1]))
