"""Blocks on a Dask cluster: an existing scheduler, found by its address or through a client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from feyn_nn._core import InvalidInput, require_extra

_PATIENCE = 4  # seconds to wait for a scheduler, and then for its first worker
_RETRIES = 3


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address, closed in the end.

    Raises
    ------
    MissingExtra
        If dask.distributed is not installed.
    InvalidInput
        If no scheduler answers there within a few seconds.
    """
    distributed = require_extra("distributed", "cluster", "a Dask scheduler")
    with ThreadPoolExecutor(1) as thread:  # a thread of its own, since a notebook's has an event loop already
        failure = thread.submit(_failure_to_answer, address).result()
    if failure is not None:
        raise InvalidInput(
            f"no Dask scheduler answers at {address!r} ({failure}); start one with `dask scheduler`, and give the "
            "address that it prints, such as tcp://host:8786"
        )
    with _quiet():
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
        try:
            yield client
        finally:
            client.close(timeout=_PATIENCE)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from printing tracebacks of its own; what goes wrong reaches the caller as an exception."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    levels = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _failure_to_answer(address: str) -> str | None:
    """Why no scheduler answers at an address, or None if one does.

    A client that finds none, or one that never answers, would hold on for longer than a user should wait.
    """
    rpc: Any = require_extra("distributed", "cluster", "a Dask scheduler").rpc

    async def identity() -> str:
        async with rpc(address) as scheduler:
            found = await scheduler.identity()
        return str(found.get("type"))

    try:
        kind = asyncio.run(asyncio.wait_for(identity(), timeout=_PATIENCE))
    except TimeoutError:
        return f"nothing within {_PATIENCE} s"
    except Exception as error:  # every transport has errors of its own
        return (str(error) or type(error).__name__).splitlines()[0]
    return None if "Scheduler" in kind else f"it is a {kind}"


def is_client(candidate: object) -> bool:
    """Whether something is a Dask client, without importing Dask to see."""
    return hasattr(candidate, "get_executor") and hasattr(candidate, "scheduler_info")


def executor_of(client: Any) -> tuple[Executor, int]:
    """An executor on the cluster of a client, and how many threads its workers have.

    A block whose worker dies is done again by another; blocks are pure functions of their seeds.

    Raises
    ------
    InvalidInput
        If the cluster has no worker.
    """
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except OSError:
        raise InvalidInput(
            "the Dask cluster has no worker; start some with `dask worker ADDRESS`, with feyn_nn installed"
        ) from None
    threads = sum(client.nthreads().values())
    return client.get_executor(pure=False, retries=_RETRIES), threads


def lost_worker_errors() -> tuple[type[BaseException], ...]:
    """What is raised when workers, or the scheduler, have gone."""
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError

    return KilledWorker, FutureCancelledError, CommClosedError, CancelledError
