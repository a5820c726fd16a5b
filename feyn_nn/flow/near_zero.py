"""⟨σ²⟩ for a small variance: the Taylor coefficients of σ on both sides of zero."""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.networks import Activation
from feyn_nn.networks.pieces import Derivatives

Array: TypeAlias = NDArray[np.float64]

_ORDER = 9
_NOTHING = 1e-13


class NearZero(NamedTuple):
    """⟨σ²⟩_K = slope·K + correction·K^{1+power} + …, for a σ that vanishes at zero.

    Parameters
    ----------
    slope : float
        (σ'(0-)² + σ'(0+)²)/2, which is ⟨σ'σ'⟩ there as well.
    fourth : float
        (σ'(0-)⁴ + σ'(0+)⁴)/2, for ⟨σ⁴⟩ = 3·fourth·K².
    correction : float
        Zero if σ is made of two straight lines as far as can be seen.
    power : float
        1 for a smooth σ, ½ where σ'' jumps at zero.
    """

    slope: float
    fourth: float
    correction: float
    power: float


def near_zero(activation: Activation) -> NearZero | None:
    """Expand ⟨σ²⟩ about K = 0; None unless σ(0) = 0 and σ has a slope there, so that K* = 0 can be critical.

    With σ² = Σ_m c_m^± z^m on either side, ⟨σ²⟩ = Σ_m ½(c_m^+ + (-1)^m c_m^-) E|g|^m K^{m/2}.

    Examples
    --------
    >>> from feyn_nn.networks import activation
    >>> near_zero(activation("tanh"))
    NearZero(slope=1.0, fourth=1.0, correction=-2.0, power=1.0)
    """
    above, below = (_taylor(activation, side) for side in (1, -1))
    largest = max(abs(above[1]), abs(below[1]))
    if max(abs(above[0]), abs(below[0])) > _NOTHING * largest or largest == 0.0:
        return None
    squares = [np.convolve(side, side)[:_ORDER] for side in (above, below)]
    terms = [0.5 * (squares[0][m] + (-1) ** m * squares[1][m]) * _absolute_moment(m) for m in range(_ORDER)]
    slope = float(terms[2])
    first = next((m for m in range(3, _ORDER) if abs(terms[m]) > _NOTHING * slope), None)
    return NearZero(
        slope=slope,
        fourth=0.5 * float(above[1] ** 4 + below[1] ** 4),
        correction=0.0 if first is None else float(terms[first]),
        power=1.0 if first is None else first / 2 - 1,
    )


def _taylor(activation: Activation, side: int) -> Array:
    """Taylor coefficients of σ at zero as seen from one side."""
    if activation.slopes is not None:
        return np.array([0.0, activation.slopes[side > 0]] + [0.0] * (_ORDER - 2))
    derivatives: Derivatives = activation.derivatives
    if activation.pieces is not None:
        kinks = activation.pieces.kinks
        number = sum(kink < 0.0 or (kink == 0.0 and side > 0) for kink in kinks)
        derivatives = activation.pieces.derivatives[number]
    table = derivatives(np.zeros(1), _ORDER - 1)[:, 0]
    return np.asarray(table) / [float(math.factorial(k)) for k in range(_ORDER)]


def _absolute_moment(m: int) -> float:
    """E|g|^m of a standard normal."""
    double_factorial = math.prod(range(m - 1, 0, -2))
    return double_factorial * (math.sqrt(2 / math.pi) if m % 2 else 1.0)
