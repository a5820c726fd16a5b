"""Numbers as small print: indices and powers in plain text."""

from __future__ import annotations

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def subscript(text: object) -> str:
    """Write digits as an index: ``₁₂``."""
    return str(text).translate(_SUBSCRIPTS)


def inverse_power(symbol: str, power: int) -> str:
    """Write 1/symbol^power: ``1``, ``1/n``, ``1/n²``.

    Examples
    --------
    >>> [inverse_power("n", k) for k in range(3)]
    ['1', '1/n', '1/n²']
    """
    if power == 0:
        return "1"
    return f"1/{symbol}" + ("" if power == 1 else str(power).translate(_SUPERSCRIPTS))
