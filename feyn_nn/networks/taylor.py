"""Truncated Taylor series of an expression in z: its derivatives to any order without ever writing them out.

A program is a list of operations, plain data. Run on the series z₀ + t, each operation takes coefficients to
coefficients by its differential equation, (f∘u)' = f'(u) u'. Order N costs O(N²) for each operation, while
symbolic derivatives swell, and no code is made of what a user typed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Series: TypeAlias = list[Any]
"""Coefficients of 1, t, t², …: arrays or numbers, None where a coefficient is known to vanish."""

EXACT_DIGITS = 30
_MAX_MAGNITUDE = 2_000  # bits: past this, mpmath would reduce an argument in as many digits


class Operation(NamedTuple):
    """One step of a program.

    Parameters
    ----------
    name : str
        ``"z"``, ``"number"``, ``"pi"``, ``"E"``, ``"add"``, ``"multiply"``, ``"power"``, or a function.
    operands : tuple of int
        The steps it acts on.
    number : Fraction
        The value of a number, the exponent of a power.
    """

    name: str
    operands: tuple[int, ...] = ()
    number: Fraction = Fraction(0)


@dataclass(frozen=True)
class TaylorProgram:
    """A function of z and its derivatives.

    Parameters
    ----------
    operations : tuple of Operation
        In the order in which they are done; the last one is the function.

    Examples
    --------
    >>> square = TaylorProgram((Operation("z"), Operation("power", (0,), Fraction(2))))
    >>> square.derivatives(np.array([3.0]), 2).ravel().tolist()
    [9.0, 6.0, 2.0]
    """

    operations: tuple[Operation, ...]

    def __call__(self, z: Array) -> Array:
        """The function at z, elementwise."""
        table: Array = self.derivatives(z, 0)[0]
        return table

    def derivatives(self, z: Array, order: int) -> Array:
        """Derivatives 0 … `order` at z, shape (order + 1, *z.shape).

        Points at which an intermediate value leaves the range of floats are done again in many digits.
        """
        points = np.asarray(z, dtype=np.float64).ravel()
        table = self.float_derivatives(points, order)
        for i in np.flatnonzero(~np.isfinite(table).all(axis=0)):
            table[:, i] = [_as_float(value) for value in self.exact_derivatives(float(points[i]), order)]
        return table.reshape(order + 1, *np.shape(z))

    def float_derivatives(self, points: Array, order: int) -> Array:
        """Derivatives at points (N,), not finite where an intermediate value leaves the range of floats."""
        table = np.zeros((order + 1, points.size))
        with np.errstate(all="ignore"):
            for k, coefficient in enumerate(self._run(points, order, _floats())):
                if coefficient is not None:
                    table[k] = coefficient * math.factorial(k)
        return table

    def exact_derivatives(self, z: Any, order: int) -> list[Any]:
        """Derivatives 0 … `order` at one point, by mpmath: complex or NaN where the function is not real there."""
        import mpmath

        with mpmath.workdps(EXACT_DIGITS):
            try:
                series = self._run(mpmath.mpf(z), order, _digits())
            except (ZeroDivisionError, ValueError, OverflowError):
                return [mpmath.nan] * (order + 1)
            return [mpmath.mpf(0) if c is None else c * math.factorial(k) for k, c in enumerate(series)]

    def at(self, z: Any) -> Any:
        """The value at a real or complex number of mpmath, in its digits; NaN where there is none."""
        import mpmath

        try:
            (value,) = self._run(z, 0, _digits())
        except (ZeroDivisionError, ValueError, OverflowError):
            return mpmath.nan
        return value

    def _run(self, z: Any, order: int, arithmetic: _Arithmetic) -> Series:
        done: list[Series] = []
        for name, operands, number in self.operations:
            if name == "z":
                series = ([z, arithmetic.number(Fraction(1))] + [None] * order)[: order + 1]
            elif not operands:
                value = arithmetic.number(number) if name == "number" else arithmetic.constants[name]
                series = [value] + [None] * order
            elif name == "power":
                series = _power(done[operands[0]], number, arithmetic)
            else:
                series = _RULES[name]([done[i] for i in operands], arithmetic)
            done.append(series)
        return done[-1]


class _Arithmetic(NamedTuple):
    number: Callable[[Fraction], Any]
    constants: dict[str, Any]
    functions: dict[str, Callable[[Any], Any]]
    power: Callable[[Any, Any], Any]


def _floats() -> _Arithmetic:
    import scipy.special

    names = {"asinh": "arcsinh", "atan": "arctan"}
    direct = ("exp", "log", "sin", "cos", "sinh", "cosh", "tanh", "asinh", "atan")
    functions: dict[str, Any] = {name: getattr(np, names.get(name, name)) for name in direct}
    functions |= {"erf": scipy.special.erf, "sech_squared": lambda u: np.cosh(u) ** -2.0}
    return _Arithmetic(float, {"pi": math.pi, "E": math.e}, functions, np.float_power)


def _digits() -> _Arithmetic:
    import mpmath

    def guarded(f: Callable[[Any], Any], far: Callable[[Any], Any]) -> Callable[[Any], Any]:
        # a number this large, by chance or malice, would take all memory
        return lambda u: far(u) if mpmath.isinf(u) or mpmath.mag(u) > _MAX_MAGNITUDE else f(u)

    def one_sided(u: Any) -> Any:
        return mpmath.inf if mpmath.re(u) > 0 else mpmath.mpf(0)

    functions: dict[str, Any] = {name: getattr(mpmath, name) for name in ("log", "asinh", "atan")}
    functions |= {name: guarded(getattr(mpmath, name), lambda u: mpmath.nan) for name in ("sin", "cos")}
    functions |= {name: guarded(getattr(mpmath, name), mpmath.sign) for name in ("tanh", "erf")}
    functions["exp"] = guarded(mpmath.exp, one_sided)
    functions["cosh"] = guarded(mpmath.cosh, lambda u: mpmath.inf)
    functions["sinh"] = guarded(mpmath.sinh, lambda u: mpmath.inf * mpmath.sign(u))
    functions["sech_squared"] = guarded(lambda u: mpmath.sech(u) ** 2, lambda u: mpmath.mpf(0))
    constants = {"pi": +mpmath.pi, "E": +mpmath.e}
    return _Arithmetic(lambda q: mpmath.mpf(q.numerator) / q.denominator, constants, functions, mpmath.power)


def _as_float(value: Any) -> float:
    import mpmath

    if isinstance(value, mpmath.mpc):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _plus(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def _minus(a: Any) -> Any:
    return None if a is None else -a


def _convolved(a: Series, b: Series, k: int, start: int = 0) -> Any:
    """Σ_{i ≥ start} a_i b_{k-i}."""
    total = None
    for i in range(start, k + 1):
        if a[i] is not None and b[k - i] is not None:
            total = _plus(total, a[i] * b[k - i])
    return total


def _chain(u: Series, slope: Series, k: int) -> Any:
    """The coefficient k of ∫ slope du."""
    total = None
    for j in range(1, k + 1):
        if u[j] is not None and slope[k - j] is not None:
            total = _plus(total, u[j] * slope[k - j] * j)
    return None if total is None else total / k


def _added(terms: list[Series], _: _Arithmetic) -> Series:
    total = terms[0]
    for term in terms[1:]:
        total = [_plus(a, b) for a, b in zip(total, term, strict=True)]
    return total


def _multiplied(factors: list[Series], _: _Arithmetic) -> Series:
    product = factors[0]
    for factor in factors[1:]:
        product = _times(product, factor)
    return product


def _times(a: Series, b: Series) -> Series:
    return [_convolved(a, b, k) for k in range(len(a))]


def _power(u: Series, exponent: Fraction, arithmetic: _Arithmetic) -> Series:
    if exponent.denominator == 1:
        return _whole_power(u, exponent.numerator, arithmetic)
    a = arithmetic.number(exponent)
    c: Series = [arithmetic.power(u[0], a)]
    for k in range(1, len(u)):
        total = None
        for j in range(1, k + 1):
            if u[j] is not None and c[k - j] is not None:
                total = _plus(total, u[j] * c[k - j] * (a * j - (k - j)))
        c.append(None if total is None else total / (u[0] * k))
    return c


def _whole_power(u: Series, n: int, arithmetic: _Arithmetic) -> Series:
    if n < 0:
        return _reciprocal(_whole_power(u, -n, arithmetic), arithmetic)
    result: Series = [arithmetic.number(Fraction(1))] + [None] * (len(u) - 1)
    for bit in f"{n:b}":
        result = _times(result, result)
        if bit == "1":
            result = _times(result, u)
    return result


def _reciprocal(u: Series, arithmetic: _Arithmetic) -> Series:
    c: Series = [arithmetic.number(Fraction(1)) / u[0]]
    for k in range(1, len(u)):
        total = _convolved(u, c, k, start=1)
        c.append(None if total is None else -total / u[0])
    return c


def _exp(arguments: list[Series], arithmetic: _Arithmetic) -> Series:
    (u,) = arguments
    c: Series = [arithmetic.functions["exp"](u[0])]
    for k in range(1, len(u)):
        c.append(_chain(u, c, k))
    return c


def _tanh(arguments: list[Series], arithmetic: _Arithmetic) -> Series:
    (u,) = arguments
    c: Series = [arithmetic.functions["tanh"](u[0])]
    slope: Series = [arithmetic.functions["sech_squared"](u[0])]  # 1 - tanh² would cancel in the tails
    for k in range(1, len(u)):
        c.append(_chain(u, slope, k))
        slope.append(_minus(_convolved(c, c, k)))
    return c


def _rotation(odd: str, even: str, sign: int, wanted: int) -> Callable[[list[Series], _Arithmetic], Series]:
    """Sine and cosine, or sinh and cosh, which are each other's derivatives."""

    def rule(arguments: list[Series], arithmetic: _Arithmetic) -> Series:
        (u,) = arguments
        s: Series = [arithmetic.functions[odd](u[0])]
        c: Series = [arithmetic.functions[even](u[0])]
        for k in range(1, len(u)):
            following = _chain(u, c, k)
            turned = _chain(u, s, k)
            s.append(following)
            c.append(turned if sign > 0 else _minus(turned))
        return (s, c)[wanted]

    return rule


def _primitive(
    name: str, slope: Callable[[Series, _Arithmetic], Series]
) -> Callable[[list[Series], _Arithmetic], Series]:
    """A function given by its derivative, itself a series that can be written down."""

    def rule(arguments: list[Series], arithmetic: _Arithmetic) -> Series:
        (u,) = arguments
        own = slope(u, arithmetic)
        return [arithmetic.functions[name](u[0]), *(_chain(u, own, k) for k in range(1, len(u)))]

    return rule


def _bell(u: Series, arithmetic: _Arithmetic) -> Series:
    height = 2 / arithmetic.power(arithmetic.constants["pi"], arithmetic.number(Fraction(1, 2)))
    bell = _exp([[_minus(c) for c in _times(u, u)]], arithmetic)
    return [None if c is None else c * height for c in bell]


def _one_plus_square(u: Series, arithmetic: _Arithmetic) -> Series:
    square = _times(u, u)
    return [square[0] + arithmetic.number(Fraction(1)), *square[1:]]


_RULES: dict[str, Callable[[list[Series], _Arithmetic], Series]] = {
    "add": _added,
    "multiply": _multiplied,
    "exp": _exp,
    "tanh": _tanh,
    "sin": _rotation("sin", "cos", -1, 0),
    "cos": _rotation("sin", "cos", -1, 1),
    "sinh": _rotation("sinh", "cosh", 1, 0),
    "cosh": _rotation("sinh", "cosh", 1, 1),
    "erf": _primitive("erf", _bell),
    "log": _primitive("log", _reciprocal),
    "atan": _primitive("atan", lambda u, a: _reciprocal(_one_plus_square(u, a), a)),
    "asinh": _primitive("asinh", lambda u, a: _power(_one_plus_square(u, a), Fraction(-1, 2), a)),
}
ANALYTIC_FUNCTIONS = frozenset(_RULES) - {"add", "multiply"}
ENTIRE_FUNCTIONS = frozenset({"exp", "sin", "cos", "sinh", "cosh", "erf"})
