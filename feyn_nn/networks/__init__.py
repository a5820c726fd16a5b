"""What is averaged over: networks, their layers and activations, their inputs, specifications of a run."""

from feyn_nn.networks.activations import (
    Activation,
    activation,
    known_activations,
    piecewise_linear,
    register,
    unregister,
)
from feyn_nn.networks.inputs import Inputs
from feyn_nn.networks.layers import DenseLayer, Plate
from feyn_nn.networks.mlp import MLP
from feyn_nn.networks.specification import Observables, Sampling, Specification

__all__ = [
    "MLP",
    "Activation",
    "DenseLayer",
    "Inputs",
    "Observables",
    "Plate",
    "Sampling",
    "Specification",
    "activation",
    "known_activations",
    "piecewise_linear",
    "register",
    "unregister",
]
