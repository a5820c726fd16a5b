"""Columns of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as their widest cell; a line of one cell or none is a heading."""
    full = [line for line in lines if len(line) > 1]
    widths = [max(map(len, column)) for column in zip(*full, strict=True)]
    for line in lines:
        if len(line) < 2:
            yield "".join(line)
        else:
            yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def duration(seconds: float, *, about: bool = False) -> str:
    """A time as people say it.

    Examples
    --------
    >>> [duration(s) for s in (0.2, 12.3, 300, 8000, 1e6)]
    ['under a second', '12 s', '5 min', '2.2 h', '12 days']
    """
    if seconds < 1:
        return "under a second"
    if about:
        return f"about {duration(seconds)}"
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.{1 if name == 'h' else 0}f} {name}"
    return f"{seconds / 86400:.0f} days"


def ruled(lines: Iterable[str]) -> list[str]:
    """A rule under the head, as long as the longest line."""
    head, *body = lines
    return [head, "─" * max(map(len, [head, *body])), *body]


def percent(share: float) -> str:
    """A relative error: ``1.2 %``; a dash beyond ten times the whole.

    Examples
    --------
    >>> [percent(share) for share in (0.000123, 0.0123, 0.5, 2.34, 1e3)]
    ['0.012 %', '1.2 %', '50 %', '234 %', '—']
    """
    if not share < 10:  # not a number belongs here too
        return "—"
    return f"{100 * share:.0f} %" if share >= 1 else f"{100 * share:.2g} %"
