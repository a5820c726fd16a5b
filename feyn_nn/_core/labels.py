"""Labels: inputs, unordered pairs of inputs, and the legs of the field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from feyn_nn._core.errors import InvalidInput

Label: TypeAlias = int
Pair: TypeAlias = tuple[Label, Label]
FieldLeg: TypeAlias = tuple[int, Label]


class TokenLabel(int):
    """The label (input, token) of a row of tokens; as an integer, the number of that row.

    Parameters
    ----------
    row : int
        input · n_tokens + token.
    input, token : int

    Examples
    --------
    >>> label = TokenLabel(9, 1, 1)
    >>> label, str(label), label + 0
    ((1, 1), '1.1', 9)
    """

    input: int
    token: int

    def __new__(cls, row: int, input: int, token: int) -> TokenLabel:
        label = super().__new__(cls, row)
        label.input, label.token = input, token
        return label

    def __getnewargs__(self) -> tuple[int, int, int]:  # type: ignore[override]  # three arguments, not int's one
        return int(self), self.input, self.token

    def __repr__(self) -> str:
        return f"({self.input}, {self.token})"

    def __str__(self) -> str:
        return f"{self.input}.{self.token}"


def pairs_of(labels: Sequence[Label]) -> tuple[Pair, ...]:
    """All unordered pairs of `labels`, in the order (0,0), (0,1), …, (1,1), ….

    Examples
    --------
    >>> pairs_of([0, 1])
    ((0, 0), (0, 1), (1, 1))
    """
    return tuple((a, b) for i, a in enumerate(labels) for b in labels[i:])


def as_pair(pair: Any) -> Pair:
    """An unordered pair of input labels, sorted.

    Raises
    ------
    InvalidInput
        If it is not two non-negative integers.
    """
    a, b = _two_integers(pair, "a pair of input labels such as (0, 1)")
    return (a, b) if a <= b else (b, a)


def as_pairs(pairs: Any) -> tuple[Pair, ...]:
    """The pairs of one metric cumulant, each sorted, in the order given.

    Raises
    ------
    InvalidInput
        If there is none, or one is not a pair of input labels.
    """
    found = tuple(as_pair(pair) for pair in _sequence(pairs, "pairs", "[(0, 0), (1, 1)]"))
    if not found:
        raise InvalidInput("pairs is empty; give at least one pair of input labels, such as pairs=[(0, 0)]")
    return found


def as_legs(legs: Any) -> tuple[FieldLeg, ...]:
    """The legs (neuron, input label) of one field correlator, in the order given.

    Raises
    ------
    InvalidInput
        If there is none, or one is not two non-negative integers.
    """
    entries = _sequence(legs, "legs", "[(0, 0), (0, 1)]")
    found = tuple(_two_integers(leg, "a field leg (neuron, input label) such as (0, 1)") for leg in entries)
    if not found:
        raise InvalidInput(
            "legs is empty; give field legs (neuron, input label), such as legs=[(0, 0), (0, 0)]"
        )
    return found


def pair_name(pair: Pair) -> str:
    """How a pair is printed: ``01``, or ``3,12`` where a label has more than one digit, ``0.1,0.2`` for tokens."""
    names = [str(label) for label in pair]
    return ("" if all(len(name) == 1 for name in names) else ",").join(names)


def _sequence(entries: Any, name: str, example: str) -> Iterable[Any]:
    if isinstance(entries, (str, bytes)) or not isinstance(entries, Iterable):
        raise InvalidInput(f"{name}={entries!r} is not a list; give for example {name}={example}")
    return entries


def _two_integers(entry: Any, meaning: str) -> tuple[int, int]:
    parts = tuple(entry) if isinstance(entry, Iterable) and not isinstance(entry, (str, bytes)) else ()
    integers = [p for p in parts if isinstance(p, (int, np.integer)) and not isinstance(p, bool) and p >= 0]
    if len(parts) != 2 or len(integers) != 2:
        raise InvalidInput(f"{entry!r} is not {meaning}: two integers >= 0")
    first, second = (part if isinstance(part, TokenLabel) else int(part) for part in parts)
    return first, second
