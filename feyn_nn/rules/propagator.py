"""The propagator J^{b-1} … J^a as a symbol."""

from __future__ import annotations

from typing import Any

import sympy

from feyn_nn.rules.kernel_node import Kernel
from feyn_nn.rules.nodes import RuleNode, powered
from feyn_nn.rules.pair_numbers import pair_text
from feyn_nn.rules.pair_sum import over_pairs
from feyn_nn.rules.parameters import WeightVariance
from feyn_nn.rules.vertex_node import Vertex


class Propagator(RuleNode):
    """J^{b-1} … J^a from pair q at layer a to pair p at layer b: arguments p, q, b, a, number of pairs.

    J^ℓ_pq = C_W[ℓ+1] ∂_q⟨ω_p⟩ is V_{1,1}; no layer in between gives δ_pq.

    Examples
    --------
    >>> Propagator(0, 0, 4, 2, 1), Propagator(0, 0, 4, 2, 1).doit()
    (J_00,00(4←2), ⟨(σ0^2)''⟩[2]*⟨(σ0^2)''⟩[3]*C_W[3]*C_W[4]/4)
    """

    def doit(self, **_: Any) -> sympy.Expr:
        """The product of the layers' Jacobians, written out; itself while an argument is a symbol."""
        p, q, end, start, n_pairs = self.args
        if not all(argument.is_Integer for argument in self.args):
            return self
        if end == start:
            return sympy.Integer(int(p == q))
        last = end - 1
        jacobian = [Vertex(last, (p,), (r,)).doit() for r in range(n_pairs)]
        return sympy.Add(
            *(j * Propagator(r, q, last, start, n_pairs).doit() for r, j in enumerate(jacobian) if j)
        )

    def _eval_derivative(self, s: Any) -> sympy.Expr:
        _, _, end, start, _ = self.args
        if isinstance(s, WeightVariance):  # each Jacobian between is proportional to its C_W
            return _between(start + 1, s.layer, end, self / s)
        if isinstance(s, Kernel):
            return _between(start, s.layer, end - 1, self._split(s))
        return super()._eval_derivative(s)

    def _split(self, s: Kernel) -> sympy.Expr:
        """J … (∂J^ℓ/∂K^ℓ) … J."""
        p, q, end, start, n_pairs = self.args
        layer, pair = s.args
        before, behind = (sympy.Symbol(name, integer=True, nonnegative=True) for name in ("r_1", "r_2"))
        value = Propagator(p, behind, end, layer + 1, n_pairs) * Vertex(layer, (behind,), (before, pair))
        return over_pairs(value * Propagator(before, q, layer, start, n_pairs), [before, behind], n_pairs)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        p, q, end, start, _ = self.args
        layers = rf"{printer.doprint(end)} \leftarrow {printer.doprint(start)}"
        lower = f"{pair_text(p, printer)}, {pair_text(q, printer)}"
        return powered(rf"J_{{{lower}}}({layers})", exp)

    def _sympystr(self, printer: Any) -> str:
        p, q, end, start, _ = self.args
        layers = f"{printer.doprint(end)}←{printer.doprint(start)}"
        return f"J_{pair_text(p, printer)},{pair_text(q, printer)}({layers})"


def _between(first: Any, layer: Any, last: Any, value: sympy.Expr) -> sympy.Expr:
    """`value` if first ≤ layer ≤ last, else 0; a Piecewise while that is not known."""
    return sympy.Piecewise((value, (first <= layer) & (layer <= last)), (0, True))
