"""Widths of hidden layers that keep their ratios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import shown


def resized(widths: Sequence[int], first: int) -> tuple[int, ...]:
    """The widths in the same ratios, the first of them `first`.

    Raises
    ------
    InvalidInput
        If one would not be an integer.

    Examples
    --------
    >>> resized((4, 6), 8)
    (8, 12)
    """
    ratios = [Fraction(width, widths[0]) for width in widths]
    scaled = [first * ratio for ratio in ratios]
    if any(width.denominator != 1 for width in scaled):
        step = math.lcm(*(ratio.denominator for ratio in ratios))
        raise InvalidInput(
            f"first width {first} does not scale the widths {shown(tuple(widths))} to integers;"
            f" give a multiple of {step}"
        )
    return tuple(int(width) for width in scaled)
