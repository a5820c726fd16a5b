"""How fast things are, as ratios of two ways to the same result measured in one run.

Run ``make benchmarks``, or ``python benchmarks/run.py``; it prints the table of docs/benchmarks.md. Every figure is the
median of five warm runs on one thread unless the line says otherwise.
"""

import statistics
import time
from collections.abc import Callable

import feyn_nn as fnn
from feyn_nn.actions import CausalAction

NET = fnn.MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
TWO_INPUTS = fnn.Inputs.from_metric([[1.0, 0.5], [0.5, 1.0]])
FOUR_POINT = fnn.metric_cumulant(NET, pairs=[(0, 0), (1, 1)], loops=1)
DEEP = fnn.metric_cumulant(
    fnn.MLP(depth=50, width=64, activation="relu", weight_variance=2.0), pairs=[(0, 0)] * 2, loops=1
)
ONE_INPUT = fnn.Inputs.from_metric([[1.0]])


def median_time(work: Callable[[], object], runs: int = 5) -> float:
    """Seconds of the median of several runs, after one that warms up caches and compilation."""
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def sample(sampler: str, width: int, samples: int) -> Callable[[], object]:
    """A simulation of the variance of one metric component."""
    net = NET.with_width(width)
    inputs = fnn.Inputs([[1.0, 0.0], [0.5, 0.8]])
    return lambda: fnn.simulate(
        net, inputs, pairs=[(0, 0), (1, 1)], samples=samples, sampler=sampler, workers=1
    )


def main() -> None:
    """Measure and print."""
    print("| what | one way | other way | ratio |\n| --- | --- | --- | --- |")
    fast = median_time(lambda: FOUR_POINT.evaluate(TWO_INPUTS))
    slow = median_time(lambda: FOUR_POINT.evaluate(TWO_INPUTS, by="diagrams"))
    row("κ₂ through one loop, tanh, two inputs, depth 4", "recursion", fast, "diagrams", slow)
    fast = median_time(lambda: DEEP.evaluate(ONE_INPUT))
    slow = median_time(lambda: DEEP.evaluate(ONE_INPUT, by="diagrams"))
    row("κ₂ through one loop, ReLU, one input, depth 50", "recursion", fast, "16 diagrams", slow)
    for width in (64, 256):
        fast = median_time(sample("metric", width, 20_000)) / 20_000
        slow = median_time(sample("weights", width, 1_000)) / 1_000
        row(f"one network, tanh, two inputs, depth 4, width {width}", "metric", fast, "weights", slow)
    generation = median_time(lambda: fnn.count_diagrams(CausalAction(), legs=2, loops=2))
    print(f"\nGenerating the 522 diagrams of κ₂ at two loops: {generation:.3f} s.")


def row(what: str, one: str, fast: float, other: str, slow: float) -> None:
    """Print one line of the table."""
    print(f"| {what} | {one} {shown(fast)} | {other} {shown(slow)} | {slow / fast:.1f} |")


def shown(seconds: float) -> str:
    """Seconds with a unit that fits."""
    return f"{seconds * 1e6:.2g} µs" if seconds < 1e-3 else f"{seconds:.3g} s"


if __name__ == "__main__":
    main()
