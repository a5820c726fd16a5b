"""One input through layers of any kind, each with vertices of its own."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.actions import VertexKind
from feyn_nn.flow.gaussian_slopes import GaussianSlopes
from feyn_nn.flow.one_input import ORDER, OneInputFlow, check_range, cumulants_of
from feyn_nn.flow.unit_slope import perpendicular_slope
from feyn_nn.networks import DenseLayer, Feedforward

Array: TypeAlias = NDArray[np.float64]

_SLOPE = VertexKind(1, 1)


def mixed_layers_flow(network: Feedforward, first_kernel: float, *, tolerance: float) -> OneInputFlow:
    """Carry one input through the network, at some milliseconds a layer.

    χ_⊥ of a layer of one's own is that of :func:`feyn_nn.flow.unit_slope.perpendicular_slope`.

    Parameters
    ----------
    network : Feedforward
    first_kernel : float
        K¹ = Ĝ¹.
    tolerance : float
        What quadrature aims at.

    Raises
    ------
    InvalidInput
        If the kernel vanishes or overflows, or a vertex does not exist, with the layer where it does.

    Examples
    --------
    >>> dense = DenseLayer(width=8, activation="linear", scale=1.0, offset=0.0)
    >>> mixed_layers_flow(Feedforward([dense, dense]), 1.0, tolerance=1e-10).cumulants[1, :, 1].round(12).tolist()
    [0.0, 2.0, 4.0]
    """
    from feyn_nn.kernels.recursion import kinds_needed
    from feyn_nn.kernels.single_input import moments_by_layer, stacked
    from feyn_nn.kernels.tables import layer_plan, network_tables

    check_range(first_kernel, 1)
    tables = network_tables(network, np.array([[first_kernel]]), kinds_needed(1, ORDER), tolerance)
    kernels = np.array(tables.kernels)[:, 0, 0]
    for layer, kernel in enumerate(kernels.tolist(), start=1):
        check_range(kernel, layer)
    first = layer_plan(network.layers[0], 1, frozenset({_SLOPE}))  # where nothing comes in there is no table
    values, _ = first.expectations.evaluate(np.array([[first_kernel]]), tolerance=tolerance)
    _, entering = first.tables(network.layers[0], 1.0, values)
    slopes = [layer[_SLOPE].item() for layer in (entering, *tables.layers[1:])]
    return OneInputFlow(
        kernel=kernels,
        susceptibility_parallel=np.array(slopes),
        susceptibility_perpendicular=_perpendicular(network, kernels),
        cumulants=cumulants_of(moments_by_layer(stacked(tables.layers, ORDER), ORDER)),
    )


def _perpendicular(network: Feedforward, kernels: Array) -> Array:
    """C_W⟨σ'σ'⟩ of each step, or what stands for it in layers of one's own."""
    known = {
        layer.activation: GaussianSlopes(layer.activation)
        for layer in network.layers
        if isinstance(layer, DenseLayer)
    }
    return np.array(
        [
            layer.scale
            * (
                known[layer.activation](kernel)[0].slope
                if isinstance(layer, DenseLayer)
                else perpendicular_slope(layer, kernel)
            )
            for layer, kernel in zip(network.layers, kernels.tolist()[:-1], strict=True)
        ]
    )
