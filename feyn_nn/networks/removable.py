"""Removable singularities, such as that of sin(z)/z at zero: near them a function is its Taylor series.

The coefficients are Cauchy's integrals over a circle around the place, on which nothing is singular. A pole, or a
branch point, fails the test that the series gives the function's values inside the circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.taylor import EXACT_DIGITS, Operation, TaylorProgram

Array: TypeAlias = NDArray[np.float64]

_RADII = (4.0, 2.0, 1.0, 0.5, 0.25, 0.125)
_SAMPLES = 256
_TERMS = 160
_DIGITS = 40
_AGREEMENT = 1e-20


@dataclass(frozen=True)
class Disc:
    """A function's Taylor series about a place.

    Parameters
    ----------
    center : float
    radius : float
        Of the circle on which the coefficients were found; the series is used within half of it.
    coefficients : tuple
        b_k = c_k radius^k, many digits each.
    """

    center: float
    radius: float
    coefficients: tuple[Any, ...]

    def holds(self, z: Array) -> NDArray[np.bool_]:
        """Which points the series is used at."""
        near: NDArray[np.bool_] = np.abs(z - self.center) <= self.radius / 2
        return near

    def derivatives(self, z: Array, order: int) -> Array:
        """Derivatives 0 … `order` at points (N,)."""
        b = np.array([float(c) for c in self.coefficients])
        x = (z - self.center) / self.radius
        rows = [np.polynomial.polynomial.polyval(x, b)]
        for _ in range(order):
            b = b[1:] * np.arange(1, len(b)) / self.radius
            rows.append(np.polynomial.polynomial.polyval(x, b))
        return np.array(rows)

    def exact_derivatives(self, z: Any, order: int) -> list[Any]:
        """Derivatives 0 … `order` at one point, by mpmath."""
        import mpmath

        with mpmath.workdps(EXACT_DIGITS):
            x = (mpmath.mpf(z) - self.center) / self.radius
            b = list(self.coefficients)
            found = []
            for _ in range(order + 1):
                found.append(mpmath.polyval(b[::-1], x))
                b = [c * k / self.radius for k, c in enumerate(b)][1:]
        return found


@dataclass(frozen=True)
class MendedProgram:
    """A program and the discs in which its series is used instead; a program in all it offers.

    Parameters
    ----------
    program : TaylorProgram
    discs : tuple of Disc
    """

    program: TaylorProgram
    discs: tuple[Disc, ...]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Those of the program."""
        return self.program.operations

    def __call__(self, z: Array) -> Array:
        """The function at z, elementwise."""
        table: Array = self.derivatives(z, 0)[0]
        return table

    def derivatives(self, z: Array, order: int) -> Array:
        """Derivatives 0 … `order` at z, shape (order + 1, *z.shape)."""
        return self._table(self.program.derivatives, z, order)

    def float_derivatives(self, points: Array, order: int) -> Array:
        """Derivatives at points (N,), not finite where an intermediate value leaves the range of floats."""
        return self._table(self.program.float_derivatives, points, order)

    def exact_derivatives(self, z: Any, order: int) -> list[Any]:
        """Derivatives 0 … `order` at one point, by mpmath."""
        for disc in self.discs:
            if abs(z - disc.center) <= disc.radius / 2:
                return disc.exact_derivatives(z, order)
        return self.program.exact_derivatives(z, order)

    def _table(self, elsewhere: Any, z: Array, order: int) -> Array:
        points = np.asarray(z, dtype=np.float64).ravel()
        table = np.empty((order + 1, points.size))
        left = np.ones(points.size, dtype=np.bool_)
        for disc in self.discs:
            near = left & disc.holds(points)
            table[:, near] = disc.derivatives(points[near], order)
            left &= ~near
        if left.any():
            table[:, left] = elsewhere(points[left], order)
        return table.reshape(order + 1, *np.shape(z))


Program: TypeAlias = TaylorProgram | MendedProgram
"""A smooth function of z and its derivatives."""


def mended(program: TaylorProgram, places: Sequence[float], name: str) -> Program:
    """`program` with its singularities at some places removed.

    Raises
    ------
    InvalidInput
        If one of them cannot be: a pole, or worse.
    """
    discs: list[Disc] = []
    for place in places:
        if not any(abs(place - disc.center) < disc.radius / 4 for disc in discs):
            discs.append(_disc(program, place, name))
    return MendedProgram(program, tuple(discs)) if discs else program


def _disc(program: TaylorProgram, center: float, name: str) -> Disc:
    for radius in _RADII if _is_tame(program, center) else ():
        disc = _series(program, center, radius)
        if disc is not None:
            return disc
    raise InvalidInput(
        f"activation {name} has no value at z = {center:g}; give a function that is finite and smooth for all real z,"
        " or up to its kinks"
    )


def _is_tame(program: TaylorProgram, center: float) -> bool:
    """Whether nothing is seen of a pole on a close look."""
    import mpmath

    with mpmath.workdps(_DIGITS):
        near, far = (abs(program.at(center + mpmath.mpf(step))) for step in ("1e-9", "1e-2"))
        return bool(mpmath.isfinite(near)) and near < 1e3 * (1 + far)


def _series(program: TaylorProgram, center: float, radius: float) -> Disc | None:
    """The Taylor series, if the function is analytic within the circle."""
    import mpmath

    with mpmath.workdps(_DIGITS):
        turns = [mpmath.expjpi(mpmath.mpf(2 * k) / _SAMPLES) for k in range(_SAMPLES)]
        half = [program.at(center + radius * turn) for turn in turns[: _SAMPLES // 2 + 1]]
        if not all(mpmath.isfinite(value) for value in half):
            return None
        values = half + [mpmath.conj(value) for value in half[-2:0:-1]]  # real on the real axis
        size = max(abs(value) for value in values)
        for x in map(mpmath.mpmathify, (0.5, -0.5, 0.37j, 0.21 + 0.33j)):
            inside = mpmath.fsum(v * t / (t - x) for v, t in zip(values, turns, strict=True)) / _SAMPLES
            if not abs(inside - program.at(center + radius * x)) <= _AGREEMENT * size:
                return None
        coefficients = [
            mpmath.fsum(mpmath.re(values[k] * turns[-k * n % _SAMPLES]) for k in range(_SAMPLES)) / _SAMPLES
            for n in range(_TERMS)
        ]
    return Disc(center, radius, tuple(coefficients))
