"""Does the renormalised initialisation hold its kernel? tanh, K = 1/2, C_W = 1, width 32, a hundred layers.

Run by ``make measure``. The number of networks follows from theory, before anything is sampled: without counterterms
the mean of Ĝ must be off by ten standard errors in every layer from the third on, so that five are exceeded everywhere
though measured; what the counterterms leave is then a tenth of a standard error at most (a thousandth through 1/n²).
Each case has its seed, its place in `CASES`, and is run once: a case that is already measured for the same networks is
skipped. Of a hundred layers held exactly one is beyond three standard errors in a quarter of all runs, so that the
whole is judged by χ² with the correlations of layers and by the law of the largest pull.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

import feyn_nn as fnn
from feyn_nn.flow.held import Held
from feyn_nn.montecarlo.layer_means import LayerMeans

RESULTS = Path(__file__).with_name("tuned.json")
COMMAND = "make measure"
CASES = {"without counterterms": 0, "through 1/n": 1, "through 1/n²": 2}
"""With the loops of each."""

DRIFT = 10.0
"""By so many standard errors the mean without counterterms is to be off."""

LAGS = 6
"""Layers this far apart are independent: their correlation is χ_∥^6 = 0.001."""


def tuned(name: str) -> fnn.flow.Tuned:
    """The networks of a case."""
    return fnn.flow.tune("tanh", depth=101, width=32, kernel=0.5, weight_variance=1.0, loops=CASES[name])


def predicted(name: str) -> tuple[np.ndarray, np.ndarray]:
    """E[Ĝ^ℓ] and the standard deviation of Ĝ^ℓ at layers 2 … 101, through 1/n³."""
    found = tuned(name)
    flow = fnn.flow.trace(found.network, found.inputs).singles[0]
    powers = float(found.network.widths[0]) ** -np.arange(4)
    return (flow.kernel + flow.cumulants[0] @ powers)[1:], np.sqrt(flow.cumulants[1] @ powers)[1:]


def samples() -> int:
    """How many networks each case needs, to two digits and no fewer."""
    mean, deviation = predicted("without counterterms")
    wanted = float(np.max((DRIFT * deviation[1:] / (mean[1:] - tuned("without counterterms").kernel)) ** 2))
    step = 10 ** int(np.log10(wanted) - 1)
    return int(np.ceil(wanted / step)) * step


def digest(name: str) -> str:
    """A hash of the networks."""
    return hashlib.sha256(json.dumps(tuned(name).network.to_dict()).encode()).hexdigest()


def measure(name: str, count: int) -> dict[str, object]:
    """Sample one case: means by layer, and their covariances between layers up to `LAGS` apart."""
    held = tuned(name).validate(samples=count, rng=list(CASES).index(name)).measured
    bands = [np.diagonal(held.covariance, lag) for lag in range(LAGS)]
    return {
        "hash": digest(name),
        "command": COMMAND,
        "samples": count,
        "seed": held.seed,
        "mean": held.mean.tolist(),
        "covariance by lag": [[float(f"{value:.6g}") for value in band] for band in bands],
    }


def stored(name: str) -> Held:
    """What was measured."""
    result = json.loads(RESULTS.read_text(encoding="utf-8"))[name]
    covariance = sum(np.diag(band, lag) for lag, band in enumerate(result["covariance by lag"]))
    measured = LayerMeans(
        mean=np.array(result["mean"]),
        covariance=covariance + np.tril(covariance.T, -1),
        n_samples=result["samples"],
        seed=result["seed"],
    )
    return Held(kernel=tuned(name).kernel, measured=measured)


def main() -> None:
    """Measure what is not yet measured, keeping the results after every case."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    count = samples()
    for name in CASES:
        if results.get(name, {}).get("hash") != digest(name):
            print(f"{name}: {count:,} networks", file=sys.stderr)
            results[name] = measure(name, count)
            RESULTS.write_text(json.dumps(results, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{name}\n{stored(name)}")


if __name__ == "__main__":
    main()
