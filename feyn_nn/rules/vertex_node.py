"""The vertex V_{k,m} of the causal action as a symbol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from feyn_nn.actions import VertexKind
from feyn_nn.rules.gaussian_expectation import GaussianExpectation
from feyn_nn.rules.kernel_node import Kernel
from feyn_nn.rules.nodes import RuleNode, powered, same
from feyn_nn.rules.pair_numbers import numbered_pair, pair_text
from feyn_nn.rules.parameters import WeightVariance, Width
from feyn_nn.rules.vertex import unit_cumulant


class Vertex(RuleNode):
    """V_{k,m} = C_W^k n_ℓ^{1-k} ∂_{q1} … ∂_{qm} κ_k[ω_p1, …, ω_pk] at K^ℓ, C_W of weight layer ℓ + 1.

    Arguments are ℓ, (p1, …, pk) and (q1, …, qm), numbers of pairs or symbols; their order does not matter.
    It prints as what it is, with ⟨A; B⟩ the joint cumulant of A and B over one neuron.

    Examples
    --------
    >>> Vertex(1, (0, 2)), Vertex(1, (0, 2)).doit()
    (C_W[2]^2/n[1] ⟨σ0σ0; σ1σ1⟩[1], (-⟨σ0^2⟩[1]*⟨σ1^2⟩[1] + ⟨σ0^2 σ1^2⟩[1])*C_W[2]**2/n[1])
    """

    def __new__(
        cls, layer: Any, outgoing: Sequence[Any], incoming: Sequence[Any] = (), **options: Any
    ) -> Vertex:
        """Bring the pairs into order: V is symmetric in those that go out, and in those that come in."""
        sides = (
            sympy.Tuple(*sorted(map(sympy.sympify, side), key=sympy.default_sort_key))
            for side in (outgoing, incoming)
        )
        made: Vertex = super().__new__(cls, layer, *sides, **options)
        return made

    @property
    def kind(self) -> VertexKind:
        """The numbers of outgoing and incoming lines."""
        return VertexKind(len(self.args[1]), len(self.args[2]))

    @property
    def prefactor(self) -> sympy.Expr:
        """C_W^k n_ℓ^{1-k}."""
        k = self.kind.outgoing
        return WeightVariance(self.layer + 1) ** k * Width(self.layer) ** (1 - k)

    def doit(self, **_: Any) -> sympy.Expr:
        """The vertex in Gaussian expectations.

        Incoming pairs that are symbols become derivatives ∂/∂K_q that wait for a number; the vertex stays as it is
        while an outgoing one is a symbol.
        """
        layer, outgoing, incoming = self.args
        if not all(pair.is_Integer for pair in outgoing):
            return self
        known = [pair for pair in incoming if pair.is_Integer]
        waiting = [Kernel(layer, pair) for pair in incoming if not pair.is_Integer]
        cumulant = _cumulant(layer, outgoing, known)
        if waiting:
            cumulant = sympy.Derivative(cumulant, *waiting, evaluate=False)
        return self.prefactor * cumulant

    def _eval_derivative(self, s: Any) -> sympy.Expr:
        layer, outgoing, incoming = self.args
        if isinstance(s, Kernel):
            return same([layer], [s.layer]) * Vertex(layer, outgoing, (*incoming, s.args[1]))
        if isinstance(s, (WeightVariance, Width)):
            return self * self.prefactor.diff(s) / self.prefactor
        return super()._eval_derivative(s)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        layer, outgoing, incoming = self.args
        means = " ; ".join(
            _product(pair, (r"\sigma_{{{}}}", " "), r"\omega_{{{}}}", printer) for pair in outgoing
        )
        derivatives = "".join(rf"\partial_{{{pair_text(pair, printer)}}} " for pair in incoming)
        mean = rf"\left\langle {means} \right\rangle_{{K^{{({printer.doprint(layer)})}}}}"
        return powered(rf"{printer.doprint(self.prefactor)} \, {derivatives}{mean}", exp)

    def _sympystr(self, printer: Any) -> str:
        layer, outgoing, incoming = self.args
        means = "; ".join(_product(pair, ("σ{}", ""), "ω{}", printer) for pair in outgoing)
        derivatives = "".join(f"∂_{pair_text(pair, printer)} " for pair in incoming)
        prefactor = printer.doprint(self.prefactor).replace("**", "^")
        return f"{prefactor} {derivatives}⟨{means}⟩[{printer.doprint(layer)}]"


def _cumulant(layer: Any, outgoing: Sequence[Any], incoming: Sequence[Any]) -> sympy.Expr:
    out, into = (tuple(sorted(numbered_pair(int(pair)) for pair in side)) for side in (outgoing, incoming))
    terms = []
    for monomial, coefficient in unit_cumulant(out, into):
        weight = sympy.Rational(coefficient.numerator, coefficient.denominator)
        terms.append(weight * sympy.Mul(*(GaussianExpectation.of(layer, e) for e in monomial)))
    return sympy.Add(*terms)


def _product(pair: Any, factors: tuple[str, str], unknown: str, printer: Any) -> str:
    """σ_α σ_β where the pair is known, else ω with its symbol."""
    if not pair.is_Integer:
        return unknown.format(printer.doprint(pair))
    factor, between = factors
    return between.join(factor.format(label) for label in numbered_pair(int(pair)))
