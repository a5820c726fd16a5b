"""How long the coefficients of 1/n take: warm, on inputs not seen before; CPU time, all of it on one thread.

Run ``python benchmarks/perturbation.py``; it prints the table of docs/benchmarks.md. ``--many`` adds the four-point
vertex of 16 inputs, which takes most of a minute.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np

import feyn_nn as fnn

RNG = np.random.default_rng(0)
GELU = fnn.MLP(depth=4, width=64, activation="gelu", weight_variance=2.0, bias_variance=0.1)
RELU = fnn.MLP(depth=4, width=64, activation="relu", weight_variance=2.0, bias_variance=0.1)
TANH = fnn.MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
DEEP = fnn.MLP(depth=1000, width=1000, activation="tanh")


def four_inputs() -> fnn.Inputs:
    return fnn.Inputs(RNG.standard_normal((4, 10)))


def gelu() -> float:
    """Both the four-point vertex and the two-point correction of four inputs; the larger of their errors."""
    inputs = four_inputs()
    correction = fnn.metric_cumulant(GELU, rank=1, loops=1).evaluate(inputs, tolerance=1e-10)
    vertex = fnn.metric_cumulant(GELU, rank=2, loops=0).evaluate(inputs, tolerance=1e-10)
    return max(float(np.max(e.errors[1]) / np.abs(e.coefficients[1]).max()) for e in (correction, vertex))


def relu() -> float:
    return relative_error(fnn.metric_cumulant(RELU, rank=2, loops=0).evaluate(four_inputs()), 1)


def sixteen() -> float:
    inputs = fnn.Inputs(RNG.standard_normal((16, 100)))
    return relative_error(fnn.metric_cumulant(TANH, rank=2, loops=0).evaluate(inputs, tolerance=1e-6), 1)


def sixteen_corrections() -> float:
    inputs = fnn.Inputs(RNG.standard_normal((16, 100)))
    return relative_error(fnn.metric_cumulant(TANH, rank=1, loops=1).evaluate(inputs, tolerance=1e-8), 1)


def selected() -> float:
    """The correction of 100 pairs among 1000 inputs, and ten four-point functions, each of inputs of its own."""
    inputs = fnn.Inputs(RNG.standard_normal((1000, 100)))
    labels = RNG.permutation(1000)
    correction = fnn.metric_cumulant(TANH, rank=1, loops=1)
    errors = [
        relative_error(correction.evaluate(inputs, pairs=labels[:200].reshape(-1, 2), tolerance=1e-8), 1)
    ]
    for a, b, c, d in labels[200:240].reshape(-1, 4):
        vertex = fnn.metric_cumulant(TANH, pairs=[(a, b), (c, d)], loops=0)
        evaluation = vertex.evaluate(inputs, tolerance=1e-8)
        variances = (fnn.metric_cumulant(TANH, pairs=[(i, j)] * 2, loops=0) for i, j in ((a, b), (c, d)))
        scale = np.prod([v.evaluate(inputs, tolerance=1e-8).coefficients[1] for v in variances])
        errors.append(evaluation.errors[1] / float(np.sqrt(scale)))
    return max(errors)


def deep() -> float:
    """κ₁, κ₂ and κ₃ of one input, all through 1/n⁴."""
    inputs = fnn.Inputs.from_metric([[RNG.uniform(0.5, 1.5)]])
    errors = []
    for rank in (1, 2, 3):
        cumulant = fnn.metric_cumulant(DEEP, pairs=[(0, 0)] * rank, loops=5 - rank)
        errors.append(relative_error(cumulant.evaluate(inputs), 4))
    return max(errors)


def relative_error(evaluation: fnn.Evaluation, power: int) -> float:
    return float(np.max(evaluation.errors[power]) / np.abs(evaluation.coefficients[power]).max())


def row(what: str, work: Callable[[], float], runs: int = 3) -> None:
    """Print the median of some runs, after one that warms up, and the largest error that was stated."""
    errors, times = [work()], []
    for _ in range(runs):
        start = time.process_time()
        errors.append(work())
        times.append(time.process_time() - start)
    print(f"| {what} | {statistics.median(times):.3g} s | {max(errors):.0e} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--many", action="store_true", help="also the four-point vertex of 16 inputs")
    many = parser.parse_args().many
    print("| coefficients | time | error |\n| --- | --- | --- |")
    row("GELU, depth 4, 4 inputs: four-point vertex and two-point correction", gelu)
    row("ReLU, depth 4, 4 inputs: four-point vertex, three layers", relu, runs=20)
    row("tanh, depth 1000, 1 input: κ₁, κ₂, κ₃ through 1/n⁴", deep)
    row("tanh, depth 4, 16 inputs: two-point correction of all 136 pairs", sixteen_corrections)
    row(
        "tanh, depth 4, 1000 inputs: correction of 100 pairs, ten four-point functions of four inputs",
        selected,
    )
    if many:
        row("tanh, depth 4, 16 inputs: four-point vertex, 9316 components", sixteen, runs=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory: {peak:.0f} MB.")


if __name__ == "__main__":
    main()
