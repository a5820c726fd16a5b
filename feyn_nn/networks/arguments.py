"""The two arguments that every computation starts from."""

from __future__ import annotations

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import shown
from feyn_nn.networks.inputs import Inputs
from feyn_nn.networks.mlp import MLP


def check_network(network: object) -> None:
    """Make sure that `network` is one.

    Raises
    ------
    InvalidInput
        If it is anything else.
    """
    if not isinstance(network, MLP):
        raise InvalidInput(
            f"network={shown(network)} is not a network; give for example MLP(depth=3, width=64)"
        )


def check_inputs(inputs: object) -> None:
    """Make sure that `inputs` are Inputs, not the array that they could be made from.

    Raises
    ------
    InvalidInput
        If they are anything else.
    """
    if not isinstance(inputs, Inputs):
        raise InvalidInput(f"inputs is a {type(inputs).__name__}, not Inputs; wrap an array as Inputs(array)")
