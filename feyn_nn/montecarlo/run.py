"""One run: blocks in order, the state after each, and its checkpoints."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from feyn_nn.montecarlo.accumulator import Accumulator
from feyn_nn.montecarlo.checkpoint import Checkpoint
from feyn_nn.montecarlo.execution import run_blocks
from feyn_nn.montecarlo.executors import ExecutorLike
from feyn_nn.montecarlo.measurement import Measurement
from feyn_nn.montecarlo.progress import progress_bar
from feyn_nn.montecarlo.schedule import blocks

SECONDS_BETWEEN = 1.0
"""A checkpoint is written after the first block that ends so long after the last one."""

_SHARE = 0.05  # of the time, at most, goes into writing checkpoints


class Journal:
    """Writes checkpoints of one run now and then; does nothing without a path.

    Parameters
    ----------
    path : Path or None
    run : mapping
        What decides the bits of the result.
    target : int
        How many networks the run is to have.
    """

    def __init__(self, path: Path | None, run: Mapping[str, Any], target: int) -> None:
        self._path, self._run, self._target = path, run, target
        self._due = 0.0

    def write(self, state: Accumulator, *, finished: bool = False) -> None:
        """Write a checkpoint."""
        if self._path is None:
            return
        start = time.monotonic()
        Checkpoint(run=self._run, target=self._target, finished=finished, state=state).write(self._path)
        end = time.monotonic()
        self._due = end + max(SECONDS_BETWEEN, (end - start) / _SHARE)

    def write_if_due(self, state: Accumulator) -> None:
        """Write one if the last is old enough."""
        if self._path is not None and time.monotonic() >= self._due:
            self.write(state)


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """The blocks of a run, from where it stands to its end.

    Parameters
    ----------
    measurement : Measurement
        What is done with each block.
    root : SeedSequence
        Block i uses its child i.
    target : int
        How many networks there are to be.
    journal : Journal
        Where checkpoints go.
    """

    measurement: Measurement
    root: np.random.SeedSequence
    target: int
    journal: Journal

    def go_on(
        self,
        state: Accumulator,
        *,
        workers: int | None = None,
        executor: ExecutorLike | None = None,
        progress: bool = False,
    ) -> Accumulator:
        """Do all blocks from a state of whole blocks on; Ctrl-C ends a run early, with what is there.

        Returns
        -------
        Accumulator
            Its samples are fewer than the target if the run was interrupted.
        """
        whole, order = state, self.measurement.plan.statistics.order
        basis = self.measurement.plan.statistics.basis
        ahead = blocks(self.target, order=order, first=state.blocks)
        self.journal.write(
            whole
        )  # at once: a place that cannot be written shows before the work, not after it
        try:
            with (
                progress_bar(self.target, done=state.samples, shown=progress) as advance,
                closing(
                    run_blocks(self.measurement, ahead, self.root, workers=workers, executor=executor)
                ) as results,
            ):
                for block, found in results:
                    state = state.add(basis, block, found)
                    if block.whole:
                        whole = state
                        self.journal.write_if_due(whole)
                    advance(block.size)
        except KeyboardInterrupt:
            pass
        self.journal.write(whole, finished=state.samples >= self.target)
        return state
