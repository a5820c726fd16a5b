"""Unbiased joint cumulants of any order: multivariate k-statistics.

The k-statistic of N samples of (X_1, …, X_p) is the one symmetric polynomial in the samples whose mean is the
joint cumulant κ(X_1, …, X_p). Over set partitions σ of {1 … p}, with the power sums S_C = Σ_i Π_{a∈C} X_a(i),

    k = Σ_σ c_σ Π_{C∈σ} S_C,
    c_σ = Σ_{π≤σ} (−1)^{|π|−1} (|π|−1)! / (N)_{|π|} · Π_{C∈σ} (−1)^{b_C−1} (b_C−1)!

where b_C counts the blocks of π inside C and (N)_b = N(N−1)…(N−b+1). The first factor is the moment-cumulant
formula with every product of means replaced by its unbiased estimate, a sum over distinct samples; the second
is the Möbius function that writes such a sum in unrestricted power sums (McCullagh, Tensor Methods in
Statistics, 1987, chapter 4).

A cumulant of two or more variables does not change under a shift. All sums are therefore of deviations from the
mean: no digits are lost to a large mean, and every partition with a singleton drops out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.montecarlo.influence import InfluenceFunctions, Target
from feyn_nn.montecarlo.monomials import MonomialBasis, PowerSums
from feyn_nn.montecarlo.products import Products, k_statistic_coefficient, partitions_without_singletons

__all__ = ["HIGHEST_ORDER", "KStatistics", "k_statistic_coefficient"]

HIGHEST_ORDER = 10  # a cumulant of order 10 is a sum over 17,722 partitions without singletons


@dataclass(frozen=True, kw_only=True, eq=False)
class KStatistics:
    """Unbiased estimates of many joint cumulants.

    Parameters
    ----------
    targets : sequence of mapping
        What to estimate: each target is a sum of joint cumulants, the keys being sorted tuples of variable
        indices, the values the integers they are multiplied by. An empty target is exactly zero.

    Raises
    ------
    InvalidInput
        If a cumulant has an order higher than 10.

    Examples
    --------
    >>> import numpy as np
    >>> variance = KStatistics(targets=[{(0, 0): 1}])
    >>> float(variance(np.array([[1.0, 2.0, 6.0]]))[0])
    7.0
    """

    targets: tuple[Target, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "targets", tuple(self.targets))
        if self.order > HIGHEST_ORDER:
            raise InvalidInput(
                f"a joint cumulant of order {self.order} was asked for; "
                f"orders 1 to {HIGHEST_ORDER} can be measured"
            )

    @cached_property
    def order(self) -> int:
        """The highest order of a cumulant in the targets; a batch needs at least as many samples."""
        return max((len(monomial) for target in self.targets for monomial in target), default=0)

    @cached_property
    def basis(self) -> MonomialBasis:
        """The monomials whose sums all estimates need."""
        monomials = [monomial for target in self.targets for monomial in target]
        variables = 1 + max((v for monomial in monomials for v in monomial), default=-1)
        return MonomialBasis(variables=variables, wanted=monomials)

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Estimate every target from one batch of samples.

        Parameters
        ----------
        values : array (variables, samples)
            One row per variable.

        Returns
        -------
        array (targets,)
        """
        batches = self.basis.summed(values[: self.basis.variables], values.shape[1])
        found: NDArray[np.float64] = self.estimates(batches)[0]
        return found

    def estimates(self, batches: PowerSums) -> NDArray[np.float64]:
        """Estimate every target from each of some batches, (batches, targets)."""
        means, sums = self.basis.central(batches)
        found = self._linear(means)
        for count in set(batches.counts.tolist()):  # two at most: the last batch of a run may be longer
            same = batches.counts == count
            terms = self._products.times_coefficients(int(count))
            found[same] += terms.summed(sums[same], len(self.targets))
        return found

    @cached_property
    def influence(self) -> InfluenceFunctions:
        """What one more sample adds to every target."""
        return InfluenceFunctions(targets=self.targets, basis=self.basis)

    def _linear(self, means: NDArray[np.float64]) -> NDArray[np.float64]:
        """The part of every target that is a sum of means, (batches, targets)."""
        found = np.zeros((len(means), len(self.targets)))
        for t, target in enumerate(self.targets):
            for monomial, multiplicity in target.items():
                if len(monomial) == 1:
                    found[:, t] += multiplicity * means[:, monomial[0]]
        return found

    @cached_property
    def _products(self) -> Products:
        """The terms of every target that are products of power sums."""
        return Products.of(
            (
                (t, found, multiplicity * count)
                for t, target in enumerate(self.targets)
                for monomial, multiplicity in target.items()
                if len(monomial) > 1
                for found, count in partitions_without_singletons(monomial)
            ),
            self.basis,
        )
