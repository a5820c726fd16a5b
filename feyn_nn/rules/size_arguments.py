"""Depths and widths that algebra is written for: numbers, or symbols that stand for any."""

from __future__ import annotations

import numbers
from typing import Any

import sympy

from feyn_nn._core import InvalidInput


def as_depth(depth: Any) -> sympy.Expr:
    """L as sympy: an integer >= 1, a symbol, its name, or an expression of symbols.

    Raises
    ------
    InvalidInput
        If it is anything else.

    Examples
    --------
    >>> as_depth(4), as_depth("L")
    (4, L)
    """
    found = _expression(depth)
    if found is None or (found.is_number and not (found.is_Integer and found >= 1)):
        raise InvalidInput(f"depth={depth!r}: give an integer >= 1, or a symbol such as 'L'")
    return found


def as_width(width: Any) -> sympy.Expr:
    """N as sympy: a number > 0, a symbol, its name, or an expression of symbols; the symbol n for None.

    Raises
    ------
    InvalidInput
        If it is anything else.
    """
    found = sympy.Symbol("n") if width is None else _expression(width)
    if found is None or (found.is_number and not (found.is_finite and found.is_positive)):
        raise InvalidInput(f"width={width!r}: give a width > 0, or a symbol such as 'n'")
    return found


def _expression(value: Any) -> sympy.Expr | None:
    if isinstance(value, str):
        return sympy.Symbol(value) if value.isidentifier() else None
    if isinstance(value, bool) or not isinstance(value, (numbers.Number, sympy.Expr)):
        return None
    return sympy.sympify(value)
