"""A progress bar over the items of a long loop, where someone is watching."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")

_PATIENCE = 2.0  # seconds before a bar appears


def watched(items: Iterable[T], *, total: int, unit: str, least: int = 100) -> Iterable[T]:
    """The items themselves; if stderr is a terminal and they take more than two seconds, with a bar.

    Parameters
    ----------
    items : iterable
    total : int
        How many there are.
    unit : str
        What they are, in the plural.
    least : int
        Fewer of them have no bar, which would cost short loops more than it tells.

    Examples
    --------
    >>> sum(watched(range(4), total=4, unit="layers"))
    6
    """
    if total < least or sys.stderr is None or not sys.stderr.isatty():
        return items
    from tqdm import tqdm

    bar: Iterable[T] = tqdm(items, total=total, unit=f" {unit}", delay=_PATIENCE, leave=False)
    return bar
