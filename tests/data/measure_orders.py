"""κ₁, κ₂ and κ₃ of one, two and three distinct inputs through the orders that can be resolved. Run ``make measure``.

Widths and sample counts are chosen from the predicted coefficients before anything is sampled, each observable by
itself: its highest order is worth Δχ² > 25 and the first one left out biases by less than half a standard error. Where
that would take more than `MOST_NUMBERS` random numbers the case is kept with the number of samples that it would have
needed. What the series leaves out is kept beside each width, its first omitted order and theory's error: for three
inputs it takes a minute. Cases that are already measured for the same specification are skipped; delete the file to
start anew.
"""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import feyn_nn as fnn
from feyn_nn._core import InvalidInput, MetricObservable
from feyn_nn.networks import Observables, Sampling, Specification
from feyn_nn.validation.design import Design, choose
from feyn_nn.validation.prediction import Prediction, predict

RESULTS = Path(__file__).with_name("orders.json")
MOST_NUMBERS = 6e9

Pairs = list[tuple[int, int]]


def _network(activation: str, depth: int, C_W: float, C_b: float) -> fnn.MLP:
    return fnn.MLP(depth=depth, width=64, activation=activation, weight_variance=C_W, bias_variance=C_b)


class Case(NamedTuple):
    """One observable of one network, and the loops that are asked for."""

    network: fnn.MLP
    inputs: fnn.Inputs
    pairs: Pairs
    loops: int


ONE = fnn.Inputs.from_metric([[1.0]])
TWO = fnn.Inputs.from_metric([[1.7, 0.9], [0.9, 1.2]])
THREE = fnn.Inputs.from_metric([[1.0, 0.5, 0.3], [0.5, 0.8, 0.4], [0.3, 0.4, 1.2]])
DEEP = {
    "tanh": _network("tanh", 5, 1.6, 0.1),
    "sin": _network("sin", 5, 1.2, 0.1),
    "gelu": _network("gelu", 5, 1.983, 0.173),
}
SHALLOW = {"tanh": _network("tanh", 4, 1.6, 0.1), "relu": _network("relu", 4, 1.8, 0.1)}
OF_ONE: dict[str, tuple[Pairs, int]] = {
    "mean through 1/n²": ([(0, 0)], 2),
    "mean at 1/n": ([(0, 0)], 1),
    "variance through 1/n²": ([(0, 0)] * 2, 1),
    "variance at 1/n": ([(0, 0)] * 2, 0),
    "third cumulant through 1/n³": ([(0, 0)] * 3, 1),
    "third cumulant at 1/n²": ([(0, 0)] * 3, 0),
}
OF_TWO: dict[str, tuple[Pairs, int]] = {
    "mean of G01 at 1/n": ([(0, 1)], 1),
    "covariance of G00 and G01 through 1/n²": ([(0, 0), (0, 1)], 1),
    "third cumulant of G00, G01, G11 at 1/n²": ([(0, 0), (0, 1), (1, 1)], 0),
}
OF_THREE: dict[str, tuple[Pairs, int]] = {
    "mean of G12 at 1/n": ([(1, 2)], 1),
    "covariance of G01 and G12 at 1/n": ([(0, 1), (1, 2)], 0),
    "third cumulant of G01, G12, G02 at 1/n²": ([(0, 1), (1, 2), (0, 2)], 0),
}
CASES = (
    {f"{k}, one input: {o}": Case(net, ONE, *w) for k, net in DEEP.items() for o, w in OF_ONE.items()}
    | {f"{k}, two inputs: {o}": Case(net, TWO, *w) for k, net in SHALLOW.items() for o, w in OF_TWO.items()}
    | {
        f"{k}, three inputs: {o}": Case(net, THREE, *w)
        for k, net in SHALLOW.items()
        for o, w in OF_THREE.items()
    }
)


def _measuring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measure", Path(__file__).with_name("measure.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MEASURE = _measuring()


def prediction(case: Case) -> Prediction:
    """The series of one case, and what it leaves out."""
    return predict(case.network, case.inputs, [MetricObservable(case.pairs)], [case.loops])[0]


def design(case: Case, theory: Prediction) -> Design | None:
    """Widths and samples that resolve the highest order; None if nothing does."""
    try:
        return choose(case.network, case.inputs, [theory], resolution=MEASURE.RESOLUTION)
    except InvalidInput:
        return None


def specification(name: str, case: Case, chosen: Design) -> Specification:
    """What a case measures."""
    return Specification(
        network=case.network,
        inputs=case.inputs,
        observables=Observables(pairs=[case.pairs], loops=case.loops),
        sampling=Sampling(widths=chosen.widths, samples=chosen.samples, seed=sorted(CASES).index(name)),
    )


def affordable(case: Case, chosen: Design) -> bool:
    """Whether a design is within the budget of random numbers."""
    each = case.inputs.n_inputs * len(case.network.widths) * sum(chosen.widths)
    return float(each) * chosen.samples <= MOST_NUMBERS


def main() -> None:
    """Measure what is not yet measured, keeping the results after every case."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name, case in CASES.items():
        theory = prediction(case)
        chosen = design(case, theory)
        if chosen is None or not affordable(case, chosen):
            results[name] = {"unresolved": None if chosen is None else chosen.samples}
        elif results.get(name, {}).get("hash") != MEASURE.digest(specification(name, case, chosen)):
            measured = MEASURE.measure(name, specification(name, case, chosen))
            left_out = [[theory.bias(width), theory.error(width)] for width in chosen.widths]
            results[name] = {**measured, "left out": left_out}
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
