"""Set partitions and pairings: the combinatorics behind cumulants and Wick's theorem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def set_partitions(items: Sequence[T]) -> Iterator[tuple[tuple[T, ...], ...]]:
    """Yield every partition of `items` into non-empty blocks, each once.

    Blocks are ordered by their first element, elements keep their order. The number of partitions of n
    items is the Bell number B_n.

    Examples
    --------
    >>> [len(p) for p in set_partitions("abc")]
    [1, 2, 2, 2, 3]
    """
    if not items:
        yield ()
        return
    last = items[-1]
    for smaller in set_partitions(items[:-1]):
        for i, block in enumerate(smaller):
            yield (*smaller[:i], (*block, last), *smaller[i + 1 :])
        yield (*smaller, (last,))


def pairings(items: Sequence[T]) -> Iterator[tuple[tuple[T, T], ...]]:
    """Yield every way to group `items` into pairs; (2k-1)!! of them for 2k items, none for an odd number.

    Examples
    --------
    >>> list(pairings("abcd"))
    [(('a', 'b'), ('c', 'd')), (('a', 'c'), ('b', 'd')), (('a', 'd'), ('b', 'c'))]
    """
    if len(items) % 2:
        return
    if not items:
        yield ()
        return
    first, rest = items[0], items[1:]
    for i, partner in enumerate(rest):
        for others in pairings((*rest[:i], *rest[i + 1 :])):
            yield ((first, partner), *others)
