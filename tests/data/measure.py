"""The large sampling campaigns, whose results tests compare with freshly computed theory. Run ``make measure``.

Each case is one observable of tanh networks on two inputs, sampled alone, so that its widths and sample count can be
chosen from its predicted coefficients: its highest order is worth Δχ² > 25, and the first one left out biases by less
than half a standard error. Cases that are already measured for the same specification are skipped; delete the file to
start anew.
"""

import hashlib
import json
import sys
from pathlib import Path

import feyn_nn as fnn
from feyn_nn._core import MetricObservable, seed_sequence, spawned
from feyn_nn.networks import Observables, Sampling, Specification
from feyn_nn.validation.design import choose
from feyn_nn.validation.prediction import predict

RESULTS = Path(__file__).with_name("tanh_two_inputs.json")
COMMAND = "make measure"
NETWORK = fnn.MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
INPUTS = fnn.Inputs.from_metric([[1.7, 0.9], [0.9, 1.2]])
RESOLUTION = 80.0  # without the highest order χ² then misses p = 1e-4 less than once in 10⁵ runs
CASES = {
    "mean of G00 through 1/n^2": ([(0, 0)], 2),
    "covariance of G00 and G11 through 1/n^2": ([(0, 0), (1, 1)], 1),
    "variance of G01 through 1/n^2": ([(0, 1), (0, 1)], 1),
    "covariance of G00 and G11 through 1/n^3": ([(0, 0), (1, 1)], 2),
    "third cumulant of G00, G01, G11 at 1/n^2": ([(0, 0), (0, 1), (1, 1)], 0),
    "third cumulant of G00, G01, G11 through 1/n^3": ([(0, 0), (0, 1), (1, 1)], 1),
}


def specification(name: str) -> Specification:
    """What a case measures, and at which widths with how many samples: chosen from theory, before any sampling."""
    pairs, loops = CASES[name]
    observable = MetricObservable(pairs)
    design = choose(NETWORK, INPUTS, predict(NETWORK, INPUTS, [observable], [loops]), resolution=RESOLUTION)
    return Specification(
        network=NETWORK,
        inputs=INPUTS,
        observables=Observables(pairs=[pairs], loops=loops),
        sampling=Sampling(widths=design.widths, samples=design.samples, seed=sorted(CASES).index(name)),
    )


def measure(name: str, spec: Specification) -> dict[str, object]:
    """Sample one case at all its widths."""
    sampling, (pairs,) = spec.sampling, spec.observables.pairs
    assert sampling.widths is not None
    assert sampling.samples is not None
    measured = []
    for i, width in enumerate(sampling.widths):
        print(f"{name}: {sampling.samples:,} networks of width {width}", file=sys.stderr)
        rng = spawned(seed_sequence(sampling.seed), i)
        network = spec.network.with_width(width)
        (estimate,) = fnn.simulate(
            network, spec.inputs, pairs=pairs, samples=sampling.samples, rng=rng, progress=True
        ).values()
        measured.append({"width": width, "value": estimate.value, "stderr": estimate.stderr})
    return {
        "specification": spec.to_toml(),
        "hash": digest(spec),
        "command": COMMAND,
        "samples": sampling.samples,
        "seed": sampling.seed,
        "measured": measured,
    }


def digest(spec: Specification) -> str:
    """A hash of the specification."""
    return hashlib.sha256(spec.to_toml().encode()).hexdigest()


def main() -> None:
    """Measure what is not yet measured, keeping the results after every case."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in CASES:
        spec = specification(name)
        if results.get(name, {}).get("hash") != digest(spec):
            results[name] = measure(name, spec)
            RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
