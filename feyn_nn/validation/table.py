"""Columns of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell; a line of one cell or none is a heading."""
    full = [line for line in lines if len(line) > 1]
    widths = [max(map(len, column)) for column in zip(*full, strict=True)]
    for line in lines:
        if len(line) < 2:
            yield "".join(line)
        else:
            yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def duration(seconds: float) -> str:
    """A time as people say it.

    Examples
    --------
    >>> [duration(s) for s in (0.2, 12.3, 300, 8000, 1e6)]
    ['under a second', '12 s', '5 min', '2.2 h', '12 days']
    """
    if seconds < 1:
        return "under a second"
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.{1 if name == 'h' else 0}f} {name}"
    return f"{seconds / 86400:.0f} days"
