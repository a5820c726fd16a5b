"""Pairs of inputs as numbers: (0,0), (0,1), (1,1), (0,2), (1,2), (2,2), …, whatever the number of inputs."""

from __future__ import annotations

from math import isqrt
from typing import Any

from feyn_nn._core import Pair, pair_name


def pair_number(pair: Pair) -> int:
    """The number b(b+1)/2 + a of an unordered pair (a, b), a ≤ b.

    Examples
    --------
    >>> [pair_number(p) for p in [(0, 0), (0, 1), (1, 1), (0, 2)]]
    [0, 1, 2, 3]
    """
    a, b = sorted(pair)
    return b * (b + 1) // 2 + a


def numbered_pair(number: int) -> Pair:
    """The pair with a given number, the inverse of :func:`pair_number`."""
    b = (isqrt(8 * number + 1) - 1) // 2
    return number - b * (b + 1) // 2, b


def pair_text(index: Any, printer: Any) -> str:
    """A pair for a printer of sympy: ``01`` where the number is known, else its symbol."""
    return pair_name(numbered_pair(int(index))) if index.is_Integer else str(printer.doprint(index))
