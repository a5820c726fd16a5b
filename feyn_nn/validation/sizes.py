"""Sizes of a network, by the names of the small parameters that they are the inverses of."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TypeAlias

from feyn_nn._core import Powers

Sizes: TypeAlias = Mapping[str, float]
"""``{"n": 16}`` for a fully connected network, ``{"heads": 1, "value_dim": 64, "key_dim": 16}`` for attention."""


def as_sizes(at: float | Sizes) -> Sizes:
    """Sizes as they are, or a number as the first hidden width n."""
    return at if isinstance(at, Mapping) else {"n": at}


def factor(powers: Powers, sizes: Sizes) -> float:
    """Π size^-power: what a coefficient is multiplied with.

    Examples
    --------
    >>> factor(Powers(heads=1, key_dim=2), {"heads": 2, "value_dim": 8, "key_dim": 4})
    0.03125
    """
    return prod(float(sizes[name]) ** -power for name, power in powers.items())


def sizes_name(sizes: Sizes) -> str:
    """How sizes are printed: ``n = 16``.

    Examples
    --------
    >>> sizes_name({"heads": 1, "key_dim": 16})
    'heads = 1, key_dim = 16'
    """
    return ", ".join(f"{name} = {size:g}" for name, size in sizes.items())
