"""Functions that are their own derivatives, up to signs: sin, cos, exp."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


def sin_derivatives(z: Array, order: int) -> Array:
    """Sine, cosine, -sine, -cosine, and so on: shape (order + 1, *z.shape)."""
    return _cycle((np.sin(z), np.cos(z)), order)


def cos_derivatives(z: Array, order: int) -> Array:
    """Cosine, -sine, -cosine, sine, and so on."""
    return _cycle((np.cos(z), -np.sin(z)), order)


def exp_derivatives(z: Array, order: int) -> Array:
    """Exponentials all."""
    return np.repeat(np.exp(z)[np.newaxis], order + 1, axis=0)


def _cycle(first: tuple[Array, Array], order: int) -> Array:
    table = np.empty((order + 1, *np.shape(first[0])))
    for m in range(order + 1):
        table[m] = first[m % 2] if m % 4 < 2 else -first[m % 2]
    return table
