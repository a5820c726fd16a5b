"""Correlators of attention as power series in its coupling, with exact rational weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.networks import MultiHeadAttention, Tokens
from feyn_nn.networks.attention import checked_coupling
from feyn_nn.networks.checks import integer
from feyn_nn.rules.coupling_terms import CouplingTerm, count_contractions, coupling_terms
from feyn_nn.theory.attention.evaluation import check_sizes
from feyn_nn.theory.attention.labels import check_tokens

if TYPE_CHECKING:
    import sympy

Array: TypeAlias = NDArray[np.float64]
Label: TypeAlias = tuple[int, int]
Component: TypeAlias = tuple[tuple[Label, Label], ...]

HIGHEST_ORDER = 6
MOST_CONTRACTIONS = 1_000_000  # half a minute


@dataclass(frozen=True, kw_only=True)
class CouplingSeries:
    """A correlator as Σ_n β^n, each order a sum of diagrams with query, key and value lines.

    Made by ``metric_cumulant(…).expand_coupling(order)`` and ``correlator(…).expand_coupling(order)``. A mean is
    E[Ĝ] itself, its order zero included; odd orders vanish, because scores are odd in the queries.

    Parameters
    ----------
    network : MultiHeadAttention
    name : str
    components : tuple of (int, component)
        The metric cumulants that add up to it, each a tuple of pairs of labels, with multiplicities.
    order : int
        The highest power of β.
    """

    network: MultiHeadAttention
    name: str
    components: tuple[tuple[int, Component], ...]
    order: int

    @cached_property
    def terms(self) -> tuple[tuple[int, CouplingTerm], ...]:
        """Every diagram with the multiplicity of its component; output_variance^k stands before all."""
        return tuple(
            (count, term)
            for count, component in self.components
            for term in coupling_terms(component, self.order, self._tokens_of)
        )

    def coefficients(self, tokens: Tokens) -> dict[tuple[int, Powers], float]:
        """The coefficient of each (power of β, powers of 1/heads, 1/value_dim and 1/key_dim) on these tokens.

        Raises
        ------
        InvalidInput
            If a label is out of range, or the mask does not suit the tokens.
        """
        check_tokens(tokens)
        for _, component in self.components:
            tokens.labelled([list(pair) for pair in component])  # refuses labels that there are not
        metrics = _Metrics(self.network, tokens, self._tokens_of)
        found: dict[tuple[int, Powers], float] = {}
        for count, term in self.terms:
            value = count * float(term.weight) * metrics.value(term) * self._scale
            key = (term.coupling, term.powers)
            found[key] = found.get(key, 0.0) + value
        return found

    def at(self, tokens: Tokens, *, coupling: float | None = None, **sizes: float) -> float:
        """The truncated series on these tokens, at the network's coupling and sizes or at those given.

        Raises
        ------
        InvalidInput
            As :meth:`coefficients` does, if a size is not known or not > 0, or the coupling is no number or infinite.
        """
        beta = checked_coupling(self.network.coupling if coupling is None else coupling)
        if not isfinite(beta):
            raise InvalidInput(
                "a power series has no value at an infinite coupling; give at(tokens, coupling=0.2)"
            )
        check_sizes(sizes, self.network.sizes)
        chosen: Mapping[str, float] = {**self.network.sizes, **sizes}
        return sum(
            value * beta**n * prod(float(chosen[name]) ** -power for name, power in powers.items())
            for (n, powers), value in self.coefficients(tokens).items()
        )

    @cached_property
    def expression(self) -> sympy.Expr:
        """The series as a sympy expression.

        β, C_O, N_h, d_v, d_k and T are symbols; Sigma_Q, Sigma_V and K, the covariance of the keys centred over the
        tokens, are indexed: Sigma_Q by rows, the others by tokens, which are summed over. Where rows read different
        tokens, T, Sigma_V and K name the rows whose tokens each index runs over.
        """
        from feyn_nn.rules.coupling_algebra import coupling_expression

        k = len(self.components[0][1]) if self.components else 0
        return coupling_expression(self.terms, metrics=k, single=len(self._sets) < 2)

    def latex(self) -> str:
        """The expression in LaTeX."""
        import sympy

        return str(sympy.latex(self.expression))

    @property
    def _scale(self) -> float:
        return self.network.output_variance ** len(self.components[0][1])

    @property
    def _sets(self) -> set[Any]:
        return {own for _, term in self.terms for own in term.sets}

    @property
    def _tokens_of(self) -> Callable[[Label], Label]:
        """Rows that read the same tokens: all of one input, or with a mask each row for itself."""
        masked = self.network.causal_mask or self.network.mask is not None
        return (lambda row: row) if masked else (lambda row: (row[0], 0))

    def __repr__(self) -> str:
        return f"{self.name} through β^{self.order}: {len(self.terms)} diagrams"

    def _repr_latex_(self) -> str | None:
        return f"$\\displaystyle {self.latex()}$" if len(self.terms) <= 40 else None


class _Metrics:
    """Σ_Q, centred Σ_K and Σ_V of some tokens, and the value of diagrams made of them."""

    def __init__(
        self, network: MultiHeadAttention, tokens: Tokens, tokens_of: Callable[[Label], Label]
    ) -> None:
        self._tokens, self._visible = tokens, network.visible(tokens.n_tokens)
        self._all_seen = tokens_of((0, 1)) == (0, 0)
        self._Q, self._K = network.query_metric(tokens), network.key_metric(tokens)
        self._V = network.value_metric(tokens)
        self._known: dict[Any, float] = {}

    def value(self, term: CouplingTerm) -> float:
        """Everything but the weight."""
        graph = (term.keys, term.values, term.sets)
        if graph not in self._known:
            self._known[graph] = self._mean(term)
        lines = prod(float(self._Q[self._row(a), self._row(b)]) for a, b in term.queries)
        return lines * self._known[graph]

    def _mean(self, term: CouplingTerm) -> float:
        """⟨Π Σ̄_K Π Σ_V⟩, every index averaged over its tokens."""
        operands: list[Any] = []
        for metric, lines in ((self._centred, term.keys), (self._between, term.values)):
            for i, j in lines:
                operands += [metric(term.sets[i], term.sets[j]), [i, j]]
        for i, own in enumerate(term.sets):
            operands += [np.full(len(self._rows(own)), 1 / len(self._rows(own))), [i]]
        return float(np.einsum(*operands, [], optimize="greedy"))

    def _row(self, label: Label) -> int:
        return int(self._tokens.label(*label))

    def _rows(self, own: Label) -> NDArray[np.int64]:
        seen = slice(None) if self._all_seen else self._visible[own[1]]
        return own[0] * self._tokens.n_tokens + np.arange(self._tokens.n_tokens)[seen]

    def _between(self, a: Label, b: Label) -> Array:
        block: Array = self._V[np.ix_(self._rows(a), self._rows(b))]
        return block

    def _centred(self, a: Label, b: Label) -> Array:
        block = self._K[np.ix_(self._rows(a), self._rows(b))]
        block = block - block.mean(axis=0)
        return np.asarray(block - block.mean(axis=1, keepdims=True))


def checked_order(order: Any, metrics: int) -> int:
    """An order in the coupling that can be computed in reasonable time for so many metrics.

    Raises
    ------
    InvalidInput
        If it is not between 0 and 6, or has too many contractions.
    """
    largest = HIGHEST_ORDER
    while largest and count_contractions(metrics, largest) > MOST_CONTRACTIONS:
        largest -= 2
    return integer("order", order, least=0, largest=largest)
