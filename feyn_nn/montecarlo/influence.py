"""Influence functions of joint cumulants: what one more sample adds, and hence the standard error.

The influence function of κ(X_1, …, X_p) at a sample x, measured from the means, is

    ψ(x) = Σ_{∅≠C⊆{1…p}} a_C Π_{a∈C} x_a + constant,
    a_C = Σ_π (−1)^{|π|} |π|! Π_{B∈π} S_B / N    over partitions π, without singletons, of what C leaves,

the derivative of the moment-cumulant formula. A k-statistic of N samples has the variance Var ψ / N up to a
relative 1/N (von Mises 1947; Hampel 1974).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.montecarlo.monomials import Monomial, MonomialBasis, PowerSums, divisors
from feyn_nn.montecarlo.products import Products, partitions_without_singletons

Target: TypeAlias = Mapping[Monomial, int]  # Σ multiplicity · κ(variables)


@dataclass(frozen=True, kw_only=True, eq=False)
class InfluenceFunctions:
    """The influence functions ψ_t of some sums of cumulants.

    Parameters
    ----------
    targets : sequence of mapping
        As of `KStatistics`.
    basis : MonomialBasis
        Must hold every divisor of their monomials.

    Examples
    --------
    >>> import numpy as np
    >>> basis, values = MonomialBasis(variables=1, wanted=[(0, 0)]), np.array([[1.0, 2.0, 6.0]])
    >>> psi = InfluenceFunctions(targets=[{(0, 0): 1}], basis=basis)  # ψ = x² − S/N, here 4 − S/N, 1 − S/N, 9 − S/N
    >>> round(float(psi.scatter(values, basis.summed(values, batch=3))[0]), 9)
    32.666666667
    """

    targets: Sequence[Target]
    basis: MonomialBasis

    def scatter(self, values: NDArray[np.float64], total: PowerSums) -> NDArray[np.float64]:
        """Σ_i ψ_t(x_i)² over samples, (targets,).

        Divided by samples − 1 it estimates samples times the variance of each target's k-statistic.

        Parameters
        ----------
        values : array (variables, samples)
        total : PowerSums
            Those of the same samples, as one batch.
        """
        from feyn_nn.montecarlo import _power_sums

        found = np.zeros(len(self.targets))
        (mean,), sums = self.basis.central(total)
        coefficients = self._coefficients(sums / total.counts[0])
        _power_sums.add_squares(
            np.ascontiguousarray(values), mean, *self.basis.ladder,
            self._starts, self._columns, coefficients, found,
        )  # fmt: skip
        return found

    def _coefficients(self, moments: NDArray[np.float64]) -> NDArray[np.float64]:
        """a_tC at every place, the constant such that ψ_t has mean zero; from moments (1, monomials)."""
        coefficients: NDArray[np.float64] = self._products.summed(moments, len(self._places))[0]
        means = np.add.reduceat(coefficients * moments[0, self._columns], self._starts[:-1])
        coefficients[self._starts[:-1]] = -means
        return coefficients

    @cached_property
    def _terms(self) -> list[tuple[int, int, tuple[Monomial, ...], int]]:
        """Target, position of C, moments and weight of every term of the coefficients a_tC."""
        return [
            (t, self.basis.position[part], found, weight * multiplicity)
            for t, target in enumerate(self.targets)
            for monomial, multiplicity in target.items()
            for part, found, weight in _derivative(monomial)
        ]

    @cached_property
    def _places(self) -> dict[tuple[int, int], int]:
        """Where the coefficient of a target and a monomial stands: by target, its constant first."""
        found = {(t, 0) for t in range(len(self.targets))} | {(t, c) for t, c, _, _ in self._terms}
        return {pair: i for i, pair in enumerate(sorted(found))}

    @cached_property
    def _products(self) -> Products:
        return Products.of(((self._places[t, c], f, w) for t, c, f, w in self._terms), self.basis)

    @cached_property
    def _owner(self) -> NDArray[np.intp]:
        return np.array([t for t, _ in self._places], dtype=np.intp)

    @cached_property
    def _columns(self) -> NDArray[np.int64]:
        return np.array([c for _, c in self._places], dtype=np.int64)

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.searchsorted(self._owner, np.arange(len(self.targets) + 1)).astype(np.int64)


def _derivative(monomial: Monomial) -> Iterator[tuple[Monomial, tuple[Monomial, ...], int]]:
    """The terms of ψ of one cumulant: a monomial of the sample, the moments it comes with, their weight."""
    for part, rest, ways in divisors(monomial):
        if part and len(rest) != 1:
            for found, count in partitions_without_singletons(rest):
                yield part, found, ways * count * (-1) ** len(found) * math.factorial(len(found))
