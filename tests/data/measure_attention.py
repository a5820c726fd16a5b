"""The large sampling campaigns of attention, whose results tests compare with freshly computed theory.

Run ``python tests/data/measure_attention.py``. The first campaign measures covariances of the metric at every
combination of heads, value_dim, key_dim and tokens below, a million layers each; the second follows heads from 1 to
64 at wide channels, where the independence breaking of shared attention weights stands nearly alone. ``--plot
FILE.svg`` draws it. Cases that are already measured for the same specification are skipped; delete the file to start
anew.
"""

import hashlib
import json
import sys
from itertools import product
from pathlib import Path

import numpy as np

import feyn_nn as fnn
from feyn_nn.networks import Observables, Sampling, Specification

RESULTS = Path(__file__).with_name("attention.json")
COMMAND = "python tests/data/measure_attention.py"
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


def specification(count: int, sizes: tuple[int, int, int]) -> Specification:
    """What a case measures."""
    x = tokens(count)
    return Specification(
        network=network(sizes),
        inputs=x,
        observables=Observables(pairs=x.labelled(PAIRS), loops=0),
        sampling=Sampling(samples=SAMPLES, seed=CASES.index((count, sizes))),
    )


def digest(spec: Specification) -> str:
    """A hash of the specification."""
    return hashlib.sha256(spec.to_toml().encode()).hexdigest()


def measure(spec: Specification, samples: int | None = None) -> list[dict[str, float]]:
    """Sample one case: each observable's estimate with its standard error."""
    result = fnn.simulate(
        spec.network,
        spec.inputs,
        pairs=spec.observables.pairs,
        samples=samples or spec.sampling.samples or SAMPLES,
        rng=spec.sampling.seed,
    )
    return [{"value": e.value, "stderr": e.stderr} for e in result.values()]


def plot(file: str) -> None:
    """Draw the independence breaking at wide channels, the other predicted terms taken away, against the heads."""
    from matplotlib.figure import Figure

    results, breaking = json.loads(RESULTS.read_text()), fnn.Powers(heads=1)
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


def main() -> None:
    """Measure what is not yet measured, keeping the results after every case."""
    if sys.argv[1:2] == ["--plot"]:
        plot(sys.argv[2])
        return
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for count, sizes in CASES:
        spec, name = specification(count, sizes), case_name(count, sizes)
        if results.get(name, {}).get("hash") == digest(spec):
            continue
        print(name, file=sys.stderr)
        results[name] = {
            "hash": digest(spec),
            "command": COMMAND,
            "samples": SAMPLES,
            "seed": spec.sampling.seed,
            "measured": measure(spec),
        }
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
