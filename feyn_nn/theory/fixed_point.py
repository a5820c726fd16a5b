"""The vertices of a network at a fixed point of its kernel, where all layers are alike."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind
from feyn_nn.networks import MLP
from feyn_nn.networks.checks import variance

_SAME = 1e-9


class FixedPoint(NamedTuple):
    """One input at K^{ℓ+1} = K^ℓ.

    Parameters
    ----------
    kernel : float
        K*.
    slope : Fraction
        χ, the double that was computed, exactly.
    vertices : dict of VertexKind to Fraction
        V_{k,m} without n^{1-k}, likewise.
    """

    kernel: float
    slope: Fraction
    vertices: dict[VertexKind, Fraction]


def fixed_point(network: MLP, kernel: float, *, rank: int, loops: int) -> FixedPoint:
    """The slope and the vertices at K*, as many as κ_rank through `loops` loops needs.

    Raises
    ------
    InvalidInput
        If the layers of the network differ, or the next layer's kernel is not K*.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=8, width=64, activation="relu", weight_variance=2.0)
    >>> round(float(fixed_point(net, 1.0, rank=2, loops=0).slope), 12)
    1.0
    """
    from feyn_nn.kernels.series import tables_for

    kernel = variance("kernel", kernel)
    settings = {*zip(network.widths, network.weight_variances[1:], network.bias_variances[1:], strict=True)}
    if len(settings) != 1:
        raise InvalidInput(
            "the layers of the network differ, or there is none; closed expressions in depth need one width and one"
            " weight and bias variance for all, and depth >= 2"
        )
    ((_, C_W, C_b),) = settings
    alike = MLP(depth=3, width=1, activation=network.activation, weight_variance=C_W, bias_variance=C_b)
    tables = tables_for(alike, np.array([[kernel]], dtype=np.float64), rank=rank, loops=loops)
    following = tables.kernels[1].item()
    if not abs(following - kernel) <= _SAME * abs(kernel):
        raise InvalidInput(
            f"kernel={kernel} is no fixed point: the next layer has {following}; give K* itself"
        )
    vertices = {kind: Fraction(table.item()) for kind, table in tables.layers[1].items()}
    return FixedPoint(kernel, vertices.pop(VertexKind(1, 1)), vertices)
