"""What is averaged over: networks, their layers and activations, their inputs, specifications of a run."""

from feyn_nn.networks import named as named  # registers the activations that have names
from feyn_nn.networks.activations import (
    Activation,
    Family,
    activation,
    known_activations,
    known_families,
    piecewise_linear,
    register,
    register_family,
    unregister,
)
from feyn_nn.networks.attention import MultiHeadAttention
from feyn_nn.networks.embeddings import RandomFeatures
from feyn_nn.networks.feedforward import Feedforward
from feyn_nn.networks.growth import Growth
from feyn_nn.networks.inputs import Inputs
from feyn_nn.networks.layers import DenseLayer, Plate
from feyn_nn.networks.mlp import MLP
from feyn_nn.networks.pieces import Pieces
from feyn_nn.networks.sequential import Sequential
from feyn_nn.networks.specification import Observables, Sampling, Specification
from feyn_nn.networks.tokens import Tokens
from feyn_nn.networks.unit_layer import UnitLayer

__all__ = [
    "MLP",
    "Activation",
    "DenseLayer",
    "Family",
    "Feedforward",
    "Growth",
    "Inputs",
    "MultiHeadAttention",
    "Observables",
    "Pieces",
    "Plate",
    "RandomFeatures",
    "Sampling",
    "Sequential",
    "Specification",
    "Tokens",
    "UnitLayer",
    "activation",
    "known_activations",
    "known_families",
    "piecewise_linear",
    "register",
    "register_family",
    "unregister",
]
