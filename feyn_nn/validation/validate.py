"""Validation: every order of theory against sampled networks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import scipy.special

from feyn_nn._core import InvalidInput, RandomSource, reproducible, spawned
from feyn_nn._core.observables import (
    FieldObservable,
    MetricObservable,
    Observable,
    field_observables,
    metric_observables,
)
from feyn_nn.montecarlo import SAMPLERS, batch_count, simulate
from feyn_nn.montecarlo.samplers import sampler_factory
from feyn_nn.networks import MLP, Inputs, MultiHeadAttention, Tokens
from feyn_nn.networks.arguments import Network, check_inputs, check_network
from feyn_nn.networks.checks import entries, integer, is_single
from feyn_nn.validation.attention import validate_attention
from feyn_nn.validation.attention_report import AttentionReport
from feyn_nn.validation.comparison import Comparison
from feyn_nn.validation.design import choose
from feyn_nn.validation.existence import require_sum
from feyn_nn.validation.prediction import Prediction, predict
from feyn_nn.validation.report import Report

FEWEST_SAMPLES = 10_000
"""Fewer networks at a width leave k-statistics so skewed that right theories fail too often."""

MOST_NEURONS = 1e14
MOST_LOOPS = 4


def validate(
    network: Network,
    inputs: Inputs | Tokens,
    *,
    pairs: Any = None,
    legs: Any = None,
    loops: int | Sequence[int] = 1,
    widths: Sequence[int] | None = None,
    samples: int | None = None,
    rng: RandomSource = 0,
    sampler: str = "metric",
    workers: int | None = None,
    progress: bool = False,
    sizes: Any = None,
) -> Report | AttentionReport:
    """Compare theory, order by order in 1/n, with sampled networks at several widths.

    Parameters
    ----------
    network : MLP or MultiHeadAttention
        Its widths keep their ratios while the first takes the values of `widths`.
    inputs : Inputs or Tokens
    pairs : list of pairs, or list of such lists, optional
        One or several metric cumulants κ(Ĝ_p1, …); a single pair stands for the mean E[Ĝ].
    legs : list of legs, or list of such lists, optional
        One or several connected correlators of the field.
    loops : int or sequence of int
        All orders through this many loops; a sequence gives each observable its own, `pairs` first.
    widths : sequence of int, optional
        First hidden widths; by default chosen, before any sampling, so that the highest order of each series
        is resolved and the next one is not.
    samples : int, optional
        Networks at each width, at least 10,000; by default chosen in the same way.
    rng : int, SeedSequence, Generator or None
    sampler : {"metric", "weights"}
    workers : int, optional
        Threads.
    progress : bool
        Whether to draw a progress bar on stderr.
    sizes : list of (heads, value_dim, key_dim), optional
        For attention: at which sizes to sample, in place of `widths`.

    Returns
    -------
    Report, or AttentionReport for attention
        Rows, χ², p-value and verdict. The error of theory, which the verdict includes, holds the estimated
        orders left out, so that more samples never turn a right theory into a failure.

    Raises
    ------
    InvalidInput
        If nothing is asked for, an argument is out of range, the mean of what is measured is infinite (exp at
        depth 3 or more), or no affordable run resolves the orders.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=3, width=16, activation="tanh")
    >>> x = fnn.Inputs.from_metric([[1.0]])
    >>> fnn.validate(net, x, pairs=[(0, 0), (0, 0)], loops=1, widths=[16, 24], samples=20_000).verdict
    'pass'
    """
    check_network(network)
    check_inputs(inputs, network)
    observables = _observables(inputs.labelled(pairs), inputs.labelled(legs))
    how: dict[str, Any] = {"sampler": sampler, "workers": workers, "progress": progress}
    if isinstance(network, MultiHeadAttention):
        assert isinstance(inputs, Tokens)
        if widths is not None:
            raise InvalidInput("attention has no widths; give sizes=[(heads, value_dim, key_dim), …]")
        return validate_attention(
            network,
            inputs,
            observables,
            _loops(loops, len(observables)),
            sizes=sizes,
            samples=samples,
            rng=rng,
            **how,
        )
    if not isinstance(network, MLP) or not isinstance(inputs, Inputs):
        raise InvalidInput(
            "validate takes one MLP or MultiHeadAttention; compare metric_cumulant and simulate for Sequential"
        )
    _check_sampler(sampler)
    require_sum(network)
    predictions = predict(network, inputs, observables, _loops(loops, len(observables)))
    sizes = _sizes(network, inputs, predictions, widths, samples, sampler)
    _check_cost(network, sizes, len(observables))
    root = reproducible(rng)
    comparisons = _compared(network, inputs, predictions, sizes, root, how)
    return _report(network, inputs, comparisons, sizes, root)


def _compared(
    network: MLP,
    inputs: Inputs,
    predictions: Sequence[Prediction],
    sizes: dict[int, int],
    root: np.random.SeedSequence,
    how: dict[str, Any],
) -> list[Comparison]:
    """Theory beside a simulation at each width."""
    observables = [prediction.observable for prediction in predictions]
    comparisons = []
    for i, (width, count) in enumerate(sizes.items()):
        measured = simulate(
            network.with_width(width) if network.widths else network,
            inputs,
            pairs=[o.pairs for o in observables if isinstance(o, MetricObservable)] or None,
            legs=[o.legs for o in observables if isinstance(o, FieldObservable)] or None,
            samples=count,
            rng=spawned(root, i),
            conditioned=None
            if how["sampler"] == "metric"
            else False,  # explicit weights judge the last layer too
            **how,
        )
        if not measured.complete:
            raise KeyboardInterrupt
        comparisons.append(Comparison(predictions=tuple(predictions), measured=measured, width=width))
    return comparisons


def _check_sampler(sampler: str) -> None:
    sampler_factory(sampler)  # refuses what it does not know
    if sampler not in SAMPLERS:
        raise InvalidInput(
            f'sampler={sampler!r}: theory is that of Gaussian weights; give "metric" or "weights", and measure'
            " weights of another law with simulate"
        )


def _report(
    network: MLP,
    inputs: Inputs,
    comparisons: Sequence[Comparison],
    sizes: dict[int, int],
    root: np.random.SeedSequence,
) -> Report:
    rows = [row for comparison in comparisons for row in comparison.rows()]
    first = {row.observable: i for i, row in reversed(list(enumerate(rows)))}
    rows.sort(key=lambda row: first[row.observable])
    parts = [comparison.chi2() for comparison in comparisons]
    chi2, dof = sum(part for part, _ in parts), sum(count for _, count in parts)
    return Report(
        network=repr(network),
        inputs=repr(inputs),
        rows=tuple(rows),
        chi2=chi2,
        dof=dof,
        p_value=float(scipy.special.chdtrc(dof, chi2)) if dof else 1.0,
        samples=sizes,
        seed=int(root.entropy),  # type: ignore[arg-type]  # reproducible() made it an int
        sampler=comparisons[0].measured.sampler,
    )


def _observables(pairs: Any, legs: Any) -> list[Observable]:
    found: list[Observable] = []
    found += metric_observables(pairs) if pairs is not None else ()
    found += field_observables(legs) if legs is not None else ()
    if not found:
        raise InvalidInput("nothing to validate; give pairs=[(0, 0)] or legs=[(0, 0), (0, 0)]")
    if len(set(found)) < len(found):
        raise InvalidInput("an observable is given twice; give each once")
    return found


def _loops(loops: Any, count: int) -> list[int]:
    given = [integer("loops", own, least=0) for own in ([loops] * count if is_single(loops) else loops)]
    if max(given) > MOST_LOOPS:
        raise InvalidInput(f"loops={max(given)} needs one order more to judge; give at most {MOST_LOOPS}")
    if len(given) != count:
        raise InvalidInput(
            f"loops has {len(given)} entries for {count} observables; give one integer or one each"
        )
    return given


def _sizes(
    network: MLP,
    inputs: Inputs,
    predictions: Sequence[Prediction],
    widths: Sequence[int] | None,
    samples: int | None,
    sampler: str,
) -> dict[int, int]:
    """How many networks to sample at each width."""
    if samples is not None:
        samples = integer("samples", samples, least=FEWEST_SAMPLES)
    if not network.widths:
        if widths is not None:
            raise InvalidInput("a network of depth 1 has no hidden layer to resize; leave widths out")
        return {1: samples or FEWEST_SAMPLES}
    if widths is not None:
        widths = _checked_widths(network, widths)
    if widths is not None and samples is not None:
        return dict.fromkeys(widths, samples)
    design = choose(network, inputs, predictions, widths, sampler)
    return dict.fromkeys(design.widths, design.samples if samples is None else samples)


def _check_cost(network: MLP, sizes: dict[int, int], observables: int) -> None:
    """Refuse a run that would never end, or whose batches are too few for a joint test."""
    neurons = sum(width * count for width, count in sizes.items()) * float(sum(network.width_ratios))
    if neurons > MOST_NEURONS:
        raise InvalidInput(
            f"{neurons:.1g} neurons would have to be sampled, which takes days; give smaller widths or samples"
        )
    batches = min(batch_count(samples) for samples in sizes.values())
    if batches < observables + 32:
        raise InvalidInput(
            f"{observables} observables need more than {batches} batches of samples for a joint test;"
            " give more samples or fewer observables"
        )


def _checked_widths(network: MLP, widths: Any) -> tuple[int, ...]:
    given = [widths] if is_single(widths) else widths
    found = entries("widths", given, partial(integer, least=1), example="widths=(16, 32)")
    if not found or len(set(found)) < len(found):
        raise InvalidInput(
            f"widths={list(found)!r}: give one or more different widths, such as widths=(16, 32)"
        )
    for width in found:
        network.with_width(width)
    return found
