"""When two callables are the same: copies of methods and of partial functions are, by what they are made of."""

from __future__ import annotations

from functools import partial
from typing import Any


def identity(given: Any) -> Any:
    """Something that is equal for callables that do the same for the same reason.

    A bound method is its function and its object, a partial function its function and its arguments; anything else
    is itself. Python compares methods by the identity of their objects, which a copy sent to another process has
    not.

    Examples
    --------
    >>> identity(partial(max, 1)) == identity(partial(max, 1))
    True
    >>> partial(max, 1) == partial(max, 1)
    False
    """
    if isinstance(given, partial):
        return (identity(given.func), given.args, tuple(sorted(given.keywords.items())))
    if hasattr(given, "__self__") and hasattr(given, "__func__"):
        return (given.__func__, given.__self__)
    return given
