"""Measuring joint cumulants of the metric and the field on sampled networks."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Estimate, InvalidInput, RandomSource, reproducible
from feyn_nn._core.estimate import with_error
from feyn_nn._core.observables import Observable, field_observables, metric_observables, out_of_range
from feyn_nn.montecarlo.accumulator import BlockMoments
from feyn_nn.montecarlo.execution import FEWEST_BLOCKS, block_sizes, run_blocks
from feyn_nn.montecarlo.k_statistics import KStatistics
from feyn_nn.montecarlo.samplers import Sampler, sampler_factory
from feyn_nn.networks import Inputs, Tokens
from feyn_nn.networks.arguments import Network, check_inputs, check_network

MOST_SAMPLES = 10**11


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Simulation(Mapping[Observable, Estimate]):
    """Measured joint cumulants: a mapping from each observable, in the order asked for, to its `Estimate`.

    Parameters
    ----------
    network : MLP or MultiHeadAttention
        What was sampled.
    sampler : str
        How: ``"metric"`` or ``"weights"``.
    n_samples : int
        The number of sampled networks.
    seed : int
        The seed; the same seed, network, observables and sampler give the same bits.
    observables : tuple of MetricObservable or FieldObservable
        What was measured.
    mean : array (observables,)
        The estimates.
    covariance : array (observables, observables)
        The covariance of the estimates, from the spread between blocks; all observables share the same
        networks, so their errors are correlated. Its rank is less than the number of blocks.
    n_blocks : int
        The number of blocks that the covariance rests on.
    """

    network: Network
    sampler: str
    n_samples: int
    seed: int
    observables: tuple[Observable, ...]
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    n_blocks: int

    def __getitem__(self, observable: Observable) -> Estimate:
        i = self._position[observable]
        return Estimate(
            value=float(self.mean[i]),
            stderr=float(np.sqrt(self.covariance[i, i])),
            n_samples=self.n_samples,
            seed=self.seed,
        )

    @cached_property
    def _position(self) -> dict[Observable, int]:
        return {observable: i for i, observable in enumerate(self.observables)}

    def __iter__(self) -> Iterator[Observable]:
        return iter(self.observables)

    def __len__(self) -> int:
        return len(self.observables)

    def __repr__(self) -> str:
        width = max(len(observable.name) for observable in self)
        lines = (
            f"  {observable.name:<{width}}  {with_error(e.value, e.stderr)}" for observable, e in self.items()
        )
        return "\n".join([self._headline(), *lines])

    def _repr_html_(self) -> str:
        cells = ((observable.name, with_error(e.value, e.stderr)) for observable, e in self.items())
        rows = "".join(f"<tr><td>{html.escape(name)}</td><td>{html.escape(e)}</td></tr>" for name, e in cells)
        head = "<thead><tr><th>observable</th><th>measured</th></tr></thead>"
        caption = f"<caption>{html.escape(self._headline())}</caption>"
        return f"<table>{caption}{head}<tbody>{rows}</tbody></table>"

    def _headline(self) -> str:
        return (
            f"{self.n_samples:,} networks in {self.n_blocks} blocks, sampler {self.sampler!r}, "
            f"seed {self.seed}: {self.network!r}"
        )


def simulate(
    network: Network,
    inputs: Inputs | Tokens,
    *,
    pairs: Any = None,
    legs: Any = None,
    samples: int,
    rng: RandomSource = 0,
    sampler: str = "metric",
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool = False,
) -> Simulation:
    """Sample networks and measure joint cumulants of the last layer's metric and field, without bias.

    Networks are drawn in blocks; each block gives k-statistics, and the spread between blocks the standard
    errors. Block i uses child i of the seed, so the result is the same to the bit for any number of workers.
    For one pair the cumulant is the mean E[Ĝ].

    Parameters
    ----------
    network : MLP or MultiHeadAttention
    inputs : Inputs or Tokens
    pairs : list of pairs, or list of such lists, optional
        κ_k(Ĝ_p1, …, Ĝ_pk) of one or several lists of pairs of input labels.
    legs : list of legs, or list of such lists, optional
        κ(z_i1α1, …) of one or several lists of field legs (neuron, input label). The metric sampler measures
        it conditioned on the last layer, as a sum over pairings of κ_k(Ĝ); the weight sampler samples the
        field.
    samples : int
        The number of networks.
    rng : int, SeedSequence, Generator or None
        The seed. None draws one.
    sampler : {"metric", "weights"}
        The exact metric process, or explicit weight matrices.
    workers : int, optional
        Threads; by default one for each CPU.
    executor : concurrent.futures.Executor, optional
        Runs the blocks instead of threads.
    progress : bool
        Whether to draw a progress bar on stderr.

    Returns
    -------
    Simulation

    Raises
    ------
    InvalidInput
        If nothing is asked for, a label is out of range, an order is too high, there are too few samples, the
        sampler is unknown, or the networks overflow.

    Examples
    --------
    >>> from feyn_nn.networks import MLP, Inputs
    >>> net = MLP(depth=2, width=8, activation="linear")
    >>> result = simulate(net, Inputs([[1.0, 1.0]]), pairs=[(0, 0)], samples=4096)
    >>> [abs(estimate.pull(1.0)) < 4 for estimate in result.values()]
    [True]
    """
    check_network(network)
    check_inputs(inputs, network)
    pairs, legs = inputs.labelled(pairs), inputs.labelled(legs)
    observables = _observables(pairs, legs, inputs)
    draw = sampler_factory(sampler)(network, inputs, observables)
    measurement = _measurement(draw, observables)
    root = reproducible(rng)
    sizes = block_sizes(_checked(samples, measurement.statistics.order))
    blocks = run_blocks(measurement, sizes, root, workers=workers, executor=executor, progress=progress)
    with np.errstate(over="ignore", invalid="ignore"):
        total = reduce(BlockMoments.merge, map(BlockMoments.of, blocks, sizes))
    if not np.isfinite(total.scatter).all():
        raise InvalidInput(
            "the standard errors overflow: squares of the estimates are larger than any float; "
            "use a smaller weight_variance, fewer layers or smaller inputs"
        )
    return Simulation(
        network=network,
        sampler=sampler,
        n_samples=sum(sizes),
        seed=int(root.entropy),  # type: ignore[arg-type]  # reproducible() made it an int
        observables=observables,
        mean=total.mean,
        covariance=total.covariance,
        n_blocks=total.blocks,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Measurement:
    """Draws one block and estimates every observable from it; picklable, so that any executor can run it."""

    sampler: Sampler
    variables: tuple[Observable, ...]
    statistics: KStatistics
    observables: tuple[Observable, ...]

    def __call__(self, samples: int, seed: np.random.SeedSequence) -> NDArray[np.float64]:
        if not self.variables:
            return np.zeros(len(self.observables))
        with np.errstate(over="ignore", invalid="ignore"):
            estimates = self.statistics(self.sampler.values(samples, seed, self.variables))
        for observable, estimate in zip(self.observables, estimates, strict=True):
            if not np.isfinite(estimate):
                raise InvalidInput(
                    f"{observable.name} overflows: its k-statistic is larger than any float; "
                    "use a smaller weight_variance, fewer layers or smaller inputs"
                )
        return estimates


def _measurement(sampler: Sampler, observables: tuple[Observable, ...]) -> _Measurement:
    terms = [sampler.terms(observable) for observable in observables]
    variables = tuple(dict.fromkeys(variable for term in terms for parts in term for variable in parts))
    index = {variable: i for i, variable in enumerate(variables)}
    targets = [
        {tuple(sorted(index[part] for part in parts)): multiplicity for parts, multiplicity in term.items()}
        for term in terms
    ]
    statistics = KStatistics(targets=tuple(targets))
    return _Measurement(sampler=sampler, variables=variables, statistics=statistics, observables=observables)


def _observables(pairs: Any, legs: Any, inputs: Inputs | Tokens) -> tuple[Observable, ...]:
    """What was asked for, each observable once."""
    if pairs is None and legs is None:
        raise InvalidInput(
            "nothing to measure; give pairs=[(0, 0)] for the metric, or legs=[(0, 0), (0, 0)] for the field"
        )
    asked: list[Observable] = []
    asked.extend(metric_observables(pairs) if pairs is not None else ())
    asked.extend(field_observables(legs) if legs is not None else ())
    for observable in asked:
        if (error := out_of_range(observable, inputs.n_rows)) is not None:
            raise error
    return tuple(dict.fromkeys(asked))


def _checked(samples: int, order: int) -> int:
    """The number of samples, if it is one and every block gets enough of them for its k-statistics."""
    fewest = FEWEST_BLOCKS * max(order, 2)
    if isinstance(samples, bool) or not isinstance(samples, (int, np.integer)) or samples < fewest:
        raise InvalidInput(
            f"samples={samples!r} cannot be used; cumulants of order {order} with standard errors need an "
            f"integer >= {fewest}"
        )
    if samples > MOST_SAMPLES:
        raise InvalidInput(f"samples={samples!r} would take years; give at most {MOST_SAMPLES:,}")
    return int(samples)
