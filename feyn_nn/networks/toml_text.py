"""Writing TOML: tables of numbers, texts and lists of them, every float to its last bit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml_text(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """`tables` as a TOML document, each under its own header.

    Examples
    --------
    >>> print(toml_text({"network": {"kind": "mlp", "depth": 2, "width": [8]}}), end="")
    [network]
    kind = "mlp"
    depth = 2
    width = [8]
    """
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )


def _value(value: Any) -> str:
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the delete character, which JSON leaves as it is.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(_value(entry) for entry in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)
