"""The linearised flow about a fixed point: which operators grow with depth, which stay, which die out.

About K* two nearby inputs have modes that change their sizes, Δ_∥, multiplied by χ_∥ at each layer, be it their mean or
their difference, and one that changes their distance, Δ_⊥, multiplied by χ_⊥. Cumulants are products of modes:
κ(Δ_∥^a Δ_⊥^b) is multiplied by χ_∥^a χ_⊥^b, and carries n^{1-a-b}.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from feyn_nn._core import InvalidInput
from feyn_nn.flow.gaussian_slopes import GaussianSlopes
from feyn_nn.flow.near_zero import near_zero
from feyn_nn.flow.susceptibility import kind_of
from feyn_nn.networks import Activation
from feyn_nn.networks import activations as known
from feyn_nn.networks.checks import integer, variance

_SAME = 1e-8


@dataclass(frozen=True, kw_only=True)
class Operator:
    """An eigen-operator of the linearised flow.

    Parameters
    ----------
    name : str
        Such as ``"κ(Δ∥Δ⊥)"``.
    parallel, perpendicular : int
        How many of each mode it holds.
    multiplier : float
        χ_∥^a χ_⊥^b.
    kind : str
        ``"relevant"``, ``"marginal"`` or ``"irrelevant"``.

    Examples
    --------
    >>> Operator(name="κ(Δ∥Δ⊥)", parallel=1, perpendicular=1, multiplier=0.5, kind="irrelevant").width_power
    -1
    """

    name: str
    parallel: int
    perpendicular: int
    multiplier: float
    kind: str

    @property
    def width_power(self) -> int:
        """The power of n that it carries: 0 for the kernel, -1 for a four-point vertex, …."""
        return 1 - self.parallel - self.perpendicular

    @property
    def scaling_dimension(self) -> float:
        """Log of the multiplier: its growth rate with depth."""
        return float(np.log(abs(self.multiplier))) if self.multiplier else -np.inf


@dataclass(frozen=True, kw_only=True)
class Relevance:
    """Eigen-operators about a fixed point, fastest growing first; made by :func:`relevance`.

    Parameters
    ----------
    activation : str
    bias_variance, weight_variance, fixed_point : float
        C_b, C_W and K*.
    susceptibility_parallel, susceptibility_perpendicular : float
        χ_∥ and χ_⊥ there.
    curvature : float
        ½ ∂χ_∥/∂K: the sign with which K' - K bends where Δ_∥ is marginal.
    operators : tuple of Operator
        The kernel's and the couplings'.

    Examples
    --------
    >>> found = relevance("relu", bias_variance=0.0, weight_variance=2.0, fixed_point=1.0, rank=2)
    >>> [operator.name for operator in found.of_kind("marginal")]
    ['Δ∥', 'Δ⊥', 'κ(Δ∥Δ∥)', 'κ(Δ∥Δ⊥)', 'κ(Δ⊥Δ⊥)']
    """

    activation: str
    bias_variance: float
    weight_variance: float
    fixed_point: float
    susceptibility_parallel: float
    susceptibility_perpendicular: float
    curvature: float
    operators: tuple[Operator, ...]

    def of_kind(self, kind: str) -> tuple[Operator, ...]:
        """The operators that are ``"relevant"``, ``"marginal"`` or ``"irrelevant"``."""
        return tuple(operator for operator in self.operators if operator.kind == kind)

    def __str__(self) -> str:
        lines = [
            f"{self.activation}, C_b = {self.bias_variance:g}, C_W = {self.weight_variance:g}: about K* = "
            f"{self.fixed_point:.9g}"
        ]
        for o in self.operators:
            lines.append(f"  {o.name:<14} × {o.multiplier:<14.9g} {o.kind:<11} n^{o.width_power}")
        if kind_of(self.susceptibility_parallel) == "marginal" and self.curvature:
            side = "less than" if self.curvature < 0 else "more than"
            lines.append(f"  beyond linear order K' - K is {side} zero for K > K*")
        return "\n".join(lines)


def relevance(
    activation: Any,
    *,
    bias_variance: float,
    weight_variance: float,
    fixed_point: float,
    rank: int = 3,
) -> Relevance:
    """Sort the eigen-operators of the flow about a fixed point, through κ_rank.

    Parameters
    ----------
    activation : str, sympy expression or Activation
    bias_variance, weight_variance : float
    fixed_point : float
        K*, to 1e-8.
    rank : int

    Raises
    ------
    InvalidInput
        If K* is no fixed point at these variances.

    Examples
    --------
    >>> print(relevance("tanh", bias_variance=0.0, weight_variance=1.0, fixed_point=0.0, rank=1))
    tanh, C_b = 0, C_W = 1: about K* = 0
      Δ∥             × 1              marginal    n^0
      Δ⊥             × 1              marginal    n^0
      beyond linear order K' - K is less than zero for K > K*
    """
    chosen = known.activation(activation)
    C_b, C_W = variance("bias_variance", bias_variance), variance("weight_variance", weight_variance)
    kernel = variance("fixed_point", fixed_point)
    following, parallel, perpendicular, curvature = _slopes(chosen, C_b, C_W, kernel)
    if not abs(following - kernel) <= _SAME * max(kernel, 1e-3):
        raise InvalidInput(
            f"fixed_point={kernel!r} is none: the next layer has {following:.9g}; give K* itself, or take it from"
            " flow.phase_diagram"
        )
    operators = [
        _operator(total - b, b, parallel, perpendicular)
        for total in range(1, integer("rank", rank, least=1, largest=8) + 1)
        for b in range(total + 1)
    ]
    operators.sort(key=lambda o: (-abs(o.multiplier), o.parallel + o.perpendicular))
    return Relevance(
        activation=chosen.name,
        bias_variance=C_b,
        weight_variance=C_W,
        fixed_point=kernel,
        susceptibility_parallel=parallel,
        susceptibility_perpendicular=perpendicular,
        curvature=curvature,
        operators=tuple(operators),
    )


def _slopes(
    activation: Activation, C_b: float, C_W: float, kernel: float
) -> tuple[float, float, float, float]:
    """K', χ_∥, χ_⊥ and ½ ∂χ_∥/∂K at K."""
    if kernel > 0.0:
        v, _ = GaussianSlopes(activation)(kernel)
        return C_b + C_W * v.mean, C_W * (v.slope + v.curvature), C_W * v.slope, 0.5 * C_W * v.second
    zero = near_zero(activation)
    if zero is None:
        raise InvalidInput(
            f"K* = 0 is no fixed point of {activation.name!r}, σ(0) or its slope forbids; give K* > 0"
        )
    return C_b, C_W * zero.slope, C_W * zero.slope, C_W * zero.correction


def _operator(a: int, b: int, parallel: float, perpendicular: float) -> Operator:
    modes = "Δ∥" * a + "Δ⊥" * b
    multiplier = parallel**a * perpendicular**b
    return Operator(
        name=modes if a + b == 1 else f"κ({modes})",
        parallel=a,
        perpendicular=b,
        multiplier=multiplier,
        kind=kind_of(abs(multiplier)),
    )
