"""The user's own σ, an expression in z: checked, made into a program, its shape found.

sympy brings the expression into a canonical form; from there on it is plain data
(:class:`feyn_nn.networks.taylor.TaylorProgram`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.activations import Activation, Slopes, line_formula, piecewise_linear
from feyn_nn.networks.checks import shown
from feyn_nn.networks.expression_program import check_constant, degree, smooth_program, variable
from feyn_nn.networks.expression_shape import (
    HIGHEST_DEGREE,
    growth,
    nearest_singularity,
    parity,
    require_real,
    require_smooth_ends,
)
from feyn_nn.networks.expression_split import Interval, Splitter, joined
from feyn_nn.networks.expression_text import MAX_LENGTH, Node, parse
from feyn_nn.networks.kinked_program import KinkedProgram
from feyn_nn.networks.pieces import Pieces
from feyn_nn.networks.removable import Program, mended

Array: TypeAlias = NDArray[np.float64]
Sympy: TypeAlias = Any

_LONGEST = 100  # characters of a name in a message


@lru_cache(maxsize=256)  # one object for one text, so that what is prepared for it is found again
def activation_from_text(text: str) -> Activation:
    """The activation that a text such as ``"z*exp(-z**2/2)"`` means; its name is the text.

    Raises
    ------
    InvalidInput
        If the text is no expression in z, or none that the rules can take.

    Examples
    --------
    >>> activation_from_text("sin(z)**3").parity
    -1
    """
    tree = parse(text)
    try:
        return _activation(_to_sympy(tree), name=text.strip())
    except InvalidInput:
        raise
    except (ValueError, TypeError, ArithmeticError) as error:  # sympy's own, as for Max(z, 1/(z - z))
        raise InvalidInput(f"activation {shown(text)} has no value ({_reason(error)}); simplify it") from None


@lru_cache(maxsize=256)
def activation_from_sympy(expression: Sympy) -> Activation:
    """The activation that a sympy expression in z means; its name is its formula.

    Raises
    ------
    InvalidInput
        If it is none that the rules can take.
    """
    import sympy

    z = variable()
    try:
        named = {symbol: z for symbol in expression.free_symbols if symbol.name == "z"}
        exact = expression.replace(lambda part: isinstance(part, sympy.Float), _rational)
        return _activation(exact.xreplace(named), name=None)
    except (ValueError, TypeError, ArithmeticError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(
            f"activation {shown(expression)} has no value ({_reason(error)}); simplify it"
        ) from None
    except RecursionError:
        raise InvalidInput(
            f"activation {shown(expression)} is nested too deeply; simplify it first"
        ) from None


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:80]


def is_expression(given: Any) -> bool:
    """Whether `given` is an object of sympy: where sympy was never imported, nothing is."""
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(given, sympy.Basic)


def _rational(number: Sympy) -> Sympy:
    import sympy

    return sympy.Rational(repr(float(number)))  # the digits that were typed


def _activation(expression: Sympy, name: str | None) -> Activation:
    shown_name = (
        (name if len(name) <= _LONGEST else name[:_LONGEST] + "…") if name else shown(str(expression))
    )
    _check_symbols(expression, shown_name)
    program = partial(smooth_program, name=shown_name)
    splitter = Splitter(variable(), program, shown_name)
    intervals = splitter.intervals(expression)
    if not any(variable() in piece.expression.free_symbols for piece in intervals) and len(intervals) == 1:
        raise _constant(shown_name)
    slopes = _slopes(intervals)
    if slopes is not None:
        for slope in slopes:
            check_constant(Fraction(slope), shown_name)
        formula = line_formula(slopes)
        return piecewise_linear(name or formula, slopes, formula=formula)
    formula = _formula(expression if len(intervals) > 1 else intervals[0].expression, intervals)
    if len(formula) > MAX_LENGTH:
        raise InvalidInput(
            f"activation {shown_name} has {len(formula)} characters; give at most {MAX_LENGTH}"
        )
    kinked = KinkedProgram(
        tuple(piece.high for piece in intervals[:-1]),
        tuple(mended(program(piece.expression), splitter.gaps(piece), shown_name) for piece in intervals),
    )
    if len(intervals) == 1:
        return _smooth(kinked.programs[0], name, formula, shown_name)
    return _kinked(kinked, name, formula, shown_name)


def _smooth(program: Program, name: str | None, formula: str, shown_name: str) -> Activation:
    require_real(program, shown_name)
    grows = growth(program, shown_name)  # before singularities: what grows too fast would look like one
    return Activation(
        name=name or formula,
        function=program,
        derivatives=program.derivatives,
        parity=parity(program),
        strip=nearest_singularity(program, shown_name),
        growth=grows,
        formula=formula,
    )


def _kinked(program: KinkedProgram, name: str | None, formula: str, shown_name: str) -> Activation:
    for piece, low, high in program.intervals():
        require_real(piece, shown_name, low, high)
        require_smooth_ends(piece, shown_name, low, high)
    grows = growth(program, shown_name)
    strip = min(nearest_singularity(piece, shown_name, low, high) for piece, low, high in program.intervals())
    pieces = Pieces(
        kinks=program.kinks, derivatives=tuple(piece.derivatives for piece in program.programs), strip=strip
    )
    return Activation(
        name=name or formula,
        function=pieces,
        derivatives=pieces.table,
        pieces=pieces,
        parity=parity(program, program.samples()),
        strip=0.0,
        growth=grows,
        formula=formula,
    )


def _formula(expression: Sympy, intervals: Sequence[Interval]) -> str:
    """The expression as text that reads back."""
    text = str(expression)
    try:
        parse(text)
    except InvalidInput:  # conditions joined by & or |, or something only sympy knows
        return str(_to_sympy(parse(joined(intervals)))) if len(intervals) > 1 else text
    return text


def _constant(name: str) -> InvalidInput:
    return InvalidInput(f"activation {name} does not depend on z; give a function of z such as tanh(z)")


def _check_symbols(expression: Sympy, name: str) -> None:
    import sympy

    if not isinstance(expression, sympy.Expr):
        raise InvalidInput(f"activation {name} is not an expression; give a function of z such as tanh(z)**3")
    if expression.has(sympy.I):
        raise InvalidInput(f"activation {name} is complex; give a function that is real for real z")
    if expression.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        raise InvalidInput(f"activation {name} holds an infinity; give a function that is finite for real z")
    others = sorted(symbol.name for symbol in expression.free_symbols - {variable()})
    if others:
        raise InvalidInput(
            f"activation {name} has the symbol {others[0]!r} besides z; give it a value, expr.subs({others[0]}, …)"
        )
    if variable() not in expression.free_symbols:
        raise _constant(name)


def _slopes(intervals: Sequence[Interval]) -> Slopes | None:
    """(a₋, a₊) of a straight line through zero on both sides of it."""
    if len(intervals) > 2 or (len(intervals) == 2 and intervals[0].high != 0.0):
        return None
    found = [_slope(intervals[0].expression), _slope(intervals[-1].expression)]
    return None if None in found else (found[0], found[1])  # type: ignore[return-value]


def _slope(expression: Sympy) -> float | None:
    """The slope of a straight line through zero."""
    import sympy

    if degree(expression) > HIGHEST_DEGREE:
        return None
    slope = sympy.expand(sympy.expand(expression) / variable())
    return None if slope.free_symbols else float(slope)


def _to_sympy(tree: Node) -> Sympy:
    import sympy

    if tree.head == "z":
        return variable()
    if tree.head == "number":
        return sympy.Rational(tree.text)
    args = [_to_sympy(arg) for arg in tree.args]
    build: dict[str, Callable[..., Sympy]] = {
        "pi": lambda: sympy.pi,
        "E": lambda: sympy.E,
        "negative": lambda a: -a,
        "+": sympy.Add,
        "-": lambda a, b: a - b,
        "*": sympy.Mul,
        "/": lambda a, b: a / b,
        "**": sympy.Pow,
        "True": lambda: sympy.true,
        "<": sympy.Lt,
        "<=": sympy.Le,
        ">": sympy.Gt,
        ">=": sympy.Ge,
        "case": lambda value, condition: (value, condition),
        "Piecewise": lambda *cases: sympy.Piecewise(*cases, evaluate=False),
    }
    return (build[tree.head] if tree.head in build else getattr(sympy, tree.head))(*args)
