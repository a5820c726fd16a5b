"""What theory needs to know of a function that is given as a program: real, analytic, even or odd, how fast it grows.

All of it is found from values: in many digits where an identity is to be recognised, from Taylor coefficients where
singularities are sought.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.growth import Growth
from feyn_nn.networks.removable import Program
from feyn_nn.networks.taylor import ENTIRE_FUNCTIONS

Array: TypeAlias = NDArray[np.float64]


class ExactFunction(Protocol):
    """Whatever has derivatives in many digits."""

    def exact_derivatives(self, z: Any, order: int) -> list[Any]:
        """Derivatives 0 … `order` at one point, by mpmath."""


NARROWEST_STRIP = 0.04
"""A singularity nearer to the real axis than this counts as one on it."""

HIGHEST_DEGREE = 64
_REACH, _SPACING = 12.0, 1 / 16  # where singularities are sought
_FAR = (20.0, 40.0, 100.0, 1000.0)
_TERMS = 40
_ENDS = 24  # derivatives of a piece that must exist at its ends
_ALGEBRA = frozenset({"z", "add", "multiply"})


def require_real(program: Program, name: str, low: float = -math.inf, high: float = math.inf) -> None:
    """Stop where the function is complex or not finite at a real z between `low` and `high`.

    Raises
    ------
    InvalidInput
        With the place.
    """
    import mpmath

    points = np.array([*_real_axis(low, high), *_FAR, *(-far for far in _FAR)])
    points = points[(points > low) & (points < high)]
    for z in points[~np.isfinite(program(points))].tolist():
        (value,) = program.exact_derivatives(z, 0)
        if isinstance(value, mpmath.mpc):
            raise InvalidInput(
                f"activation {name} is complex at z = {z:g}; give a function that is real for all real z"
            )
        if mpmath.isnan(value) and abs(z) <= max(_REACH, min(abs(low), abs(high)) + _REACH):
            raise InvalidInput(
                f"activation {name} has no value at z = {z:g}; give a function that is finite for all real z"
            )


def require_smooth_ends(program: Program, name: str, low: float, high: float) -> None:
    """Stop where a piece, or a derivative of it, is not finite at an end of its interval.

    Raises
    ------
    InvalidInput
        With the place.
    """
    for end in (low, high):
        if math.isfinite(end) and not np.isfinite(program.derivatives(np.array([end]), _ENDS)).all():
            raise InvalidInput(
                f"activation {name} has an infinite derivative at its kink z = {end:g}; give a function that is smooth"
                " up to its kinks from both sides"
            )


_PLACES = (0.1234, 0.31, 0.57, 0.83, 1.01, 1.3, 1.7, 2.1, 2.9, 3.3, 4.7, 6.1)


def parity(program: ExactFunction, places: Iterable[float] = _PLACES) -> int:
    """+1 for an even function, -1 for an odd one, 0 for neither: by values in many digits at some places."""
    ratios: set[int] = set()
    for z in places:
        (ahead,), (behind,) = program.exact_derivatives(z, 0), program.exact_derivatives(-z, 0)
        size = 1e-20 * (abs(ahead) + abs(behind))
        even, odd = abs(ahead - behind) <= size, abs(ahead + behind) <= size
        if even and odd:
            continue  # zero at both
        ratios.add(1 if even else -1 if odd else 0)
    return ratios.pop() if len(ratios) == 1 else 0


def nearest_singularity(program: Program, name: str, low: float = -math.inf, high: float = math.inf) -> float:
    """The half-width of the strip about the real axis in which the function is analytic, or a little less.

    For a piece of a function the axis ends at `low` and `high`, and the strip goes as far beyond them.

    It comes from Taylor series at points along [-12, 12], by the root test on their terms 20 to 40. Where the
    operations cannot make a singularity this is where the function, off the axis, has grown so large that a
    quadrature had better count it as one; ``inf`` for polynomials.

    Raises
    ------
    InvalidInput
        If a singularity is on the real axis, or so near that no quadrature could tell.
    """
    axis = _real_axis(low, high)
    table = program.float_derivatives(axis, _TERMS)
    seen = np.isfinite(table).all(axis=0)  # elsewhere σ is too large or too wild for floats to tell
    if not seen.any():
        return NARROWEST_STRIP
    axis, table = axis[seen], table[:, seen]
    orders = np.arange(_TERMS // 2, _TERMS + 1)
    with np.errstate(divide="ignore"):
        logs = np.log(np.abs(table[orders])) - np.array([math.lgamma(k + 1.0) for k in orders])[:, None]
        radii = np.exp(-np.max(logs / orders[:, None], axis=0))
    nearest = int(np.argmin(radii))
    if _is_entire(program):
        return max(NARROWEST_STRIP, float(0.8 * radii[nearest]))
    if radii[nearest] < NARROWEST_STRIP:
        raise InvalidInput(
            f"activation {name} is singular on the real axis or within {NARROWEST_STRIP} of it near"
            f" z = {axis[nearest]:.3g}; give a function that is smooth for all real z, or between its kinks"
        )
    return float(0.8 * radii[nearest])  # the root test errs by less than that at forty terms


def _is_entire(program: Program) -> bool:
    varies: list[bool] = []
    for name, operands, number in program.operations:
        varies.append(name == "z" or any(varies[i] for i in operands))
        whole = name == "power" and number.denominator == 1 and number >= 0
        if varies[-1] and not (whole or name in ENTIRE_FUNCTIONS | _ALGEBRA):
            return False
    return True


def growth(program: ExactFunction, name: str) -> Growth:
    """How fast the function grows, from its size at |z| up to some thousands.

    Raises
    ------
    InvalidInput
        If it, or one of its first two derivatives, grows faster than any exponential of |z|: then no Gaussian
        expectation of its powers is sure to exist.
    """
    found = [max((_side(program, order, sign, name) for sign in (1, -1)), key=_rank) for order in range(3)]
    if found[0].degree > HIGHEST_DEGREE:
        raise InvalidInput(
            f"activation {name} grows like {found[0]}, more than floats can follow; give a degree <= {HIGHEST_DEGREE}"
        )
    return found[0]


def _rank(own: Growth) -> tuple[float, float]:
    return own.rate, own.degree


def _side(program: ExactFunction, order: int, sign: int, name: str) -> Growth:
    sizes = [_log_size(program, order, sign * 2.0**k) for k in (9, 10, 11, 12)]
    if math.inf in sizes:
        raise _too_fast(name)
    steps = [after - before for before, after in pairwise(sizes)]
    rates = [(b - a) / 2.0**k for k, (a, b) in zip((9, 10), pairwise(steps), strict=True)]
    if rates[1] < 2e-3:  # no exponential: a power, of an integer degree at most so large
        return Growth(degree=max(0.0, math.ceil(steps[-1] / math.log(2) - 0.05)))
    if rates[1] > 1.2 * rates[0] + 2e-3:
        raise _too_fast(name)
    degree = (steps[-1] - rates[1] * 2.0**11) / math.log(2)
    return Growth(degree=max(0.0, float(round(degree))), rate=round(rates[1], 3))


def _log_size(program: ExactFunction, order: int, z: float) -> float:
    """Log of the largest absolute value near z: several places, so that no zero of an oscillation is hit."""
    import mpmath

    largest = -math.inf
    for factor in (1.0, 0.9993, 0.9987, 0.9979, 0.9971, 0.9961):
        value = program.exact_derivatives(factor * z, order)[order]
        if isinstance(value, mpmath.mpc) or mpmath.isnan(value) or mpmath.isinf(value):
            return math.inf
        if value:
            largest = max(largest, float(mpmath.log(abs(value))))
    return max(largest, -1.0)  # what falls is bounded


def _too_fast(name: str) -> InvalidInput:
    return InvalidInput(
        f"activation {name} grows faster than a Gaussian expectation of its powers can bear; give one that grows no"
        " faster than exp(c*z)"
    )


def _real_axis(low: float, high: float) -> Array:
    """Points of an interval, ends included, on a grid where it is within reach of zero, or of its own nearer end."""
    start, end = max(low, -_REACH), min(high, _REACH)
    if start >= end:  # it lies farther out
        start, end = (low, min(high, low + _REACH)) if low > 0 else (max(low, high - _REACH), high)
    count = max(2, round((end - start) / _SPACING))
    axis: Array = np.linspace(start, end, count + 1)
    return axis
