"""The few Gaussian expectations of one input that decide about criticality."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from feyn_nn._core import InvalidInput
from feyn_nn.flow.jumps import require_slopes
from feyn_nn.kernels.expectations import ExpectationPlan
from feyn_nn.networks import Activation
from feyn_nn.rules import Factor

_TOLERANCE = 1e-14
_EPS = float(np.finfo(np.float64).eps)
_REQUESTS = (
    (Factor(0, 2, 0),),
    (Factor(0, 1, 1), Factor(1, 1, 1)),
    (Factor(0, 1, 0), Factor(1, 1, 2)),
    (Factor(0, 2, 4),),
    (Factor(0, 4, 0),),
)


class Slopes(NamedTuple):
    """Expectations over z ~ N(0, K).

    Parameters
    ----------
    mean : float
        ⟨σ²⟩.
    slope : float
        ⟨σ'σ'⟩, which times C_W is χ_⊥.
    curvature : float
        ⟨σσ''⟩, which times C_W is χ_∥ - χ_⊥.
    second : float
        ∂²⟨σ²⟩/∂K² = ¼⟨(σ²)''''⟩.
    variance : float
        ⟨σ⁴⟩ - ⟨σ²⟩².
    """

    mean: float
    slope: float
    curvature: float
    second: float
    variance: float


class GaussianSlopes:
    """Those expectations of one activation, and their errors, at any K.

    Examples
    --------
    >>> from feyn_nn.networks import activation
    >>> values, errors = GaussianSlopes(activation("linear"))(2.0)
    >>> values
    Slopes(mean=2.0, slope=1.0, curvature=0.0, second=0.0, variance=8.0)
    """

    def __init__(self, activation: Activation) -> None:
        require_slopes(activation)
        self.activation = activation
        self._plan = ExpectationPlan(activation, _REQUESTS)
        self._known: dict[float, tuple[Slopes, Slopes]] = {}

    def __call__(self, kernel: float) -> tuple[Slopes, Slopes]:
        """Values and absolute errors at K.

        Raises
        ------
        InvalidInput
            If an expectation does not exist, or is larger than any float.
        """
        if kernel not in self._known:
            with np.errstate(over="ignore", invalid="ignore"):
                v, e = self._plan.evaluate(np.full((2, 2), kernel), tolerance=_TOLERANCE)
            if not np.isfinite(v).all():
                raise InvalidInput(
                    f"an expectation of {self.activation.name!r} overflows at K = {kernel:.3g}; give a smaller K"
                )
            mean, slope, curvature, second, square = v.tolist()
            off = e.tolist()
            self._known[kernel] = (
                Slopes(mean, slope, curvature, second / 4, square - mean**2),
                Slopes(off[0], off[1], off[2], off[3] / 4, off[4] + 2 * mean * off[0]),
            )
        return self._known[kernel]

    def zero_of_curvature(self, low: float, high: float) -> tuple[float, float]:
        """K in [low, high] with ⟨σσ''⟩ = 0, and its error."""
        from scipy.optimize import brentq

        kernel = float(brentq(lambda k: self(k)[0].curvature, low, high, xtol=1e-300, rtol=4.0 * _EPS))
        rate = self.rates(kernel).curvature
        return kernel, self(kernel)[1].curvature / max(abs(rate), 1e-300) + 4.0 * _EPS * kernel

    def rates(self, kernel: float) -> Slopes:
        """How the expectations change with K, to a few digits: for errors alone."""
        step = 1e-3 * kernel
        above, below = self(kernel + step)[0], self(kernel - step)[0]
        return Slopes(*((a - b) / (2 * step) for a, b in zip(above, below, strict=True)))
