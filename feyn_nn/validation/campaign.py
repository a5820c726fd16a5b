"""A validation, planned and ready to be sampled."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import numpy as np

from feyn_nn._core import spawned
from feyn_nn._core.observables import FieldObservable, MetricObservable
from feyn_nn.montecarlo import Simulation, simulate
from feyn_nn.montecarlo.simulation import versions
from feyn_nn.networks import (
    Feedforward,
    Inputs,
    MultiHeadAttention,
    Observables,
    Sampling,
    Specification,
    Tokens,
)
from feyn_nn.networks.arguments import Layered
from feyn_nn.networks.specification import LARGEST_SEED
from feyn_nn.validation.checkpoints import Checkpoints
from feyn_nn.validation.design import Design
from feyn_nn.validation.heads_law import heads_laws
from feyn_nn.validation.judge import Judge
from feyn_nn.validation.planning import work
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.report import Report
from feyn_nn.validation.sizes import Sizes
from feyn_nn.validation.stack import Measured

TRIAL = 1e7
"""Random numbers of a trial: a fraction of a second."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Campaign:
    """What theory predicts and what is going to be sampled; :meth:`run` does it.

    Parameters
    ----------
    network : MLP, Feedforward or MultiHeadAttention
    inputs : Inputs or Tokens
    predictions : tuple of Prediction
    loops : tuple of int
        What was asked of each.
    design : Design
    seed : SeedSequence
        Run i uses its spawned child i.
    sampler : {"metric", "weights"}
    """

    network: Layered | MultiHeadAttention
    inputs: Inputs | Tokens
    predictions: tuple[Prediction, ...]
    loops: tuple[int, ...]
    design: Design
    seed: np.random.SeedSequence
    sampler: str

    @property
    def specification(self) -> Specification | None:
        """What repeats it, without the seed where a file cannot hold it; None for a network that no file describes."""
        if isinstance(self.network, Feedforward):
            return None
        seed, sizes = _entropy(self.seed), [run.sizes for run in self.design.runs]
        where: dict[str, Any] = {}
        if isinstance(self.network, MultiHeadAttention):
            where["sizes"] = [[int(size) for size in own.values()] for own in sizes]
        elif self.network.widths:
            where["widths"] = self.design.widths
        return Specification(
            network=self.network,
            inputs=self.inputs,
            observables=Observables(**self._asked, loops=self.loops),
            sampling=Sampling(
                **where,
                samples=self.design.samples,
                seed=seed if seed <= LARGEST_SEED else None,
                sampler=self.sampler,
            ),
        )

    @property
    def _asked(self) -> dict[str, Any]:
        """The observables as they are asked for, pairs and legs apart."""
        observables = [p.observable for p in self.predictions]
        return {
            "pairs": tuple(o.pairs for o in observables if isinstance(o, MetricObservable)),
            "legs": tuple(o.legs for o in observables if isinstance(o, FieldObservable)),
        }

    def run(self, *, checkpoint: str | PathLike[str] | None = None, **how: Any) -> Report:
        """Sample all that was planned, and judge theory by it.

        Parameters
        ----------
        checkpoint : path, optional
            A folder to keep the state of the runs in, and to go on from.
        **how
            `workers`, `executor` and `progress`, as :func:`feyn_nn.simulate` takes them.
        """
        start = time.perf_counter()
        kept = None if checkpoint is None else Checkpoints.at(checkpoint)
        measured = [
            Measured(
                sizes=run.sizes,
                simulation=self.simulation(i, checkpoint=kept and kept.file(run.sizes), **how),
            )
            for i, run in enumerate(self.design.runs)
        ]
        return self.report(measured, seconds=time.perf_counter() - start)

    def timed(self) -> Campaign:
        """The same with an estimate of how long it takes, from a short trial whose networks are thrown away."""
        seconds = sum(self._seconds(i) for i in range(len(self.design.runs)))
        return replace(self, design=replace(self.design, seconds=seconds))

    def _seconds(self, which: int) -> float:
        run = self.design.runs[which]
        each = work(self.network, run.sizes, matrices=self.sampler == "weights")
        trial = int(min(max(TRIAL / each, 256), 16384, run.samples))
        if which == 0:
            self.simulation(which, samples=trial)  # compiles
        start = time.perf_counter()
        self.simulation(which, samples=trial)
        return (time.perf_counter() - start) / trial * run.samples

    def simulation(self, which: int, samples: int | None = None, **how: Any) -> Simulation:
        """The measurement of run number `which`, or of its first `samples` networks alone.

        Raises
        ------
        KeyboardInterrupt
            If it was interrupted.
        """
        run = self.design.runs[which]
        found = simulate(
            resized(self.network, run.sizes),
            self.inputs,
            pairs=self._asked["pairs"] or None,
            legs=self._asked["legs"] or None,
            samples=samples or run.samples,
            rng=spawned(self.seed, which),
            sampler=self.sampler,
            # explicit weights judge the last layer too
            conditioned=None if self.sampler == "metric" else False,
            **how,
        )
        if not found.complete:
            raise KeyboardInterrupt
        return found

    def report(self, measured: Sequence[Measured], *, seconds: float = 0.0) -> Report:
        """The verdict on what was measured."""
        judge = Judge(predictions=self.predictions, measured=measured)
        chi2, dof, p_value = judge.together
        return Report(
            network=repr(self.network),
            inputs=repr(self.inputs),
            judgements=judge.judgements,
            fit=judge.fit,
            chi2=chi2,
            dof=dof,
            p_value=p_value,
            adjusted_p=judge.adjusted_p,
            runs=self.design.runs,
            sampler=self.sampler,
            seed=_entropy(self.seed),
            specification=self.specification.to_toml() if self.specification else "",
            laws=heads_laws(judge.judgements) if isinstance(self.network, MultiHeadAttention) else (),
            design=self.design,
            seconds=seconds,
            versions=versions(),
        )


def _entropy(seed: np.random.SeedSequence) -> int:
    """The int that says all about a seed that `reproducible` made."""
    return int(seed.entropy)  # type: ignore[arg-type]


def resized(network: Layered | MultiHeadAttention, sizes: Sizes) -> Layered | MultiHeadAttention:
    """A network of the same kind at other sizes."""
    if isinstance(network, MultiHeadAttention):
        return network.with_sizes(**{name: int(size) for name, size in sizes.items()})
    return network.with_width(int(sizes["n"])) if network.widths else network
