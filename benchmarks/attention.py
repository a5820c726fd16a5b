"""How fast attention is evaluated and sampled: run ``python benchmarks/attention.py``.

Ratios are of two ways to the same samples measured in one run, one after the other, one thread each, in seconds of CPU;
PyTorch draws explicit matrices in single precision, its default, in batches that fit the cache.
"""

import statistics
import time
from collections.abc import Callable, Iterable

import numpy as np

import feyn_nn as fnn
from feyn_nn.montecarlo.attention_sampler import AttentionMetricSampler
from feyn_nn.montecarlo.attention_weight_sampler import AttentionWeightSampler

NET = fnn.MultiHeadAttention(heads=1, key_dim=64, value_dim=64)


def cpu_time(work: Callable[[], object], runs: int = 5) -> float:
    """CPU seconds of the median of several runs, after one that warms up."""
    work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def four_point_components(name: str, tokens: fnn.Tokens, exponents: Iterable[int]) -> None:
    """All 9,316 components of κ_2(Ĝ, Ĝ) on two inputs of eight tokens."""
    cumulant = fnn.metric_cumulant(NET, rank=2, loops=0)
    cumulant.evaluate(tokens, max_nodes=1 << 12)
    for exponent in exponents:
        start, cpu = time.perf_counter(), time.process_time()
        evaluation = cumulant.evaluate(tokens, tolerance=1e-4, max_nodes=1 << exponent)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        total = _relative(evaluation.at(), evaluation.total_error)
        breaking = fnn.Powers(heads=1)
        alone = _relative(evaluation.coefficients[breaking], evaluation.errors[breaking])
        print(
            f"| {name} | 2^{exponent} | {seconds:.1f} s ({cpu:.1f} s of CPU) | largest {total.max():.1e},"
            f" rms {np.sqrt((total**2).mean()):.1e} | largest {alone.max():.1e}, rms {np.sqrt((alone**2).mean()):.1e} |"
        )


def _relative(values: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Errors in units of √(C_pp C_qq)."""
    size = np.sqrt(np.diag(values))
    return np.asarray(errors / np.outer(size, size))


def samplers(n_inputs: int, n_tokens: int) -> None:
    """One layer's Ĝ over all rows, features 256."""
    import torch

    torch.set_num_threads(1)
    x = np.random.default_rng(0).standard_normal((n_inputs, n_tokens, 256))
    tokens = fnn.Tokens(x)
    fast = AttentionMetricSampler(network=NET, inputs=tokens, labels=tokens.labels)
    plain = AttentionWeightSampler(network=NET, inputs=tokens, labels=tokens.labels)
    rows = torch.tensor(x, dtype=torch.float32)

    def with_torch(samples: int, batch: int = 16) -> None:
        for _ in range(samples // batch):
            q, k, v = (
                torch.einsum("itf,bfc->bitc", rows, torch.randn(batch, 256, 64)) / 16.0 for _ in range(3)
            )
            weights = torch.softmax(q @ k.transpose(2, 3) / 8.0, dim=-1)
            outputs = (weights @ v).reshape(batch, n_inputs * n_tokens, 64)
            _ = outputs @ outputs.transpose(1, 2) / 64.0

    seed = np.random.SeedSequence(0)
    one = cpu_time(lambda: fast.metrics(4096, seed)) / 4096
    own = cpu_time(lambda: plain.layers(256, seed)) / 256
    other = cpu_time(lambda: with_torch(256)) / 256
    print(
        f"| {n_inputs} × {n_tokens} tokens | {one * 1e6:.1f} µs | {own * 1e6:.0f} µs | {other * 1e6:.0f} µs |"
        f" {other / one:.0f} |"
    )


def main() -> None:
    """Measure and print."""
    print("Four-point components of two inputs of eight tokens (9,316 of them), error over √(C_pp C_qq):\n")
    print(
        "| tokens | nodes | time | all terms | independence breaking alone |\n| --- | --- | --- | --- | --- |"
    )
    four_point_components("patches of digits", fnn.Tokens.digits(2, patch=(2, 4)), (17, 19, 20))
    generic = np.random.default_rng(0).standard_normal((2, 8, 64))
    four_point_components("64 random features", fnn.Tokens(generic), (19, 22, 23))
    print("\nOne sampled layer, key_dim = value_dim = 64, features 256:\n")
    print("| labels | through the metric | explicit, NumPy | explicit, PyTorch | ratio to PyTorch |")
    print("| --- | --- | --- | --- | --- |")
    for n_inputs, n_tokens in ((1, 2), (1, 8), (2, 8)):
        samplers(n_inputs, n_tokens)


if __name__ == "__main__":
    main()
