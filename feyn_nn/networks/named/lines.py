"""Two straight lines that meet at zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from feyn_nn.networks.activations import Activation, line_formula, piecewise_linear


def rectified(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """max(0, z)."""
    return np.maximum(z, 0.0)


def leaky_relu(name: str, numbers: tuple[float, ...]) -> Activation:
    """``leaky_relu(a)``: a z below zero and z above."""
    slopes = (numbers[0], 1.0)
    return piecewise_linear(name, slopes, formula=line_formula(slopes))
