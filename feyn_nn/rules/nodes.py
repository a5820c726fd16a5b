"""What all symbols of the Feynman rules share: how they commute, differentiate and print."""

from __future__ import annotations

from typing import Any

import sympy


class RuleNode(sympy.Function):
    """A symbol of the Feynman rules with its indices as arguments: the layer first, then labels or pairs.

    Indices are integers or symbols. A node substitutes, differentiates and prints as any part of sympy does.
    """

    is_commutative = True  # sympy would ask the tuples among the arguments, which do not know
    is_number = False  # though its indices are: its value depends on the network
    is_extended_real = True
    is_finite = True

    @classmethod
    def eval(cls, *_: Any) -> Any:
        """Stay as it is."""
        return None

    @property
    def layer(self) -> sympy.Expr:
        """ℓ."""
        return self.args[0]

    def _eval_evalf(self, prec: int) -> None:
        """An index must not turn into 1.0."""

    def _eval_derivative(self, s: Any) -> sympy.Expr:
        if s in self.free_symbols:  # an index is no variable to differentiate by
            return sympy.Derivative(self, s, evaluate=False)
        return sympy.Integer(0)


class Coordinate(RuleNode):
    """A node that others may be differentiated with respect to."""

    is_symbol = True
    _diff_wrt = True

    def _eval_derivative(self, s: Any) -> sympy.Expr:
        if isinstance(s, type(self)):
            return same(self.args, s.args)
        return super()._eval_derivative(s)


def same(first: Any, second: Any) -> sympy.Expr:
    """Π δ_ij of two lists of indices: 1 or 0 where they are known."""
    return sympy.Mul(*(sympy.KroneckerDelta(a, b) for a, b in zip(first, second, strict=True)))


def powered(text: str, exp: str | None) -> str:
    """LaTeX raised to a power; in brackets, since the text may hold an upper index of its own."""
    return text if exp is None else rf"\left({text}\right)^{{{exp}}}"
