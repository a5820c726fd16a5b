"""Order, chaos and the edge between them, over (C_b, C_W)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind
from feyn_nn.flow.criticality import CriticalPoints, criticality
from feyn_nn.flow.vertex_curve import VertexCurve, vertex_curve
from feyn_nn.networks import Activation
from feyn_nn.networks import activations as known
from feyn_nn.networks.checks import integer, shown, variance

Array: TypeAlias = NDArray[np.float64]

OCTAVES = (-20, 20)
"""Kernels below the first power of two count as next to zero, above the last as growing without end."""

_DEGREES, _TAIL = (12, 24, 48), 1e-10  # a map needs fewer digits than a flow
_PER_OCTAVE = 8
_ROWS = 4096  # grid points that are bracketed at once
_BISECTIONS = 44


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PhaseDiagram:
    """Fixed points and their slopes over a grid; made by :func:`phase_diagram`.

    Parameters
    ----------
    activation : Activation
    bias_variance : array (b,)
    weight_variance : array (w,)
    kernel : float
        Where each flow begins; of several fixed points it reaches the one that this leads to.
    fixed_point : array (b, w)
        K*; zero, or ``inf`` where the kernel grows without end.
    susceptibility_parallel, susceptibility_perpendicular : array (b, w)
        χ_∥ and χ_⊥ there; at the last K with expectations, 10⁶ at most, where it grows without end.

    Examples
    --------
    >>> phases = phase_diagram("relu", bias_variance=[0.1], weight_variance=[1.0])
    >>> phases.fixed_point.round(9).tolist(), phases.correlation_length_parallel.round(6).tolist()
    ([[0.2]], [[1.442695]])
    """

    activation: Activation
    bias_variance: Array
    weight_variance: Array
    kernel: float
    fixed_point: Array
    susceptibility_parallel: Array
    susceptibility_perpendicular: Array

    @cached_property
    def ordered(self) -> NDArray[np.bool_]:
        """Where nearby inputs come together, χ_⊥ < 1, shape (b, w)."""
        return np.asarray(self.susceptibility_perpendicular < 1.0)

    @cached_property
    def correlation_length_parallel(self) -> Array:
        """ξ_∥ = 1/|log|χ_∥||: layers over which a change of K shrinks, or grows, e-fold; shape (b, w)."""
        return _length(self.susceptibility_parallel)

    @cached_property
    def correlation_length_perpendicular(self) -> Array:
        """ξ_⊥ = 1/|log χ_⊥|: layers over which nearby inputs approach, or part, e-fold; shape (b, w)."""
        return _length(self.susceptibility_perpendicular)

    @cached_property
    def critical_points(self) -> CriticalPoints:
        """Where χ_∥ = 1 as well."""
        return criticality(self.activation)

    def edge(self, places: int = 400) -> Array:
        """The line χ_⊥ = 1 as (C_b, C_W, K*, χ_∥) by K*, shape (places, 4) less what has C_b < 0.

        On it C_W = 1/⟨σ'σ'⟩ and C_b = K* - C_W⟨σ²⟩, no equation need be solved. Where χ_∥ > 1 no flow reaches K*.
        """
        curve, count = _curve(self.activation), integer("places", places, least=2)
        top = float(np.max(self.fixed_point, initial=0.0, where=np.isfinite(self.fixed_point)))
        kernels = np.geomspace(2.0 ** OCTAVES[0], max(top, 2.0 ** (OCTAVES[0] + 1)), count)
        values = curve.at(kernels)
        C_W = 1.0 / values[:, -1]
        C_b = kernels - C_W * values[:, 0]
        parallel = C_W * values[:, curve.component(VertexKind(1, 1))]
        return np.column_stack((C_b, C_W, kernels, parallel))[C_b >= -1e-12]

    def plot(self) -> Any:
        """A matplotlib figure: the phases, ξ_⊥ as contours, the edge and the critical points.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        """
        from feyn_nn.flow.pictures import phase_figure

        return phase_figure(self)

    def __repr__(self) -> str:
        share = float(self.ordered.mean())
        grid = f"{len(self.bias_variance)} × {len(self.weight_variance)}"
        return (
            f"<PhaseDiagram of {self.activation.name} on {grid}: C_b {_span(self.bias_variance)},"
            f" C_W {_span(self.weight_variance)}, {share:.0%} ordered>"
        )


def phase_diagram(
    activation: Any,
    *,
    bias_variance: ArrayLike | None = None,
    weight_variance: ArrayLike | None = None,
    kernel: float = 1.0,
) -> PhaseDiagram:
    """Find the fixed point of the kernel and both slopes at every point of a grid.

    Parameters
    ----------
    activation : str, sympy expression or Activation
    bias_variance, weight_variance : array, optional
        The axes of the grid, put in ascending order; by default 200 values, from 0 to 0.5 and from 0.05 to 4.
    kernel : float
        K¹, where each flow begins.

    Raises
    ------
    InvalidInput
        If an axis is not a list of variances, or the kernel not positive.

    Examples
    --------
    >>> found = phase_diagram("tanh", bias_variance=[0.0], weight_variance=[0.5, 1.5])
    >>> found.ordered.tolist()
    [[True, False]]
    """
    chosen = known.activation(activation)
    C_b = _axis("bias_variance", np.linspace(0.0, 0.5, 200) if bias_variance is None else bias_variance)
    C_W = _axis(
        "weight_variance", np.linspace(0.05, 4.0, 200) if weight_variance is None else weight_variance
    )
    if not 2.0 ** OCTAVES[0] < variance("kernel", kernel) < 2.0 ** OCTAVES[1]:
        raise InvalidInput(f"kernel={kernel!r} is out of range; give a number between 1e-6 and 1e6")
    curve = _curve(chosen)
    places = np.stack(np.meshgrid(C_b, C_W, indexing="ij"), axis=-1).reshape(-1, 2)
    top = _top(curve, C_b, C_W, float(kernel))
    found = _fixed_points(curve, places[:, 0], places[:, 1], float(kernel), top)
    values = curve.at(np.clip(found, 2.0 ** OCTAVES[0], top))
    grid = (len(C_b), len(C_W))
    slopes = (values[:, curve.component(VertexKind(1, 1))], values[:, -1])
    parallel, perpendicular = ((places[:, 1] * slope).reshape(grid) for slope in slopes)
    return PhaseDiagram(
        activation=chosen,
        bias_variance=C_b,
        weight_variance=C_W,
        kernel=float(kernel),
        fixed_point=found.reshape(grid),
        susceptibility_parallel=parallel,
        susceptibility_perpendicular=perpendicular,
    )


def _curve(activation: Activation) -> VertexCurve:
    return vertex_curve(activation, 1, _DEGREES, _TAIL)


def _top(curve: VertexCurve, C_b: Array, C_W: Array, kernel: float) -> float:
    """Where the search for fixed points ends: at an octave that no flow climbs over, or the last with expectations."""
    for octave in range(OCTAVES[0], OCTAVES[1]):
        try:
            curve.panel(octave)
        except InvalidInput:
            if octave == OCTAVES[0]:
                raise
            return float(2.0**octave * (1 - 1e-12))
        kernels = 2.0**octave * np.linspace(1.0, 2.0, _PER_OCTAVE, endpoint=False)
        if kernels[0] > kernel and (C_b.max() + C_W.max() * curve.at(kernels, 1)[:, 0] < kernels).all():
            return float(kernels[-1])
    return float(2.0 ** OCTAVES[1] * (1 - 1e-12))


def _fixed_points(curve: VertexCurve, C_b: Array, C_W: Array, kernel: float, top: float) -> Array:
    """The first fixed point on the way that the flow takes from `kernel`, of each (C_b, C_W)."""
    count = int(np.log2(top / 2.0 ** OCTAVES[0]) * _PER_OCTAVE)
    kernels = np.unique(np.append(np.geomspace(2.0 ** OCTAVES[0], top, count), kernel))
    kernels = kernels[(kernels >= 2.0 ** OCTAVES[0]) & (kernels <= top)]
    means = curve.at(kernels, 1)[:, 0]
    start = int(np.searchsorted(kernels, min(kernel, top)))
    low, high = np.empty_like(C_b), np.empty_like(C_b)
    for first in range(0, len(C_b), _ROWS):
        rows = slice(first, first + _ROWS)
        rise = C_b[rows, None] + C_W[rows, None] * means - kernels
        low[rows], high[rows] = _brackets(kernels, rise, start)
    found = np.where(np.isinf(high), np.inf, 0.5 * (low + high))
    inside = np.flatnonzero((low > 0.0) & np.isfinite(high))
    found[inside] = _bisected(curve, C_b[inside], C_W[inside], low[inside], high[inside])
    beneath = np.flatnonzero(low == 0.0)
    slope = means[0] / kernels[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        near = C_b[beneath] / (1.0 - C_W[beneath] * slope)
    found[beneath] = np.where(C_b[beneath] > 0.0, np.clip(near, 0.0, kernels[0]), 0.0)
    return found


def _brackets(kernels: Array, rise: Array, start: int) -> tuple[Array, Array]:
    """Where the sign of K' - K first changes, going up or down from `start`; (0, K_0) or (K_last, inf) if nowhere."""
    upward = rise[:, start] > 0.0
    above, below = rise[:, start:] <= 0.0, rise[:, : start + 1][:, ::-1] > 0.0
    first_above, first_below = above.argmax(axis=1), below.argmax(axis=1)
    high = np.where(above.any(axis=1), start + first_above, len(kernels))
    low = np.where(below.any(axis=1), start - first_below, -1)
    edges = np.concatenate(([0.0], kernels, [np.inf]))
    return (
        np.where(upward, edges[high], edges[low + 1]),
        np.where(upward, edges[high + 1], edges[low + 2]),
    )


def _bisected(curve: VertexCurve, C_b: Array, C_W: Array, low: Array, high: Array) -> Array:
    rising = C_b + C_W * curve.at(low, 1)[:, 0] - low > 0.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        same = (C_b + C_W * curve.at(middle, 1)[:, 0] - middle > 0.0) == rising
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.asarray(0.5 * (low + high))


def _length(slopes: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / np.abs(np.log(np.abs(slopes))))


def _axis(name: str, values: ArrayLike) -> Array:
    try:
        array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise InvalidInput(f"{name}={shown(values)} is no list of variances; give numbers >= 0") from None
    if array.ndim != 1 or not array.size or not np.isfinite(array).all() or (array < 0.0).any():
        raise InvalidInput(
            f"{name}={shown(values)} is no list of variances; give finite numbers >= 0 in one row"
        )
    return np.unique(array)


def _span(values: Sequence[float] | Array) -> str:
    return f"{min(values):g} … {max(values):g}"
