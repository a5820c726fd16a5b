"""Samplers of architectures beside the multilayer perceptron, by type of network and name of sampler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.montecarlo.attention_sampler import attention_metric_sampler
from feyn_nn.montecarlo.attention_weight_sampler import attention_weight_sampler
from feyn_nn.montecarlo.sequential_sampler import sequential_sampler
from feyn_nn.montecarlo.unit_sampler import unit_sampler
from feyn_nn.networks import Feedforward, MultiHeadAttention, Sequential

_SAMPLERS: dict[type, dict[str, Callable[..., Any]]] = {
    MultiHeadAttention: {"metric": attention_metric_sampler, "weights": attention_weight_sampler},
    Feedforward: {"metric": unit_sampler},
    Sequential: {"metric": sequential_sampler},
}


def own_sampler(network: object, name: str) -> Callable[..., Any] | None:
    """The sampler of that name that a type of network brings itself; None for a multilayer perceptron.

    Raises
    ------
    InvalidInput
        If the network has samplers of its own, and none of that name.
    """
    known = _SAMPLERS.get(type(network))
    if known is not None and name not in known:
        raise InvalidInput(f"{type(network).__name__} has no sampler {name!r}; {nearest(name, known)}")
    return known[name] if known is not None else None
