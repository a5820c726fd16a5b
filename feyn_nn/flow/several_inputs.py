"""Several inputs, layer by layer: kernel, four-point vertex and the 1/n correction over all pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.actions import VertexKind
from feyn_nn.networks import MLP, Feedforward, Inputs
from feyn_nn.theory.reduction import Reduction, reduce_inputs

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class SeveralInputsFlow:
    """Leading orders over all P = B(B+1)/2 pairs at layers 1 … L.

    Parameters
    ----------
    kernel : array (L, B, B)
        K.
    four_point_vertex : array (L, P, P)
        n Cov(Ĝ_p, Ĝ_q) to leading order.
    correction : array (L, P)
        n (E[Ĝ_p] - K_p) to leading order.
    """

    kernel: Array
    four_point_vertex: Array
    correction: Array


def several_inputs_flow(network: MLP | Feedforward, inputs: Inputs, *, tolerance: float) -> SeveralInputsFlow:
    """V' = J V Jᵀ + V_{2,0} and K^{1}' = J K^{1} + ½ V_{1,2}·V from layer to layer.

    Parameters
    ----------
    network : MLP or Feedforward
    inputs : Inputs
        Inputs that the network cannot tell apart are carried once.
    tolerance : float
        What quadrature aims at.

    Raises
    ------
    InvalidInput
        If a kernel overflows or a vertex does not exist, with the layer where it happens.
    """
    from feyn_nn.kernels.recursion import kinds_needed
    from feyn_nn.kernels.tables import network_tables

    reduction = reduce_inputs(network, network.first_metric(inputs), range(inputs.n_inputs))
    tables = network_tables(network, reduction.metric, kinds_needed(1, 1), tolerance)
    count = reduction.n_pairs
    vertex, correction = np.zeros((count, count)), np.zeros(count)
    vertices, corrections = [vertex], [correction]
    for layer in tables.layers:
        source = layer[VertexKind(2, 0)]
        if VertexKind(1, 1) in layer:  # not in the first layer, whose metric does not fluctuate
            J, bend = layer[VertexKind(1, 1)], layer[VertexKind(1, 2)]
            correction = J @ correction + 0.5 * np.tensordot(bend, vertex, 2)
            vertex = J @ vertex @ J.T + source
        else:
            vertex = source
        vertices.append(vertex)
        corrections.append(correction)
    return SeveralInputsFlow(
        kernel=_expanded_kernels(reduction, np.array(tables.kernels)),
        four_point_vertex=_expanded(reduction, np.array(vertices)),
        correction=_expanded(reduction, np.array(corrections)),
    )


def _expanded_kernels(reduction: Reduction, kernels: Array) -> Array:
    place = [reduction.place[label] for label in reduction.labels]
    scale = np.array([reduction.scale[label] for label in reduction.labels])
    found: Array = kernels[:, place][:, :, place] * np.outer(scale, scale)
    return found


def _expanded(reduction: Reduction, tensors: Array) -> Array:
    if len(set(reduction.place.values())) == len(reduction.labels) and set(reduction.scale.values()) == {1.0}:
        return tensors
    return np.array([reduction.expand(tensor) for tensor in tensors])
