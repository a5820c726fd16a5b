"""The softmax as a power series in the coupling: exact rational weights of monomials in the scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from math import factorial, prod
from typing import NamedTuple


class SoftmaxTerm(NamedTuple):
    """weight · s_j^own · Π_l ⟨s^l⟩, ⟨…⟩ the mean over the tokens that a row reads.

    Parameters
    ----------
    weight : Fraction
    own : int
        Scores at the token j itself.
    means : tuple of int
        For each mean, how many scores are in it; all >= 2, as centred scores have mean zero.
    """

    weight: Fraction
    own: int
    means: tuple[int, ...]

    @property
    def order(self) -> int:
        """The power of the coupling."""
        return self.own + sum(self.means)


@cache
def softmax_terms(order: int) -> tuple[SoftmaxTerm, ...]:
    """The terms of β^order in T A_j = e^{βs_j} / ⟨e^{βs}⟩, for scores centred over the tokens.

    The series of the exponential meets that of the inverse, Σ_r (-1)^r (Σ_{l>=2} β^l ⟨s^l⟩/l!)^r.

    Examples
    --------
    >>> softmax_terms(2)
    (SoftmaxTerm(weight=Fraction(-1, 2), own=0, means=(2,)), SoftmaxTerm(weight=Fraction(1, 2), own=2, means=()))
    """
    found: Counter[tuple[int, tuple[int, ...]]] = Counter()
    for own in range(order + 1):
        for means in _partitions(order - own, 2):
            r = len(means)
            ways = factorial(r) // prod(factorial(count) for count in Counter(means).values())
            weight = Fraction((-1) ** r * ways, factorial(own) * prod(factorial(size) for size in means))
            found[own, means] += weight  # type: ignore[assignment]  # Fractions add up in a Counter
    return tuple(
        SoftmaxTerm(Fraction(weight), own, means) for (own, means), weight in sorted(found.items()) if weight
    )


def _partitions(total: int, least: int) -> Iterator[tuple[int, ...]]:
    """Partitions of a number into ascending parts >= least."""
    if total == 0:
        yield ()
    for part in range(least, total + 1):
        for rest in _partitions(total - part, part):
            yield (part, *rest)
