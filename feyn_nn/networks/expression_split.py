"""An expression with ``Max``, ``Min``, ``Abs``, ``Piecewise``, ``sign`` or ``Heaviside`` as smooth ones between kinks.

Each of these switches where some function of z changes its sign. The real line is split at those places, and on each
interval the switch is replaced by the branch that holds there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.expression_program import degree
from feyn_nn.networks.pieces import MAX_KINKS
from feyn_nn.networks.taylor import TaylorProgram

Sympy: TypeAlias = Any
Program: TypeAlias = Callable[[Sympy], TaylorProgram]

SWITCHES = ("Max", "Min", "Abs", "Piecewise", "sign", "Heaviside")

FARTHEST_KINK = 100.0
"""Kinks further out than this are refused: no neuron is ever there, and σ beyond it is what counts as growth."""

_MAX_SWITCHES = 400
_HIGHEST_DEGREE = 12  # of polynomials whose roots are found exactly
_FINEST = 1 / 128  # others are searched for changes of sign on a grid


class Interval(NamedTuple):
    """A smooth expression, and where it holds; ``inf`` at the ends."""

    low: float
    high: float
    expression: Sympy

    @property
    def inside(self) -> float:
        """A point of the interval."""
        if math.isinf(self.low) and math.isinf(self.high):
            return 0.1234
        if math.isinf(self.low):
            return self.high - 1.0
        return self.low + 1.0 if math.isinf(self.high) else (self.low + self.high) / 2


class Splitter:
    """Splits one expression.

    Parameters
    ----------
    z : sympy.Symbol
    program : callable
        A smooth expression -> TaylorProgram.
    name : str
        The activation, for messages.
    """

    def __init__(self, z: Sympy, program: Program, name: str) -> None:
        self._z, self._program, self._name = z, program, name
        self._steps = 0

    def intervals(self, expression: Sympy) -> list[Interval]:
        """The smooth pieces from left to right, neighbours that are the same expression taken together.

        Raises
        ------
        InvalidInput
            If there are too many kinks, one is too far out, or the expression has no value somewhere.
        """
        merged: list[Interval] = []
        for piece in self._split(Interval(-math.inf, math.inf, expression)):
            if merged and merged[-1].expression == piece.expression:
                merged[-1] = merged[-1]._replace(high=piece.high)
            else:
                merged.append(piece)
            if len(merged) > MAX_KINKS + 1:
                raise self._too_many()
        return merged

    def _split(self, whole: Interval) -> Iterator[Interval]:
        switch = _innermost(whole.expression)
        if switch is None:
            yield whole
            return
        self._steps += 1
        if self._steps > _MAX_SWITCHES:
            raise self._too_many()
        places = {root for u in _deciding(switch) for root in self._roots(u) if whole.low < root < whole.high}
        for low, high in pairwise([whole.low, *sorted(places), whole.high]):
            part = Interval(low, high, whole.expression)
            branch = self._branch(switch, part.inside)
            yield from self._split(part._replace(expression=whole.expression.xreplace({switch: branch})))

    def _branch(self, switch: Sympy, at: float) -> Sympy:
        """What a switch is at and around a point."""
        import sympy

        head = type(switch).__name__
        if head == "Piecewise":
            return self._branch_of_piecewise(switch, at)
        if head in ("Max", "Min"):
            choose = max if head == "Max" else min
            return choose(switch.args, key=lambda arg: self._value(arg, at))
        positive = self._value(switch.args[0], at) > 0
        if head == "Abs":
            return switch.args[0] if positive else -switch.args[0]
        return sympy.Integer(1) if positive else sympy.Integer(0 if head == "Heaviside" else -1)

    def _branch_of_piecewise(self, switch: Sympy, at: float) -> Sympy:
        from sympy.core.relational import Relational

        for expression, condition in switch.args:
            truth = {
                relation: relation.func(self._rounded(relation.lhs - relation.rhs, at), 0)
                for relation in condition.atoms(Relational)
            }
            if condition.xreplace(truth) == True:  # noqa: E712 - sympy's own truth
                return expression
        raise InvalidInput(
            f"activation {self._name} has no value at z = {at:g}, where no condition of Piecewise holds; end it with"
            " (…, True)"
        )

    def _rounded(self, u: Sympy, at: float) -> Sympy:
        import sympy

        return sympy.Float(self._value(u, at))

    def _value(self, u: Sympy, at: float) -> float:
        import mpmath

        (value,) = self._program(u).exact_derivatives(at, 0)
        if isinstance(value, mpmath.mpc) or mpmath.isnan(value):
            raise self._not_real(at)
        return float(value) if abs(value) < 1e300 else math.copysign(1e300, value)

    def gaps(self, piece: Interval) -> list[float]:
        """Where a smooth piece divides by zero, as far as can be found."""
        powers = {power for power in piece.expression.atoms(_pow()) if power.exp.is_number and power.exp < 0}
        try:
            places = {place for power in powers for place in self._roots(power.base)}
        except InvalidInput:  # too many, or too far out: whoever looks at the values will refuse them
            return []
        return sorted(place for place in places if piece.low <= place <= piece.high)

    def _roots(self, u: Sympy) -> list[float]:
        """Where a smooth function vanishes, or is not defined."""
        if self._z not in u.free_symbols:
            return []
        import sympy

        numerator, denominator = sympy.fraction(sympy.together(u))
        found = sorted({*self._zeros(numerator, u), *self._zeros(denominator, 1 / denominator)})
        if any(abs(root) > FARTHEST_KINK for root in found):
            raise InvalidInput(
                f"activation {self._name} has a kink at z = {max(found, key=abs):g}; give kinks between"
                f" -{FARTHEST_KINK:g} and {FARTHEST_KINK:g}"
            )
        return found

    def _zeros(self, part: Sympy, whole: Sympy) -> list[float]:
        import sympy

        if self._z not in part.free_symbols:
            return []
        if degree(part) <= _HIGHEST_DEGREE:  # more would take long to write out
            try:
                polynomial = sympy.Poly(part, self._z)
                if polynomial.degree() == 0:
                    return []
                if polynomial.degree() == 1:
                    slope, offset = polynomial.all_coeffs()
                    return [float(sympy.N(-offset / slope, 30))]
                if polynomial.domain in (sympy.ZZ, sympy.QQ):
                    return sorted({float(sympy.N(root, 30)) for root in polynomial.real_roots()})
            except sympy.PolynomialError:  # a coefficient that it does not know
                pass
        return self._sign_changes(whole)

    def _sign_changes(self, u: Sympy) -> list[float]:
        program = self._program(u)
        count = round(40.0 / _FINEST)
        # off zero, where symmetric functions vanish
        grid = np.linspace(-40.0, 40.0, 2 * count + 1, dtype=np.float64) + 1e-9
        far = np.geomspace(40.1, 4000.0, 1000)
        beyond = [np.sign(program(side)) for side in (far, -far)]
        if any((np.diff(signs[np.isfinite(signs)]) != 0).any() for signs in beyond):
            raise self._too_many()
        signs = np.sign(program(grid))
        if np.isnan(signs).any():
            raise self._not_real(float(grid[np.isnan(signs)][0]))
        changes = [(float(grid[i]), float(grid[i + 1])) for i in np.flatnonzero(signs[1:] != signs[:-1])]
        changes += self._dips(program, grid)
        if len(changes) > MAX_KINKS:
            raise self._too_many()
        return [self._bisected(program, low, high) for low, high in changes]

    def _dips(self, program: TaylorProgram, grid: NDArray[np.float64]) -> list[tuple[float, float]]:
        """Two changes of sign between neighbours on the grid: where |u| is least there, on ever finer grids."""
        values = program(grid)
        signs, sizes = np.sign(values), np.abs(values)
        inner = (sizes[1:-1] <= sizes[:-2]) & (sizes[1:-1] <= sizes[2:])
        alike = (signs[1:-1] == signs[:-2]) & (signs[1:-1] == signs[2:])
        least = 1 + np.flatnonzero(inner & alike & (sizes[1:-1] < np.maximum(sizes[:-2], sizes[2:])))
        if not len(least):
            return []
        steps = np.linspace(-1.0, 1.0, 33)
        places, reach = grid[least], float(grid[1] - grid[0])
        for _ in range(7):  # down to 1e-10 of the grid
            near = places[:, None] + reach * steps
            depths = program(near.ravel()).reshape(near.shape) * signs[least][:, None]
            places, reach = near[np.arange(len(near)), np.argmin(depths, axis=1)], reach / 16
        found = []
        for i, place in zip(least.tolist(), places.tolist(), strict=True):
            if (
                program.exact_derivatives(place, 0)[0] * float(signs[i]) < 0
            ):  # rounding changes no sign in many digits
                found += [(float(grid[i - 1]), place), (place, float(grid[i + 1]))]
        return found

    def _bisected(self, program: TaylorProgram, low: float, high: float) -> float:
        import mpmath

        def sign(place: Any) -> Any:
            return mpmath.sign(program.exact_derivatives(place, 0)[0])

        with mpmath.workdps(30):
            left, right = mpmath.mpf(low), mpmath.mpf(high)
            start = sign(left)
            for _ in range(90):
                middle = (left + right) / 2
                own = sign(middle)
                if own == 0:
                    return float(middle)
                left, right = (middle, right) if own == start else (left, middle)
            return float(left) if abs(left) > 1e-20 else 0.0

    def _not_real(self, at: float) -> InvalidInput:
        return InvalidInput(
            f"activation {self._name} compares what is not real at z = {at:g}; compare functions that are real and"
            " finite for all real z"
        )

    def _too_many(self) -> InvalidInput:
        return InvalidInput(
            f"activation {self._name} has more kinks than can be taken, or no end of them; give one with at most"
            f" {MAX_KINKS}"
        )


def _innermost(expression: Sympy) -> Sympy | None:
    """A switch whose own arguments hold none."""
    import sympy

    for part in sympy.postorder_traversal(expression):
        if type(part).__name__ in SWITCHES:
            return part
    return None


def _deciding(switch: Sympy) -> Sequence[Sympy]:
    """The functions whose signs decide which branch of a switch holds."""
    from sympy.core.relational import Relational

    head = type(switch).__name__
    if head == "Piecewise":
        relations = sorted({r for _, condition in switch.args for r in condition.atoms(Relational)}, key=str)
        return [relation.lhs - relation.rhs for relation in relations]
    if head in ("Max", "Min"):
        return [a - b for a, b in combinations(switch.args, 2)]
    return [switch.args[0]]


def _pow() -> Any:
    import sympy

    return sympy.Pow


def joined(intervals: Sequence[Interval]) -> str:
    """The pieces as text that reads back.

    Examples
    --------
    >>> joined([Interval(-math.inf, 0.5, "0"), Interval(0.5, math.inf, "2*z - 1")])
    'Piecewise((0, z < 0.5), (2*z - 1, True))'
    """
    pairs = [f"({expression}, z < {high!r})" for _, high, expression in intervals[:-1]]
    return f"Piecewise({', '.join([*pairs, f'({intervals[-1].expression}, True)'])})"
