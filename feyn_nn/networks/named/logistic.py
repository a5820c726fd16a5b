"""Functions made of the logistic s(z) = 1/(1 + exp(-z)): SWISH and softplus.

s = (1 + tanh(z/2))/2, so that its derivatives are those of tanh, stable in both tails.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.networks.named.hyperbolic import tanh_derivatives

Array: TypeAlias = NDArray[np.float64]


def swish(z: Array) -> Array:
    """SWISH: z s(z)."""
    return z * _logistic(z)


def swish_derivatives(z: Array, order: int) -> Array:
    """(z s)^(m) = z s^(m) + m s^(m-1): shape (order + 1, *z.shape)."""
    logistic = _logistic_derivatives(z, order)
    table = z * logistic
    for m in range(1, order + 1):
        table[m] += m * logistic[m - 1]
    return table


def softplus(z: Array) -> Array:
    """log(1 + exp(z))."""
    return np.logaddexp(0.0, z)


def softplus_derivatives(z: Array, order: int) -> Array:
    """Softplus and then the derivatives of the logistic."""
    table = np.empty((order + 1, *z.shape))
    table[0] = softplus(z)
    if order:
        table[1:] = _logistic_derivatives(z, order - 1)
    return table


def _logistic(z: Array) -> Array:
    import scipy.special

    value: Array = scipy.special.expit(z)
    return value


def _logistic_derivatives(z: Array, order: int) -> Array:
    table = tanh_derivatives(z / 2, order)
    for m in range(order + 1):
        table[m] *= 0.5 ** (m + 1)
    table[0] = _logistic(z)  # (1 + tanh)/2 would lose the left tail
    return table
