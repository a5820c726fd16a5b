"""Blocks on a Dask cluster: an existing scheduler, found by its address or through a client."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
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
    try:
        client = distributed.Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = f"{type(error).__name__}" if not str(error) else str(error).splitlines()[0]
        raise InvalidInput(
            f"no Dask scheduler answers at {address!r} ({reason}); start one with `dask scheduler`, and give the "
            "address that it prints, such as tcp://host:8786"
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=_PATIENCE)


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
