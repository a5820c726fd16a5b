"""Running blocks in any number of workers, always with the same result in the same order."""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from typing import Generic, TypeAlias, TypeVar

import numpy as np

from feyn_nn._core import InvalidInput, spawned
from feyn_nn.montecarlo.executors import Crew, ExecutorLike, crew
from feyn_nn.montecarlo.schedule import Block

T = TypeVar("T")
Task: TypeAlias = Callable[[Block, np.random.SeedSequence], T]

MOST_DEATHS = 3
"""So often in a row may workers die at the same block."""


def run_blocks(
    task: Task[T],
    blocks: Iterable[Block],
    root: np.random.SeedSequence,
    *,
    workers: int | None = None,
    executor: ExecutorLike | None = None,
) -> Generator[tuple[Block, T]]:
    """Yield each block with ``task(block, seed)``, in order; block i gets child i of the seed, whoever runs it.

    Only a few blocks more than there are workers are under way at a time, so that results never pile up. A
    block whose worker has died is done again, by a new pool of processes if need be.

    Parameters
    ----------
    task : callable (block, seed) -> result
        A pure function; must be picklable if the executor runs in other processes.
    blocks : iterable of Block
    root : numpy.random.SeedSequence
    workers : int, optional
        Threads; 1 runs without any. By default one for each CPU that this process may use.
    executor : Executor, str or dask.distributed.Client, optional
        Runs the blocks instead: any executor or Dask client, which are left open, ``"threads"``,
        ``"processes"`` (`workers` of them), or the address of a Dask scheduler.

    Raises
    ------
    InvalidInput
        If workers or executor cannot be used, the task cannot be sent to them, or workers die again and again.
    """
    with crew(executor, workers) as found:
        if found.pickles:
            _check_picklable(task)
        if found.executor is None:
            for block in blocks:
                yield block, task(block, spawned(root, block.index))
        else:
            yield from _Window(task, root, found).results(blocks)


class _Window(Generic[T]):
    """Blocks under way, in their order."""

    def __init__(self, task: Task[T], root: np.random.SeedSequence, workers: Crew) -> None:
        self._task, self._root, self._crew = task, root, workers
        self._under_way: deque[tuple[Block, Future[T]]] = deque()

    def results(self, blocks: Iterable[Block]) -> Iterator[tuple[Block, T]]:
        """Every block with its result."""
        try:
            for block in blocks:
                if len(self._under_way) == self._crew.window:
                    yield self._first()
                self._under_way.append((block, self._submitted(block)))
            while self._under_way:
                yield self._first()
        finally:
            for _, future in self._under_way:
                future.cancel()

    def _first(self) -> tuple[Block, T]:
        """The first block under way and its result, however often it must be started again."""
        deaths = 0
        while True:
            block, future = self._under_way[0]
            try:
                result = future.result()
            except BrokenExecutor as error:
                deaths += 1
                if deaths > MOST_DEATHS or self._crew.replacement is None:
                    raise InvalidInput(_died(block, deaths, error)) from None
                self._start_again()
            except self._crew.lost as error:
                raise InvalidInput(
                    f"the cluster lost block {block.index} ({type(error).__name__}); see to its scheduler and "
                    "workers and run again, with a checkpoint to go on from where it was"
                ) from None
            else:
                self._under_way.popleft()
                return block, result

    def _submitted(self, block: Block) -> Future[T]:
        assert self._crew.executor is not None
        try:
            return self._crew.executor.submit(self._task, block, spawned(self._root, block.index))
        except BrokenExecutor as error:
            broken: Future[T] = Future()
            broken.set_exception(error)
            return broken
        except RuntimeError as error:  # it was shut down, before or while the blocks were running
            raise InvalidInput(f"the executor takes no work ({error}); give one that is open") from None

    def _start_again(self) -> None:
        """Replace the executor, and submit again what it has not finished."""
        self._crew.renew()
        self._under_way = deque(
            (block, future if _finished(future) else self._submitted(block))
            for block, future in self._under_way
        )


def _check_picklable(task: object) -> None:
    try:
        pickle.dumps(task)
    except Exception as error:  # whatever the parts of a task raise when they are pickled
        raise InvalidInput(
            f"the work cannot be sent to other processes ({error}); define functions of your own, such as the law "
            "of the weights, at the top of a module, or use threads"
        ) from None


def _finished(future: Future[T]) -> bool:
    return future.done() and not future.cancelled() and not isinstance(future.exception(), BrokenExecutor)


def _died(block: Block, deaths: int, error: BaseException) -> str:
    times = "once" if deaths == 1 else f"{deaths} times in a row"
    return (
        f"the workers at block {block.index} died {times} ({type(error).__name__}), perhaps for want of memory; "
        "give fewer workers"
    )
