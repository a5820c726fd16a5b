"""Polynomials by their coefficients."""

from __future__ import annotations

import math
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.activations import Activation, line_formula, piecewise_linear, scaled
from feyn_nn.networks.growth import Growth

Array: TypeAlias = NDArray[np.float64]
Coefficients: TypeAlias = tuple[float, ...]

MAX_DEGREE = 24


def polynomial(name: str, numbers: Coefficients) -> Activation:
    """``polynomial(c0, c1, …)``: c0 + c1 z + c2 z² + …; a multiple of z counts as a straight line.

    Raises
    ------
    InvalidInput
        If it is constant, or its degree exceeds 24.
    """
    degree = max((k for k, c in enumerate(numbers) if c), default=0)
    if degree == 0:
        raise InvalidInput(
            f"activation {name!r} does not depend on z; give a coefficient of z, such as polynomial(0, 1)"
        )
    if degree > MAX_DEGREE:
        raise InvalidInput(f"activation {name!r} has degree {degree}; give a degree <= {MAX_DEGREE}")
    coefficients = numbers[: degree + 1]
    present = [k for k, c in enumerate(coefficients) if c]
    if present == [1]:
        slopes = (coefficients[1], coefficients[1])
        return piecewise_linear(name, slopes, formula=line_formula(slopes))
    powers = (scaled(coefficients[k], _power_text(k)) for k in present)
    return Activation(
        name=name,
        function=partial(_horner, coefficients),
        derivatives=partial(_derivatives, coefficients),
        parity=1 if all(k % 2 == 0 for k in present) else -1 if all(k % 2 for k in present) else 0,
        strip=math.inf,
        growth=Growth(degree=float(degree)),
        formula=" + ".join(powers),
    )


def _power_text(k: int) -> str:
    return f"z**{k}" if k > 1 else "z" if k else "1"


def _horner(coefficients: Coefficients, z: Array) -> Array:
    value = np.full_like(z, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        value = value * z + c
    return value


def _derivatives(coefficients: Coefficients, z: Array, order: int) -> Array:
    table = np.zeros((order + 1, *z.shape))
    left = coefficients
    for m in range(min(order + 1, len(coefficients))):
        table[m] = _horner(left, z)
        left = tuple(k * c for k, c in enumerate(left))[1:]
    return table
