"""Who runs the blocks: this thread, threads, processes, any executor, or a Dask cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, TypeAlias

import numpy as np

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.montecarlo import dask_cluster

ExecutorLike: TypeAlias = "Executor | str | Any"
"""An executor, "threads", "processes", a Dask client or the address of a Dask scheduler."""

_SPARE = 16  # blocks under way beyond two for each worker, where the number of workers is not known


@dataclass(kw_only=True)
class Crew:
    """Those who run the blocks of one run.

    Parameters
    ----------
    executor : Executor or None
        None runs the blocks in the calling thread.
    window : int
        How many blocks may be under way at a time.
    replacement : callable, optional
        Makes a new executor when workers of this one have died.
    lost : tuple of exception types
        Errors that say that a worker, not the work, has failed.
    pickles : bool
        Whether the work is sent to other processes by pickle alone.
    """

    executor: Executor | None
    window: int = 1
    replacement: Callable[[], AbstractContextManager[Executor]] | None = None
    lost: tuple[type[BaseException], ...] = ()
    pickles: bool = False
    _open: ExitStack = field(default_factory=ExitStack)

    def renew(self) -> None:
        """Replace the executor."""
        assert self.replacement is not None
        self._open.close()
        self.executor = self._open.enter_context(self.replacement())

    def close(self) -> None:
        """Close the replacement, if there is one."""
        self._open.close()


@contextmanager
def crew(executor: ExecutorLike | None, workers: int | None) -> Iterator[Crew]:
    """Find who is to run the blocks.

    Parameters
    ----------
    executor : Executor, str or dask.distributed.Client, optional
        An executor or a client, which are left open; ``"threads"`` or ``"processes"``; or the address of a
        Dask scheduler. Threads if left out.
    workers : int, optional
        How many threads or processes; by default one for each CPU that this process may use.

    Raises
    ------
    InvalidInput
        If `workers` is not a positive integer or is given with an executor that brings its own, the executor
        is none of these, or no Dask scheduler answers.
    MissingExtra
        If an address is given and dask.distributed is not installed.
    """
    if executor is not None and not _named_pool(executor) and workers is not None:
        raise InvalidInput(
            "workers and executor are both given; give workers for threads or processes, or an executor, not both"
        )
    count = worker_count(workers)
    with ExitStack() as stack:
        found = _crew(executor, count, stack)
        stack.callback(found.close)
        yield found


def worker_count(workers: int | None) -> int:
    """How many workers there are to be.

    Raises
    ------
    InvalidInput
        If it is not a positive integer.
    """
    if workers is None:
        affinity = getattr(os, "sched_getaffinity", None)  # not on every system
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, (int, np.integer)) or workers < 1:
        raise InvalidInput(f"workers={workers!r} is not a number of workers; give an integer >= 1")
    return int(workers)


def _crew(executor: ExecutorLike | None, workers: int, stack: ExitStack) -> Crew:
    if executor is None and workers == 1:
        return Crew(executor=None)
    if executor is None or _named_pool(executor):
        return _POOLS[str(executor or "threads")](workers, stack)
    if isinstance(executor, Executor):
        renewable = isinstance(executor, ProcessPoolExecutor)
        return Crew(
            executor=executor,
            window=2 * max(workers, _size(executor)) + _SPARE,
            replacement=(lambda: _process_pool(workers)) if renewable else None,
            pickles=renewable,
        )
    if isinstance(executor, str) and ":" in executor:
        executor = stack.enter_context(dask_cluster.connected(executor))
    if dask_cluster.is_client(executor):
        pool, threads = dask_cluster.executor_of(executor)
        return Crew(
            executor=stack.enter_context(pool),
            window=2 * threads + _SPARE,
            lost=dask_cluster.lost_worker_errors(),
        )
    raise InvalidInput(_unknown(executor))


def _size(executor: Executor) -> int:
    """How many workers an executor says it has; 0 if it does not say."""
    size = getattr(
        executor, "_max_workers", 0
    )  # the pools of the standard library, and those that follow them
    return size if isinstance(size, int) else 0


def _named_pool(executor: object) -> bool:
    return isinstance(executor, str) and executor in _POOLS


def _unknown(executor: object) -> str:
    if isinstance(executor, str):
        hint = nearest(executor, _POOLS)
        return f"executor={executor!r} is no executor; {hint}, or the address of a Dask scheduler, tcp://host:8786"
    return (
        f"executor={executor!r} is no executor; give a concurrent.futures.Executor, 'threads', 'processes', "
        "a dask.distributed.Client or the address of a Dask scheduler"
    )


def _threads(workers: int, stack: ExitStack) -> Crew:
    pool = ThreadPoolExecutor(workers, thread_name_prefix="feyn_nn-block")
    return Crew(executor=stack.enter_context(pool), window=2 * workers)


def _processes(workers: int, stack: ExitStack) -> Crew:
    found = Crew(executor=None, window=2 * workers, replacement=lambda: _process_pool(workers), pickles=True)
    found.renew()
    return found


_POOLS: dict[str, Callable[[int, ExitStack], Crew]] = {"threads": _threads, "processes": _processes}


def _process_pool(workers: int) -> ProcessPoolExecutor:
    """Fresh processes, spawned: a fork after a compiled kernel has run may hang."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_interrupts)


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; the one that collects the blocks answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
