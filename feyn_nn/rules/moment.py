"""The vertex of a plate of any units, as a polynomial in metric derivatives of one unit's moments.

A neuron σ(z) turns a metric derivative into derivatives of σ (:mod:`feyn_nn.rules.vertex`). A unit that is only known
by its outputs keeps the derivatives outside: ∂_{q1} … ∂_{qm} ⟨Π_α h_α^{a_α}⟩ is one symbol.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from feyn_nn._core import Pair
from feyn_nn.rules.vertex import differentiated_cumulant

_ONE = Fraction(1)


class Moment(NamedTuple):
    """∂_{q1} … ∂_{qm} ⟨Π_α h_α^{a_α}⟩ over one unit."""

    powers: tuple[tuple[int, int], ...]
    """(α, a_α), labels ascending, each power ≥ 1."""
    derivatives: tuple[Pair, ...] = ()
    """q_1 … q_m, sorted."""


@lru_cache(maxsize=50_000)
def moment_cumulant(
    outgoing: tuple[Pair, ...], incoming: tuple[Pair, ...] = ()
) -> tuple[tuple[tuple[Moment, ...], Fraction], ...]:
    """∂_{q1} … ∂_{qm} κ_k[ω_p1, …, ω_pk] with ω_αβ = h_α h_β, as a polynomial in moments of h.

    Parameters
    ----------
    outgoing : tuple of Pair
        p_1 … p_k.
    incoming : tuple of Pair
        q_1 … q_m.

    Examples
    --------
    >>> for monomial, coefficient in moment_cumulant(((0, 0),), ((0, 0),)):
    ...     print(coefficient, monomial)
    1 (Moment(powers=((0, 2),), derivatives=((0, 0),)),)
    """
    return differentiated_cumulant(outgoing, incoming, _moment, _derivative)


def _moment(block: tuple[Pair, ...]) -> Moment:
    powers = Counter(label for pair in block for label in pair)
    return Moment(tuple(sorted(powers.items())))


def _derivative(moment: Moment, pair: Pair) -> tuple[Fraction, Moment] | None:
    if not set(pair) <= {label for label, _ in moment.powers}:
        return None  # a moment depends on the metric of its own inputs alone
    return _ONE, moment._replace(derivatives=tuple(sorted((*moment.derivatives, pair))))
