"""Activations in place on flat arrays: compiled loops without calls, so that LLVM vectorises them."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn._core._elementary import (
    FARTHEST_ANGLE,
    cosine_series,
    erf_centre,
    erfc_tail,
    exp,
    expm1,
    half_turn,
    log1p,
    sine_series,
)
from feyn_nn._core._floats import as_float, as_word

Floats = NDArray[np.float64]

_LAST_BIT = np.uint64(63)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def tanh(z: Floats) -> None:
    """Overwrite z with tanh z = E/(E + 2), E = exp(2z) − 1."""
    for i in range(z.shape[0]):
        e = expm1(2.0 * min(max(z[i], -20.0), 20.0))
        z[i] = e / (e + 2.0)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def exponential(z: Floats) -> None:
    """Overwrite z with exp z, as the square of exp(z/2), which neither overflows nor underflows before its time."""
    for i in range(z.shape[0]):
        root = exp(min(max(0.5 * z[i], -400.0), 400.0))
        z[i] = root * root


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def swish(z: Floats) -> None:
    """Overwrite z with z/(1 + exp(−z))."""
    for i in range(z.shape[0]):
        x = z[i]
        z[i] = max(x, -750.0) / (1.0 + exp(min(max(-x, -690.0), 690.0)))  # below −745 nothing is left of it


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def softplus(z: Floats) -> None:
    """Overwrite z with ln(1 + exp z) = max(z, 0) + ln(1 + exp(−|z|))."""
    for i in range(z.shape[0]):
        x = z[i]
        z[i] = max(x, 0.0) + log1p(exp(max(-abs(x), -690.0)))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def erf(z: Floats) -> None:
    """Overwrite z with erf z."""
    for i in range(z.shape[0]):
        x = z[i]
        a = min(max(abs(x), 1.0), 7.0)
        tail = 1.0 - erfc_tail(a, a * a)
        value = erf_centre(min(max(x, -1.0), 1.0))
        z[i] = math.copysign(tail, x) if abs(x) > 1.0 else value


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def gelu(z: Floats) -> None:
    """Overwrite z with z Φ(z), with Φ(z) = ½ erfc(−z/√2)."""
    for i in range(z.shape[0]):
        x = z[i]
        a = x * math.sqrt(0.5)
        tail = 0.5 * erfc_tail(min(max(abs(a), 1.0), 26.0), min(0.5 * x * x, 690.0))
        outside = 1.0 - tail if x > 0.0 else tail
        inside = 0.5 + 0.5 * erf_centre(min(max(a, -1.0), 1.0))
        z[i] = max(x, -40.0) * (outside if abs(a) > 1.0 else inside)  # below −38 nothing is left of it


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def sine(z: Floats) -> None:
    """Overwrite z with sin z."""
    if _far(z):
        for i in range(z.shape[0]):
            z[i] = math.sin(z[i])
    else:
        for i in range(z.shape[0]):
            x, turns = half_turn(z[i])
            value = x * sine_series(x * x)
            z[i] = as_float(as_word(value) ^ (turns << _LAST_BIT))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def cosine(z: Floats) -> None:
    """Overwrite z with cos z."""
    if _far(z):
        for i in range(z.shape[0]):
            z[i] = math.cos(z[i])
    else:
        for i in range(z.shape[0]):
            x, turns = half_turn(z[i])
            value = cosine_series(x * x)
            z[i] = as_float(as_word(value) ^ (turns << _LAST_BIT))


@njit(forceinline=True, error_model="numpy")
def _far(z: Floats) -> bool:
    """Whether an angle is too large for the reduction in three parts."""
    far = 0
    for i in range(z.shape[0]):
        far |= abs(z[i]) > FARTHEST_ANGLE
    return far != 0


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def broken_line(z: Floats, below: float, above: float) -> None:
    """Overwrite z with a₋ z where it is negative and a₊ z elsewhere."""
    for i in range(z.shape[0]):
        x = z[i]
        z[i] = x * (below if x < 0.0 else above)
