"""⟨σ_α^{(m)} σ_β …⟩_{K^ℓ}, a Gaussian expectation of one neuron, as a symbol that differentiates."""

from __future__ import annotations

from typing import Any

import sympy

from feyn_nn.rules.expectation import Expectation, Factor
from feyn_nn.rules.kernel_node import Kernel
from feyn_nn.rules.nodes import RuleNode, powered, same
from feyn_nn.rules.pair_numbers import numbered_pair
from feyn_nn.rules.vertex import raised

_PRIMES_UP_TO = 3


class GaussianExpectation(RuleNode):
    """⟨Π_α ∂^{j_α}[σ_α^{a_α}]⟩ over N(0, K^ℓ): arguments are ℓ, then a tuple (α, a, j) for each input.

    With respect to the metric it differentiates as the density does, which obeys the heat equation:
    ∂/∂K_αα = ½ ∂_α² and, for α ≠ β, ∂/∂K_αβ = ∂_α ∂_β inside the expectation.

    Examples
    --------
    >>> import sympy
    >>> mean = GaussianExpectation(1, sympy.Tuple(0, 2, 0))
    >>> mean, mean.diff(Kernel(1, 0))
    (⟨σ0^2⟩[1], ⟨(σ0^2)''⟩[1]/2)
    """

    @property
    def factors(self) -> Expectation:
        """The expectation as plain data."""
        return tuple(Factor(*map(int, factor)) for factor in self.args[1:])

    @classmethod
    def of(cls, layer: Any, expectation: Expectation) -> GaussianExpectation:
        """The expectation that plain data state, at a layer."""
        return cls(layer, *(sympy.Tuple(*factor) for factor in expectation))

    def _eval_derivative(self, s: Any) -> sympy.Expr:
        if not isinstance(s, Kernel):
            return super()._eval_derivative(s)
        layer, pair = s.args
        here = same([self.layer], [layer])
        if here == 0:
            return here
        if not pair.is_Integer:
            return here * sympy.Derivative(self, Kernel(self.layer, pair), evaluate=False)
        gamma, delta = numbered_pair(int(pair))
        found = raised(self.factors, gamma, delta)
        if found is None:
            return sympy.Integer(0)
        weight = sympy.Rational(1, 2) if gamma == delta else sympy.Integer(1)
        return here * weight * GaussianExpectation.of(self.layer, found)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = r" \, ".join(map(_factor_latex, self.factors)) or "1"
        return powered(rf"\left\langle {text} \right\rangle_{{K^{{({printer.doprint(self.layer)})}}}}", exp)

    def _sympystr(self, printer: Any) -> str:
        text = " ".join(map(_factor_text, self.factors)) or "1"
        return f"⟨{text}⟩[{printer.doprint(self.layer)}]"


def _primes(derivatives: int) -> str:
    return "'" * derivatives if derivatives <= _PRIMES_UP_TO else f"^{{({derivatives})}}"


def _factor_latex(factor: Factor) -> str:
    if factor.power == 1:
        return rf"\sigma{_primes(factor.derivatives)}_{{{factor.label}}}"
    body = rf"\sigma_{{{factor.label}}}^{{{factor.power}}}"
    return rf"\left({body}\right){_primes(factor.derivatives)}" if factor.derivatives else body


def _factor_text(factor: Factor) -> str:
    primes = _primes(factor.derivatives).replace("{", "").replace("}", "")
    if factor.power == 1:
        return f"σ{primes}{factor.label}"
    body = f"σ{factor.label}^{factor.power}"
    return f"({body}){primes}" if primes else body
