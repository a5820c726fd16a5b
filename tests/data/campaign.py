"""What the sampling campaigns share: each states its cases, and this brings the file with their results up to date.

A case that is stored for the same network, inputs and observables stays as it is; remove it from the file to measure it
anew. Results are written after every case, and each run of a case keeps a checkpoint meanwhile, so that a campaign that
was interrupted, or killed, goes on where it was and ends with the same numbers.
"""

import hashlib
import json
import math
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

import feyn_nn as fnn
from feyn_nn._core import Estimate, InvalidInput, MetricObservable, seed_sequence, spawned
from feyn_nn.networks import Observables, Sampling, Specification
from feyn_nn.validation.design import Design
from feyn_nn.validation.planning import choose
from feyn_nn.validation.predict import predict
from feyn_nn.validation.prediction import Prediction

COMMAND = "make measure"
FOLDER = Path(__file__).parent
RESOLUTION = 80.0  # without the highest order χ² then misses p = 1e-4 less than once in 10⁵ runs

Pairs = list[tuple[int, int]]
Stored = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Who samples (see `simulate`), and the folder that keeps the state of unfinished runs."""

    executor: Any = None
    workers: int | None = None
    checkpoints: Path | None = None

    def simulate(
        self, spec: Specification, network: Any, rng: int | np.random.SeedSequence, run: str = ""
    ) -> list[Estimate]:
        """The estimates of a specification's observables from one run, which a name tells from its others."""
        checkpoint = None
        if self.checkpoints is not None:
            self.checkpoints.mkdir(parents=True, exist_ok=True)
            checkpoint = self.checkpoints / f"{digest(spec)[:16]}{run}.checkpoint"
        found = fnn.simulate(
            network,
            spec.inputs,
            pairs=spec.observables.pairs,
            samples=spec.sampling.samples,
            rng=rng,
            workers=self.workers,
            executor=self.executor,
            checkpoint=checkpoint,
            progress=True,
        )
        if not found.complete:
            raise KeyboardInterrupt
        return list(found.values())

    def on(self, *names: str) -> "Crew":
        """The same crew with a folder of its own."""
        own = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        return replace(self, checkpoints=self.checkpoints and self.checkpoints / own)

    def forget(self) -> None:
        """Remove the state of runs whose results are kept."""
        if self.checkpoints is not None:
            shutil.rmtree(self.checkpoints, ignore_errors=True)


class Task(Protocol):
    """What a case asks for."""

    def is_done(self, stored: Stored) -> bool:
        """Whether what is stored of it, which may be nothing, is the answer."""

    def measure(self, crew: Crew) -> Stored:
        """The answer, to be stored."""


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """Cases, and the file that keeps their results.

    Parameters
    ----------
    name : str
        The name of the file, without its ending.
    cases : sequence of str
    task : callable
        What a case asks for.
    written : callable
        The text of the file.
    """

    name: str
    cases: Sequence[str]
    task: Callable[[str], Task]
    written: Callable[[Stored], str] = lambda results: json.dumps(results, indent=1, ensure_ascii=False)

    def results(self, folder: Path = FOLDER) -> dict[str, Stored]:
        """What is kept; nothing at first."""
        file = folder / f"{self.name}.json"
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}

    def bring_up_to_date(self, crew: Crew, folder: Path = FOLDER) -> None:
        """Measure what is not yet measured, keeping the results after every case."""
        results = self.results(folder)
        for number, case in enumerate(self.cases, start=1):
            task, own = self.task(case), crew.on(self.name, case)
            if not task.is_done(results.get(case, {})):
                print(f"{self.name} {number}/{len(self.cases)}: {case}", file=sys.stderr, flush=True)
                results[case] = task.measure(own)
                self._keep(results, folder / f"{self.name}.json")
            own.forget()

    def _keep(self, results: Stored, file: Path) -> None:
        """Write the file beside its place and then into it, so that a kill leaves the old one whole."""
        beside = file.with_suffix(".tmp")
        beside.write_text(self.written(results) + "\n", encoding="utf-8")
        beside.replace(file)


def digest(spec: Specification) -> str:
    """A hash of a specification."""
    return hashlib.sha256(spec.to_toml().encode()).hexdigest()


class Case(NamedTuple):
    """One observable of one network, and the loops that are asked for."""

    network: fnn.MLP
    inputs: fnn.Inputs
    pairs: Pairs
    loops: int

    def prediction(self) -> Prediction:
        """Its series, and what it leaves out."""
        return predict(self.network, self.inputs, [MetricObservable(self.pairs)], [self.loops])[0]


@dataclass(frozen=True, kw_only=True)
class ByWidth:
    """A case sampled alone, at widths and with samples chosen from its predicted coefficients before anything is.

    Its highest order is worth Δχ² > 25, and the first one left out biases by less than half a standard error. Where
    that would take more than `most_numbers` random numbers the case is stored with the number of samples that it
    would have needed. What the series leaves out is stored beside each width: for three inputs it takes a minute.
    """

    case: Case
    seed: int
    most_numbers: float = math.inf

    def is_done(self, stored: Stored) -> bool:
        """Whether the same was measured, if perhaps at other widths."""
        if "specification" not in stored:
            return False
        spec = Specification.loads(stored["specification"])
        asked = Observables(pairs=[self.case.pairs], loops=self.case.loops)
        same = (spec.network, spec.inputs, spec.observables) == (self.case.network, self.case.inputs, asked)
        return same and spec.sampling.seed == self.seed and stored["hash"] == digest(spec)

    def measure(self, crew: Crew) -> Stored:
        """Choose widths and samples, and sample."""
        theory = self.case.prediction()
        try:
            chosen = choose(self.case.network, self.case.inputs, [theory], resolution=RESOLUTION)
        except InvalidInput:
            return {"unresolved": None}
        if chosen.out_of_reach:
            return {"unresolved": None}
        if self._numbers(chosen) > self.most_numbers:
            return {"unresolved": chosen.samples}
        spec = self._specification(chosen)
        return {
            "specification": spec.to_toml(),
            "hash": digest(spec),
            "command": COMMAND,
            "samples": chosen.samples,
            "seed": self.seed,
            "measured": list(sampled(spec, crew)),
            "left out": [[theory.bias(width), theory.error(width)] for width in chosen.widths],
        }

    def _specification(self, chosen: Design) -> Specification:
        return Specification(
            network=self.case.network,
            inputs=self.case.inputs,
            observables=Observables(pairs=[self.case.pairs], loops=self.case.loops),
            sampling=Sampling(widths=chosen.widths, samples=chosen.samples, seed=self.seed),
        )

    def _numbers(self, chosen: Design) -> float:
        """How many random numbers a design takes."""
        neurons = len(self.case.network.widths) * sum(chosen.widths)
        return float(self.case.inputs.n_inputs * neurons) * chosen.samples


def sampled(spec: Specification, crew: Crew) -> Iterator[dict[str, float]]:
    """The observable of a specification at each of its widths."""
    for i, width in enumerate(spec.sampling.widths or ()):
        print(f"  {spec.sampling.samples:,} networks of width {width}", file=sys.stderr, flush=True)
        rng = spawned(seed_sequence(spec.sampling.seed), i)
        (estimate,) = crew.simulate(spec, spec.network.with_width(width), rng, run=f"-width-{width}")
        yield {"width": width, "value": estimate.value, "stderr": estimate.stderr}


def campaign_by_width(name: str, cases: Mapping[str, Case], *, most_numbers: float = math.inf) -> Campaign:
    """A campaign whose cases are sampled each by itself, with the seed of its place in the alphabet."""
    seeds = {case: seed for seed, case in enumerate(sorted(cases))}

    def task(case: str) -> ByWidth:
        return ByWidth(case=cases[case], seed=seeds[case], most_numbers=most_numbers)

    return Campaign(name=name, cases=list(cases), task=task)
