"""Samplers of architectures beside the multilayer perceptron, by type of network and name of sampler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from feyn_nn.montecarlo.attention_sampler import attention_metric_sampler, attention_weight_sampler
from feyn_nn.networks import MultiHeadAttention

_SAMPLERS: dict[type, dict[str, Callable[..., Any]]] = {
    MultiHeadAttention: {"metric": attention_metric_sampler, "weights": attention_weight_sampler}
}


def own_sampler(network: object, name: str) -> Callable[..., Any] | None:
    """The sampler of that name that a type of network brings itself; None for a multilayer perceptron."""
    return _SAMPLERS.get(type(network), {}).get(name)
