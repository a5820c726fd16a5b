"""Tables of a specification: which keys they hold, and what is said when one is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.networks.checks import shown


def checked_table(
    name: str, table: Any, *, required: Iterable[str] = (), optional: Iterable[str] = ()
) -> dict[str, Any]:
    """`table` as a dict, after a check of its keys.

    Parameters
    ----------
    name : str
        What the table is called, such as ``"network"``; keys are reported as ``network.width``. The empty
        name is that of the whole document.
    table : Mapping
        As read from TOML.
    required, optional : iterable of str
        The keys that it must and may have.

    Raises
    ------
    InvalidInput
        If it is no table, has a key that is not known (the nearest known one is named), or lacks one.
    """
    if not isinstance(table, Mapping):
        raise InvalidInput(f"{name}={shown(table)} is not a table; write [{name}] on a line of its own")
    must = tuple(required)
    known = (*must, *optional)
    for key in table:
        if key not in known:
            full = dotted(name, key)
            raise InvalidInput(
                f"{full if full.isprintable() else repr(full)} is not known; {nearest(key, known)}",
                page="specification.md",
            )
    for key in must:
        if key not in table:
            raise InvalidInput(_missing(name, key))
    return dict(table)


def dotted(name: str, key: str) -> str:
    """The full name of a key: ``network.width``, or ``network`` alone at the top."""
    return f"{name}.{key}" if name else str(key)


def _missing(name: str, key: str) -> str:
    if name:
        return f"{dotted(name, key)} is missing; add a line '{key} = …' under [{name}]"
    return f"table [{key}] is missing; add [{key}] and its keys"
