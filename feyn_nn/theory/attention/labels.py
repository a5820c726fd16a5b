"""Labels (input, token) as users write them, before any tokens are known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from feyn_nn._core import InvalidInput
from feyn_nn._core.observables import FieldObservable, MetricObservable
from feyn_nn.networks import Tokens
from feyn_nn.networks.checks import integer, shown

Leg: TypeAlias = tuple[int, tuple[int, int]]  # (neuron, (input, token))


def check_tokens(tokens: object) -> None:
    """Make sure that `tokens` are Tokens.

    Raises
    ------
    InvalidInput
        If they are anything else.
    """
    if not isinstance(tokens, Tokens):
        raise InvalidInput(
            f"attention reads Tokens, not {type(tokens).__name__}; give Tokens(array) of shape"
            " (n_inputs, n_tokens, features)"
        )


def token_pairs(pairs: Any) -> tuple[Any, ...]:
    """Pairs of labels (input, token), before any tokens are known.

    Raises
    ------
    InvalidInput
        If there is none, or one is not two labels.
    """
    if isinstance(pairs, MetricObservable):
        pairs = [[(label.input, label.token) for label in pair] for pair in pairs.pairs]  # type: ignore[attr-defined]
    if isinstance(pairs, (str, bytes)) or not isinstance(pairs, Iterable):
        raise InvalidInput(f"pairs={pairs!r} is not a list; give for example pairs=[((0, 0), (0, 1))]")
    found = tuple(_token_pair(pair) for pair in pairs)
    if not found:
        raise InvalidInput(
            "pairs is empty; give at least one pair of labels, such as pairs=[((0, 0), (0, 1))]"
        )
    return found


def _token_pair(pair: Any) -> tuple[tuple[int, int], ...]:
    labels = list(pair) if isinstance(pair, Iterable) and not isinstance(pair, (str, bytes)) else []
    if len(labels) != 2:
        raise InvalidInput(f"{shown(pair)} is not a pair of labels (input, token), such as ((0, 0), (0, 1))")
    return tuple(token_label(label) for label in labels)


def token_label(label: Any) -> tuple[int, int]:
    """A label (input, token) as two integers.

    Raises
    ------
    InvalidInput
        If it is anything else.
    """
    parts = list(label) if isinstance(label, Iterable) and not isinstance(label, (str, bytes)) else []
    if len(parts) != 2:
        raise InvalidInput(f"{shown(label)} is not the label of a token; give (input, token), such as (0, 1)")
    first, second = (
        integer("the label's " + n, p, least=0) for n, p in zip(("input", "token"), parts, strict=True)
    )
    return first, second


def token_legs(legs: Any) -> tuple[Leg, ...]:
    """Legs (neuron, (input, token)), in the order given.

    Raises
    ------
    InvalidInput
        If there is none, or one is something else.
    """
    example = "legs=[(0, (0, 0)), (0, (0, 1))]"
    if isinstance(legs, FieldObservable):
        legs = [(neuron, (label.input, label.token)) for neuron, label in legs.legs]  # type: ignore[attr-defined]
    if isinstance(legs, (str, bytes)) or not isinstance(legs, Iterable):
        raise InvalidInput(f"legs={legs!r} is not a list; give for example {example}")
    found = []
    for leg in legs:
        parts = list(leg) if isinstance(leg, Iterable) and not isinstance(leg, (str, bytes)) else []
        if len(parts) != 2:
            raise InvalidInput(f"{shown(leg)} is not a field leg (neuron, (input, token)); give {example}")
        found.append((integer("the leg's neuron", parts[0], least=0), token_label(parts[1])))
    if not found:
        raise InvalidInput(f"legs is empty; give {example}")
    return tuple(found)
