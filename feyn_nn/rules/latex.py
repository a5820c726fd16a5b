"""LaTeX of sums of diagrams as papers write it: ½ Σ …, where sympy puts the whole sum over 2."""

from __future__ import annotations

import sympy


def as_latex(expression: sympy.Basic) -> str:
    r"""LaTeX, with the rational factor of each term in front of its sums.

    Examples
    --------
    >>> i, f, g = sympy.Symbol("i"), sympy.Function("f"), sympy.Function("g")
    >>> print(as_latex(sympy.Sum(f(i), (i, 1, 2)) / 2 - sympy.Sum(g(i), (i, 1, 2)) / 3))
    \frac{1}{2} \sum_{i=1}^{2} f{\left(i \right)} - \frac{1}{3} \sum_{i=1}^{2} g{\left(i \right)}
    """
    if not isinstance(expression, sympy.Expr):
        return str(sympy.latex(expression))
    first, *others = map(_signed, expression.as_ordered_terms())
    head = f"- {first[1]}" if first[0] < 0 else first[1]
    return head + "".join(f" {'-' if sign < 0 else '+'} {text}" for sign, text in others)


def _signed(term: sympy.Expr) -> tuple[int, str]:
    """The sign of a term's number, and the LaTeX of the rest."""
    number, rest = term.as_coeff_Mul()
    sign = -1 if number.is_negative else 1
    if number.is_Rational and abs(number) != 1 and rest.has(sympy.Sum) and not rest.is_Add:
        return sign, f"{sympy.latex(abs(number))} {sympy.latex(rest)}"
    return sign, str(sympy.latex(sign * term))
