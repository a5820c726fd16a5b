"""Does the renormalised initialisation hold its kernel? tanh, K = 1/2, C_W = 1, width 32, a hundred layers.

The number of networks follows from theory, before anything is sampled: without counterterms the mean of Ĝ must be off
by ten standard errors in every layer from the third on, so that what is measured exceeds five everywhere. What the
counterterms leave is then a tenth of a standard error at most, a thousandth through 1/n². Each case has its seed, its
place in `CASES`, and was run once. Of a hundred layers held exactly one is beyond three standard errors in a quarter of
all runs: so the whole is judged by χ² with the correlations of layers and by the law of the largest pull.
"""

import hashlib
import json
from dataclasses import dataclass

import numpy as np

import feyn_nn as fnn
from feyn_nn.flow.held import Held
from feyn_nn.montecarlo.layer_means import LayerMeans
from tests.data.campaign import COMMAND, Campaign, Crew, Stored

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
    """How many networks each case needs, rounded up to two digits."""
    mean, deviation = predicted("without counterterms")
    drift = mean[1:] - tuned("without counterterms").kernel
    wanted = float(np.max((DRIFT * deviation[1:] / drift) ** 2))
    step = 10 ** int(np.log10(wanted) - 1)
    return int(np.ceil(wanted / step)) * step


def digest(name: str) -> str:
    """A hash of the networks, whose counterterms may differ in their last digits from machine to machine."""
    net = tuned(name).network
    settings = [net.depth, net.width, net.activation.name, net.weight_variance]
    return hashlib.sha256(
        json.dumps([*settings, *(f"{C_b:.10g}" for C_b in net.bias_variances)]).encode()
    ).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Run:
    """One case: means by layer, and their covariances between layers less than `LAGS` apart."""

    name: str

    def is_done(self, stored: Stored) -> bool:
        """Whether the same networks were measured."""
        return stored.get("hash") == digest(self.name)

    def measure(self, crew: Crew) -> Stored:
        """Sample them."""
        held = tuned(self.name).validate(
            samples=samples(),
            rng=list(CASES).index(self.name),
            workers=crew.workers,
            executor=crew.executor,
        )
        bands = [np.diagonal(held.measured.covariance, lag) for lag in range(LAGS)]
        return {
            "hash": digest(self.name),
            "command": COMMAND,
            "samples": held.measured.n_samples,
            "seed": held.measured.seed,
            "mean": held.measured.mean.tolist(),
            "covariance by lag": [[float(f"{value:.6g}") for value in band] for band in bands],
        }


CAMPAIGN = Campaign(
    name="tuned",
    cases=list(CASES),
    task=lambda name: Run(name=name),
    written=lambda results: json.dumps(results, ensure_ascii=False),
)


def stored(name: str) -> Held:
    """What was measured."""
    result = CAMPAIGN.results()[name]
    upper = sum(np.diag(band, lag) for lag, band in enumerate(result["covariance by lag"]))
    measured = LayerMeans(
        mean=np.array(result["mean"]),
        covariance=upper + np.triu(upper, 1).T,
        n_samples=result["samples"],
        seed=result["seed"],
    )
    return Held(kernel=tuned(name).kernel, measured=measured)
