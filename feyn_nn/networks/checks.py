"""Checks that networks and specifications share: integers, variances, lists of them."""

from __future__ import annotations

import math
import numbers
import reprlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from feyn_nn._core import InvalidInput

T = TypeVar("T")

LARGEST = 2**53
"""The largest integer that every float formula still tells from its neighbours."""


def shown(value: Any) -> str:
    """What was given, short enough for one sentence."""
    return " ".join(reprlib.repr(value).split("\n"))  # a table's repr has lines


def integer(name: str, value: Any, *, least: int, largest: int = LARGEST) -> int:
    """`value` as an int between `least` and `largest`; numpy integers are welcome, bools are not.

    Raises
    ------
    InvalidInput
        If it is anything else.

    Examples
    --------
    >>> integer("width", 64, least=1)
    64
    """
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        raise InvalidInput(f"{name}={shown(value)} is not an integer; give an integer >= {least}")
    if value < least:
        raise InvalidInput(f"{name}={shown(value)} is too small; give an integer >= {least}")
    if value > largest:
        raise InvalidInput(f"{name}={shown(value)} is too large; give an integer <= {largest}")
    return int(value)


def variance(name: str, value: Any) -> float:
    """`value` as a finite float >= 0.

    Raises
    ------
    InvalidInput
        If it is negative, not finite, or no real number.
    """
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise InvalidInput(f"{name}={shown(value)} is not a number; give a variance >= 0, such as {name}=1.0")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidInput(f"{name}={shown(value)} is not finite; give a variance >= 0, such as {name}=1.0")
    if number < 0:
        raise InvalidInput(
            f"{name}={number!r} is negative; a variance is >= 0, so give for example {name}=1.0"
        )
    return number + 0.0  # -0.0 becomes 0.0


def is_single(value: Any) -> bool:
    """Whether `value` is one thing rather than a list of them."""
    return not isinstance(value, Iterable)


def entries(name: str, values: Any, check: Callable[[str, Any], T], *, example: str) -> tuple[T, ...]:
    """Each of `values` checked under its own name, such as ``width[2]``.

    Raises
    ------
    InvalidInput
        If `values` is no list, or `check` refuses one of them.
    """
    # A text, a table and a zero-dimensional array can be iterated over, or look so, but are no lists.
    if isinstance(values, (str, bytes, Mapping)) or is_single(values) or getattr(values, "ndim", 1) == 0:
        raise InvalidInput(
            f"{name}={shown(values)} is neither a number nor a list of numbers; give {example}"
        )
    return tuple(check(f"{name}[{i}]", value) for i, value in enumerate(values))


def collapsed(values: tuple[T, ...]) -> T | tuple[T, ...]:
    """One number where all of them are equal, as a user would type it: equal settings then compare equal."""
    return values[0] if values and len(set(values)) == 1 else values
