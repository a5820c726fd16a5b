"""One input through very many layers: its kernel, its slopes and the series in 1/n of its first cumulants."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind
from feyn_nn.flow.vertex_curve import LARGEST, SMALLEST, VertexCurve, octave_of, vertex_curve
from feyn_nn.networks import MLP

Array: TypeAlias = NDArray[np.float64]

ORDER = 3
"""Everything is known through 1/n³: what the eight-point coupling needs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class OneInputFlow:
    """One input at layers 1 … L; row ℓ - 1 belongs to layer ℓ.

    Parameters
    ----------
    kernel : array (L,)
        K^ℓ.
    susceptibility_parallel, susceptibility_perpendicular : array (L - 1,)
        χ_∥ = ∂K^{ℓ+1}/∂K^ℓ and χ_⊥ = C_W⟨σ'σ'⟩ of the step from layer ℓ to the next.
    cumulants : array (4, L, 4)
        [p - 1, ℓ - 1, k]: the coefficient of 1/n^k in κ_p(Ĝ^ℓ - K^ℓ).
    """

    kernel: Array
    susceptibility_parallel: Array
    susceptibility_perpendicular: Array
    cumulants: Array


def one_input_flow(network: MLP, first_kernel: float) -> OneInputFlow:
    """Carry one input through the network.

    Parameters
    ----------
    network : MLP
    first_kernel : float
        K¹ = Ĝ¹.

    Raises
    ------
    InvalidInput
        If the kernel vanishes, overflows, or cannot be told from zero, with the layer where it does; or if a
        vertex does not exist.

    Examples
    --------
    >>> flow = one_input_flow(MLP(depth=3, width=8, activation="linear"), 1.0)
    >>> flow.cumulants[1, :, 1].round(12).tolist()
    [0.0, 2.0, 4.0]
    """
    from feyn_nn.kernels.single_input import moments_by_layer

    curve = vertex_curve(network.activation, ORDER)
    offsets, scales = (
        np.array(v[1:], np.float64) for v in (network.bias_variances, network.weight_variances)
    )
    kernel = kernels_of(curve, first_kernel, offsets, scales)
    components = curve.at(kernel[:-1])
    vertices = scaled_vertices(curve, components, scales, network.width_ratios)
    return OneInputFlow(
        kernel=kernel,
        susceptibility_parallel=vertices[:, 1, 1],
        susceptibility_perpendicular=scales * components[:, -1],
        cumulants=cumulants_of(moments_by_layer(vertices, ORDER)),
    )


def kernels_of(curve: VertexCurve, first: float, offsets: Array, scales: Array) -> Array:
    """K¹ … K^L by the kernel map, shape (L,), panels of the curve made where K goes.

    Parameters
    ----------
    curve : VertexCurve
    first : float
    offsets, scales : array (L - 1,)
        C_b and C_W of each step.
    """
    from feyn_nn.flow.kernel_map import iterate_kernel

    kernels = np.full(len(scales) + 1, float(first))
    reached = 0
    while reached < len(scales):
        check_range(kernels[reached], reached + 1)
        octave = octave_of(kernels[reached])
        try:
            curve.panel(octave)
        except InvalidInput as error:
            raise InvalidInput(f"at layer {reached + 1}: {error}") from error
        lowest = min(curve.panels)
        places = np.full(max(curve.panels) - lowest + 1, -1, np.int64)
        for row, known in enumerate(curve.panels):
            places[known - lowest] = row
        series = np.array([panel.coefficients[:, 0] for panel in curve.panels.values()])
        reached = iterate_kernel(kernels, reached, offsets, scales, lowest, places, series)
    check_range(kernels[-1], len(kernels))
    return kernels


def check_range(kernel: float, layer: int) -> None:
    """See that couplings in units of a kernel can be held by floats.

    Raises
    ------
    InvalidInput
        If not, with the layer.
    """
    if not kernel <= LARGEST:
        raise InvalidInput(
            f"the kernel grows beyond {LARGEST:.0e} at layer {layer}; give a smaller weight_variance or less depth"
        )
    if not kernel >= SMALLEST:
        raise InvalidInput(
            f"the kernel is {kernel:.3g} at layer {layer}, where couplings in units of it have no meaning; give an"
            " input that is not zero, a larger weight_variance, a bias_variance or less depth"
        )


def scaled_vertices(
    curve: VertexCurve, components: Array, scales: Array, ratios: tuple[Fraction, ...]
) -> Array:
    """V_{k,m}/m! of every layer, shape (L - 1, order + 2, 2 order + 1), in units of the first width."""
    vertices = np.zeros((len(scales), curve.order + 2, 2 * curve.order + 1))
    widths = np.array([float(ratio) for ratio in ratios])
    for place, (k, m) in enumerate(curve.kinds):
        if (k, m) != VertexKind(1, 0):
            vertices[:, k, m] = scales**k * widths ** (1.0 - k) * components[:, place] / factorial(m)
    return vertices


def cumulants_of(moments: Array) -> Array:
    """κ_1 … κ_4 as series in 1/n from the moments of Δ, shape (4, layers, order + 1).

    Parameters
    ----------
    moments : array (layers, p, power of 1/n)
    """
    m1, m2, m3, m4 = (moments[:, p] for p in (1, 2, 3, 4))
    squared = _times(m1, m1)
    second = m2 - squared
    third = m3 - 3 * _times(m1, m2) + 2 * _times(m1, squared)
    fourth = m4 - 4 * _times(m1, m3) - 3 * _times(m2, m2) + 12 * _times(squared, m2)
    return np.stack((m1, second, third, fourth - 6 * _times(squared, squared)))


def _times(a: Array, b: Array) -> Array:
    """The product of two series in 1/n along the last axis, cut at the same order."""
    product = np.zeros_like(a)
    for power in range(a.shape[-1]):
        product[..., power:] += a[..., power : power + 1] * b[..., : a.shape[-1] - power]
    return product
