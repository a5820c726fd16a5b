"""The mean metric of one input at every layer of the same sampled networks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Estimate, RandomSource, reproducible
from feyn_nn.montecarlo.block_moments import BlockMoments
from feyn_nn.montecarlo.execution import run_blocks
from feyn_nn.montecarlo.executors import ExecutorLike
from feyn_nn.montecarlo.metric_sampler import MetricSampler
from feyn_nn.montecarlo.progress import progress_bar
from feyn_nn.montecarlo.schedule import MOST_SAMPLES, Block, blocks
from feyn_nn.networks import MLP, Inputs
from feyn_nn.networks.checks import integer

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerMeans:
    """E[Ĝ^ℓ] at layers 2 … L; made by :func:`layer_means`. Ĝ¹ is not random.

    Parameters
    ----------
    mean : array (L - 1,)
    covariance : array (L - 1, L - 1)
        Of the means: layers of one network are correlated.
    n_samples, seed : int
    """

    mean: Array
    covariance: Array
    n_samples: int
    seed: int

    @property
    def estimates(self) -> dict[int, Estimate]:
        """An estimate by layer."""
        errors = np.sqrt(np.diag(self.covariance))
        return {
            layer: Estimate(value=value, stderr=error, n_samples=self.n_samples, seed=self.seed)
            for layer, (value, error) in enumerate(
                zip(self.mean.tolist(), errors.tolist(), strict=True), start=2
            )
        }


def layer_means(
    network: MLP,
    inputs: Inputs,
    *,
    samples: int,
    rng: RandomSource = 0,
    workers: int | None = None,
    executor: ExecutorLike | None = None,
    progress: bool = False,
) -> LayerMeans:
    """Measure E[Ĝ^ℓ_00] at every layer on one set of networks, by the exact metric process.

    Parameters
    ----------
    network : MLP
    inputs : Inputs
        The first of them is followed.
    samples : int
    rng : int, SeedSequence, Generator or None
    workers : int, optional
        Threads; by default one for each CPU. The result does not depend on them.
    executor : Executor, str or dask.distributed.Client, optional
        Runs the blocks instead, as in :func:`feyn_nn.simulate`.
    progress : bool
        Draws a bar on a terminal after two seconds.

    Raises
    ------
    InvalidInput
        If samples is < 2, or a metric overflows.

    Examples
    --------
    >>> net = MLP(depth=4, width=16, activation="linear")
    >>> found = layer_means(net, Inputs.from_metric([[1.0]]), samples=4096)
    >>> found.mean.round(1).tolist(), (4096 * found.covariance[:, 0]).round(1).tolist()
    ([1.0, 1.0, 1.0], [0.1, 0.1, 0.1])
    """
    count, root = integer("samples", samples, least=2, largest=MOST_SAMPLES), reproducible(rng)
    sampler = MetricSampler(network=network, inputs=inputs, labels=(0,))
    task = partial(_moments, sampler)
    with progress_bar(count, shown=progress) as done:
        total = BlockMoments(blocks=0, weight=0, mean=np.zeros((1, 1)), scatter=np.zeros((1, 1, 1)))
        for block, found in run_blocks(task, blocks(count), root, workers=workers, executor=executor):
            total = total.merge(found)
            done(block.size)
    return LayerMeans(
        mean=total.mean[0],
        covariance=total.scatter[0] / (count * (count - 1.0)),
        n_samples=count,
        seed=int(root.entropy),  # type: ignore[arg-type]  # reproducible() made it an int
    )


def _moments(sampler: MetricSampler, block: Block, seed: np.random.SeedSequence) -> BlockMoments:
    """Means and scatter over layers 2 … L of the networks of one block."""
    values = np.array([metric[:, 0, 0] for metric in sampler.layers(block.size, seed)][1:])
    mean = values.mean(axis=1)
    off = values - mean[:, np.newaxis]
    return BlockMoments(blocks=1, weight=block.size, mean=mean[np.newaxis], scatter=(off @ off.T)[np.newaxis])
