"""How long flows take: one thread, CPU time, activations not used before unless said.

Run ``python benchmarks/flow.py``; it prints the table of docs/flow.md.
"""

import time
from collections.abc import Callable

import feyn_nn as fnn

ONE = fnn.Inputs.from_metric([[0.7]])
TWO = fnn.Inputs.from_metric([[0.7, 0.3], [0.3, 0.8]])


def critical(activation: str, weight_variance: float, depth: int) -> fnn.MLP:
    return fnn.MLP(depth=depth, width=depth, activation=activation, weight_variance=weight_variance)


def row(what: str, work: Callable[[], object]) -> None:
    """Print the CPU time of one run."""
    start = time.process_time()
    work()
    print(f"| {what} | {time.process_time() - start:.2g} s |", flush=True)


def main() -> None:
    """Measure and print."""
    fnn.flow.trace(critical("linear", 1.0, 50), TWO)  # compiles, or loads what is compiled
    fnn.flow.phase_diagram("linear", bias_variance=[0.1], weight_variance=[0.5])
    print("| flow | time |\n| --- | --- |")
    row("phase diagram of tanh, 200 × 200", lambda: fnn.flow.phase_diagram("tanh"))
    row("critical points of GELU", lambda: fnn.flow.criticality("gelu"))
    row(
        "tanh, one input, depth 10⁵, all couplings", lambda: fnn.flow.trace(critical("tanh", 1.0, 10**5), ONE)
    )
    row(
        "ReLU, one input, depth 10⁵, all couplings", lambda: fnn.flow.trace(critical("relu", 2.0, 10**5), ONE)
    )
    row("tanh, two inputs, depth 10⁴", lambda: fnn.flow.trace(critical("tanh", 1.0, 10**4), TWO))


if __name__ == "__main__":
    main()
