"""The vertex of a plate as plain data: a polynomial in Gaussian expectations of one neuron.

V_{k,m} = C_W^k n^{1-k} ∂_{q1} … ∂_{qm} κ_k[ω_p1, …, ω_pk] at G = K (docs/theory/vertices.md), ω_αβ = σ_α σ_β. This
module writes the derivative of the cumulant; the factors C_W^k n^{1-k} belong to whoever evaluates it. The
symbolic and the numeric rules both start from here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from math import factorial
from typing import TypeAlias, TypeVar

from feyn_nn._core import Pair, set_partitions
from feyn_nn.rules.expectation import Expectation, Factor

Monomial: TypeAlias = tuple[Expectation, ...]
"""A product of Gaussian expectations, sorted."""

Polynomial: TypeAlias = tuple[tuple[Monomial, Fraction], ...]
"""A sum of monomials with rational coefficients, sorted, no monomial twice."""


T = TypeVar("T")


@lru_cache(maxsize=200_000)
def unit_cumulant(outgoing: tuple[Pair, ...], incoming: tuple[Pair, ...] = ()) -> Polynomial:
    """∂_{q1} … ∂_{qm} κ_k[ω_p1, …, ω_pk], the joint cumulant over one neuron and its metric derivatives.

    κ_k = Σ_π (-1)^{b-1} (b-1)! Π_B ⟨Π_{i∈B} ω_pi⟩ over the set partitions π into b blocks; each derivative acts
    on one of the expectations, with ∂/∂G_γγ = ½ ∂_γ² and ∂/∂G_γδ = ∂_γ ∂_δ inside it. An expectation does not
    depend on inputs that it does not contain.

    Parameters
    ----------
    outgoing : tuple of Pair
        p_1 … p_k.
    incoming : tuple of Pair
        q_1 … q_m.

    Examples
    --------
    >>> for monomial, coefficient in unit_cumulant(((0, 0),), ((0, 0),)):
    ...     print(coefficient, monomial)
    1/2 ((Factor(label=0, power=2, derivatives=2),),)
    """
    return differentiated_cumulant(outgoing, incoming, _expectation, _raised_by)


def differentiated_cumulant(
    outgoing: tuple[Pair, ...],
    incoming: tuple[Pair, ...],
    moment: Callable[[tuple[Pair, ...]], T],
    derivative: Callable[[T, Pair], tuple[Fraction, T] | None],
) -> tuple[tuple[tuple[T, ...], Fraction], ...]:
    """The polynomial of :func:`unit_cumulant` in moments of any kind.

    Parameters
    ----------
    outgoing, incoming : tuple of Pair
    moment : callable
        From p_1 … p_j to what stands for ⟨ω_p1 … ω_pj⟩; such things can be hashed and sorted.
    derivative : callable
        From one of them and q to the factor and the thing that its derivative ∂_q is; None where it does not depend
        on the metric of q.
    """
    terms: defaultdict[tuple[T, ...], Fraction] = defaultdict(Fraction)
    for blocks in set_partitions(outgoing):
        sign = Fraction((-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1))
        for monomial, value in _differentiated(tuple(map(moment, blocks)), incoming, derivative).items():
            terms[monomial] += sign * value
    return tuple(sorted((monomial, value) for monomial, value in terms.items() if value))


def _differentiated(
    moments: tuple[T, ...],
    incoming: tuple[Pair, ...],
    derivative: Callable[[T, Pair], tuple[Fraction, T] | None],
) -> dict[tuple[T, ...], Fraction]:
    """All derivatives of a product by Leibniz, equal monomials taken together after each one."""
    terms: dict[tuple[T, ...], Fraction] = {_sorted(moments): Fraction(1)}
    for pair in incoming:
        following: defaultdict[tuple[T, ...], Fraction] = defaultdict(Fraction)
        for monomial, value in terms.items():
            for i, factor in enumerate(monomial):
                if (found := derivative(factor, pair)) is not None:
                    weight, moved = found
                    following[_sorted((*monomial[:i], moved, *monomial[i + 1 :]))] += weight * value
        terms = following
    return terms


def _sorted(moments: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(sorted(moments))  # type: ignore[type-var]  # plain data, which compares


def _expectation(block: tuple[Pair, ...]) -> Expectation:
    powers = Counter(label for pair in block for label in pair)
    return tuple(Factor(label, power, 0) for label, power in sorted(powers.items()))


def _raised_by(expectation: Expectation, pair: Pair) -> tuple[Fraction, Expectation] | None:
    gamma, delta = pair
    found = raised(expectation, gamma, delta)
    return None if found is None else (Fraction(1, 2) if gamma == delta else Fraction(1), found)


def raised(expectation: Expectation, gamma: int, delta: int) -> Expectation | None:
    """∂_γ ∂_δ inside one expectation; None where it does not depend on both."""
    orders = Counter((gamma, delta))
    if not orders.keys() <= {factor.label for factor in expectation}:
        return None
    return tuple(f._replace(derivatives=f.derivatives + orders[f.label]) for f in expectation)
