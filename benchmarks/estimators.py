"""What estimating costs beside sampling, and whether memory grows with the run.

Run ``python benchmarks/estimators.py``; it prints the tables of docs/simulation.md. Times are CPU time of one thread
per network, medians of five warm runs; memory is the peak of a process of its own.
"""

import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

import feyn_nn as fnn
from feyn_nn._core import metric_observables, spawned
from feyn_nn._core.observables import Observable, field_observables
from feyn_nn.montecarlo.accumulator import Accumulator
from feyn_nn.montecarlo.measurement import Measurement, Plan
from feyn_nn.montecarlo.samplers import sampler_factory
from feyn_nn.montecarlo.schedule import Block

NET = fnn.MLP(depth=6, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
X = fnn.Inputs.from_metric(0.5 * np.eye(4) + 0.5)
PAIRS = list(itertools.combinations_with_replacement(range(4), 2))
BLOCK = Block(index=16, size=4096, batch=128, whole=True)
MEMORY = """
import resource, feyn_nn as fnn
net = fnn.MLP(depth=2, width=4, activation="relu")
fnn.simulate(net, fnn.Inputs([[1.0]]), pairs=[(0, 0)] * 4, samples={samples}, workers=1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
CASES: dict[str, tuple[Observable, ...]] = {
    "one mean": metric_observables([(0, 0)]),
    "the 10 means of 4 inputs": metric_observables([[pair] for pair in PAIRS]),
    "their 55 covariances": metric_observables(list(itertools.combinations_with_replacement(PAIRS, 2))),
    "their 220 third cumulants": metric_observables(list(itertools.combinations_with_replacement(PAIRS, 3))),
    "one κ₄ of four metrics": metric_observables([(0, 0), (1, 1), (2, 2), (3, 3)]),
    "one 8-point function of the field": field_observables([(0, label) for label in (0, 1, 2, 3)] * 2),
}


def cpu_time(work: Callable[[], object]) -> float:
    """Seconds per network of one block, the median of five runs after one that warms up."""
    work()
    times = []
    for _ in range(5):
        start = time.thread_time()
        work()
        times.append(time.thread_time() - start)
    return statistics.median(times) / BLOCK.size


def costs(observables: tuple[Observable, ...]) -> tuple[int, float, float, float]:
    """Power sums kept, and seconds per network of sampling, of estimating, and of merging a block."""
    plan = Plan(observables=observables, conditioned=True)
    sampler = sampler_factory("metric")(NET, X, plan.variables)
    seed, statistics = spawned(np.random.SeedSequence(0), BLOCK.index), plan.statistics
    basis = statistics.basis
    values = sampler.values(BLOCK.size, seed, plan.variables)
    found = Measurement(sampler=sampler, plan=plan)(BLOCK, seed)
    state = Accumulator.empty(basis, len(observables)).add(basis, BLOCK, found)

    def estimate() -> None:
        statistics.influence.scatter(values, basis.merged(basis.summed(values, BLOCK.batch)))

    draw = cpu_time(lambda: sampler.values(BLOCK.size, seed, plan.variables))
    merge = cpu_time(lambda: state.add(basis, BLOCK, found))
    return len(basis.monomials), draw, cpu_time(estimate), merge


def main() -> None:
    """Measure and print."""
    print("| observables | sums kept | sampling | estimating | ratio | merging |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, observables in CASES.items():
        sums, draw, estimate, merge = costs(observables)
        shown = (
            f"{draw * 1e6:.2f} µs | {estimate * 1e6:.3f} µs | {estimate / draw:.3f} | {merge * 1e6:.3f} µs"
        )
        print(f"| {name} | {sums} | {shown} |")
    print("\n| networks | peak memory |\n| --- | --- |")
    for samples in (10**5, 10**6, 10**7):
        run = [sys.executable, "-c", MEMORY.format(samples=samples)]
        done = subprocess.run(run, capture_output=True, text=True, check=True)
        print(f"| {samples:,} | {done.stdout.strip()} MiB |")


if __name__ == "__main__":
    main()
