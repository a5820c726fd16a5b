"""Monomials of sampled variables and the sums over samples that merge without loss."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Monomial: TypeAlias = tuple[int, ...]  # sorted indices of variables, repeated ones repeated


@dataclass(frozen=True, kw_only=True, eq=False)
class PowerSums:
    """Sums over batches of samples of monomials of the deviations from a centre next to each batch's mean.

    The mean is centre + S_a / N: kept apart, because a mean of 1e8 would be rounded to 1e-8.

    Parameters
    ----------
    centres : array (batches, variables)
    sums : array (batches, monomials)
        In the order of a `MonomialBasis`; the first column is the number of samples.
    """

    centres: NDArray[np.float64]
    sums: NDArray[np.float64]

    @property
    def counts(self) -> NDArray[np.float64]:
        """The number of samples in each batch, (batches,)."""
        return self.sums[:, 0]

    def __len__(self) -> int:
        return len(self.centres)

    def __getitem__(self, part: slice) -> PowerSums:
        return PowerSums(centres=self.centres[part], sums=self.sums[part])

    @staticmethod
    def joined(*parts: PowerSums) -> PowerSums:
        """The batches of all parts, one after the other."""
        return PowerSums(
            centres=np.concatenate([part.centres for part in parts]),
            sums=np.concatenate([part.sums for part in parts]),
        )


@lru_cache(maxsize=4096)
def divisors(monomial: Monomial) -> tuple[tuple[Monomial, Monomial, int], ...]:
    """Every way to split a monomial in two: part, rest, and in how many ways equal variables do so.

    Examples
    --------
    >>> divisors((0, 0))
    (((), (0, 0), 1), ((0,), (0,), 2), ((0, 0), (), 1))
    """
    counted = sorted(Counter(monomial).items())
    found = []
    for taken in product(*(range(count + 1) for _, count in counted)):
        part = tuple(v for (v, _), k in zip(counted, taken, strict=True) for _ in range(k))
        rest = tuple(v for (v, n), k in zip(counted, taken, strict=True) for _ in range(n - k))
        ways = math.prod(math.comb(n, k) for (_, n), k in zip(counted, taken, strict=True))
        found.append((part, rest, ways))
    return tuple(found)


@dataclass(frozen=True, kw_only=True, eq=False)
class MonomialBasis:
    """Monomials of some variables, with every divisor of each: what must be summed to move a mean.

    With Δ the deviation from one mean and Δ' = Δ + δ that from another,
    Δ'^C = Σ_{A ⊆ C} Δ^A δ^{C∖A}: the sums about a merged mean follow from those about the means of the parts,
    and only differences of means are raised to powers (Pébay 2008, Sandia report SAND2008-6212).

    Parameters
    ----------
    variables : int
        How many variables there are.
    wanted : iterable of monomials

    Examples
    --------
    >>> MonomialBasis(variables=2, wanted=[(0, 0, 1)]).monomials
    ((), (0,), (1,), (0, 0), (0, 1), (0, 0, 1))
    """

    variables: int
    wanted: Iterable[Monomial]

    def __post_init__(self) -> None:
        object.__setattr__(self, "wanted", tuple(self.wanted))

    @cached_property
    def monomials(self) -> tuple[Monomial, ...]:
        """The monomials by degree: the constant, every variable, and so on."""
        found = {(), *((v,) for v in range(self.variables))}
        found.update(part for monomial in self.wanted for part, _, _ in divisors(monomial))
        return tuple(sorted(found, key=lambda monomial: (len(monomial), monomial)))

    @cached_property
    def position(self) -> dict[Monomial, int]:
        """Where each monomial stands."""
        return {monomial: i for i, monomial in enumerate(self.monomials)}

    @cached_property
    def ladder(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of each monomial: the position without its last variable, and that variable."""
        parents = [self.position[monomial[:-1]] for monomial in self.monomials]
        last = [monomial[-1] if monomial else 0 for monomial in self.monomials]
        return np.array(parents, dtype=np.int64), np.array(last, dtype=np.int64)

    @cached_property
    def shifts(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Positions of C, A and C∖A with the number of ways, of every divisor A of every monomial C."""
        rows = list(self._shifts())
        terms = np.array([row[:3] for row in rows], dtype=np.int64).T
        return np.ascontiguousarray(terms), np.array([row[3] for row in rows], dtype=np.float64)

    def _shifts(self) -> Iterator[tuple[int, int, int, int]]:
        for c, monomial in enumerate(self.monomials):
            for part, rest, ways in divisors(monomial):
                yield c, self.position[part], self.position[rest], ways

    def empty(self) -> PowerSums:
        """No batch yet."""
        return PowerSums(centres=np.empty((0, self.variables)), sums=np.empty((0, len(self.monomials))))

    def summed(self, values: NDArray[np.float64], batch: int) -> PowerSums:
        """The power sums of batches of samples; the last batch also takes what is left over.

        Parameters
        ----------
        values : array (variables, samples)
        batch : int
        """
        from feyn_nn.montecarlo import _power_sums

        count = max(values.shape[1] // batch, 1)
        centres, sums = np.empty((count, self.variables)), np.empty((count, len(self.monomials)))
        _power_sums.power_sums(np.ascontiguousarray(values), batch, *self.ladder, centres, sums)
        return PowerSums(centres=centres, sums=sums)

    def merged(self, batches: PowerSums) -> PowerSums:
        """All batches as one, merged in their order."""
        from feyn_nn.montecarlo import _power_sums

        if len(batches) == 0:
            return batches
        centre, total = np.empty(self.variables), np.empty(len(self.monomials))
        _power_sums.fold(batches.centres, batches.sums, *self.ladder, *self.shifts, centre, total)
        return PowerSums(centres=centre[np.newaxis], sums=total[np.newaxis])

    def central(self, batches: PowerSums) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The mean of every variable, (batches, variables), and the sums about it, (batches, monomials)."""
        from feyn_nn.montecarlo import _power_sums

        central = np.empty_like(batches.sums)
        _power_sums.about_means(batches.sums, self.variables, *self.ladder, *self.shifts, central)
        offsets = batches.sums[:, 1 : 1 + self.variables] / batches.counts[:, np.newaxis]
        return batches.centres + offsets, central
