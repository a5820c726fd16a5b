"""Layers one after the other: a chain of metrics through neurons and attention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.attention import MultiHeadAttention
from feyn_nn.networks.checks import is_single, shown
from feyn_nn.networks.layers import DenseLayer, Plate

if TYPE_CHECKING:
    from feyn_nn.networks.conventions import Conventions
    from feyn_nn.networks.tokens import Tokens

Layer: TypeAlias = DenseLayer | MultiHeadAttention


@dataclass(frozen=True, kw_only=True, init=False)
class Sequential:
    """Dense layers and attention in any order, on tokens: Ĝ¹ → Ĝ² → …, each the metric of the field behind a layer.

    The first metric is that of the tokens. A dense layer acts on each token by itself: its neurons z ~ N(0, Ĝ) have
    σ(z) read out with variance scale/width and offset. Attention behind it reads those outputs: X Xᵀ/features of
    docs/theory/attention.md is the metric that it receives.

    Parameters
    ----------
    layers : sequence of DenseLayer or MultiHeadAttention

    Raises
    ------
    InvalidInput
        If there is no layer, or something else is among them.

    Examples
    --------
    >>> dense = DenseLayer(width=64, activation="tanh", scale=1.0, offset=0.0)
    >>> net = Sequential([dense, MultiHeadAttention(key_dim=8, value_dim=8)])
    >>> [plate.name for plate in net.plates]
    ['width_1', 'heads_2', 'value_dim_2', 'key_dim_2']
    """

    layers: tuple[Layer, ...]

    def __init__(self, layers: Sequence[Layer]) -> None:
        found: tuple[Any, ...] = () if is_single(layers) else tuple(layers)
        if not found:
            raise InvalidInput(
                f"layers={shown(layers)} holds no layer; give DenseLayer and MultiHeadAttention"
            )
        for i, layer in enumerate(found):
            if not isinstance(layer, (DenseLayer, MultiHeadAttention)):
                raise InvalidInput(
                    f"layers[{i}]={shown(layer)} is no layer; give a DenseLayer or MultiHeadAttention"
                )
        object.__setattr__(self, "layers", found)

    @property
    def plates(self) -> tuple[Plate, ...]:
        """The plates of all layers, each named with the number of its layer from 1."""
        return tuple(
            Plate(f"{plate.name}_{number}", plate.size)
            for number, layer in enumerate(self.layers, start=1)
            for plate in layer.plates
        )

    @property
    def sizes(self) -> dict[str, int]:
        """The size of each plate, by name."""
        return {plate.name: plate.size for plate in self.plates}

    def first_metric(self, tokens: Tokens) -> NDArray[np.float64]:
        """X Xᵀ/features of the tokens, the metric that the first layer receives, shape (n_rows, n_rows)."""
        return tokens.metric

    def conventions(self) -> Conventions:
        """The formula, normalisation and expansion parameter of this chain, and what the papers call them."""
        from feyn_nn.networks.conventions import sequential_conventions

        return sequential_conventions(self)

    def to_dict(self) -> dict[str, Any]:
        """The layers as plain numbers, texts and lists, each under the name of its type."""
        return {"kind": "sequential", "layers": [_table(layer) for layer in self.layers]}


def _table(layer: Layer) -> dict[str, Any]:
    if isinstance(layer, MultiHeadAttention):
        return layer.to_dict()
    table = {name: value for name, value in asdict(layer).items() if name != "activation"}
    return {"kind": "dense", "activation": layer.activation.name, **table}
