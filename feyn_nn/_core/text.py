"""Numbers as small print: indices and powers in plain text."""

from __future__ import annotations

from feyn_nn._core.powers import Powers

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def subscript(text: object) -> str:
    """Write digits as an index: ``₁₂``."""
    return str(text).translate(_SUBSCRIPTS)


def power(symbol: str, exponent: int) -> str:
    """Write symbol^exponent: ``1``, ``n``, ``n²``."""
    if exponent == 0:
        return "1"
    return symbol + ("" if exponent == 1 else str(exponent).translate(_SUPERSCRIPTS))


def inverse_power(symbol: str, exponent: int) -> str:
    """Write 1/symbol^exponent: ``1``, ``1/n``, ``1/n²``.

    Examples
    --------
    >>> [inverse_power("n", k) for k in range(3)]
    ['1', '1/n', '1/n²']
    """
    return "1" if exponent == 0 else f"1/{power(symbol, exponent)}"


def powers_name(powers: Powers) -> str:
    """How powers are printed: ``1/heads · 1/key_dim²``, or ``1``.

    Examples
    --------
    >>> powers_name(Powers(heads=1, key_dim=2))
    '1/heads · 1/key_dim²'
    """
    outermost = ("heads", "value_dim", "key_dim")
    names = [name for name in outermost if name in powers] + [
        name for name in powers if name not in outermost
    ]
    return " · ".join(inverse_power(name, powers[name]) for name in names) or "1"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number of things: ``1 leg``, ``2 vertices``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
