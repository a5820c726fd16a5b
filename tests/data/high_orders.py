"""Orders that only billions of networks resolve: κ₁ … κ₄ through up to 1/n⁵, sampled on a graphics card.

Widths and sample counts were chosen from the predicted coefficients before anything was sampled, as in ``orders.py``;
what is sampled is the metric process of ``torch_metric_process.py``, which shares nothing with the package but the
formula. 10¹³ random numbers: minutes on a large graphics card, weeks on a CPU, so that ``make measure`` leaves it
out. Where PyTorch is installed, repeat it (remove the cases' ``measured`` from the file to start anew) with

    python -m tests.data.high_orders                    # plans the cases that are not in the file
    python tests/data/torch_metric_process.py tests/data/high_orders.json
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import feyn_nn as fnn
from feyn_nn._core import InvalidInput, MetricObservable, Powers
from feyn_nn.montecarlo import Simulation
from feyn_nn.validation import planning
from feyn_nn.validation.design import Design
from feyn_nn.validation.predict import predict, series
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.stack import Measured

RESULTS = Path(__file__).with_name("high_orders.json")
AIMS = {900.0: 6e11, 400.0: 6e11, 100.0: 6e11, 49.0: 3e12}
"""Δχ² of the highest order, and the random numbers that may be spent on it; the first that can be had."""

BATCHES = 1024
"""Of which the sampler takes its standard errors."""

MORE = {
    "sin, B = 1: κ₂(Ĝ₀₀, Ĝ₀₀), loops ≤ 3": 2,
    "gelu, B = 1: κ₃(Ĝ₀₀, Ĝ₀₀, Ĝ₀₀), loops ≤ 2": 20,
    "gelu, B = 1: κ₃(Ĝ₀₀, Ĝ₀₀, Ĝ₀₀), loops ≤ 3": 3,
    "gelu, B = 1: κ₄(Ĝ₀₀, Ĝ₀₀, Ĝ₀₀, Ĝ₀₀), loops ≤ 2": 25,
}
"""How many times more networks than designed: a pilot run's tails were heavier than those of a Gaussian metric."""

Pairs = list[tuple[int, int]]
Plan = dict[str, tuple[Pairs, int]]  # pairs and loops by name

ONE = [[1.0]]
TWO = [[1.7, 0.9], [0.9, 1.2]]
THREE = [[1.0, 0.5, 0.3], [0.5, 0.8, 0.4], [0.3, 0.4, 1.2]]

G00, G01, G02, G11, G12 = (0, 0), (0, 1), (0, 2), (1, 1), (1, 2)
LOOPS_OF_ONE = {
    "tanh": {1: (2,), 2: (2, 3), 3: (1,), 4: (0, 1)},  # rank: loops
    "sin": {1: (3,), 2: (2, 3), 3: (1, 2), 4: (0, 1)},
    "gelu": {1: (2,), 2: (2,), 3: (1, 2, 3), 4: (0, 1, 2)},
}
OF_SEVERAL: dict[str, list[tuple[list[list[float]], Pairs, int]]] = {
    "tanh": [
        (TWO, [G01], 2),
        (TWO, [G00, G01], 2),
        (TWO, [G00, G01, G11], 1),
        (THREE, [G12], 2),
        (THREE, [G01, G12], 1),
        (THREE, [G01, G12, G02], 0),
    ],
    "relu": [(TWO, [G00, G01], 2), (TWO, [G00, G01, G11], 1), (THREE, [G01, G12], 1)],
}
DEEP = {"tanh": (5, 1.6, 0.1), "sin": (5, 1.2, 0.1), "gelu": (5, 1.983, 0.173)}  # depth, C_W, C_b
SHALLOW = {"tanh": (4, 1.6, 0.1), "relu": (4, 1.8, 0.1)}


class Case(NamedTuple):
    """One observable of one network, and the loops that are asked for."""

    activation: str
    law: tuple[int, float, float]
    metric: list[list[float]]
    pairs: Pairs
    loops: int

    @property
    def name(self) -> str:
        """Such as ``"tanh, B = 1: κ₂(Ĝ₀₀, Ĝ₀₀), loops ≤ 2"``."""
        return f"{self.activation}, B = {len(self.metric)}: {self.observable.name}, loops ≤ {self.loops}"

    @property
    def observable(self) -> MetricObservable:
        """What is measured."""
        return MetricObservable(self.pairs)

    @property
    def network(self) -> fnn.MLP:
        """The ensemble, at a width that is replaced."""
        depth, C_W, C_b = self.law
        return fnn.MLP(
            depth=depth, width=64, activation=self.activation, weight_variance=C_W, bias_variance=C_b
        )

    @property
    def inputs(self) -> fnn.Inputs:
        """The metric of the first layer."""
        return fnn.Inputs.from_metric(self.metric)

    def plain(self) -> dict[str, Any]:
        """What the sampler reads."""
        depth, C_W, C_b = self.law
        return {
            "activation": self.activation,
            "depth": depth,
            "weight_variance": C_W,
            "bias_variance": C_b,
            "metric": self.metric,
            "pairs": [list(pair) for pair in self.pairs],
        }


CASES = [
    Case(activation, DEEP[activation], ONE, [G00] * rank, loops)
    for activation, ranks in LOOPS_OF_ONE.items()
    for rank, every in ranks.items()
    for loops in every
] + [
    Case(activation, SHALLOW[activation], *what) for activation, every in OF_SEVERAL.items() for what in every
]


def prediction(case: Case) -> Prediction:
    """The series and two orders more, which cost nothing for one input."""
    theory = predict(case.network, case.inputs, [case.observable], [case.loops])[0]
    if len(theory.left_out) == 2 or case.inputs.n_inputs > 1:
        return theory
    coefficients, errors = series(case.network, case.inputs, case.observable, case.loops + 2)
    last = Powers(n=max(powers["n"] for powers in coefficients))
    left_out = (*theory.left_out, {last: coefficients[last]})
    return replace(theory, left_out=left_out, errors=errors)


def sampled_elsewhere(case: Case) -> list[Measured]:
    """What is stored of a case, as if it had just been sampled; one observable needs no batches for its covariance."""
    stored = json.loads(RESULTS.read_text(encoding="utf-8"))[case.name]
    return [
        Measured(
            sizes={"n": point["width"]},
            simulation=Simulation(
                network=case.network.with_width(point["width"]),
                sampler="metric",
                n_samples=stored["samples"],
                seed=stored["seed"],
                observables=(case.observable,),
                mean=np.array([point["value"]]),
                covariance=np.array([[point["stderr"] ** 2]]),
                n_blocks=BATCHES,
                stderr=np.array([point["stderr"]]),
            ),
        )
        for point in stored["measured"]
    ]


def plan(case: Case, theory: Prediction, seed: int) -> dict[str, Any]:
    """Widths and samples that resolve the orders of a case."""
    runs = _best(case, theory).runs
    return {
        "case": case.plain(),
        "loops": case.loops,
        "widths": [run.sizes["n"] for run in runs],
        "samples": runs[0].samples * MORE.get(case.name, 1),
        "seed": seed,
    }


def _best(case: Case, theory: Prediction) -> Design:
    for resolution, most in AIMS.items():
        planning.MOST_WORK = most
        try:
            return planning.choose(case.network, case.inputs, [theory], resolution=resolution)
        except InvalidInput as error:
            refusal = error
    raise refusal


def main() -> None:
    """Plan the cases that are not in the file, and write what each series leaves out."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for seed, case in enumerate(CASES):
        theory = prediction(case)
        found = results.get(case.name) or plan(case, theory, seed)
        found["left out"] = [[theory.bias(width), theory.error(width)] for width in found["widths"]]
        results[case.name] = found
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
