"""Sums of z^k exp(λz): polynomials, exp, sin, cos, sinh, cosh and their products.

A Gaussian mean of such terms is the characteristic function times a moment about a shifted mean,
⟨Π z^k exp(λ·z)⟩ = exp(½ λKλ) ⟨Π z^k⟩ over N(Kλ, K), and moments are Isserlis' sums over pairings. That holds for any
number of inputs, and derivatives and powers of such a σ are again such sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache, partial
from itertools import product
from typing import NamedTuple, TypeAlias

import sympy

from feyn_nn.networks import Activation
from feyn_nn.rules.closed_forms.formula import Z, formula
from feyn_nn.rules.expectation import Expectation

Metric: TypeAlias = Callable[[int, int], sympy.Expr]


class Term(NamedTuple):
    """z^power exp(rate z)."""

    rate: sympy.Expr
    power: int


Sum: TypeAlias = tuple[tuple[Term, sympy.Expr], ...]
"""Terms with their coefficients, each term once."""


def exponential_polynomial_form(activation: Activation) -> Callable[[Expectation, Metric], sympy.Expr] | None:
    """What writes expectations of σ, if σ is a sum of z^k exp(λz); else None."""
    sigma = formula(activation)
    terms = None if sigma is None else _as_sum(sigma)
    return None if terms is None else partial(_expectation, terms)


def _as_sum(sigma: sympy.Expr) -> Sum | None:
    found: defaultdict[Term, sympy.Expr] = defaultdict(lambda: sympy.Integer(0))
    for part in sympy.Add.make_args(sympy.expand(sigma.rewrite(sympy.exp))):
        coefficient, rest = part.as_independent(Z, as_Add=False)
        rate, power = sympy.Integer(0), 0
        for factor in sympy.Mul.make_args(rest):
            degree = sympy.degree(factor, Z) if factor.is_polynomial(Z) else 0
            if isinstance(factor, sympy.exp) and not sympy.diff(factor.exp, Z).has(Z):
                rate += sympy.diff(factor.exp, Z)
                coefficient *= sympy.exp(factor.exp.subs(Z, 0))
            elif factor == Z**degree:
                power += int(degree)
            else:
                return None
        found[Term(rate, power)] += coefficient
    return tuple(found.items())


def _expectation(sigma: Sum, expectation: Expectation, metric: Metric) -> sympy.Expr:
    labels = [factor.label for factor in expectation]
    total: defaultdict[sympy.Expr, sympy.Expr] = defaultdict(lambda: sympy.Integer(0))
    for chosen in product(*(_power_derivative(sigma, *factor[1:]) for factor in expectation)):
        rates = [term.rate for (term, _) in chosen]
        means = [sympy.Add(*(metric(a, b) * r for b, r in zip(labels, rates, strict=True))) for a in labels]
        exponent = sympy.Add(*(m * r for m, r in zip(means, rates, strict=True))) / 2
        where = tuple(i for i, (term, _) in enumerate(chosen) for _ in range(term.power))
        moment = _moment(where, means, lambda i, j: metric(labels[i], labels[j]))
        total[sympy.expand(exponent)] += sympy.Mul(*(c for _, c in chosen)) * moment
    return sympy.Add(*(sympy.expand(value) * sympy.exp(e) for e, value in total.items()))


@lru_cache(maxsize=512)
def _power_derivative(sigma: Sum, power: int, derivatives: int) -> Sum:
    """∂^derivatives [σ^power]."""
    if derivatives == 0:
        return _product(sigma, _power_derivative(sigma, power - 1, 0)) if power > 1 else sigma
    found: defaultdict[Term, sympy.Expr] = defaultdict(lambda: sympy.Integer(0))
    for term, coefficient in _power_derivative(sigma, power, derivatives - 1):
        found[term] += term.rate * coefficient
        if term.power:
            found[Term(term.rate, term.power - 1)] += term.power * coefficient
    return tuple((term, value) for term, value in found.items() if value != 0)


def _product(first: Sum, second: Sum) -> Sum:
    found: defaultdict[Term, sympy.Expr] = defaultdict(lambda: sympy.Integer(0))
    for (s, a), (t, b) in product(first, second):
        found[Term(s.rate + t.rate, s.power + t.power)] += sympy.expand(a * b)
    return tuple((term, value) for term, value in found.items() if value != 0)


def _moment(where: tuple[int, ...], means: list[sympy.Expr], covariance: Metric) -> sympy.Expr:
    """⟨z_i z_j …⟩ of a Gaussian with means, by pairing the first with the mean or with each of the others."""
    known: dict[tuple[int, ...], sympy.Expr] = {(): sympy.Integer(1)}

    def value(rest: tuple[int, ...]) -> sympy.Expr:
        if rest not in known:
            first, others = rest[0], rest[1:]
            total = means[first] * value(others)
            for place in sorted(set(others)):
                at = others.index(place)
                left = (*others[:at], *others[at + 1 :])
                total += others.count(place) * covariance(first, place) * value(left)
            known[rest] = sympy.expand(total)
        return known[rest]

    return value(where)
