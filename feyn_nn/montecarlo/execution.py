"""Running blocks of samples: serially, on threads, or on any executor, always with the same result."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from feyn_nn._core import InvalidInput, spawned

if TYPE_CHECKING:
    from tqdm import tqdm

T = TypeVar("T")
Task = Callable[[int, np.random.SeedSequence], T]

FEWEST_BLOCKS = 8
_SMALLEST_BLOCK, _LARGEST_BLOCK, _WANTED_BLOCKS = 64, 4096, 128


def block_sizes(samples: int) -> tuple[int, ...]:
    """Split a number of samples into blocks, as a function of that number alone.

    About 128 blocks where 64 to 4096 samples each allow it, never fewer than 8; sizes differ by one at most.

    Examples
    --------
    >>> sizes = block_sizes(10**6)
    >>> len(sizes), max(sizes), sum(sizes)
    (245, 4082, 1000000)
    """
    size = min(max(samples // _WANTED_BLOCKS, _SMALLEST_BLOCK), _LARGEST_BLOCK)
    blocks = max(FEWEST_BLOCKS, -(-samples // size))
    small, longer = divmod(samples, blocks)
    return (small + 1,) * longer + (small,) * (blocks - longer)


def run_blocks(
    task: Task[T],
    sizes: Sequence[int],
    root: np.random.SeedSequence,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool = False,
) -> Iterator[T]:
    """Yield ``task(size, seed)`` of each block in order; block i gets child i of the seed, whoever runs it.

    Only a few blocks more than there are workers are under way at a time, so that results never pile up.

    Parameters
    ----------
    task : callable (samples, seed) -> result
        Must be picklable if the executor runs in other processes.
    sizes : sequence of int
        Samples in each block.
    root : numpy.random.SeedSequence
    workers : int, optional
        Threads; 1 runs without any. By default one for each CPU that this process may use.
    executor : concurrent.futures.Executor, optional
        Runs the blocks instead of threads; it is left open.
    progress : bool
        Whether to draw a progress bar on stderr.

    Raises
    ------
    InvalidInput
        If `workers` is not a positive integer, or both `workers` and `executor` are given.
    """
    threads = _threads(workers, executor)
    bar = _bar(sum(sizes)) if progress else None
    try:
        for size, result in zip(sizes, _results(task, sizes, root, threads, executor), strict=True):
            if bar is not None:
                bar.update(size)
            yield result
    finally:
        if bar is not None:
            bar.close()


def _threads(workers: int | None, executor: Executor | None) -> int:
    if workers is not None and executor is not None:
        raise InvalidInput(
            "workers and executor are both given; give workers for threads, or an executor, not both"
        )
    if workers is None:
        affinity = getattr(os, "sched_getaffinity", None)  # not on every system
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, (int, np.integer)) or workers < 1:
        raise InvalidInput(f"workers={workers!r} is not a number of threads; give an integer >= 1")
    return int(workers)


def _results(
    task: Task[T], sizes: Sequence[int], root: np.random.SeedSequence, threads: int, executor: Executor | None
) -> Iterator[T]:
    if executor is not None:
        yield from _windowed(executor, task, sizes, root, window=2 * threads + 16)
    elif threads == 1 or len(sizes) == 1:
        for i, size in enumerate(sizes):
            yield task(size, spawned(root, i))
    else:
        with ThreadPoolExecutor(threads, thread_name_prefix="feyn_nn-block") as pool:
            yield from _windowed(pool, task, sizes, root, window=2 * threads)


def _windowed(
    executor: Executor, task: Task[T], sizes: Sequence[int], root: np.random.SeedSequence, window: int
) -> Iterator[T]:
    """Results in the order of the blocks, at most `window` of them under way."""
    under_way: deque[Future[T]] = deque()
    try:
        for i, size in enumerate(sizes):
            if len(under_way) == window:
                yield under_way.popleft().result()
            under_way.append(executor.submit(task, size, spawned(root, i)))
        while under_way:
            yield under_way.popleft().result()
    finally:
        for future in under_way:
            future.cancel()


def _bar(samples: int) -> tqdm[Any]:
    import sys

    from tqdm import tqdm

    return tqdm(total=samples, unit=" networks", unit_scale=True, file=sys.stderr, desc="sampling")
