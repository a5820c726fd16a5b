"""How many diagrams there are, and whether none is missing."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import comb, factorial, prod
from typing import NamedTuple

from feyn_nn._core import InvalidInput
from feyn_nn.actions import Action, ScalarAction
from feyn_nn.diagrams.generator import generate


class DiagramCount(NamedTuple):
    """The number of diagrams and the sum of their symmetry factors."""

    number: int
    symmetry_sum: Fraction


class DiagramCheck(NamedTuple):
    """The sum of symmetry factors found by generation, beside the exact one."""

    generated: Fraction
    exact: Fraction

    @property
    def agrees(self) -> bool:
        """Whether the two sums are the same rational number."""
        return self.generated == self.exact


def count_diagrams(action: Action, *, legs: int, loops: int) -> DiagramCount:
    """Count the diagrams of :func:`generate` one by one, keeping none.

    Raises
    ------
    InvalidInput
        If `legs` or `loops` is negative or no integer.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> fnn.count_diagrams(fnn.actions.phi4(), legs=2, loops=2)
    DiagramCount(number=3, symmetry_sum=Fraction(2, 3))
    """
    number, total = 0, Fraction(0)
    for diagram in generate(action, legs=legs, loops=loops):
        number += 1
        total += diagram.symmetry_factor
    return DiagramCount(number, total)


def check_diagrams(action: ScalarAction, *, legs: int, loops: int) -> DiagramCheck:
    """Compare Σ 1/|Aut| with the zero-dimensional field theory, an exact rational series.

    Setting every propagator and coupling to one turns the sum over connected diagrams into a coefficient of
    log ∫dx/√2π exp(-x²/2 + Σ_k x^k/k! + jx).

    Raises
    ------
    InvalidInput
        If the action is directed, since its diagrams have no such integral; or if `legs` or `loops` is negative
        or no integer.
    """
    if not isinstance(action, ScalarAction):
        raise InvalidInput(
            f"check_diagrams compares with a zero-dimensional integral, which {action.name} does not have; "
            "give a scalar theory such as feyn_nn.actions.phi4()"
        )
    generated = count_diagrams(action, legs=legs, loops=loops).symmetry_sum
    return DiagramCheck(generated, _connected_series(action.valences, legs, 2 * (loops - 1) + legs))


def _connected_series(valences: tuple[int, ...], legs: int, weight: int) -> Fraction:
    """Coefficient of j^legs/legs! t^weight in log Z, where g_k = t^(k-2).

    From Z = exp W: Z[p, w] = Σ C(p-1, q-1) W[q, u] Z[p-q, w-u] for p ≥ 1; for p = 0 the same recursion is
    written in t: w Z[0, w] = Σ u W[0, u] Z[0, w-u].
    """
    if weight < 0:
        return Fraction(0)
    z = {(p, w): _moment_sum(valences, p, w) for p in range(legs + 1) for w in range(weight + 1)}
    connected: dict[tuple[int, int], Fraction] = {}
    for p in range(legs + 1):
        for w in range(weight + 1):
            rest = Fraction(0)
            for q in range(p + 1):
                for u in range(w + 1):
                    if (q, u) != (p, w) and (q, u) in connected:
                        share = (
                            Fraction(comb(p - 1, q - 1))
                            if p and q
                            else Fraction(u, w)
                            if not p
                            else Fraction(0)
                        )
                        rest += share * connected[q, u] * z[p - q, w - u]
            connected[p, w] = z[p, w] - rest if (p, w) != (0, 0) else Fraction(0)
    return connected[legs, weight]


def _moment_sum(valences: tuple[int, ...], legs: int, weight: int) -> Fraction:
    """⟨x^legs Π_k (x^k/k!)^{n_k}/n_k!⟩ over a unit Gaussian, summed over Σ(k-2) n_k = weight."""
    total = Fraction(0)
    for counts in _multiplicities(valences, weight):
        power = legs + sum(k * n for k, n in zip(valences, counts, strict=True))
        if power % 2 == 0:
            moment = factorial(power) // (2 ** (power // 2) * factorial(power // 2))
            weights = prod(factorial(k) ** n * factorial(n) for k, n in zip(valences, counts, strict=True))
            total += Fraction(moment, weights)
    return total


def _multiplicities(valences: tuple[int, ...], weight: int) -> Iterator[tuple[int, ...]]:
    if not valences:
        if weight == 0:
            yield ()
        return
    for n in range(weight // (valences[0] - 2) + 1):
        for rest in _multiplicities(valences[1:], weight - n * (valences[0] - 2)):
            yield (n, *rest)
