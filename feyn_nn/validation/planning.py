"""Design before data: sizes and sample counts from the predicted coefficients.

A run can test an order only if the order is seen and the next one is not. With t a term, b what the orders left out
add and s/√N the standard error that N networks leave, that is

    N Σ_sizes t²/s² ≥ Δχ²    and    b ≤ ½ s/√N at every size.

The first asks for many samples, the second forbids too many; widths grow until each order can have both. Observables
of one run share its networks, and the most demanding order sets their number. The others are then sampled better than
they need be, and their omitted orders, which are part of theory's error, limit their test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, inf

import numpy as np

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.networks import Inputs, MultiHeadAttention, Tokens
from feyn_nn.networks.arguments import Layered
from feyn_nn.networks.attention import SIZES
from feyn_nn.validation.design import KNOWN, Design, PlannedOrder, Run
from feyn_nn.validation.judgement import SEEN
from feyn_nn.validation.power import smallest_caught
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.sizes import Sizes
from feyn_nn.validation.spread import Spread

RESOLVED = 36.0  # Δχ² aimed at, so that the promised 25 survives what the estimate of s neglects
FEWEST_SAMPLES = 20_000  # on top, so that standard errors are themselves well known
NARROWEST, WIDEST = 12, 10_000
MOST_WORK = 1e11  # random numbers: half an hour on two cores
FACTORS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
APART = (1, 8, 2, 4, 3, 6)  # value_dim and key_dim: two that are far apart, then what lies between
KEY_SCALES = (1, 2, 4, 8, 16, 32, 64)

Candidate = tuple[Sizes, ...]
_Item = tuple[int, Powers]


def choose(
    network: Layered | MultiHeadAttention,
    inputs: Inputs | Tokens,
    predictions: Sequence[Prediction],
    sizes: Sequence[Sizes] | None = None,
    sampler: str = "metric",
    resolution: float = RESOLVED,
    samples: int | None = None,
) -> Design:
    """Choose sizes and a sample count, unless they are given, that resolve every order of each series.

    A coefficient that is zero asks for nothing: it is tested as what it is. An order that no affordable run resolves
    is named as such, and the others decide.

    Parameters
    ----------
    network : MLP, Feedforward or MultiHeadAttention
    inputs : Inputs or Tokens
    predictions : sequence of Prediction
    sizes : sequence of dict, optional
    sampler : str
    resolution : float
        Δχ² that each order is to be worth.
    samples : int, optional

    Raises
    ------
    InvalidInput
        If no affordable run can resolve any order.
    """
    planner = _Planner(
        network=network,
        spread=Spread(network, inputs, sampler),
        predictions=tuple(predictions),
        candidates=tuple([tuple(sizes)] if sizes is not None else _candidates(network, predictions)),
        bound=sizes is not None,
        resolution=resolution,
    )
    return planner.design(samples)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Planner:
    network: Layered | MultiHeadAttention
    spread: Spread
    predictions: tuple[Prediction, ...]
    candidates: tuple[Candidate, ...]
    bound: bool  # the sizes are not ours to choose, so that a bias is stated and not avoided
    resolution: float

    def design(self, samples: int | None) -> Design:
        """The design, with what it expects of every order."""
        if samples is None:
            candidate, samples = self._cheapest()
        else:
            candidate = self._least_biased(samples)
        return Design(
            runs=tuple(Run(sizes=sizes, samples=samples) for sizes in candidate),
            orders=tuple(
                self._planned((i, powers), candidate, samples)
                for i, prediction in enumerate(self.predictions)
                for powers in prediction.coefficients
            ),
            neurons=samples * self._work(candidate),
        )

    def _cheapest(self) -> tuple[Candidate, int]:
        """Where to sample, and how much, so that all orders are resolved that can be."""
        wanted = [item for item in self._items if self._price[item] <= MOST_WORK]
        if self._items and not wanted:
            raise InvalidInput(
                "no affordable run resolves any order asked for without being biased by the next; "
                "ask for fewer loops, or give widths (sizes for attention) and samples"
            )
        while True:
            candidate = self._narrowest(wanted)
            needed = {item: self._needed(item, candidate) for item in wanted}
            samples = ceil(max(needed.values(), default=0.0)) + FEWEST_SAMPLES
            if len(wanted) < 2 or samples * self._work(candidate) <= MOST_WORK:
                return candidate, samples
            wanted.remove(max(needed, key=needed.__getitem__))

    def _narrowest(self, wanted: Sequence[_Item]) -> Candidate:
        """The first sizes at which no order is biased, with samples to spare if possible; or the least biased."""
        for floor in (FEWEST_SAMPLES, 0):
            for candidate in self.candidates:
                if all(self._fits(item, candidate, floor) for item in wanted):
                    return candidate
        return min(
            self.candidates, key=lambda own: max((self._excess(item, own) for item in wanted), default=0.0)
        )

    def _fits(self, item: _Item, candidate: Candidate, floor: int) -> bool:
        """Whether N can be large enough for an order and small enough for what theory leaves out."""
        prediction, needed = self.predictions[item[0]], self._needed(item, candidate)
        if needed + floor > self._allowed(prediction, candidate):
            return False
        return needed == 0.0 or self._expected(prediction, item[1], candidate, ceil(needed)) >= SEEN

    def _excess(self, item: _Item, candidate: Candidate) -> float:
        allowed = self._allowed(self.predictions[item[0]], candidate)
        return self._needed(item, candidate) / allowed if allowed else inf

    def _least_biased(self, samples: int) -> Candidate:
        """The first sizes at which so many samples see no bias; else the last."""
        for candidate in self.candidates:
            if all(samples <= self._allowed(prediction, candidate) for prediction in self.predictions):
                return candidate
        return self.candidates[-1]

    @cached_property
    def _items(self) -> list[_Item]:
        """Every order that is not zero."""
        return [
            (i, powers)
            for i, prediction in enumerate(self.predictions)
            for powers, c in prediction.coefficients.items()
            if abs(c) > KNOWN * prediction.errors[powers]
        ]

    @cached_property
    def _price(self) -> dict[_Item, float]:
        """How many neurons each order takes on its own; infinite where it is drowned by those left out."""
        return {item: self._price_of(item) for item in self._items}

    def _price_of(self, item: _Item) -> float:
        prices = (
            self._needed(item, candidate) * self._work(candidate)
            for candidate in self.candidates
            if self.bound or self._fits(item, candidate, 0)
        )
        return min(prices, default=inf)

    def _needed(self, item: _Item, candidate: Candidate) -> float:
        """N for which an order is worth Δχ²."""
        prediction, powers = self.predictions[item[0]], item[1]
        spreads = [self.spread(prediction.observable, sizes) for sizes in candidate]
        if 0.0 in spreads:
            return 0.0  # measured without noise: any number will do
        terms = [prediction.terms(sizes)[powers] for sizes in candidate]
        worth = sum((t / s) ** 2 for t, s in zip(terms, spreads, strict=True))
        return self.resolution / worth if worth else inf

    def _allowed(self, prediction: Prediction, candidate: Candidate) -> float:
        """N up to which the orders left out stay below half a standard error."""
        biases = [prediction.bias(sizes) for sizes in candidate]
        spreads = [self.spread(prediction.observable, sizes) for sizes in candidate]
        return min((0.25 * (s / b) ** 2 for s, b in zip(spreads, biases, strict=True) if b), default=inf)

    def _planned(self, item: _Item, candidate: Candidate, samples: int) -> PlannedOrder:
        prediction, powers = self.predictions[item[0]], item[1]
        worth = self._expected(prediction, powers, candidate, samples)
        allowed = self._allowed(prediction, candidate)
        price = self._price.get(item, 0.0)  # one that is zero asks for nothing
        return PlannedOrder(
            observable=prediction.observable.name,
            powers=powers,
            predicted=prediction.coefficients[powers],
            delta_chi2=worth,
            bias=0.5 * (samples / allowed) ** 0.5 if allowed else inf,
            caught=smallest_caught([(worth, len(candidate))], len(self.predictions)),
            needs=price if price > MOST_WORK else None,
            error=prediction.errors[powers],
        )

    def _expected(self, prediction: Prediction, powers: Powers, candidate: Candidate, samples: int) -> float:
        """Δχ² of an order, with the error of theory: at every size, and shared by them."""
        term = np.array([prediction.terms(sizes)[powers] for sizes in candidate])
        noise = [self.spread(prediction.observable, sizes) ** 2 / samples for sizes in candidate]
        rest = [(prediction.numerical_error(z) + prediction.remainder(z)) ** 2 for z in candidate]
        known = np.array([prediction.known_bias(sizes) for sizes in candidate])
        covariance = np.diag(np.add(noise, rest)) + known @ known.T
        if not np.all(np.diag(covariance) > 0):
            return inf if term.any() else 0.0
        scale = np.sqrt(np.diag(covariance))
        return float(term / scale @ np.linalg.solve(covariance / np.outer(scale, scale), term / scale))

    def _work(self, candidate: Candidate) -> float:
        """Random numbers for one network of each size: its neurons, or the entries of its weight matrices."""
        return sum(work(self.network, sizes, matrices=self.spread.samples_field) for sizes in candidate)


def work(network: Layered | MultiHeadAttention, sizes: Sizes, *, matrices: bool) -> float:
    """Random numbers for one network: its neurons, or the entries of its weight matrices."""
    if isinstance(network, MultiHeadAttention):
        own = sizes["heads"] * (2 * sizes["key_dim"] + sizes["value_dim"])
        return own * sum(sizes.values()) if matrices else own
    neurons = sizes["n"] * float(sum(network.width_ratios))
    return neurons * sizes["n"] if matrices else neurons


def _candidates(
    network: Layered | MultiHeadAttention, predictions: Sequence[Prediction]
) -> Iterator[tuple[Sizes, ...]]:
    """From the narrowest networks to the widest: as many sizes as there are coefficients, and at least three."""
    if isinstance(network, MultiHeadAttention):
        yield from _attention_candidates(network, predictions)
        return
    if not network.widths:
        yield ({"n": 1},)
        return
    count = max(3, *(len(prediction.coefficients) for prediction in predictions))
    step, first = _width_step(network), NARROWEST
    while first <= WIDEST:
        yield tuple({"n": step * ceil(first * factor / step)} for factor in FACTORS[:count])
        first = ceil(1.25 * first)


def _attention_candidates(
    network: MultiHeadAttention, predictions: Sequence[Prediction]
) -> Iterator[tuple[Sizes, ...]]:
    """From the network's own key_dim on: heads for their law, and a size for every power of value_dim and key_dim.

    A polynomial in 1/value_dim and 1/key_dim is fixed by its values on a grid with as many lines as there are powers.
    """
    h, v, k = (network.sizes[name] for name in SIZES)
    powers = [p for prediction in predictions for p in prediction.coefficients]
    most_v, most_k = (max((p[name] for p in powers), default=1) for name in ("value_dim", "key_dim"))
    for scale in KEY_SCALES:
        own = scale * k
        grid = [(h, v * f, own * g) for g in APART[: most_k + 1] for f in APART[: most_v + 1]]
        several = dict.fromkeys([(h, v, own), (2 * h, v, own), (4 * h, v, own), *grid])
        yield tuple(dict(zip(SIZES, sizes, strict=True)) for sizes in several)


def _width_step(network: Layered) -> int:
    """The smallest first width for which all others are integers."""
    return int(np.lcm.reduce([ratio.denominator for ratio in network.width_ratios] or [1]))
