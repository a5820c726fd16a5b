"""Which theory answers for which network: each architecture beside the multilayer perceptron registers its own."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn.networks import MultiHeadAttention, Sequential

_THEORIES: dict[type, dict[str, str]] = {
    MultiHeadAttention: {
        "metric_cumulant": "feyn_nn.theory.attention:attention_cumulant",
        "correlator": "feyn_nn.theory.attention:attention_correlator",
        "infinite_width_kernel": "feyn_nn.theory.attention:attention_kernel",
    },
    Sequential: {
        "metric_cumulant": "feyn_nn.theory.sequential:sequential_cumulant",
        "infinite_width_kernel": "feyn_nn.theory.sequential:sequential_kernel",
    },
}


def theory_of(network: object, question: str) -> Callable[..., Any] | None:
    """What answers `question` for this type of network, imported now; None where the common theory does.

    Raises
    ------
    InvalidInput
        If the network has a theory of its own, which does not answer this question.
    """
    known = _THEORIES.get(type(network))
    if known is None:
        return None
    if question not in known:
        raise InvalidInput(
            f"{question} is not computed for {type(network).__name__}; ask {' or '.join(known)}"
        )
    module, name = known[question].split(":")
    answer: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return answer
