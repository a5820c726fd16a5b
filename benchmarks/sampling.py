"""How many networks a second: the two samplers against PyTorch and NumPy, measured in turns in one run.

Run ``python benchmarks/sampling.py [cores]`` (1 by default); the extra ``bench`` brings PyTorch, and without it its
columns are left out. Every contender draws tanh networks with five hidden layers and four inputs, and ends with the
metric of the last layer. With one core the time is that of the processor, so that other work on the machine hardly
matters; with more it is the wall clock. Each figure is the best of several turns, everybody warm.
"""

from __future__ import annotations

import importlib.util
import math
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from feyn_nn.montecarlo import MetricSampler, WeightSampler
from feyn_nn.networks import MLP, Inputs

HIDDEN, INPUTS, C_W, C_B = 5, 4, 1.6, 0.1
X = np.random.default_rng(0).normal(size=(INPUTS, 8))
WIDTHS = (64, 128, 256)
TURNS = 4

Task = Callable[[int, int], object]
"""(networks, seed) -> anything"""


def network(width: int) -> MLP:
    """The network that everybody samples."""
    return MLP(depth=HIDDEN + 1, width=width, activation="tanh", weight_variance=C_W, bias_variance=C_B)


def metric_process(width: int) -> Task:
    """This package: the metric, layer by layer."""
    sampler = MetricSampler(network=network(width), inputs=Inputs(X), labels=range(INPUTS))
    return lambda samples, seed: sampler.metrics(samples, np.random.SeedSequence(seed))


def explicit_weights(width: int) -> Task:
    """This package: every weight and bias, in double precision."""
    sampler = WeightSampler(network=network(width), inputs=Inputs(X), labels=range(INPUTS))
    return lambda samples, seed: sampler.networks(samples, np.random.SeedSequence(seed))


def numpy_metric(width: int) -> Task:
    """The metric process as one writes it with NumPy, 64 networks at a time."""

    def run(samples: int, seed: int) -> None:
        rng = np.random.Generator(np.random.SFC64(seed))
        for start in range(0, samples, 64):
            size = min(64, samples - start)
            G = np.repeat((C_B + C_W * X @ X.T / X.shape[1])[np.newaxis], size, axis=0)
            for _ in range(HIDDEN):
                z = np.linalg.cholesky(G) @ rng.standard_normal((size, INPUTS, width))
                np.tanh(z, out=z)
                G = C_B + (C_W / width) * (z @ z.transpose(0, 2, 1))

    return run


def torch_weights(width: int, *, double: bool, batch: int) -> Task:
    """Every weight and bias with PyTorch, `batch` networks side by side."""
    import torch

    kind = torch.float64 if double else torch.float32
    x = torch.tensor(X, dtype=kind)

    def run(samples: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        draw = partial(torch.randn, generator=generator, dtype=kind)
        with torch.inference_mode():
            for start in range(0, samples, batch):
                size = min(batch, samples - start)
                hidden = x.expand(size, *x.shape)
                for _ in range(HIDDEN):
                    incoming = hidden.shape[2]
                    weights = draw(size, incoming, width).mul_(math.sqrt(C_W / incoming))
                    bias = draw(size, 1, width).mul_(math.sqrt(C_B))
                    hidden = torch.baddbmm(bias, hidden, weights).tanh_()
                torch.bmm(hidden, hidden.transpose(1, 2)).mul_(C_W / width).add_(C_B)

    return run


def rate(task: Task, samples: int, cores: int, pool: ThreadPoolExecutor, seed: int) -> float:
    """Networks a second of one turn; blocks of one turn share the cores unless the task brings its own threads."""
    clock = time.process_time if cores == 1 else time.perf_counter
    start = clock()
    if cores == 1 or getattr(task, "threaded", False):
        task(samples, seed)
        return samples / (clock() - start)
    list(pool.map(task, [samples // 8] * 8, range(8 * seed, 8 * seed + 8)))
    return 8 * (samples // 8) / (clock() - start)


def contenders(width: int) -> dict[str, tuple[list[Task], int]]:
    """Tasks by the name of their column, each with the networks of a turn: about a tenth of a second."""
    metric, weights = int(1.2e6 / width), int(1e7 / width**2)
    found: dict[str, tuple[list[Task], int]] = {
        "metric": ([metric_process(width)], metric),
        "weights": ([explicit_weights(width)], weights),
        "NumPy, metric": ([numpy_metric(width)], metric // 4),
    }
    if importlib.util.find_spec("torch"):
        for name, double in (("PyTorch, weights, float64", True), ("PyTorch, weights, float32", False)):
            tasks: list[Task] = [torch_weights(width, double=double, batch=batch) for batch in (4, 16, 64)]
            for task in tasks:
                task.threaded = True  # type: ignore[attr-defined]
            found[name] = (tasks, max(64, weights // 4))
    return found


def main() -> None:
    """Measure and print a table."""
    cores = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(cores)
    with ThreadPoolExecutor(cores) as pool:
        rows = {width: measured(width, cores, pool) for width in WIDTHS}
    names = list(rows[WIDTHS[0]])
    print(f"Networks a second on {cores} core{'s' * (cores > 1)}.\n")
    print("| width | " + " | ".join(names) + " |\n" + "| --- " * (len(names) + 1) + "|")
    for width, rates in rows.items():
        print(f"| {width} | " + " | ".join(f"{rates[name]:,.0f}" for name in names) + " |")


def measured(width: int, cores: int, pool: ThreadPoolExecutor) -> dict[str, float]:
    """The best rate of each contender, and of each batch size that it may choose; all take turns."""
    everybody = contenders(width)
    best = dict.fromkeys(everybody, 0.0)
    for turn in range(TURNS + 1):
        for name, (tasks, samples) in everybody.items():
            for task in tasks:
                found = rate(task, samples, cores, pool, turn)
                best[name] = max(best[name], found if turn else 0.0)  # the first turn warms up
    return best


if __name__ == "__main__":
    main()
