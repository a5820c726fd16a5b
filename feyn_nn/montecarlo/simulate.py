"""Sampling networks and measuring joint cumulants of the metric and the field."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, RandomSource, reproducible
from feyn_nn._core.observables import (
    FieldObservable,
    Observable,
    field_observables,
    metric_observables,
    out_of_range,
)
from feyn_nn.montecarlo.accumulator import Accumulator, batch_covariance
from feyn_nn.montecarlo.checkpoint import Checkpoint, check_same_run, checkpoint_path
from feyn_nn.montecarlo.conditioning import gaussian_last_layer, metrics_behind
from feyn_nn.montecarlo.executors import ExecutorLike
from feyn_nn.montecarlo.measurement import Measurement, Plan
from feyn_nn.montecarlo.run import Journal, Run
from feyn_nn.montecarlo.samplers import sampler_factory
from feyn_nn.montecarlo.schedule import MOST_SAMPLES, fewest_samples
from feyn_nn.montecarlo.simulation import Simulation
from feyn_nn.networks import Inputs, Tokens
from feyn_nn.networks.arguments import Network, check_inputs, check_network
from feyn_nn.networks.checks import integer


def simulate(
    network: Network,
    inputs: Inputs | Tokens,
    *,
    pairs: Any = None,
    legs: Any = None,
    samples: int | None = None,
    rng: RandomSource = 0,
    sampler: str = "metric",
    conditioned: bool | None = None,
    workers: int | None = None,
    executor: ExecutorLike | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    add_samples: int | None = None,
    progress: bool = False,
) -> Simulation:
    """Sample networks and measure joint cumulants of the last layer's metric and field, without bias.

    The estimates are k-statistics of all networks; their standard errors follow from the influence functions,
    and once more from the spread between batches. Networks are drawn in blocks; block i uses child i of the
    seed, so the result is the same to the bit for any number of workers of any kind. For one pair the cumulant
    is the mean E[Ĝ]. Ctrl-C ends a run early and returns what is there.

    Parameters
    ----------
    network : MLP, MultiHeadAttention or Sequential
    inputs : Inputs or Tokens
    pairs : list of pairs, or list of such lists, optional
        κ_k(Ĝ_p1, …, Ĝ_pk) of one or several lists of pairs of input labels.
    legs : list of legs, or list of such lists, optional
        κ(z_i1α1, …) of one or several lists of field legs (neuron, input label).
    samples : int, optional
        The number of networks in the whole run. May be left out if a checkpoint says it.
    rng : int, SeedSequence, Generator or None
        The seed. None takes that of the checkpoint, or draws one.
    sampler : str
        ``"metric"``, the exact metric process; ``"weights"``, explicit weight matrices; or ``"weights(laplace)"``,
        weights of another law (:func:`feyn_nn.montecarlo.weight_law`).
    conditioned : bool, optional
        Whether fields are measured conditioned on the last layer (Rao–Blackwell): as a sum over pairings of
        κ_k(Ĝ). False samples the field itself, with more noise. By default True, unless the weights of the
        last layer follow a law that is not Gaussian.
    workers : int, optional
        Threads, or processes; by default one for each CPU.
    executor : Executor, str or dask.distributed.Client, optional
        Runs the blocks instead of threads: any `concurrent.futures.Executor` or Dask client, ``"processes"``,
        or the address of a Dask scheduler.
    checkpoint : path, optional
        A file to keep the state of the run in. If it exists the run goes on from there, and ends with the same
        bits as one that was never interrupted.
    add_samples : int, optional
        Extend the finished run in the checkpoint by so many networks.
    progress : bool
        Whether to draw a progress bar, on stderr if that is a terminal.

    Returns
    -------
    Simulation

    Raises
    ------
    InvalidInput
        If nothing is asked for, a label is out of range, an order is too high, there are too few samples, the
        sampler or executor is unknown, the networks overflow, or the checkpoint cannot be used.
    MissingExtra
        If a Dask address is given and dask.distributed is not installed.

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
    conditioned = _conditioned(conditioned, network, inputs, observables, sampler)
    measurement = _measurement(network, inputs, observables, sampler, conditioned)
    statistics = measurement.plan.statistics
    path, saved = _saved(checkpoint)
    root = reproducible(saved.run["seed"] if rng is None and saved is not None else rng)
    run = _identity(network, inputs, observables, sampler, conditioned, root)
    if saved is not None and path is not None:
        check_same_run(path, saved.run, run)
    target = _target(samples, add_samples, saved, statistics.order)
    state = Accumulator.empty(statistics.basis, len(observables)) if saved is None else saved.state
    blocks = Run(measurement=measurement, root=root, target=target, journal=Journal(path, run, target))
    state = blocks.go_on(state, workers=workers, executor=executor, progress=progress)
    if state.samples < min(target, fewest_samples(statistics.order)):
        raise KeyboardInterrupt
    with np.errstate(over="ignore", invalid="ignore"):
        return Simulation(
            network=network,
            sampler=sampler,
            n_samples=state.samples,
            seed=run["seed"],
            observables=observables,
            mean=statistics.estimates(state.total)[0],
            covariance=batch_covariance(statistics, state.batches),
            n_blocks=len(state.batches),
            stderr=np.sqrt(state.variances()),
            gain=_gains(state, observables) if measurement.field_plan is not None else None,
            conditioned=conditioned,
            complete=state.samples >= target,
        )


def _gains(state: Accumulator, observables: Sequence[Observable]) -> NDArray[np.float64]:
    fields = [isinstance(observable, FieldObservable) for observable in observables]
    return np.where(fields, state.gains(), np.nan)


def _conditioned(
    conditioned: bool | None,
    network: Network,
    inputs: Inputs | Tokens,
    observables: tuple[Observable, ...],
    sampler: str,
) -> bool:
    """Whether to condition on the last layer: by default where that is exact."""
    if not (conditioned is None or isinstance(conditioned, (bool, np.bool_))):
        raise InvalidInput(f"conditioned={conditioned!r} is neither True nor False; give one of them")
    exact = gaussian_last_layer(sampler_factory(sampler)(network, inputs, observables))
    if conditioned and not exact:
        raise InvalidInput(
            f"conditioned=True needs Gaussian weights in the last layer, and sampler={sampler!r} draws others; "
            "leave conditioned out"
        )
    return exact if conditioned is None else bool(conditioned)


def _measurement(
    network: Network,
    inputs: Inputs | Tokens,
    observables: tuple[Observable, ...],
    sampler: str,
    conditioned: bool,
) -> Measurement:
    plan = Plan(observables=observables, conditioned=conditioned)
    needed: Sequence[Observable] = plan.variables if conditioned else observables
    fields = [own for own in observables if isinstance(own, FieldObservable)]
    if conditioned:
        fields = [own for own in fields if own.pairings()]
        needed = (*needed, *metrics_behind(fields))
    field_plan = Plan(observables=observables, conditioned=False) if conditioned and fields else None
    return Measurement(
        sampler=sampler_factory(sampler)(network, inputs, needed), plan=plan, field_plan=field_plan
    )


def _saved(checkpoint: str | os.PathLike[str] | None) -> tuple[Path | None, Checkpoint | None]:
    """Where checkpoints go, and the one that is there."""
    if checkpoint is None:
        return None, None
    path = checkpoint_path(checkpoint)
    return path, Checkpoint.read(path) if path.exists() else None


def _identity(
    network: Network,
    inputs: Inputs | Tokens,
    observables: Sequence[Observable],
    sampler: str,
    conditioned: bool,
    root: np.random.SeedSequence,
) -> dict[str, Any]:
    """Everything that decides the bits of a run but its length, as plain JSON."""
    numbers = np.asarray(inputs.metric if inputs.values is None else inputs.values)
    return {
        "network": network.to_dict(),
        "inputs": {
            "kind": "metric" if inputs.values is None else "values",
            "shape": list(numbers.shape),
            "sha256": hashlib.sha256(np.ascontiguousarray(numbers, dtype="<f8").tobytes()).hexdigest(),
        },
        "observables": [observable.key for observable in observables],
        "sampler": sampler,
        "conditioned": conditioned,
        "seed": int(root.entropy),  # type: ignore[arg-type]  # reproducible() made it an int
        "version": version("feyn_nn"),
    }


def _target(samples: int | None, add_samples: int | None, saved: Checkpoint | None, order: int) -> int:
    """How many networks the run is to have."""
    if add_samples is not None:
        return _extended(samples, add_samples, saved)
    if samples is None:
        if saved is None:
            raise InvalidInput("samples is missing; give the number of networks, such as samples=100_000")
        return saved.target
    target = _checked(samples, order)
    if saved is not None and target < saved.state.samples:
        raise InvalidInput(
            f"samples={samples} are fewer than the {saved.state.samples} in the checkpoint; give more, or another path"
        )
    return target


def _extended(samples: int | None, add_samples: int, saved: Checkpoint | None) -> int:
    more = integer("add_samples", add_samples, least=1, largest=MOST_SAMPLES)
    if samples is not None:
        raise InvalidInput("samples and add_samples are both given; give one of them")
    if saved is None:
        raise InvalidInput(
            "there is no run to extend; give the checkpoint of a finished one with add_samples"
        )
    if not saved.finished:
        raise InvalidInput(
            f"the run in the checkpoint is not finished, {saved.state.samples:,} of {saved.target:,} networks "
            "are done; run it again without add_samples first"
        )
    return saved.target + more


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
    """The number of samples, if it is one and every batch gets enough of them for its k-statistics."""
    fewest = fewest_samples(order)
    if isinstance(samples, bool) or not isinstance(samples, (int, np.integer)) or samples < fewest:
        raise InvalidInput(
            f"samples={samples!r} cannot be used; cumulants of order {order} with standard errors need an "
            f"integer >= {fewest}"
        )
    if samples > MOST_SAMPLES:
        raise InvalidInput(f"samples={samples!r} would take years; give at most {MOST_SAMPLES:,}")
    return int(samples)
