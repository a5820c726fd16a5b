"""Critical initialisations: every (C_b, C_W) at which χ_∥ = χ_⊥ = 1 at a fixed point of the kernel.

χ_∥ - χ_⊥ = C_W⟨σσ''⟩, so a critical kernel K* > 0 is a zero of ⟨σσ''⟩, and then C_W = 1/⟨σ'σ'⟩ and
C_b = K* - C_W⟨σ²⟩ ≥ 0. K* = 0 is one if σ(0) = 0 and σ has a slope there: C_b = 0, C_W the inverse of the mean
squared slope. (Roberts, Yaida & Hanin 2022, section 5.3.)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.flow.exact_depth import with_exact_half_stable, with_exact_line, with_exact_zero
from feyn_nn.flow.gaussian_slopes import GaussianSlopes
from feyn_nn.flow.large_depth import LargeDepth, fixed_line, half_stable, vanishing_kernel
from feyn_nn.flow.near_zero import NearZero, near_zero
from feyn_nn.flow.nearest_miss import NearestMiss, nearest_miss
from feyn_nn.networks import Activation
from feyn_nn.networks import activations as known

Array: TypeAlias = NDArray[np.float64]

SCANNED = (1e-6, 1e-3, 1e3, 1e6)
"""Between these K* > 0 is looked for, most closely between the inner two; beyond 10³ where σ varies that slowly, below
10⁻⁶ where it bends that soon."""

_PLACES = (20, 120, 20)  # from each of them to the next
_SOON = 1e-4  # in units of 1/|a|, the K where K' = K + aK² bends
_REACH = 100.0  # in units of the squared distance of σ's nearest singularity, its scale
_NOISE = 1e-13  # of ⟨σσ''⟩/⟨σ'σ'⟩: signs below it are those of rounding
_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, kw_only=True)
class CriticalPoint:
    """One critical initialisation.

    Parameters
    ----------
    activation : str
    bias_variance, weight_variance : float
        C_b and C_W.
    fixed_point : float or None
        K*; None where every K is one, a line of fixed points.
    universality_class : str
        ``"scale-invariant"``, ``"K* = 0"``, ``"half-stable"`` or ``"other"``.
    stability : str
        ``"stable"``, ``"unstable"``, ``"half-stable"`` or, on a line, ``"marginal"``.
    error, fixed_point_error : float
        Of the two variances, the larger one, and of K*; absolute.
    large_depth : LargeDepth or None
        What a network tends to that flows into the point; None if nothing does.

    Examples
    --------
    >>> point = criticality("sin").best()
    >>> (point.fixed_point, point.stability, str(point.large_depth.kernel))
    (0.0, 'stable', '1·ℓ^-1')
    """

    activation: str
    bias_variance: float
    weight_variance: float
    fixed_point: float | None
    universality_class: str
    stability: str
    error: float
    fixed_point_error: float = 0.0
    large_depth: LargeDepth | None

    @property
    def is_line(self) -> bool:
        """Whether every K is a fixed point."""
        return self.fixed_point is None

    def __str__(self) -> str:
        where = "every K is a fixed point" if self.fixed_point is None else f"K* = {self.fixed_point:.12g}"
        head = f"C_b = {self.bias_variance:.12g}, C_W = {self.weight_variance:.12g}, {where}"
        head += f": {self.universality_class}, {self.stability} (± {self.error:.0e})"
        return head if self.large_depth is None else f"{head}\n    {self.large_depth}"


@dataclass(frozen=True)
class CriticalPoints(Sequence[CriticalPoint]):
    """The critical points of an activation, by K*, as a list.

    Parameters
    ----------
    activation : str
    points : tuple of CriticalPoint
    nearest_miss : NearestMiss or None
        Where there is no point.

    Examples
    --------
    >>> found = criticality("gelu")
    >>> [point.stability for point in found]
    ['unstable', 'half-stable']
    >>> found.best() is found[1]
    True
    """

    activation: str
    points: tuple[CriticalPoint, ...]
    nearest_miss: NearestMiss | None = None

    @overload
    def __getitem__(self, index: int) -> CriticalPoint: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[CriticalPoint, ...]: ...
    def __getitem__(self, index: int | slice) -> CriticalPoint | tuple[CriticalPoint, ...]:
        return self.points[index]

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        if not self.points:
            return f"{self.activation} has no critical point; {self.nearest_miss}"
        return "\n".join([f"{self.activation}:", *(f"  {point}" for point in self.points)])

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        names = (
            "bias_variance",
            "weight_variance",
            "fixed_point",
            "universality_class",
            "stability",
            "error",
        )
        return {
            "activation": self.activation,
            "critical_points": [{name: getattr(point, name) for name in names} for point in self.points],
            "nearest_miss": None if self.nearest_miss is None else str(self.nearest_miss),
        }

    def best(self) -> CriticalPoint:
        """The point that networks flow into: the first that is not unstable.

        Raises
        ------
        InvalidInput
            If there is none, with the nearest miss where there is no critical point at all.
        """
        if not self.points:
            raise InvalidInput(f"{self!r}; give bias_variance and weight_variance yourself")
        found = next((p for p in self.points if p.stability != "unstable"), None)
        if found is None:
            raise InvalidInput(
                f"the critical points of {self.activation} are unstable, no network flows into them; give bias_variance"
                " and weight_variance yourself"
            )
        return found


def criticality(activation: Any) -> CriticalPoints:
    """Every critical (C_b, C_W) of an activation, with K*, its universality class and its large-depth laws.

    Parameters
    ----------
    activation : str, sympy expression or Activation

    Returns
    -------
    CriticalPoints
        Empty, with the nearest miss, if there is none. K* > 0 is searched from 1e-6 to 1e3, to 1e6 if σ
        varies that slowly, from less than 1e-6 if it bends that soon, or as far as expectations of σ exist.

    Raises
    ------
    InvalidInput
        If the activation is not known, is constant, or jumps.

    Examples
    --------
    >>> [(p.bias_variance, p.weight_variance, p.universality_class) for p in criticality("tanh")]
    [(0.0, 1.0, 'K* = 0')]
    >>> print(criticality("relu")[0])
    C_b = 0, C_W = 2, every K is a fixed point: scale-invariant, marginal (± 4e-16)
        K → 1, V/K² → 5·ℓ^1, κ₃/K³ → 75·ℓ^2, κ₄/K⁴ → 2000·ℓ^3, K^{1}/K → 0
    """
    chosen = known.activation(activation)
    zero = near_zero(chosen)
    if chosen.slopes == (0.0, 0.0):
        raise InvalidInput(
            f"activation {chosen.name!r} is constant, so that no signal passes; give one with a slope"
        )
    if chosen.slopes is not None and zero is not None:
        return CriticalPoints(chosen.name, (_line(chosen, zero),))
    slopes = GaussianSlopes(chosen)
    scan = _scanned(slopes, zero)
    points = [] if zero is None else [_at_zero(chosen, zero, scan)]
    for low, high in _brackets(slopes, scan):
        point = _above_zero(slopes, low, high)
        points += [] if point is None else [point]
    return CriticalPoints(chosen.name, tuple(points), None if points else nearest_miss(slopes, *scan))


def _line(activation: Activation, zero: NearZero) -> CriticalPoint:
    C_W = 1.0 / zero.slope
    depth = fixed_line(3.0 * zero.fourth * C_W**2 - 1.0, 4.0 * _EPS)
    return CriticalPoint(
        activation=activation.name,
        bias_variance=0.0,
        weight_variance=C_W,
        fixed_point=None,
        universality_class="scale-invariant",
        stability="marginal",
        error=_EPS * C_W,
        large_depth=with_exact_line(depth, activation),
    )


def _at_zero(activation: Activation, zero: NearZero, scan: Array) -> CriticalPoint:
    """K* = 0; where σ is straight about zero, K' - K is less than any power of K, and the scan tells its sign."""
    C_W = 1.0 / zero.slope
    straight = zero.correction == 0.0
    a = C_W * zero.correction
    if straight:
        told = scan[1][np.abs(scan[1]) > _NOISE]
        a = float(told[0]) if told.size else 0.0
    depth = None
    if a < 0.0 and not straight:
        depth = vanishing_kernel(a, zero.power, 3.0 * zero.fourth * C_W**2 - 1.0, 16.0 * _EPS)
        depth = with_exact_zero(depth, activation, zero.power) if _smooth_slope(zero) else depth
    return CriticalPoint(
        activation=activation.name,
        bias_variance=0.0,
        weight_variance=C_W,
        fixed_point=0.0,
        universality_class="other" if straight else "K* = 0",
        stability="stable" if a < 0.0 else "unstable",
        error=4.0 * _EPS * C_W,
        large_depth=depth,
    )


def _smooth_slope(zero: NearZero) -> bool:
    """Whether σ has one slope at zero, up to its sign, so that V_{2,0} = 2K²."""
    return math.isclose(zero.fourth, zero.slope**2, rel_tol=1e-12)


def _scanned(slopes: GaussianSlopes, zero: NearZero | None) -> Array:
    """K and ⟨σσ''⟩/⟨σ'σ'⟩, shape (2, places), as far as the expectations exist."""
    least = SCANNED[0]
    if zero is not None and zero.correction:
        least = min(least, _SOON * (zero.slope / abs(zero.correction)) ** (1.0 / zero.power))
    below = np.geomspace(least, SCANNED[0], 1 + math.ceil(_PLACES[0] * math.log(SCANNED[0] / least, 1e3)))
    parts = zip(pairwise(SCANNED), _PLACES, strict=True)
    found = []
    pieces = slopes.activation.pieces
    most = max(SCANNED[2], _REACH * (slopes.activation if pieces is None else pieces).strip ** 2)
    places = np.unique(np.concatenate([below, *(np.geomspace(*ends, count) for ends, count in parts)]))
    for kernel in places[places <= most]:
        try:
            values, _ = slopes(float(kernel))
        except InvalidInput:
            break
        found.append((kernel, values.curvature / values.slope))
    return np.array(found).reshape(-1, 2).T


def _brackets(slopes: GaussianSlopes, scan: Array) -> Iterator[tuple[float, float]]:
    """Yield the intervals in which ⟨σσ''⟩ changes its sign; dips between two places are looked into."""
    from scipy.optimize import minimize_scalar

    kernels, values = scan
    clear = np.abs(values) > _NOISE
    kernels, values = kernels[clear], values[clear]
    places = list(zip(kernels.tolist(), values.tolist(), strict=True))
    dips = [
        i
        for i in range(1, len(places) - 1)
        if abs(values[i]) < min(abs(values[i - 1]), abs(values[i + 1]))
        and min(values[i - 1] * values[i], values[i] * values[i + 1]) > 0
    ]
    for i in dips:
        sign = np.sign(values[i])
        dip = minimize_scalar(
            lambda log, sign=sign: sign * slopes(float(np.exp(log)))[0].curvature,
            bounds=(np.log(kernels[i - 1]), np.log(kernels[i + 1])),
            method="bounded",
        )
        places.append((float(np.exp(dip.x)), float(sign * dip.fun)))
    places.sort()
    for (low, before), (high, after) in pairwise(places):
        if before * after < 0.0:
            yield low, high


def _above_zero(slopes: GaussianSlopes, low: float, high: float) -> CriticalPoint | None:
    """The critical point in a bracket; None if it needs a negative bias variance."""
    kernel, spread = slopes.zero_of_curvature(low, high)
    values, errors = slopes(kernel)
    C_W = 1.0 / values.slope
    C_b = kernel - C_W * values.mean
    moved = C_W**2 * (errors.slope + abs(slopes.rates(kernel).slope) * spread) + 2.0 * _EPS * C_W
    error = max(moved, values.mean * moved + C_W * errors.mean + 2.0 * _EPS * kernel)
    if C_b < -error:
        return None
    a = 0.5 * C_W * values.second
    w = C_W**2 * values.variance
    marginal = abs(a) * kernel < 1e-9
    depth = None
    if not marginal:
        relative = errors.second / abs(values.second) + errors.variance / values.variance
        depth = with_exact_half_stable(
            half_stable(kernel, a, w, relative + 16.0 * _EPS), slopes.activation, kernel
        )
    return CriticalPoint(
        activation=slopes.activation.name,
        bias_variance=max(C_b, 0.0),
        weight_variance=C_W,
        fixed_point=kernel,
        universality_class="other" if marginal else "half-stable",
        stability="marginal" if marginal else "half-stable",
        error=error,
        fixed_point_error=spread,
        large_depth=depth,
    )
