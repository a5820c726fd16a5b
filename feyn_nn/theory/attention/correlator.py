"""Connected correlators of the field behind attention, assembled from metric cumulants by pairings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from feyn_nn._core import InvalidInput, Powers, pairings
from feyn_nn._core.text import subscript
from feyn_nn.diagrams.head_diagram import head_diagrams
from feyn_nn.networks import MultiHeadAttention, Tokens
from feyn_nn.networks.checks import integer
from feyn_nn.theory.attention.cumulant import MOST_LOOPS, AttentionCumulant, powers_through
from feyn_nn.theory.attention.evaluation import AttentionEvaluation
from feyn_nn.theory.attention.kernel import attention_kernel_entry
from feyn_nn.theory.attention.labels import Leg, check_tokens, token_legs
from feyn_nn.theory.gallery import HeadDiagrams

if TYPE_CHECKING:
    from feyn_nn.theory.attention.coupling import CouplingSeries


@dataclass(frozen=True, kw_only=True)
class AttentionCorrelator:
    """κ(z_i1α1, …, z_i2kα2k) = Σ_pairings Π δ_ii' κ_k(Ĝ_p1, …, Ĝ_pk): given Ĝ, output neurons are independent.

    Made by :func:`feyn_nn.correlator`. With all legs on one neuron it is the field of a single read-out.

    Parameters
    ----------
    network : MultiHeadAttention
    legs : tuple of (neuron, (input, token))
    loops : int
        The highest power of 1/key_dim, at most 2.
    """

    network: MultiHeadAttention
    legs: tuple[Leg, ...]
    loops: int

    @property
    def name(self) -> str:
        """How it is printed, neuron before token: ``κ₂(z₀,₀.₁, z₀,₀.₂)``."""
        parts = ", ".join("z" + subscript(f"{neuron},{i}.{t}") for neuron, (i, t) in self.legs)
        return f"κ{subscript(len(self.legs))}({parts})"

    @cached_property
    def terms(self) -> tuple[tuple[int, AttentionCumulant], ...]:
        """The metric cumulants that add up to it, each with the number of pairings that give it."""
        found = Counter(
            tuple(sorted(tuple(sorted((a[1], b[1]))) for a, b in pairing))
            for pairing in pairings(self.legs)
            if all(a[0] == b[0] for a, b in pairing)
        )
        return tuple(
            (count, AttentionCumulant(network=self.network, rank=len(pairs), pairs=pairs, loops=self.loops))
            for pairs, count in found.items()
        )

    @property
    def diagrams(self) -> HeadDiagrams:
        """The diagrams of κ_k(Ĝ), the same for each pairing of the 2k legs; none where no pairing fits."""
        return HeadDiagrams(head_diagrams(len(self.legs) // 2, self.loops) if self.terms else ())

    def evaluate(self, tokens: Tokens, **precision: Any) -> AttentionEvaluation:
        """Evaluate each coefficient on these tokens; a two-point function includes K at power zero.

        Parameters
        ----------
        tokens : Tokens
        **precision
            As in :meth:`AttentionCumulant.evaluate`.

        Raises
        ------
        InvalidInput
            As :meth:`AttentionCumulant.evaluate` does.
        """
        check_tokens(tokens)
        tokens.labelled(list(self.legs))  # refuses labels that there are not
        rank = max(len(self.legs) // 2, 1)
        parts = [(count, term.evaluate(tokens, **precision)) for count, term in self.terms]
        powers = list(parts[0][1].coefficients) if parts else powers_through(rank, self.loops)
        coefficients = {p: sum((n * part.coefficients[p] for n, part in parts), start=0.0) for p in powers}
        errors = {p: sum((n * part.errors[p] for n, part in parts), start=0.0) for p in powers}
        total = sum((n * part.total_error for n, part in parts), start=0.0)
        if len(self.legs) == 2 and parts:
            K, error = attention_kernel_entry(self.network, tokens, self.terms[0][1].pairs[0])
            coefficients[Powers()] += K
            errors[Powers()] = float(np.hypot(errors[Powers()], error))
            total = float(np.hypot(total, error))
        return AttentionEvaluation(
            name=self.name,
            coefficients=coefficients,
            errors=errors,
            sizes=self.network.sizes,
            exact_key_dim=bool(parts) and parts[0][1].exact_key_dim,
            total_error=total,
        )

    def expand_coupling(self, order: int) -> CouplingSeries:
        """The correlator as a power series in the coupling through β^order; see :class:`CouplingSeries`.

        Raises
        ------
        InvalidInput
            If no pairing of the legs fits, or the order is not between 0 and 6, or 4 for six and eight legs.
        """
        from feyn_nn.theory.attention.coupling import CouplingSeries, checked_order

        if not self.terms:
            raise InvalidInput("no pairing of equal neurons fits these legs: the correlator is zero")
        components = tuple((count, term.pairs) for count, term in self.terms)
        return CouplingSeries(
            network=self.network,
            name=self.name,
            components=components,
            order=checked_order(order, len(self.legs) // 2),
        )

    def __repr__(self) -> str:
        return f"{self.name} through 1/key_dim^{self.loops} of {self.network!r}"


def attention_correlator(network: MultiHeadAttention, *, legs: Any, loops: int) -> AttentionCorrelator:
    """Prepare a connected correlator of the field behind attention; see :func:`feyn_nn.correlator`.

    Raises
    ------
    InvalidInput
        If a leg is not (neuron, (input, token)), or `loops` is not 0, 1 or 2.
    """
    order = integer("loops", loops, least=0, largest=MOST_LOOPS)
    return AttentionCorrelator(network=network, legs=token_legs(legs), loops=order)
