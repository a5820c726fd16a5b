"""Diagrams of attention at small coupling as sympy expressions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sympy

from feyn_nn.rules.coupling_terms import CouplingTerm
from feyn_nn.rules.head_algebra import SIZE_SYMBOLS


def coupling_expression(
    terms: Iterable[tuple[int, CouplingTerm]], *, metrics: int, single: bool
) -> sympy.Expr:
    """Σ of all terms, in the coupling beta and C_O, N_h, d_v, d_k, T and the token metrics.

    Parameters
    ----------
    terms : iterable of (multiplicity, CouplingTerm)
    metrics : int
        k, the power of C_O.
    single : bool
        Whether all rows read the same tokens, so that those need no name.
    """
    total = sympy.Integer(0)
    for count, term in terms:
        total += count * _term(term, single)
    return sympy.Symbol("C_O", positive=True) ** metrics * total


def _term(term: CouplingTerm, single: bool) -> sympy.Expr:
    value = sympy.Rational(term.weight.numerator, term.weight.denominator)
    value *= sympy.Symbol("beta") ** term.coupling
    for name, power in term.powers.items():
        value *= sympy.Symbol(SIZE_SYMBOLS[name], positive=True) ** -power
    Q = sympy.IndexedBase("Sigma_Q", symmetric=True)
    for a, b in term.queries:
        value *= Q[_row(a), _row(b)]
    return value * _mean(term, single)


def _mean(term: CouplingTerm, single: bool) -> sympy.Expr:
    """The lines between tokens, summed over all indices and divided by the numbers of tokens."""
    indices = [sympy.Symbol(f"j_{i + 1}", integer=True) for i in range(len(term.sets))]
    inside: sympy.Expr = sympy.Integer(1)
    for symbol, lines in (("K", term.keys), ("Sigma_V", term.values)):
        for i, j in lines:
            base = sympy.IndexedBase(symbol if single else f"{symbol}_{_set(term, i)}_{_set(term, j)}")
            inside *= base[indices[i], indices[j]]
    sizes = [_count(own, single) for own in term.sets]
    limits = [(index, 1, size) for index, size in zip(indices, sizes, strict=True)]
    return sympy.Sum(inside, *limits) / sympy.prod(sizes)


def _count(own: Any, single: bool) -> sympy.Expr:
    name = "T" if single else f"T_{own[0]}.{own[1]}"
    return sympy.Symbol(name, integer=True, positive=True)


def _set(term: CouplingTerm, index: int) -> str:
    own = term.sets[index]
    return f"{own[0]}.{own[1]}"


def _row(label: Any) -> sympy.Expr:
    return sympy.Symbol(f"t_{label[0]}.{label[1]}", integer=True)
