"""Tree and one-loop κ₁ and κ₂ of every activation that has a sum, depth 3, two inputs. Run ``make measure``.

Widths and sample counts are chosen from the predicted coefficients, each observable by itself. Where that would take
more than `MOST_NUMBERS` random numbers the order counts as too small to resolve; the case is kept with the number of
samples that it would have needed, and nothing is sampled. Cases that are already measured for the same specification
are skipped; delete the file to start anew.
"""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import feyn_nn as fnn
from feyn_nn._core import InvalidInput, MetricObservable
from feyn_nn.networks import Observables, Sampling, Specification
from feyn_nn.validation.design import Design, choose
from feyn_nn.validation.prediction import Prediction, predict

RESULTS = Path(__file__).with_name("activations_two_inputs.json")
INPUTS = fnn.Inputs.from_correlation([1.0, 0.7], 0.4)
MOST_NUMBERS = 1e9
VARIANCES = {
    "linear": (1.2, 0.1),
    "relu": (1.6, 0.1),
    "leaky_relu(0.1)": (1.6, 0.1),
    "tanh": (1.6, 0.1),
    "erf": (1.6, 0.1),
    "sin": (1.2, 0.1),
    "cos": (1.0, 0.0),
    "gelu": (1.983, 0.173),
    "swish": (1.2, 0.1),
    "softplus": (1.0, 0.0),
    "polynomial(0, 1, 0, 0.1)": (0.5, 0.1),
    "z*exp(-z**2/2)": (1.2, 0.1),
    "Max(-1, Min(1, z))": (1.6, 0.1),
    "Piecewise((z, z > 0), (exp(z) - 1, True))": (1.2, 0.1),
    "z/(1 + Abs(z))": (2.0, 0.1),
}
OBSERVABLES = {
    "mean of G00": [(0, 0)],
    "mean of G01": [(0, 1)],
    "covariance of G00 and G11": [(0, 0), (1, 1)],
}
CASES = {
    f"{activation}: {observable}": (activation, observable)
    for activation in VARIANCES
    for observable in OBSERVABLES
}


def _measuring() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measure", Path(__file__).with_name("measure.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MEASURE = _measuring()


def network(activation: str) -> fnn.MLP:
    """The networks of one activation."""
    C_W, C_b = VARIANCES[activation]
    return fnn.MLP(depth=3, width=64, activation=activation, weight_variance=C_W, bias_variance=C_b)


def prediction(name: str) -> Prediction:
    """The series of one case through one loop, and what it leaves out."""
    activation, observable = CASES[name]
    return predict(network(activation), INPUTS, [MetricObservable(OBSERVABLES[observable])], [1])[0]


def design(name: str, theory: Prediction) -> Design | None:
    """Widths and samples that resolve the one-loop order, chosen before any sampling; None if nothing does."""
    own = network(CASES[name][0])
    try:
        return choose(own, INPUTS, [theory], resolution=MEASURE.RESOLUTION)
    except InvalidInput:
        return None


def specification(name: str, chosen: Design) -> Specification:
    """What a case measures."""
    activation, observable = CASES[name]
    return Specification(
        network=network(activation),
        inputs=INPUTS,
        observables=Observables(pairs=[OBSERVABLES[observable]], loops=1),
        sampling=Sampling(widths=chosen.widths, samples=chosen.samples, seed=sorted(CASES).index(name)),
    )


def affordable(chosen: Design | None) -> bool:
    """Whether a design is within the budget: two inputs, two hidden layers."""
    return chosen is not None and 4.0 * chosen.samples * sum(chosen.widths) <= MOST_NUMBERS


def main() -> None:
    """Measure what is not yet measured, keeping the results after every case."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in CASES:
        chosen = design(name, prediction(name))
        if chosen is None or not affordable(chosen):
            results[name] = {"unresolved": None if chosen is None else chosen.samples}
        elif results.get(name, {}).get("hash") != MEASURE.digest(specification(name, chosen)):
            results[name] = MEASURE.measure(name, specification(name, chosen))
        RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
