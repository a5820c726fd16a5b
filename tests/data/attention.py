"""Attention: covariances of the metric, a million layers at each of many sizes.

First every combination of heads, value_dim, key_dim and tokens below; then heads from 1 to 64 at wide channels, where
the independence breaking of shared attention weights stands nearly alone: ``python -m tests.data.attention FILE.svg``
draws that.
"""

import sys
from dataclasses import dataclass
from itertools import product

import numpy as np

import feyn_nn as fnn
from feyn_nn.networks import Observables, Sampling, Specification
from tests.data.campaign import COMMAND, Campaign, Crew, Stored, digest

SAMPLES = 1_000_000
HEADS, VALUE_DIMS, KEY_DIMS, TOKENS = (1, 2, 8), (1, 4, 64), (2, 8, 64), (2, 3, 8)
WIDE, WIDE_HEADS, WIDE_TOKENS = 512, (1, 2, 4, 8, 16, 32, 64), 3
PAIRS = [
    [((0, 0), (0, 0)), ((0, 1), (0, 1))],
    [((0, 0), (0, 1)), ((0, 0), (0, 1))],
    [((0, 0), (0, 0)), ((0, 0), (0, 0))],
]
CASES = [
    *((t, (h, v, k)) for t, h, v, k in product(TOKENS, HEADS, VALUE_DIMS, KEY_DIMS)),
    *((WIDE_TOKENS, (h, WIDE, WIDE)) for h in WIDE_HEADS),
]


def tokens(count: int) -> fnn.Tokens:
    """One input of so many tokens of four features, rounded so that they are written in full."""
    rng = np.random.default_rng(20 + count)
    return fnn.Tokens(rng.standard_normal((1, count, 4)).round(2))


def network(sizes: tuple[int, int, int]) -> fnn.MultiHeadAttention:
    """The layer at (heads, value_dim, key_dim)."""
    h, v, k = sizes
    return fnn.MultiHeadAttention(heads=h, value_dim=v, key_dim=k, coupling=1.5, output_variance=1.2)


def case_name(count: int, sizes: tuple[int, int, int]) -> str:
    """Under which a case is kept."""
    return f"{count} tokens, heads {sizes[0]}, value_dim {sizes[1]}, key_dim {sizes[2]}"


def specification(count: int, sizes: tuple[int, int, int], samples: int = SAMPLES) -> Specification:
    """What a case measures."""
    x = tokens(count)
    return Specification(
        network=network(sizes),
        inputs=x,
        observables=Observables(pairs=x.labelled(PAIRS), loops=0),
        sampling=Sampling(samples=samples, seed=CASES.index((count, sizes))),
    )


@dataclass(frozen=True, kw_only=True)
class Layers:
    """All covariances at one size."""

    spec: Specification

    def is_done(self, stored: Stored) -> bool:
        """Whether this was measured."""
        return stored.get("hash") == digest(self.spec)

    def measure(self, crew: Crew) -> Stored:
        """Sample the layer."""
        sampling = self.spec.sampling
        found = crew.simulate(self.spec, self.spec.network, sampling.seed or 0)
        return {
            "hash": digest(self.spec),
            "command": COMMAND,
            "samples": sampling.samples,
            "seed": sampling.seed,
            "measured": [{"value": estimate.value, "stderr": estimate.stderr} for estimate in found],
        }


NAMED = {case_name(*case): case for case in CASES}
CAMPAIGN = Campaign(
    name="attention", cases=list(NAMED), task=lambda case: Layers(spec=specification(*NAMED[case]))
)


def plot(file: str) -> None:
    """Draw the independence breaking at wide channels, the other predicted terms taken away, against the heads."""
    from matplotlib.figure import Figure

    results, breaking = CAMPAIGN.results(), fnn.Powers(heads=1)
    figure = Figure(figsize=(5.6, 4.2), layout="constrained")
    ax = figure.subplots()
    heads = np.array(WIDE_HEADS, dtype=float)
    for i, (pairs, colour) in enumerate(zip(PAIRS, ("#0072B2", "#E69F00", "#009E73"), strict=True)):
        cumulant = fnn.metric_cumulant(network((1, WIDE, WIDE)), pairs=pairs, loops=2)
        evaluation = cumulant.evaluate(tokens(WIDE_TOKENS))
        limit = evaluation.coefficients[breaking]
        stored = [results[case_name(WIDE_TOKENS, (h, WIDE, WIDE))]["measured"][i] for h in WIDE_HEADS]
        others = np.array([evaluation.at(heads=h) - limit / h for h in WIDE_HEADS])
        left = np.array([entry["value"] for entry in stored]) - others
        ax.plot(heads, np.abs(limit) / heads, "--" if limit < 0 else "-", color=colour, linewidth=1.6)
        errors = [entry["stderr"] for entry in stored]
        label = f"−{cumulant.name}" if limit < 0 else cumulant.name
        ax.errorbar(
            heads, np.abs(left), yerr=errors, fmt="o", color=colour, markersize=4, capsize=3, label=label
        )
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlabel("heads")
    ax.set_ylabel("independence breaking")
    ax.legend(frameon=False, fontsize="small")
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    plot(sys.argv[1])
