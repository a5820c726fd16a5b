"""The tables of a specification that attention reads: its tokens, and the sizes to sample at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import entries, integer, is_single, shown
from feyn_nn.networks.files import as_path, read_array
from feyn_nn.networks.patches import digit_patches
from feyn_nn.networks.tables import checked_table
from feyn_nn.networks.tokens import Tokens

Sizes = tuple[tuple[int, int, int], ...]

_NEEDS = {"digits": ("patch",), "values": (), "file": ("n_tokens",), "metric": ("n_tokens",)}
"""What may be given, one of them, and which key must stand beside it."""


def read_tokens(table: Any, folder: Path) -> Tokens:
    """The table [inputs] of attention: ``digits`` and ``patch``, ``values``, ``file`` or ``metric`` and ``n_tokens``.

    Raises
    ------
    InvalidInput
        If the table gives none or several of them, lacks what must stand beside it, or holds what is not allowed.

    Examples
    --------
    >>> read_tokens({"values": [[[1.0], [2.0]]]}, Path("."))
    <Tokens: 1 input × 2 tokens, array>
    """
    given = checked_table("inputs", table, optional=(*_NEEDS, "patch", "n_tokens"))
    found = [key for key in _NEEDS if key in given]
    if len(found) != 1:
        raise InvalidInput(
            f"[inputs] gives {' and '.join(found) or 'no tokens'}; give exactly one of {', '.join(_NEEDS)}"
        )
    (kind,) = found
    for key in ("patch", "n_tokens"):
        if (key in given) != (key in _NEEDS[kind]):
            told = (
                "is missing; add a line" if key in _NEEDS[kind] else "does not go with it; take away the line"
            )
            raise InvalidInput(f"inputs.{kind} is given and inputs.{key} {told} '{key} = …' under [inputs]")
    try:
        return _made(kind, given, folder)
    except InvalidInput as error:
        raise InvalidInput(f"inputs.{kind}: {error}") from None


def _made(kind: str, given: dict[str, Any], folder: Path) -> Tokens:
    if kind == "digits":
        return digit_patches(given["digits"], patch=given["patch"])
    if kind == "values":
        return Tokens(given["values"])
    if kind == "metric":
        return Tokens.from_metric(given["metric"], given["n_tokens"])
    array, count = (
        read_array(folder / as_path(given["file"])),
        integer("n_tokens", given["n_tokens"], least=1),
    )
    if array.ndim != 2 or len(array) % count:
        raise InvalidInput(
            f"a file of shape {array.shape} does not hold inputs of n_tokens={count} rows each"
        )
    return Tokens(array.reshape(-1, count, array.shape[1]))


def checked_sizes(sizes: Any) -> Sizes:
    """Sizes to sample attention at, each (heads, value_dim, key_dim), each once.

    Raises
    ------
    InvalidInput
        If they are anything else.
    """
    example = "sizes = [[1, 4, 16], [8, 4, 16]] of [heads, value_dim, key_dim]"
    if is_single(sizes) or isinstance(sizes, (str, bytes)):
        raise InvalidInput(f"sampling.sizes={shown(sizes)} is no list; give for example {example}")
    found = []
    for own in sizes:
        numbers = entries("sampling.sizes", own, lambda name, n: integer(name, n, least=1), example=example)
        if len(numbers) != 3 or numbers in found:
            raise InvalidInput(
                f"sampling.sizes holds {shown(own)}; give three integers each, once: {example}"
            )
        found.append(numbers)
    if not found:
        raise InvalidInput(f"sampling.sizes is empty; give for example {example}")
    return tuple((h, v, k) for h, v, k in found)
