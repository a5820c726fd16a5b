"""The two arguments that every computation starts from."""

from __future__ import annotations

from typing import TypeAlias

from feyn_nn._core import InvalidInput
from feyn_nn.networks.attention import MultiHeadAttention
from feyn_nn.networks.checks import shown
from feyn_nn.networks.feedforward import Feedforward
from feyn_nn.networks.inputs import Inputs
from feyn_nn.networks.mlp import MLP
from feyn_nn.networks.sequential import Sequential
from feyn_nn.networks.tokens import Tokens

Layered: TypeAlias = MLP | Feedforward
"""Networks of single plates on inputs: the causal action and everything built on it holds for them."""

Network: TypeAlias = Layered | MultiHeadAttention | Sequential

_INPUTS: dict[type, type[Inputs] | type[Tokens]] = {
    MLP: Inputs,
    Feedforward: Inputs,
    MultiHeadAttention: Tokens,
    Sequential: Tokens,
}
"""What each type of network reads."""


def check_network(network: object) -> None:
    """Make sure that `network` is one.

    Raises
    ------
    InvalidInput
        If it is anything else.
    """
    if not isinstance(network, tuple(_INPUTS)):
        raise InvalidInput(
            f"network={shown(network)} is not a network; give for example MLP(depth=3, width=64)"
        )


def check_inputs(inputs: object, network: object = None) -> None:
    """Make sure that `inputs` are what the network reads, by default Inputs, not the array they are made from.

    Raises
    ------
    InvalidInput
        If they are anything else.
    """
    wanted = _INPUTS.get(type(network), Inputs)
    if not isinstance(inputs, wanted):
        name = wanted.__name__
        raise InvalidInput(f"inputs is a {type(inputs).__name__}, not {name}; wrap an array as {name}(array)")
