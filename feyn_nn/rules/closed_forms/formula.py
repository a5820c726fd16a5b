"""σ as a sympy expression with exact numbers."""

from __future__ import annotations

import sympy

from feyn_nn.networks import Activation

Z = sympy.Symbol("z", real=True)
"""The preactivation."""


def formula(activation: Activation) -> sympy.Expr | None:
    """σ(z) as its `formula` states it, decimals as the rational numbers that were typed; None if it cannot be read.

    Examples
    --------
    >>> from feyn_nn.networks import activation
    >>> formula(activation("polynomial(0, 1, 0.1)"))
    z**2/10 + z
    """
    try:
        found = sympy.sympify(activation.formula, locals={"z": Z})
    except (sympy.SympifyError, TypeError, ValueError, AttributeError):
        return None
    return found.replace(lambda part: part.is_Float, lambda part: exact(float(part)))


def exact(number: float) -> sympy.Rational:
    """The rational number that the shortest decimal form of a float writes: 1/10 for 0.1."""
    return sympy.Rational(repr(number))
