"""Sums over pairs of inputs."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE


class PairSum(sympy.Sum):
    r"""Σ over pairs of inputs: a sum of sympy whose limits, 0 … P - 1, go without saying.

    Examples
    --------
    >>> q, f = sympy.Symbol("q"), sympy.Function("f")
    >>> print(sympy.latex(PairSum(f(q), (q, 0, 2))))
    \sum_{q} f{\left(q \right)}
    """

    def _latex(self, printer: Any) -> str:
        indices = ", ".join(printer.doprint(limit[0]) for limit in self.limits)
        body = printer.parenthesize(self.function, PRECEDENCE["Mul"], strict=True)
        return rf"\sum_{{{indices}}} {body}"

    def _sympystr(self, printer: Any) -> str:
        indices = ",".join(printer.doprint(limit[0]) for limit in self.limits)
        return f"Σ_{indices}({printer.doprint(self.function)})"


def over_pairs(value: sympy.Expr, indices: list[sympy.Symbol], n_pairs: Any) -> sympy.Expr:
    """`value` summed over each of the indices; with a single pair, taken there."""
    if n_pairs == 1:
        return value.xreplace(dict.fromkeys(indices, sympy.Integer(0)))
    return PairSum(value, *((index, 0, n_pairs - 1) for index in indices)) if indices else value
