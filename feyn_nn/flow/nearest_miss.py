"""Where an activation without a critical point comes nearest to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.flow.gaussian_slopes import GaussianSlopes

Array: TypeAlias = NDArray[np.float64]

_BETTER = 1.0 - 1e-9  # what is as near as that is the same; the first of many counts


@dataclass(frozen=True, kw_only=True)
class NearestMiss:
    """Where an activation comes nearest to criticality.

    Parameters
    ----------
    kernel, weight_variance, bias_variance : float
        K, C_W = 1/⟨σ'σ'⟩ and C_b = K - C_W⟨σ²⟩, which may be negative.
    susceptibility_parallel : float
        χ_∥ there, where χ_⊥ = 1.
    at_the_end : bool
        Whether that is an end of the range of K that was searched.

    Examples
    --------
    >>> from feyn_nn.flow.criticality import criticality
    >>> miss = criticality("1/(1+exp(-z))").nearest_miss
    >>> round(miss.susceptibility_parallel, 4), miss.bias_variance
    (0.0603, 0.0)
    """

    kernel: float
    weight_variance: float
    bias_variance: float
    susceptibility_parallel: float
    at_the_end: bool

    def __str__(self) -> str:
        text = (
            f"nearest miss: χ_∥ = {self.susceptibility_parallel:.6g} where χ_⊥ = 1, at K = {self.kernel:.4g},"
            f" C_W = {self.weight_variance:.6g}, C_b = {self.bias_variance:.4g}"
        )
        if self.bias_variance < 0:
            text += " (no variance is negative)"
        return text + (", an end of what was searched" if self.at_the_end else "")


class _Place(NamedTuple):
    """A K where χ_⊥ = 1: C_W, C_b, and χ_∥ - 1."""

    kernel: float
    weight_variance: float
    bias_variance: float
    off: float


def nearest_miss(slopes: GaussianSlopes, kernels: Array, ratios: Array) -> NearestMiss:
    """Where χ_∥ is nearest to χ_⊥ = 1; of those with C_b < 0, none if there are others.

    Parameters
    ----------
    slopes : GaussianSlopes
    kernels, ratios : array (places,)
        Where was searched, and ⟨σσ''⟩/⟨σ'σ'⟩ there; between the best of them and those next to it is looked closely.

    Raises
    ------
    InvalidInput
        If σ has no slope where its expectations exist.
    """
    means = np.array([slopes(float(kernel))[0] for kernel in kernels])
    if not len(kernels) or not (means[:, 1] > 0.0).any():
        raise InvalidInput(
            f"activation {slopes.activation.name!r} has no slope where its expectations exist; give another one"
        )
    bias = kernels - means[:, 0] / means[:, 1]
    miss = np.where(bias >= 0.0, np.abs(ratios), np.inf)
    miss = miss if np.isfinite(miss).any() else np.abs(ratios)
    place = int(np.flatnonzero(miss * _BETTER <= miss.min())[0])
    ends = [float(kernels[i]) for i in (max(place - 1, 0), min(place + 1, len(kernels) - 1))]
    found = _closest(slopes, float(kernels[place]), *ends)
    return NearestMiss(
        kernel=found.kernel,
        weight_variance=found.weight_variance,
        bias_variance=found.bias_variance,
        susceptibility_parallel=1.0 + found.off,
        at_the_end=found.kernel in (kernels[0], kernels[-1]),
    )


def _place(slopes: GaussianSlopes, kernel: float) -> _Place:
    values, _ = slopes(kernel)
    return _Place(
        kernel, 1.0 / values.slope, kernel - values.mean / values.slope, values.curvature / values.slope
    )


def _closest(slopes: GaussianSlopes, kernel: float, low: float, high: float) -> _Place:
    """The best place between two that are next to a good one, on the same side of C_b = 0."""
    from scipy.optimize import brentq, minimize_scalar

    best = _place(slopes, kernel)
    ends = []
    for end in (low, high):
        there = _place(slopes, end)
        if best.bias_variance >= 0.0 > there.bias_variance:
            root = brentq(lambda k: _place(slopes, k).bias_variance, kernel, end, xtol=1e-300, rtol=1e-14)
            there = _place(slopes, float(root))._replace(bias_variance=0.0)
        ends.append(there)
    inner = minimize_scalar(
        lambda log: abs(_place(slopes, float(np.exp(log))).off),
        bounds=(float(np.log(ends[0].kernel)), float(np.log(ends[1].kernel))),
        method="bounded",
        options={"xatol": 1e-9},
    )
    for other in (*ends, _place(slopes, float(np.exp(inner.x)))):
        if abs(other.off) < _BETTER * abs(best.off):
            best = other
    return best
