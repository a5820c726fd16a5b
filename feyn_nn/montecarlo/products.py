"""Sums of products of power sums: the algebra that k-statistics and influence functions share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import set_partitions
from feyn_nn.montecarlo.monomials import Monomial, MonomialBasis

_LARGEST = 1 << 20  # factors held at once, 8 MiB


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
def partitions_without_singletons(monomial: Monomial) -> tuple[tuple[tuple[Monomial, ...], int], ...]:
    """Partitions without singletons of a monomial, as products of monomials with their multiplicities."""
    found = Counter(
        tuple(sorted(tuple(monomial[i] for i in block) for block in partition))
        for partition in set_partitions(range(len(monomial)))
        if min(map(len, partition), default=2) > 1
    )
    return tuple(sorted(found.items()))


@dataclass(frozen=True, kw_only=True, eq=False)
class Products:
    """Many sums of terms weight · Π S_B, those with equally many factors kept together.

    Parameters
    ----------
    owner : list of arrays (terms,)
        To which sum each term belongs, ascending.
    factors : list of arrays (terms, factors)
        The positions of its power sums.
    weights : list of arrays (terms,)
        What it is multiplied by.
    sizes : list of lists of tuple
        The degrees of the factors.
    """

    owner: list[NDArray[np.intp]]
    factors: list[NDArray[np.intp]]
    weights: list[NDArray[np.float64]]
    sizes: list[list[tuple[int, ...]]]

    @classmethod
    def of(cls, terms: Iterable[tuple[int, tuple[Monomial, ...], int]], basis: MonomialBasis) -> Products:
        """Terms (owner, product of monomials, weight)."""
        grouped: dict[int, list[tuple[int, tuple[Monomial, ...], int]]] = {}
        for term in sorted(terms, key=lambda term: term[0]):
            grouped.setdefault(len(term[1]), []).append(term)
        return cls(
            owner=[np.array([own for own, _, _ in rows], dtype=np.intp) for rows in grouped.values()],
            factors=[
                np.array([[basis.position[m] for m in found] for _, found, _ in rows], dtype=np.intp).reshape(
                    len(rows), length
                )
                for length, rows in grouped.items()
            ],
            weights=[np.array([float(weight) for _, _, weight in rows]) for rows in grouped.values()],
            sizes=[[tuple(map(len, found)) for _, found, _ in rows] for rows in grouped.values()],
        )

    def times_coefficients(self, n_samples: int) -> Products:
        """The same terms, their weights times the coefficients c_σ of k-statistics of so many samples."""
        coefficients = [np.array([_coefficient(own, n_samples) for own in sizes]) for sizes in self.sizes]
        weights = [own * c for own, c in zip(self.weights, coefficients, strict=True)]
        return replace(self, weights=weights)

    def summed(self, sums: NDArray[np.float64], owners: int) -> NDArray[np.float64]:
        """Σ weight · Π S for each of some batches, (batches, owners).

        Parameters
        ----------
        sums : array (batches, monomials)
        owners : int
        """
        total = np.zeros((len(sums), owners))
        for owner, factors, weights in zip(self.owner, self.factors, self.weights, strict=True):
            step = max(_LARGEST // max(factors.size, 1), 1)
            own, first = np.unique(owner, return_index=True)
            for start in range(0, len(sums), step):
                part = slice(start, start + step)
                terms = weights * sums[part][:, factors].prod(axis=2)
                total[part, own] += np.add.reduceat(terms, first, axis=1)
        return total
