"""Functions whose derivatives are Hermite polynomials times a Gaussian: erf and GELU."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


def erf(z: Array) -> Array:
    """The error function, elementwise."""
    import scipy.special

    value: Array = scipy.special.erf(z)
    return value


def erf_derivatives(z: Array, order: int) -> Array:
    """erf^(m) = (2/√π) (-1)^{m-1} H_{m-1}(z) exp(-z²), H_m(z) = 2^{m/2} He_m(√2 z): shape (order + 1, *z.shape)."""
    table = np.empty((order + 1, *z.shape))
    table[0] = erf(z)
    if order:
        table[1:] = 2.0 * math.sqrt(2.0) * _bell_derivatives(math.sqrt(2.0) * z, order - 1)
        for m in range(2, order + 1):
            table[m] *= 2.0 ** ((m - 1) / 2)
    return table


def gelu(z: Array) -> Array:
    """GELU: z Φ(z), Φ the distribution function of a standard normal."""
    import scipy.special

    value: Array = z * scipy.special.ndtr(z)
    return value


def gelu_derivatives(z: Array, order: int) -> Array:
    """Φ + zφ for m = 1 and φ^(m-2) - φ^(m) beyond, as zφ = -φ': shape (order + 1, *z.shape)."""
    import scipy.special

    table = np.empty((order + 1, *z.shape))
    normal = scipy.special.ndtr(z)
    table[0] = z * normal
    if order:
        bells = _bell_derivatives(z, order)
        table[1] = normal + z * bells[0]
        for m in range(2, order + 1):
            table[m] = bells[m - 2] - bells[m]
    return table


def _bell_derivatives(z: Array, order: int) -> Array:
    """Derivatives 0 … `order` of φ(z) = exp(-z²/2)/√2π, by φ^(m+1) = -z φ^(m) - m φ^(m-1)."""
    table = np.empty((order + 1, *z.shape))
    table[0] = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    if order:
        table[1] = -z * table[0]
    for m in range(1, order):
        table[m + 1] = -z * table[m] - m * table[m - 1]
    return table
