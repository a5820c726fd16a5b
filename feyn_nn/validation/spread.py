"""The standard errors that a run will leave, from theory alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from math import prod, sqrt

from feyn_nn._core import FieldLeg, Pair, Powers
from feyn_nn._core.observables import MetricObservable, Observable
from feyn_nn.networks import Inputs, MultiHeadAttention, Tokens
from feyn_nn.networks.arguments import Layered
from feyn_nn.validation.predict import infinite_kernel, series
from feyn_nn.validation.sizes import Sizes, as_sizes, factor


class Spread:
    """The standard deviation of one network's contribution to the estimate of an observable.

    A k-statistic of p Gaussian variables has variance Σ_permutations Π C(x_i, x_π(i)) / N, C their covariance. To
    leading order the metric is Gaussian about its mean with covariance κ_2, and the field is with K. For attention the
    variance of a covariance has κ_4 as well.

    Parameters
    ----------
    network : MLP, Feedforward or MultiHeadAttention
    inputs : Inputs or Tokens
    sampler : str
        With ``"weights"`` a correlator of the field is measured on the field itself, which is noisier.
    """

    def __init__(
        self, network: Layered | MultiHeadAttention, inputs: Inputs | Tokens, sampler: str = "metric"
    ) -> None:
        self._network, self._inputs = network, inputs
        self.samples_field = sampler == "weights"
        self._kernels: dict[Pair, float] = {}
        self._cumulants: dict[MetricObservable, dict[Powers, float]] = {}

    def __call__(self, observable: Observable, at: float | Sizes) -> float:
        """s, with s/√N the standard error that N networks of a width, or of sizes, leave."""
        sizes = as_sizes(at)
        if isinstance(observable, MetricObservable):
            return self._of_metrics(observable.pairs, sizes)
        if self.samples_field:
            return self._of_legs(observable.legs)
        # pairings are positively correlated at worst: their standard deviations add
        return sum(self._of_metrics(pairs, sizes) for pairs in observable.pairings())

    def _of_metrics(self, pairs: Sequence[Pair], sizes: Sizes) -> float:
        gaussian = _permanent([[self._cumulant([p, q], sizes) for q in pairs] for p in pairs])
        return sqrt(max(gaussian + self._excess(pairs, sizes), 0.5 * gaussian))

    def _excess(self, pairs: Sequence[Pair], sizes: Sizes) -> float:
        """κ₄(p, p, q, q) in the variance of a covariance: few heads of few value channels are far from Gaussian."""
        if not isinstance(self._network, MultiHeadAttention) or len(pairs) != 2:
            return 0.0
        return self._cumulant([*pairs, *pairs], sizes)

    def _of_legs(self, legs: Sequence[FieldLeg]) -> float:
        kernels = [[self._kernel((a, b)) if i == j else 0.0 for j, b in legs] for i, a in legs]
        return sqrt(_permanent(kernels))

    def _kernel(self, pair: Pair) -> float:
        (own,) = MetricObservable([pair]).pairs
        if own not in self._kernels:
            self._kernels[own] = infinite_kernel(self._network, self._inputs, own)[0]
        return self._kernels[own]

    def _cumulant(self, pairs: Sequence[Pair], sizes: Sizes) -> float:
        """To leading order."""
        observable = MetricObservable(pairs)
        if observable not in self._cumulants:
            self._cumulants[observable] = series(self._network, self._inputs, observable, loops=0)[0]
        return sum(c * factor(powers, sizes) for powers, c in self._cumulants[observable].items())


def _permanent(matrix: Sequence[Sequence[float]]) -> float:
    """Σ over permutations of Π matrix[i][π(i)]; never negative for a covariance, but for rounding."""
    orders = permutations(range(len(matrix)))
    return max(sum(prod(matrix[i][j] for i, j in enumerate(order)) for order in orders), 0.0)
