"""The one-point density of the field at every layer, measured on sampled networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import FieldObservable, InvalidInput, RandomSource, out_of_range, reproducible, spawned
from feyn_nn.montecarlo.block_moments import BlockMoments
from feyn_nn.montecarlo.execution import run_blocks
from feyn_nn.montecarlo.executors import ExecutorLike
from feyn_nn.montecarlo.histogram import bin_fractions
from feyn_nn.montecarlo.metric_sampler import MetricSampler
from feyn_nn.montecarlo.samplers import sampler_factory
from feyn_nn.montecarlo.schedule import MOST_SAMPLES, Block
from feyn_nn.networks import MLP, Inputs
from feyn_nn.networks.arguments import check_inputs, check_network
from feyn_nn.networks.checks import integer

Array: TypeAlias = NDArray[np.float64]

_BLOCK, _FEWEST_BLOCKS, _WANTED_BLOCKS = 4096, 8, 256
_PILOT = 512  # networks that set the default edges
_PILOT_CHILD = 2**31  # of the seed; no run has as many blocks
_REACH = 6.0  # standard deviations that the default edges span


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OnePointDensity:
    """The density of z^ℓ at one input, for each layer ℓ = 1 … L, as probabilities of bins with their covariance.

    Parameters
    ----------
    network : MLP
    label : int
        The input.
    sampler : str
    edges : array (layers, bins + 1)
        Ascending.
    probabilities : array (layers, bins)
        P(edge_b < z < edge_{b+1}); what lies outside is one minus their sum.
    covariance : array (layers, bins, bins)
        Of the probabilities of a layer, from the spread between blocks; of rank n_blocks − 1 at most.
    n_samples, n_blocks, seed : int
        How many networks, in how many blocks; the same seed gives the same bits.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=2, width=8, activation="relu")
    >>> fnn.one_point_density(net, fnn.Inputs([[1.0]]), samples=2_000, bins=10, rng=0).density.shape
    (2, 10)
    """

    network: MLP
    label: int
    sampler: str
    edges: Array
    probabilities: Array
    covariance: Array
    n_samples: int
    n_blocks: int
    seed: int

    @property
    def centres(self) -> Array:
        """The middle of each bin, (layers, bins)."""
        return 0.5 * (self.edges[:, 1:] + self.edges[:, :-1])

    @property
    def density(self) -> Array:
        """Probability divided by the width of the bin, (layers, bins)."""
        return self.probabilities / np.diff(self.edges)

    @property
    def stderr(self) -> Array:
        """The standard errors of the density, (layers, bins)."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2)) / np.diff(self.edges)

    def __repr__(self) -> str:
        layers, bins = self.probabilities.shape
        return (
            f"OnePointDensity(input {self.label}, {layers} layers, {bins} bins; {self.n_samples:,} networks, "
            f"sampler {self.sampler!r}, seed {self.seed})"
        )


def one_point_density(
    network: MLP,
    inputs: Inputs,
    *,
    label: int = 0,
    bins: int = 60,
    edges: ArrayLike | None = None,
    samples: int,
    rng: RandomSource = 0,
    sampler: str = "metric",
    workers: int | None = None,
    executor: ExecutorLike | None = None,
) -> OnePointDensity:
    """Measure the density of the field at one input in every layer.

    With the metric sampler no field is drawn: given Ĝ^ℓ it is Gaussian, so that
    P(a < z^ℓ < b) = E[Φ(b/√Ĝ^ℓ) − Φ(a/√Ĝ^ℓ)], and only the fluctuations of the metric are noise. Explicit weights
    count the neurons of each layer, and one of the last.

    Parameters
    ----------
    network : MLP
    inputs : Inputs
    label : int
        Which of the inputs.
    bins : int
        Bins of equal width within six standard deviations of each layer, found by a pilot of 512 networks.
    edges : array (bins + 1,) or (layers, bins + 1), optional
        Ascending edges of the bins instead, for all layers or for each.
    samples : int
        The number of networks.
    rng : int, SeedSequence, Generator or None
        The seed. None draws one.
    sampler : str
        ``"metric"``, ``"weights"``, or ``"weights(laplace)"`` for weights of another law.
    workers : int, optional
        Threads; by default one for each CPU.
    executor : Executor, str or dask.distributed.Client, optional
        Runs the blocks instead, as in :func:`feyn_nn.simulate`; the result is the same to the last bit.

    Returns
    -------
    OnePointDensity

    Raises
    ------
    InvalidInput
        If an argument is out of range, the network is no MLP, or the networks overflow.

    Examples
    --------
    >>> net = MLP(depth=3, width=8, activation="tanh")
    >>> found = one_point_density(net, Inputs([[1.0, 1.0]]), edges=[-1.0, 0.0, 1.0], samples=4096)
    >>> found.probabilities.round(2).tolist()
    [[0.34, 0.34], [0.45, 0.45], [0.48, 0.48]]
    """
    check_network(network)
    if not isinstance(network, MLP):
        raise InvalidInput(f"{type(network).__name__} has no one-point density here; give an MLP")
    check_inputs(inputs)
    observable = FieldObservable([(0, integer("label", label, least=0))])
    if (error := out_of_range(observable, inputs.n_inputs)) is not None:
        raise error
    drawn = sampler_factory(sampler)(network, inputs, (observable,))
    count = integer("samples", samples, least=2 * _FEWEST_BLOCKS, largest=MOST_SAMPLES)
    root = reproducible(rng)
    chosen = (
        _default_edges(network, inputs, label, bins, root) if edges is None else _edges(edges, network.depth)
    )
    task = partial(_fractions, drawn, chosen)
    results = run_blocks(task, _blocks(count), root, workers=workers, executor=executor)
    total = reduce(BlockMoments.merge, (BlockMoments.of(found, block.size) for block, found in results))
    return OnePointDensity(
        network=network,
        label=label,
        sampler=sampler,
        edges=chosen,
        probabilities=total.mean,
        covariance=total.covariance,
        n_samples=count,
        n_blocks=total.blocks,
        seed=int(root.entropy),  # type: ignore[arg-type]  # reproducible() made it an int
    )


def _fractions(sampler: Any, edges: Array, block: Block, seed: np.random.SeedSequence) -> Array:
    return bin_fractions(sampler, block.size, seed, edges)


def _default_edges(
    network: MLP, inputs: Inputs, label: int, bins: int, root: np.random.SeedSequence
) -> Array:
    """Equal bins on six standard deviations of a typical network; the median, as a mean may not exist."""
    number = integer("bins", bins, least=1, largest=2000)
    pilot = MetricSampler(network=network, inputs=inputs, labels=(label,))
    metrics = pilot.layers(_PILOT, spawned(root, _PILOT_CHILD))
    spreads = np.array([np.sqrt(np.median(metric)) for metric in metrics])
    spreads[spreads == 0.0] = 1.0
    return np.outer(_REACH * spreads, np.linspace(-1.0, 1.0, number + 1))


def _edges(given: ArrayLike, depth: int) -> Array:
    try:
        edges = np.atleast_2d(np.asarray(given, dtype=np.float64))
        edges = np.broadcast_to(edges, (depth, edges.shape[1])).copy()
    except (ValueError, TypeError):
        edges = np.empty((0, 0))
    if (
        edges.shape[1] < 2
        or edges.ndim != 2
        or not (np.diff(edges) > 0).all()
        or not np.isfinite(edges).all()
    ):
        raise InvalidInput(
            f"edges are not at least two ascending finite numbers, for all layers or for each of the {depth};"
            " give for example edges=[-2, -1, 0, 1, 2]"
        )
    return edges


def _blocks(samples: int) -> Iterator[Block]:
    """The blocks of a run, a function of the number of networks alone; at least eight, each of them a batch."""
    count = max(_FEWEST_BLOCKS, -(-samples // _BLOCK), min(_WANTED_BLOCKS, samples // 64))
    small, longer = divmod(samples, count)
    for i in range(count):
        size = small + (i < longer)
        yield Block(index=i, size=size, batch=size, whole=True)
