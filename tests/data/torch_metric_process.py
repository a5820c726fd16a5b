"""The metric process Ĝ¹ → Ĝ² → … on a graphics card, in a few lines that share nothing with the package.

A second sampler by other means: PyTorch's random numbers and functions, k-statistics of a thousand batches, standard
errors from their scatter. It needs PyTorch alone and runs on a CPU too, hundreds of times slower. Run by
``measure_high_orders.py``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

BATCHES = 1024
NUMBERS_AT_ONCE = 400_000_000  # 1.6 GB in single precision

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tanh": torch.tanh,
    "sin": torch.sin,
    "gelu": torch.nn.functional.gelu,
    "relu": torch.relu,
}

Tensor = torch.Tensor
Metric = list[list[Tensor]]  # [a][b] for b ≤ a, each of shape (networks,), double precision


def cumulants(case: dict[str, Any], width: int, networks: int, seed: int, device: str) -> tuple[float, float]:
    """κ of the last metric's entries `case["pairs"]`, and its standard error.

    Parameters
    ----------
    case : dict
        activation, depth, weight_variance, bias_variance, metric (of layer 1), pairs.
    width : int
        Of every hidden layer.
    networks : int
        How many to sample at least; a multiple of `BATCHES` is sampled.
    seed : int
    device : str
    """
    generator = torch.Generator(device=device).manual_seed(seed)
    size = -(-networks // BATCHES)
    found: list[Tensor] = []
    for batches in _groups(size * width * len(case["metric"])):
        metric = _last_metric(case, width, batches * size, generator)
        values = torch.stack([metric[max(p)][min(p)] for p in case["pairs"]]).reshape(-1, batches, size)
        found.append(_k_statistic(values))
    every = torch.cat(found)
    return every.mean().item(), (every.std() / BATCHES**0.5).item()


def _groups(numbers_each: int) -> Iterator[int]:
    """How many batches to do together, until all are done."""
    left = BATCHES
    while left:
        now = min(left, max(1, NUMBERS_AT_ONCE // numbers_each))
        yield now
        left -= now


def _last_metric(case: dict[str, Any], width: int, networks: int, generator: torch.Generator) -> Metric:
    sigma = ACTIVATIONS[case["activation"]]
    labels = range(len(case["metric"]))
    options: dict[str, Any] = {"device": generator.device}
    metric = [
        [torch.full((networks,), case["metric"][a][b], dtype=torch.float64, **options) for b in range(a + 1)]
        for a in labels
    ]
    for _ in range(case["depth"] - 1):
        factor = _cholesky(metric)
        noise = [torch.randn((width, networks), generator=generator, **options) for _ in labels]
        unit = [sigma(_product(factor[a], noise)) for a in labels]
        scale = case["weight_variance"] / width
        metric = [
            [
                case["bias_variance"] + scale * (unit[a] * unit[b]).sum(0, dtype=torch.float64)
                for b in range(a + 1)
            ]
            for a in labels
        ]
    return metric


def _cholesky(metric: Metric) -> Metric:
    factor: Metric = []
    for a, row in enumerate(metric):
        factor.append([])
        for b in range(a + 1):
            rest = row[b].clone()
            for c in range(b):
                rest -= factor[a][c] * factor[b][c]
            factor[a].append(rest.clamp_min(0.0).sqrt() if a == b else rest / factor[b][b])
    return factor


def _product(row: list[Tensor], noise: list[Tensor]) -> Tensor:
    total = noise[0] * row[0].float()
    for entry, own in zip(row[1:], noise[1:], strict=False):
        total += entry.float() * own
    return total


def _k_statistic(values: Tensor) -> Tensor:
    """Unbiased joint cumulants of shape (batches,) of values of shape (order, batches, size); order ≤ 4."""
    order, _, n = values.shape
    if order == 1:
        return values[0].mean(-1)
    x = values - values.mean(-1, keepdim=True)
    if order == 4:
        return _fourth(x, n)
    moment = x.prod(0).mean(-1)
    return moment * (n / (n - 1) if order == 2 else n**2 / ((n - 1) * (n - 2)))


def _fourth(x: Tensor, n: int) -> Tensor:
    two = {(i, j): (x[i] * x[j]).mean(-1) for i in range(4) for j in range(i + 1, 4)}
    pairings = two[0, 1] * two[2, 3] + two[0, 2] * two[1, 3] + two[0, 3] * two[1, 2]
    four = x.prod(0).mean(-1)
    return n**2 * ((n + 1) * four - (n - 1) * pairings) / ((n - 1) * (n - 2) * (n - 3))


def main(file: str) -> None:
    """Measure what `file` plans and has not measured, the cheapest first; keep it after every case."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    path = Path(file)
    results = json.loads(path.read_text(encoding="utf-8"))
    plans = [plan for plan in results.values() if "measured" not in plan]
    for plan in sorted(plans, key=lambda plan: sum(plan["widths"]) * plan["samples"]):
        measured = []
        for i, width in enumerate(plan["widths"]):
            seed = 1000 * plan["seed"] + i
            value, stderr = cumulants(plan["case"], width, plan["samples"], seed, device)
            measured.append({"width": width, "value": value, "stderr": stderr})
        plan["measured"] = measured
        plan["torch"] = f"{torch.__version__}, {device}"
        path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(plan["case"]["activation"], plan["case"]["pairs"], plan["samples"], flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
