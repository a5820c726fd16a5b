"""Layers: plates of exchangeable units, each a map from one metric to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from feyn_nn.networks.activations import Activation, activation
from feyn_nn.networks.checks import integer, variance


class Plate(NamedTuple):
    """`size` exchangeable units; a joint cumulant of order k over the plate carries size^(1-k)."""

    name: str
    size: int


@dataclass(frozen=True, kw_only=True)
class DenseLayer:
    """A plate of neurons: Ĝ' = offset + (scale / width) Σ_j σ(z_j) σ(z_j)ᵀ.

    The z_j ~ N(0, Ĝ) are independent given the metric Ĝ; see docs/theory/ensemble.md.

    Parameters
    ----------
    width : int
        The number n of neurons.
    activation : Activation or str
        What each neuron computes.
    scale, offset : float
        C_W and C_b of the weight layer that reads the neurons out.

    Raises
    ------
    InvalidInput
        If the width is < 1, a variance negative or not finite, or the activation unknown.

    Examples
    --------
    >>> DenseLayer(width=64, activation=activation("tanh"), scale=1.6, offset=0.1).plates
    (Plate(name='width', size=64),)
    """

    width: int
    activation: Activation
    scale: float
    offset: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", integer("width", self.width, least=1))
        object.__setattr__(self, "activation", activation(self.activation))
        object.__setattr__(self, "scale", variance("scale", self.scale))
        object.__setattr__(self, "offset", variance("offset", self.offset))

    @property
    def plates(self) -> tuple[Plate, ...]:
        """The plates of the layer, outermost first."""
        return (Plate("width", self.width),)

    @property
    def homogeneous(self) -> bool:
        """Whether σ(cz) = c σ(z) for c > 0, so that inputs along one ray stay along one ray."""
        return self.activation.slopes is not None
