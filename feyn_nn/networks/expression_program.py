"""A smooth expression, written as the list of its operations."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, TypeAlias

from feyn_nn._core import InvalidInput
from feyn_nn.networks.expression_text import FUNCTIONS, JUMPING, MAX_CONSTANT, MAX_EXPONENT
from feyn_nn.networks.taylor import ANALYTIC_FUNCTIONS, Operation, TaylorProgram

Sympy: TypeAlias = Any

MAX_OPERATIONS = 200


def variable() -> Sympy:
    """The symbol z."""
    import sympy

    return sympy.Symbol("z", real=True)


def degree(part: Sympy) -> float:
    """A bound on the degree of a polynomial in z; ``inf`` for anything else."""
    if variable() not in part.free_symbols:
        return 0.0
    if part == variable():
        return 1.0
    if part.is_Pow:
        base, exponent = part.args
        return degree(base) * abs(float(exponent)) if exponent.is_Integer else math.inf
    degrees = [degree(arg) for arg in part.args]
    return sum(degrees) if part.is_Mul else max(degrees) if part.is_Add else math.inf


def smooth_program(expression: Sympy, name: str) -> TaylorProgram:
    """The program of an expression without kinks.

    Raises
    ------
    InvalidInput
        If it holds a function that is not known, a huge power or constant, or is too long.
    """
    writer = _Writer(name)
    writer.write(expression)
    return TaylorProgram(tuple(writer.operations))


def check_constant(number: Fraction, name: str) -> None:
    """Stop at a number whose powers would leave the range of floats.

    Raises
    ------
    InvalidInput
        With what is allowed.
    """
    if number and not 1 / MAX_CONSTANT <= abs(number) <= MAX_CONSTANT:
        raise InvalidInput(
            f"activation {name} holds a constant that is too large or too small; stay between"
            f" {1 / MAX_CONSTANT:g} and {MAX_CONSTANT:g}"
        )


class _Writer:
    """Writes the operations of an expression, each part that occurs several times once."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._places: dict[Operation, int] = {}

    @property
    def operations(self) -> list[Operation]:
        return list(self._places)

    def write(self, part: Sympy) -> int:
        """The place of the operation that computes `part`."""
        import sympy

        if part == variable():
            return self._put(Operation("z"))
        if part.is_Rational:
            return self._number(part)
        if part in (sympy.pi, sympy.E):
            return self._put(Operation("pi" if part == sympy.pi else "E"))
        if part.is_Add or part.is_Mul:
            operands = tuple(self.write(arg) for arg in part.args)
            return self._put(Operation("add" if part.is_Add else "multiply", operands))
        if part.is_Pow:
            return self._power(part)
        head = type(part).__name__
        if head in ANALYTIC_FUNCTIONS:
            return self._put(Operation(head, (self.write(part.args[0]),)))
        raise self._refused(head)

    def _number(self, part: Sympy) -> int:
        number = Fraction(int(part.p), int(part.q))
        check_constant(number, self._name)
        return self._put(Operation("number", (), number))

    def _power(self, part: Sympy) -> int:
        import sympy

        base, exponent = part.args
        if exponent.is_Rational:
            if abs(exponent) > MAX_EXPONENT:
                raise InvalidInput(
                    f"activation {self._name} holds a huge power; give exponents between -{MAX_EXPONENT} and"
                    f" {MAX_EXPONENT}"
                )
            number = Fraction(int(exponent.p), int(exponent.q))
            return self._put(Operation("power", (self.write(base),), number))
        if base == sympy.E:
            return self._put(Operation("exp", (self.write(exponent),)))
        logarithm = self._put(Operation("log", (self.write(base),)))
        product = self._put(Operation("multiply", (logarithm, self.write(exponent))))
        return self._put(Operation("exp", (product,)))

    def _put(self, operation: Operation) -> int:
        if len(self._places) >= MAX_OPERATIONS:
            raise InvalidInput(
                f"activation {self._name} takes more than {MAX_OPERATIONS} operations; give a shorter expression"
            )
        return self._places.setdefault(operation, len(self._places))

    def _refused(self, head: str) -> InvalidInput:
        if head in JUMPING:
            return InvalidInput(
                f"activation {self._name} holds {head}, which jumps without end; give finitely many jumps by sign,"
                " Heaviside or Piecewise"
            )
        known = ", ".join((*FUNCTIONS, "Piecewise"))
        return InvalidInput(f"activation {self._name} holds {head}, which is not known here; use {known}")
