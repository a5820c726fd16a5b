"""Measurements that every deliberate mistake in theory is held against: tanh networks and attention at several sizes.

Sampled once, with the covariance of the observables, so that a mistake costs the time of theory alone.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

import feyn_nn as fnn
from feyn_nn._core import FieldObservable, MetricObservable
from feyn_nn._core.observables import Observable
from feyn_nn.montecarlo import Simulation
from feyn_nn.networks import Observables, Sampling, Specification
from feyn_nn.validation.campaign import resized
from feyn_nn.validation.stack import Measured
from tests.data.campaign import COMMAND, Campaign, Crew, Stored, digest

TANH = Specification(
    network=fnn.MLP(depth=4, width=(8, 12, 8), activation="tanh", weight_variance=1.6, bias_variance=0.1),
    inputs=fnn.Inputs.from_metric([[1.7, 0.9], [0.9, 1.2]]),
    observables=Observables(
        pairs=[[(0, 0)], [(0, 1)], [(0, 0), (1, 1)], [(0, 1), (0, 1)], [(0, 0), (0, 1), (1, 1)]],
        legs=[[(0, 0), (0, 0), (0, 1), (0, 1)]],
        loops=(1, 1, 2, 2, 1, 1),
    ),
    sampling=Sampling(samples=24_000_000, seed=2),
)
TOKENS = fnn.Tokens(np.random.default_rng(23).standard_normal((1, 3, 4)).round(2))
ATTENTION = Specification(
    network=fnn.MultiHeadAttention(key_dim=16, value_dim=4, coupling=1.5),
    inputs=TOKENS,
    observables=Observables(
        pairs=TOKENS.labelled(
            [[((0, 0), (0, 1))], [((0, 0), (0, 0)), ((0, 1), (0, 1))], [((0, 0), (0, 1)), ((0, 0), (0, 1))]]
        ),
        loops=1,
    ),
    sampling=Sampling(samples=4_000_000, seed=3),
)
RUNS = {
    **{f"tanh, n = {n}": (TANH, {"n": n}) for n in (10, 16)},
    **{
        f"attention, heads = {h}, value_dim = {v}, key_dim = {k}": (
            ATTENTION,
            {"heads": h, "value_dim": v, "key_dim": k},
        )
        for h, v, k in ((1, 4, 16), (2, 4, 16), (1, 32, 16), (1, 4, 64))
    },
}


def observables(spec: Specification) -> list[Observable]:
    """In the order that they are measured in."""
    return [
        *map(MetricObservable, spec.observables.pairs),
        *map(FieldObservable, spec.observables.legs),
    ]


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """All observables of a specification at one set of sizes."""

    spec: Specification
    sizes: dict[str, int]

    @property
    def _hash(self) -> str:
        return digest(self.spec)

    def is_done(self, stored: Stored) -> bool:
        """Whether this was measured."""
        return stored.get("hash") == self._hash

    def measure(self, crew: Crew) -> Stored:
        """The estimates with their covariance."""
        found = fnn.simulate(
            resized(self.spec.network, self.sizes),
            self.spec.inputs,
            pairs=self.spec.observables.pairs or None,
            legs=self.spec.observables.legs or None,
            samples=self.spec.sampling.samples,
            rng=np.random.SeedSequence((self.spec.sampling.seed, *self.sizes.values())),
            workers=crew.workers,
            executor=crew.executor,
            progress=True,
        )
        if not found.complete:
            raise KeyboardInterrupt
        return {
            "hash": self._hash,
            "command": COMMAND,
            "samples": found.n_samples,
            "batches": found.n_blocks,
            "mean": found.mean.tolist(),
            "stderr": found.standard_errors.tolist(),
            "covariance": found.covariance.tolist(),
        }


CAMPAIGN = Campaign(
    name="truth_table", cases=list(RUNS), task=lambda case: Sampled(spec=RUNS[case][0], sizes=RUNS[case][1])
)


@cache
def measured(kind: str) -> list[Measured]:
    """The runs whose names begin with a word, as if they had just been sampled."""
    results = CAMPAIGN.results()
    return [
        Measured(sizes=sizes, simulation=_simulation(spec, sizes, results[name]))
        for name, (spec, sizes) in RUNS.items()
        if name.startswith(kind)
    ]


def _simulation(spec: Specification, sizes: dict[str, int], stored: dict[str, Any]) -> Simulation:
    return Simulation(
        network=resized(spec.network, sizes),
        sampler="metric",
        n_samples=stored["samples"],
        seed=spec.sampling.seed or 0,
        observables=tuple(observables(spec)),
        mean=np.array(stored["mean"]),
        covariance=np.array(stored["covariance"]),
        n_blocks=stored["batches"],
        stderr=np.array(stored["stderr"]),
    )
