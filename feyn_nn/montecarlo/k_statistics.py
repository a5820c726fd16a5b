"""Unbiased joint cumulants of any order: multivariate k-statistics.

The k-statistic of N samples of (X_1, …, X_p) is the one symmetric polynomial in the samples whose mean is the
joint cumulant κ(X_1, …, X_p). Over set partitions σ of {1 … p}, with the power sums S_C = Σ_i Π_{a∈C} X_a(i),

    k = Σ_σ c_σ Π_{C∈σ} S_C,
    c_σ = Σ_{π≤σ} (−1)^{|π|−1} (|π|−1)! / (N)_{|π|} · Π_{C∈σ} (−1)^{b_C−1} (b_C−1)!

where b_C counts the blocks of π inside C and (N)_b = N(N−1)…(N−b+1). The first factor is the moment-cumulant
formula with every product of means replaced by its unbiased estimate, a sum over distinct samples; the second
is the Möbius function that writes such a sum in unrestricted power sums.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, set_partitions

Monomial: TypeAlias = tuple[int, ...]  # sorted indices of variables, repeated ones repeated
Target: TypeAlias = Mapping[Monomial, int]  # Σ multiplicity · κ(variables)

HIGHEST_ORDER = 10  # a cumulant of order 10 is a sum over 17,722 partitions without singletons
_CHUNK = 1 << 17  # monomials times samples held at once: 1 MiB of doubles


def k_statistic_coefficient(sizes: Sequence[int], samples: int) -> Fraction:
    """The exact coefficient c_σ of a set partition σ, which depends on the sizes of its blocks alone.

    Parameters
    ----------
    sizes : sequence of int
        The block sizes |C| of σ.
    samples : int
        The number of samples N; at least the sum of the sizes.

    Examples
    --------
    >>> k_statistic_coefficient([2], samples=5), k_statistic_coefficient([1, 1], samples=5)
    (Fraction(1, 4), Fraction(-1, 20))
    """
    ways = {0: 1}  # number of blocks of π -> signed number of refinements π of σ
    for size in sizes:
        inside = {b: _stirling(size, b) * (-1) ** (b - 1) * math.factorial(b - 1) for b in range(1, size + 1)}
        product: Counter[int] = Counter()
        for total, count in ways.items():
            for blocks, weight in inside.items():
                product[total + blocks] += count * weight
        ways = dict(product)
    return sum(
        (
            Fraction((-1) ** (b - 1) * math.factorial(b - 1) * w, math.perm(samples, b))
            for b, w in ways.items()
        ),
        start=Fraction(0),
    )


@lru_cache(maxsize=4096)
def _coefficient(sizes: tuple[int, ...], samples: int) -> float:
    return float(k_statistic_coefficient(sizes, samples))


@cache
def _stirling(items: int, blocks: int) -> int:
    """The number of partitions of `items` things into `blocks` blocks."""
    if items == 0 or blocks == 0:
        return int(items == blocks)
    return blocks * _stirling(items - 1, blocks) + _stirling(items - 1, blocks - 1)


@lru_cache(maxsize=4096)
def _partitions(monomial: Monomial) -> tuple[tuple[tuple[Monomial, ...], int], ...]:
    """Partitions without singletons of a monomial, as products of monomials with their multiplicities."""
    found = Counter(
        tuple(sorted(tuple(monomial[i] for i in block) for block in partition))
        for partition in set_partitions(range(len(monomial)))
        if min(map(len, partition)) > 1
    )
    return tuple(sorted(found.items()))


@dataclass(frozen=True, kw_only=True)
class KStatistics:
    """Unbiased estimates of many joint cumulants from one block of samples.

    Samples are measured from the mean of their block: a k-statistic of order two or more does not change
    under a shift, whatever the shift, no digits are lost to a large mean, and every partition with a
    singleton drops out because its power sum is zero.

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
        """The highest order of a cumulant in the targets; a block needs at least as many samples."""
        return max((len(monomial) for target in self.targets for monomial in target), default=0)

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Estimate every target.

        Parameters
        ----------
        values : array (variables, samples)
            One row per variable.

        Returns
        -------
        array (targets,)
        """
        centred = values - values[:, :1]  # first from a sample, so that constant variables are exactly zero
        shifts = centred.mean(axis=1)
        means = values[:, 0] + shifts
        centred -= shifts[:, np.newaxis]
        result = self._linear(means)
        if self._monomials:
            sums = self._power_sums(centred)
            for index, target, coefficients in self._terms(values.shape[1]):
                result += np.bincount(
                    target, weights=coefficients * sums[index].prod(axis=1), minlength=len(self.targets)
                )
        return result

    def _linear(self, means: NDArray[np.float64]) -> NDArray[np.float64]:
        """The part of every target that is a sum of means."""
        result = np.zeros(len(self.targets))
        for t, target in enumerate(self.targets):
            for monomial, multiplicity in target.items():
                if len(monomial) == 1:
                    result[t] += multiplicity * means[monomial[0]]
        return result

    @cached_property
    def _products(self) -> dict[tuple[Monomial, ...], list[tuple[int, int]]]:
        """Products of power sums, and the (target, multiplicity) in which each appears."""
        found: dict[tuple[Monomial, ...], list[tuple[int, int]]] = {}
        for t, target in enumerate(self.targets):
            for monomial, multiplicity in target.items():
                for product, count in _partitions(monomial) if len(monomial) > 1 else ():
                    found.setdefault(product, []).append((t, multiplicity * count))
        return found

    @cached_property
    def _monomials(self) -> tuple[tuple[Monomial, ...], ...]:
        """Monomials needed, by degree from two up; the first factors of each are themselves in the list."""
        needed: set[Monomial] = set()
        for monomial in {monomial for product in self._products for monomial in product}:
            needed.update(monomial[:degree] for degree in range(2, len(monomial) + 1))
        degrees = range(2, max(map(len, needed), default=1) + 1)
        return tuple(tuple(sorted(m for m in needed if len(m) == degree)) for degree in degrees)

    @cached_property
    def _ladder(self) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]:
        """How each degree is made from the one before: (position of the first factors, last variable)."""
        steps = []
        below: dict[Monomial, int] | None = None
        for monomials in self._monomials:
            first = [m[0] if below is None else below[m[:-1]] for m in monomials]
            steps.append(
                (np.array(first, dtype=np.intp), np.array([m[-1] for m in monomials], dtype=np.intp))
            )
            below = {m: i for i, m in enumerate(monomials)}
        return tuple(steps)

    def _power_sums(self, centred: NDArray[np.float64]) -> NDArray[np.float64]:
        """S_C of every monomial, in the order of `_monomials`."""
        n_samples = centred.shape[1]
        step = max(64, _CHUNK // max(map(len, self._monomials)))
        totals = [np.zeros(len(monomials)) for monomials in self._monomials]
        for start in range(0, n_samples, step):
            variables = centred[:, start : start + step]
            products = variables
            for (first, last), total in zip(self._ladder, totals, strict=True):
                products = products[first] * variables[last]
                np.add(total, products.sum(axis=1), out=total)
        return np.concatenate(totals)

    def _terms(self, samples: int) -> list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]]:
        """Terms c Π S by the number of power sums in them: positions (terms, factors), target, c."""
        return [
            (index, target, np.array([m * _coefficient(s, samples) for m, s in weights]))
            for index, target, weights in self._structure
        ]

    @cached_property
    def _structure(
        self,
    ) -> list[tuple[NDArray[np.intp], NDArray[np.intp], list[tuple[int, tuple[int, ...]]]]]:
        position = {m: i for i, m in enumerate(m for degree in self._monomials for m in degree)}
        found: dict[int, list[tuple[list[int], int, int, tuple[int, ...]]]] = {}
        for product, uses in self._products.items():
            where, sizes = [position[m] for m in product], tuple(map(len, product))
            rows = found.setdefault(len(product), [])
            rows.extend((where, target, multiplicity, sizes) for target, multiplicity in uses)
        return [
            (
                np.array([row[0] for row in rows], dtype=np.intp),
                np.array([row[1] for row in rows], dtype=np.intp),
                [(row[2], row[3]) for row in rows],
            )
            for rows in found.values()
        ]
