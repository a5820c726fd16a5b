"""A validation planned: what is asked for checked, predicted, and its sizes and sample counts chosen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from feyn_nn._core import InvalidInput, RandomSource, reproducible
from feyn_nn._core.observables import Observable, field_observables, metric_observables
from feyn_nn.montecarlo import SAMPLERS, batch_count
from feyn_nn.montecarlo.samplers import sampler_factory
from feyn_nn.networks import MLP, Inputs, MultiHeadAttention, Sequential, Tokens
from feyn_nn.networks.arguments import Layered, Network, check_inputs, check_network
from feyn_nn.networks.attention import SIZES
from feyn_nn.networks.checks import LARGEST, entries, integer, is_single
from feyn_nn.networks.token_tables import checked_sizes
from feyn_nn.theory.attention.cumulant import MOST_LOOPS as MOST_KEY_LOOPS
from feyn_nn.validation.campaign import Campaign
from feyn_nn.validation.design import Design
from feyn_nn.validation.existence import check_meaning, require_sum
from feyn_nn.validation.planning import choose
from feyn_nn.validation.predict import predict
from feyn_nn.validation.sizes import Sizes

FEWEST_SAMPLES = 10_000
"""Fewer networks at a width leave k-statistics so skewed that right theories fail too often."""

MOST_NEURONS = 1e14
MOST_LOOPS = 4


def plan(
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
    sizes: Any = None,
) -> Campaign:
    """Predict every observable and choose what to sample; nothing is sampled yet.

    The arguments are those of :func:`feyn_nn.validate`, and what it raises.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=3, width=16, activation="tanh")
    >>> campaign = plan(net, fnn.Inputs.from_metric([[1.0]]), pairs=[(0, 0), (0, 0)], loops=1)
    >>> campaign.design.widths
    (12, 18, 24)
    """
    check_network(network)
    check_inputs(inputs, network)
    network = _supported(network)
    observables = _observables(inputs.labelled(pairs), inputs.labelled(legs))
    each = _loops(loops, len(observables), network)
    _check_sampler(sampler)
    if isinstance(network, MLP):
        require_sum(network)
    where = (
        _attention_sizes(widths, sizes)
        if isinstance(network, MultiHeadAttention)
        else _widths(network, widths)
    )
    count = None if samples is None else _samples(samples)
    root = reproducible(rng)
    predictions = predict(network, inputs, observables, each)
    design = choose(network, inputs, predictions, where, sampler, samples=count)
    _check_cost(design, len(observables))
    for prediction in predictions:
        check_meaning(prediction, design)
    return Campaign(
        network=network,
        inputs=inputs,
        predictions=tuple(predictions),
        loops=tuple(each),
        design=design,
        seed=root,
        sampler=sampler,
    )


def _samples(samples: Any) -> int:
    count = integer("samples", samples, least=-LARGEST)  # an integer; too few are too few for one reason
    if count < FEWEST_SAMPLES:
        raise InvalidInput(
            f"samples={count} are too few: estimates of cumulants from fewer than {FEWEST_SAMPLES:,} networks are so"
            f" skewed that their standard errors, and the verdict, mean little; give at least {FEWEST_SAMPLES}, or"
            " leave samples out to have them chosen"
        )
    return count


def _supported(network: Network) -> Layered | MultiHeadAttention:
    if isinstance(network, Sequential):
        raise InvalidInput(
            "validate takes one MLP, Feedforward or MultiHeadAttention; compare metric_cumulant and simulate for"
            " Sequential"
        )
    return network


def _check_sampler(sampler: str) -> None:
    sampler_factory(sampler)  # refuses what it does not know
    if sampler not in SAMPLERS:
        raise InvalidInput(
            f'sampler={sampler!r}: theory is that of Gaussian weights; give "metric" or "weights", and measure'
            " weights of another law with simulate"
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


def _loops(loops: Any, count: int, network: Layered | MultiHeadAttention) -> list[int]:
    most = MOST_KEY_LOOPS if isinstance(network, MultiHeadAttention) else MOST_LOOPS
    given = [integer("loops", own, least=0) for own in ([loops] * count if is_single(loops) else loops)]
    if max(given, default=0) > most:
        raise InvalidInput(f"loops={max(given)} is more than can be judged; give at most {most}")
    if len(given) != count:
        raise InvalidInput(
            f"loops has {len(given)} entries for {count} observables; give one integer or one each"
        )
    return given


def _widths(network: Layered, widths: Any) -> list[Sizes] | None:
    if widths is None:
        return None
    if not network.widths:
        raise InvalidInput("a network of depth 1 has no hidden layer to resize; leave widths out")
    given = [widths] if is_single(widths) else widths
    found = entries("widths", given, partial(integer, least=1), example="widths=(16, 32)")
    if not found or len(set(found)) < len(found):
        raise InvalidInput(
            f"widths={list(found)!r}: give one or more different widths, such as widths=(16, 32)"
        )
    for width in found:
        network.with_width(width)
    return [{"n": width} for width in found]


def _attention_sizes(widths: Any, sizes: Any) -> list[Sizes] | None:
    if widths is not None:
        raise InvalidInput("attention has no widths; give sizes=[(heads, value_dim, key_dim), …]")
    if sizes is None:
        return None
    return [dict(zip(SIZES, own, strict=True)) for own in checked_sizes(sizes)]


def _check_cost(design: Design, observables: int) -> None:
    """Refuse a run that would never end, or whose batches are too few for a joint test."""
    if design.neurons > MOST_NEURONS:
        raise InvalidInput(
            f"{design.neurons:.1g} neurons would have to be sampled, which takes days;"
            " give smaller widths or samples"
        )
    batches = min(batch_count(run.samples) for run in design.runs)
    if batches < observables + 32:
        raise InvalidInput(
            f"{observables} observables need more than {batches} batches of samples for a joint test;"
            " give more samples or fewer observables"
        )
