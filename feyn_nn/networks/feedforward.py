"""Layers of any kind one after the other, from inputs to a field."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import integer, is_single, shown, variance
from feyn_nn.networks.layers import DenseLayer
from feyn_nn.networks.unit_layer import UnitLayer
from feyn_nn.networks.widths import resized

if TYPE_CHECKING:
    from feyn_nn.networks.conventions import Conventions
    from feyn_nn.networks.inputs import Inputs

PlateLayer: TypeAlias = DenseLayer | UnitLayer


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class Feedforward:
    """Hidden layers of any kind, each a plate of units, between a first weight layer and a field.

    Ĝ¹ = C_b + C_W x·x/n_0 reaches the first hidden layer, and each maps Ĝ^ℓ to Ĝ^{ℓ+1}. An :class:`MLP` is the
    case where all hidden layers are dense with one activation.

    Parameters
    ----------
    layers : sequence of DenseLayer or UnitLayer
        The hidden layers, from the input on.
    weight_variance, bias_variance : float
        C_W and C_b of the first weight layer; each hidden layer holds those of the one that reads it out.

    Raises
    ------
    InvalidInput
        If something else is among the layers, there is none, or a variance is negative or not finite.

    Examples
    --------
    >>> dense = DenseLayer(width=32, activation="tanh", scale=1.5, offset=0.0)
    >>> Feedforward([dense, DenseLayer(width=16, activation="relu", scale=2.0, offset=0.0)]).widths
    (32, 16)
    """

    layers: tuple[PlateLayer, ...]
    weight_variance: float
    bias_variance: float

    def __init__(
        self, layers: Sequence[PlateLayer], *, weight_variance: float = 1.0, bias_variance: float = 0.0
    ) -> None:
        found: tuple[Any, ...] = () if is_single(layers) else tuple(layers)
        if not found or not all(isinstance(layer, (DenseLayer, UnitLayer)) for layer in found):
            raise InvalidInput(
                f"layers={shown(layers)} is no list of layers; give DenseLayer or your own kind of UnitLayer"
            )
        object.__setattr__(self, "layers", found)
        object.__setattr__(self, "weight_variance", variance("weight_variance", weight_variance))
        object.__setattr__(self, "bias_variance", variance("bias_variance", bias_variance))

    @property
    def depth(self) -> int:
        """L, the number of weight layers: one more than there are hidden layers."""
        return len(self.layers) + 1

    @property
    def widths(self) -> tuple[int, ...]:
        """(n_1, …, n_{L-1}), the width of each hidden layer."""
        return tuple(layer.width for layer in self.layers)

    @property
    def width_ratios(self) -> tuple[Fraction, ...]:
        """r_ℓ = n_ℓ / n_1 of each hidden layer, exactly."""
        return tuple(Fraction(width, self.widths[0]) for width in self.widths)

    def with_width(self, n: int) -> Feedforward:
        """The same network with first hidden width `n`, the other widths in the same ratios to it.

        Raises
        ------
        InvalidInput
            If `n` is < 1, or a width would not be an integer.
        """
        widths = resized(self.widths, integer("width", n, least=1))
        layers = [replace(layer, width=width) for layer, width in zip(self.layers, widths, strict=True)]
        return Feedforward(layers, weight_variance=self.weight_variance, bias_variance=self.bias_variance)

    def first_metric(self, inputs: Inputs) -> NDArray[np.float64]:
        """Ĝ¹ = C_b + C_W x_α·x_β / n_0 of these inputs, shape (B, B); their own metric where that was given.

        Raises
        ------
        InvalidInput
            If it overflows.
        """
        return inputs.first_metric(self.weight_variance, self.bias_variance)

    def conventions(self) -> Conventions:
        """The formula, normalisation and expansion parameter of this network."""
        from feyn_nn.networks.conventions import feedforward_conventions

        return feedforward_conventions(self)

    def to_dict(self) -> dict[str, Any]:
        """The network as plain numbers, texts and lists, each layer under the name of its type."""
        return {
            "kind": "feedforward",
            "weight_variance": self.weight_variance,
            "bias_variance": self.bias_variance,
            "layers": [_table(layer) for layer in self.layers],
        }

    def _repr_html_(self) -> str:
        first = f"weight variance {self.weight_variance}, bias variance {self.bias_variance}"
        rows = "".join(f"<tr><td>{html.escape(repr(layer))}</td></tr>" for layer in self.layers)
        return f"<table><caption>Feedforward</caption><tr><th>{first}</th></tr>{rows}</table>"

    def __repr__(self) -> str:
        settings = f"weight_variance={self.weight_variance!r}, bias_variance={self.bias_variance!r}"
        return f"Feedforward([{', '.join(map(repr, self.layers))}], {settings})"


def _table(layer: PlateLayer) -> dict[str, Any]:
    settings = {field.name: getattr(layer, field.name) for field in fields(layer)}
    if isinstance(layer, DenseLayer):
        settings["activation"] = layer.activation.name
    return {"kind": type(layer).__name__, **settings}
