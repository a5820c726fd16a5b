"""How a run is cut into blocks, the units of work, and batches, the units of its error bars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MOST_BATCHES = 256
"""Batches are merged two by two when there are so many; a run of any length ends with 128 to 255 of them."""

MOST_SAMPLES = 10**11
"""More networks than this would take years."""

_SMALL, _LARGE = 1024, 4096
_SMALL_BLOCKS = 16
_FEWEST_BATCHES = 8
_SMALLEST_BATCH = 8


@dataclass(frozen=True, kw_only=True)
class Block:
    """One unit of work: a pure function of child `index` of the seed.

    Parameters
    ----------
    index : int
        Its number, from 0.
    size : int
        How many networks it draws.
    batch : int
        How many networks share one batch at this point of the run.
    whole : bool
        Whether it has its full size; only the last block of a run may be cut short.
    """

    index: int
    size: int
    batch: int
    whole: bool


def blocks(samples: int, *, order: int = 2, first: int = 0) -> Iterator[Block]:
    """Yield the blocks of a run from block `first` on.

    The first 16 blocks have 1024 networks, all others 4096, whatever the length of the run: a longer run
    starts with the same blocks, so it can go on where a shorter one ended.

    Parameters
    ----------
    samples : int
        Networks in the whole run.
    order : int
        The highest order of a cumulant; a batch needs as many networks.
    first : int
        The blocks before this one are done.

    Examples
    --------
    >>> [block.size for block in blocks(20_000)][-3:]
    [1024, 1024, 3616]
    """
    index, start = first, block_start(first)
    while start < samples:
        full = _size(index)
        size = min(full, samples - start)
        yield Block(index=index, size=size, batch=_batch(start, samples, order), whole=size == full)
        index, start = index + 1, start + full


def block_start(index: int) -> int:
    """How many networks the blocks before block `index` hold."""
    return _SMALL * min(index, _SMALL_BLOCKS) + _LARGE * max(index - _SMALL_BLOCKS, 0)


def fewest_samples(order: int) -> int:
    """The shortest run that gives cumulants of this order with standard errors."""
    return _FEWEST_BATCHES * max(order, 2)


def batch_size(start: int, order: int = 2) -> int:
    """How many networks share a batch once `start` of them are done; a power of two."""
    size = _SMALLEST_BATCH
    while size < order or start >= MOST_BATCHES * size:
        size *= 2
    return size


def batch_count(samples: int, order: int = 2) -> int:
    """How many batches a run of so many networks ends with.

    Examples
    --------
    >>> [batch_count(samples) for samples in (64, 1000, 10_000, 10**6, 10**9)]
    [8, 125, 156, 244, 239]
    """
    *_, last = _last_blocks(samples, order)
    start = block_start(last.index)
    if last.whole:
        start += last.size
        return -(-start // batch_size(start, order))
    return max(-(-start // last.batch) + last.size // last.batch, 1)


def _last_blocks(samples: int, order: int) -> Iterator[Block]:
    """The end of a run, at least its last block."""
    beyond = max(samples - _SMALL * _SMALL_BLOCKS, 0)
    return blocks(samples, order=order, first=beyond // _LARGE)


def _size(index: int) -> int:
    return _SMALL if index < _SMALL_BLOCKS else _LARGE


def _batch(start: int, samples: int, order: int) -> int:
    """The batch size at a block; a run shorter than eight batches has smaller ones."""
    return min(batch_size(start, order), max(samples // _FEWEST_BATCHES, 1))
