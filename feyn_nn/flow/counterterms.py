"""Counterterms: what must be added to C_b, or to C_W, of each layer so that E[Ĝ] stays at K order by order in 1/n.

With Δ = Ĝ - K the next layer's mean is K + Σ_m V_{1,m} E[Δ^m]/m!, a series in 1/n through the moments of Δ. A
counterterm takes it away: δC_b, the same series with the other sign, or C_W(1 + δ) with (1 + δ) E[Ĝ' - C_b] = K - C_b.
Either makes Ĝ' an affine function of what it was, so that its moments follow, and the next layer's counterterm.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Counterterms:
    """Made by :func:`counterterms`; rows are the L - 1 steps, or the L layers.

    Parameters
    ----------
    steps : array (L - 1, loops + 2)
        By power of 1/n: δC_b, or δ = δC_W/C_W.
    residual : array (L,)
        The coefficient of 1/n^{loops+1} in E[Ĝ^ℓ] - K: what the counterterms leave.
    four_point_vertex : array (L,)
        V, the coefficient of 1/n in Var Ĝ^ℓ.
    """

    steps: Array
    residual: Array
    four_point_vertex: Array


def counterterms(vertices: Array, gain: float | None) -> Counterterms:
    """Find the counterterms through 1/n^{order-1} from vertices that suffice for 1/n^order.

    Parameters
    ----------
    vertices : array (L - 1, order + 2, 2 order + 1)
        V_{k,m}/m! at K, of :func:`feyn_nn.flow.one_input.scaled_vertices`.
    gain : float or None
        K - C_b if C_W is tuned; None if C_b is.
    """
    from feyn_nn.kernels.single_input import moment_step

    order = vertices.shape[1] - 2
    moments = np.zeros((2 * order + 1, order + 1))
    moments[0, 0] = 1.0
    room = np.zeros((2 * order + 1, order + 1, 2 * order + 1))
    steps, means, variances = [], [0.0], [0.0]
    for layer in vertices:
        moments = moment_step(layer, moments, room)
        step = -moments[1] if gain is None else _relative(moments[1], gain)
        step[order] = 0.0  # one order more is known, and left: it is the residual
        moments = (
            _affine(moments, np.zeros(order + 1), step)
            if gain is None
            else _affine(moments, step, gain * step)
        )
        steps.append(step)
        means.append(moments[1, order])
        variances.append(moments[2, 1])
    return Counterterms(
        steps=np.reshape(steps, (-1, order + 1)),
        residual=np.array(means),
        four_point_vertex=np.array(variances),
    )


def _relative(mean: Array, gain: float) -> Array:
    """δ with (1 + δ)(gain + mean) = gain, as a series that begins at 1/n."""
    step = np.zeros_like(mean)
    for power in range(1, len(mean)):
        step[power] = -(mean[power] + mean[1 : power + 1] @ step[power - 1 :: -1][:power]) / gain
    return step


def _affine(moments: Array, factor: Array, shift: Array) -> Array:
    """The moments of (1 + factor) Δ + shift, all of them series in 1/n, from those of Δ."""
    highest, order = moments.shape[0] - 1, moments.shape[1] - 1
    stretch = factor.copy()
    stretch[0] += 1.0
    stretches, shifts = (_powers(series, highest) for series in (stretch, shift))
    found = np.zeros_like(moments)
    for p in range(highest + 1):
        for q in range(p + 1):
            term = np.convolve(stretches[q], shifts[p - q])[: order + 1]
            found[p] += comb(p, q) * np.convolve(term, moments[q])[: order + 1]
    return found


def _powers(series: Array, highest: int) -> list[Array]:
    powers = [np.eye(1, len(series))[0]]
    for _ in range(highest):
        powers.append(np.convolve(powers[-1], series)[: len(series)])
    return powers
