"""The multilayer perceptron: an ensemble of networks with Gaussian weights and biases."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks import activations
from feyn_nn.networks.activations import Activation
from feyn_nn.networks.checks import collapsed, entries, integer, is_single, shown, variance
from feyn_nn.networks.layers import DenseLayer
from feyn_nn.networks.tables import checked_table
from feyn_nn.networks.widths import resized

if TYPE_CHECKING:
    from feyn_nn.networks.conventions import Conventions
    from feyn_nn.networks.inputs import Inputs

MAX_DEPTH = 1_000_000


@dataclass(frozen=True, kw_only=True, init=False, repr=False)
class MLP:
    """Fully connected networks of `depth` weight layers, in the conventions of docs/conventions.md.

    z¹ = b + W x / √n_0 and z^{ℓ+1} = b + W σ(z^ℓ) / √n_ℓ, with W_ij ~ N(0, C_W), b_i ~ N(0, C_b); the output
    is z^L, L = `depth`. Networks are equal when all their settings are.

    Parameters
    ----------
    depth : int
        L, the number of weight layers; there are L - 1 hidden layers.
    width : int or sequence of int
        Neurons in every hidden layer, or in each of the L - 1. A network of depth 1 has no hidden layer and
        needs none. Kept as one int where all are equal.
    activation : str, sympy expression or Activation
        σ, by name (``"tanh"``, ``"relu"``, ``"gelu"``, …), as a member of a family (``"leaky_relu(0.1)"``), as an
        expression in z (``"z*exp(-z**2/2)"``, ``sympy.tanh(z)**3``), or itself.
    weight_variance, bias_variance : float or sequence of float
        C_W and C_b of every weight layer, or of each of the L. Kept as one float where all are equal.

    Raises
    ------
    InvalidInput
        If depth or width is < 1, a variance negative or not finite, a list of the wrong length, or the
        activation unknown.

    Examples
    --------
    >>> net = MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
    >>> net.widths
    (64, 64, 64)
    >>> net
    MLP(depth=4, width=64, activation='tanh', weight_variance=1.6, bias_variance=0.1)
    """

    depth: int
    width: int | tuple[int, ...]
    activation: Activation
    weight_variance: float | tuple[float, ...]
    bias_variance: float | tuple[float, ...]

    def __init__(
        self,
        *,
        depth: int,
        width: int | Sequence[int] = (),
        activation: Any,
        weight_variance: float | Sequence[float] = 1.0,
        bias_variance: float | Sequence[float] = 0.0,
    ) -> None:
        layers = integer("depth", depth, least=1, largest=MAX_DEPTH)
        settings = {
            "depth": layers,
            "width": _checked_width(width, layers),
            "activation": activations.activation(activation),
            "weight_variance": _checked_variance("weight_variance", weight_variance, layers),
            "bias_variance": _checked_variance("bias_variance", bias_variance, layers),
        }
        for name, value in settings.items():
            object.__setattr__(self, name, value)

    @property
    def widths(self) -> tuple[int, ...]:
        """(n_1, …, n_{L-1}), the width of each hidden layer."""
        return self.width if isinstance(self.width, tuple) else (self.width,) * (self.depth - 1)

    @property
    def weight_variances(self) -> tuple[float, ...]:
        """C_W of each of the L weight layers."""
        return _repeated(self.weight_variance, self.depth)

    @property
    def bias_variances(self) -> tuple[float, ...]:
        """C_b of each of the L weight layers."""
        return _repeated(self.bias_variance, self.depth)

    @property
    def width_ratios(self) -> tuple[Fraction, ...]:
        """r_ℓ = n_ℓ / n_1 of each hidden layer, exactly."""
        widths = self.widths
        return tuple(Fraction(n, widths[0]) for n in widths)

    @property
    def layers(self) -> tuple[DenseLayer, ...]:
        """The L - 1 hidden layers; ``layers[i]`` maps Ĝ^{i+1} to Ĝ^{i+2}, by weight layer i+2."""
        settings = zip(self.widths, self.weight_variances[1:], self.bias_variances[1:], strict=True)
        return tuple(
            DenseLayer(width=n, activation=self.activation, scale=C_W, offset=C_b) for n, C_W, C_b in settings
        )

    def with_width(self, n: int) -> MLP:
        """The same network with first hidden width `n`, the other widths in the same ratios to it.

        Raises
        ------
        InvalidInput
            If `n` is < 1, a width would not be an integer, or there is no hidden layer.

        Examples
        --------
        >>> MLP(depth=3, width=(4, 6), activation="relu").with_width(8).widths
        (8, 12)
        """
        first = integer("width", n, least=1)
        if self.depth == 1:
            raise InvalidInput("a network of depth 1 has no hidden layer to resize; give depth >= 2")
        if isinstance(self.width, int):
            return replace(self, width=first)
        return replace(self, width=resized(self.width, first))

    def first_metric(self, inputs: Inputs) -> NDArray[np.float64]:
        """Ĝ¹ = C_b + C_W x_α·x_β / n_0 of these inputs, shape (B, B); their own metric where that was given.

        Raises
        ------
        InvalidInput
            If it overflows.

        Examples
        --------
        >>> from feyn_nn.networks import Inputs
        >>> MLP(depth=2, width=8, activation="tanh").first_metric(Inputs([[1.0, 1.0], [1.0, 0.0]])).tolist()
        [[1.0, 0.5], [0.5, 0.5]]
        """
        return inputs.first_metric(self.weight_variances[0], self.bias_variances[0])

    def conventions(self) -> Conventions:
        """The formula, normalisation and expansion parameter of this network, and what the papers call them."""
        from feyn_nn.networks.conventions import mlp_conventions

        return mlp_conventions(self)

    def to_dict(self) -> dict[str, Any]:
        """The table [network] of a specification."""
        return {
            "kind": "mlp",
            "depth": self.depth,
            "width": _listed(self.width),
            "activation": self.activation.name,
            "weight_variance": _listed(self.weight_variance),
            "bias_variance": _listed(self.bias_variance),
        }

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> MLP:
        """The network that a table [network] states; ``kind`` has been read by then and may be left in.

        Raises
        ------
        InvalidInput
            If a key is unknown or missing, or its value not allowed.

        Examples
        --------
        >>> MLP.from_dict({"depth": 2, "width": 8, "activation": "relu"}).widths
        (8,)
        """
        required, optional = ("depth", "activation"), ("kind", "width", "weight_variance", "bias_variance")
        settings = checked_table("network", table, required=required, optional=optional)
        settings.pop("kind", None)
        return cls(**settings)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self._typed().items())
        return f"MLP({settings})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{name}</th><td>{html.escape(str(value))}</td></tr>"
            for name, value in self._typed().items()
        )
        return f"<table><caption>MLP</caption>{rows}</table>"

    def _typed(self) -> dict[str, Any]:
        """The constructor's arguments, as a user would type them."""
        return {
            "depth": self.depth,
            "width": self.width,
            "activation": self.activation.name,
            "weight_variance": self.weight_variance,
            "bias_variance": self.bias_variance,
        }


def _checked_width(width: Any, depth: int) -> int | tuple[int, ...]:
    check = partial(integer, least=1)
    if is_single(width):
        single = check("width", width)
        return single if depth > 1 else ()
    widths = entries("width", width, check, example="width=64")
    if len(widths) != depth - 1:
        raise InvalidInput(
            f"width={shown(width)} has {len(widths)} entries for depth={depth};"
            f" give one integer, or depth - 1 = {depth - 1} of them"
        )
    return collapsed(widths)


def _checked_variance(name: str, value: Any, depth: int) -> float | tuple[float, ...]:
    if is_single(value):
        return variance(name, value)
    variances = entries(name, value, variance, example=f"{name}=1.0")
    if len(variances) != depth:
        raise InvalidInput(
            f"{name}={shown(value)} has {len(variances)} entries for depth={depth};"
            f" give one number, or one for each of the {depth} weight layers"
        )
    return collapsed(variances)


def _repeated(value: float | tuple[float, ...], depth: int) -> tuple[float, ...]:
    return value if isinstance(value, tuple) else (value,) * depth


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
