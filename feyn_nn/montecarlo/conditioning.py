"""Conditioning on the last layer (Rao–Blackwell): fields measured through the metric, or drawn from it.

Given the metric Ĝ of the last layer its neurons are independent Gaussians, z_i ~ N(0, Ĝ). The average over the
last layer can therefore be done exactly: κ(z_i1α1, …) = Σ κ_k(Ĝ_p1, …) over the pairings that join equal neurons.
What is then measured is the conditional expectation of the field's products, so its variance is never larger
(Rao 1945, Blackwell 1947).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Pair, as_pair, pairs_of, spawned
from feyn_nn._core.observables import FieldObservable, MetricObservable, Observable

Array = NDArray[np.float64]

MOST_LEGS = 10
"""As many legs as a k-statistic has orders, so that what conditioning gains can be measured; they have 945 pairings."""

_SINGULAR = 1e-13  # relative remaining variance that is rounding
_FIELD_STREAM = 2**31  # the child of a block's seed that the fields are drawn from


def gaussian_last_layer(sampler: object) -> bool:
    """Whether the field is Gaussian given Ĝ, as conditioning takes for granted, unless the sampler denies it."""
    return bool(getattr(sampler, "gaussian_readout", True))


def cumulants(observable: Observable, *, conditioned: bool) -> Counter[tuple[Observable, ...]]:
    """The joint cumulants of single metrics and fields that sum to an observable, with multiplicities.

    Raises
    ------
    InvalidInput
        If a field correlator has too many legs for its pairings to be listed.
    """
    if not conditioned or isinstance(observable, MetricObservable):
        return Counter([observable.parts()])
    if observable.order > MOST_LEGS:
        raise InvalidInput(
            f"a correlator of {observable.order} legs was asked for; give at most {MOST_LEGS} legs"
        )
    return Counter(MetricObservable(pairs).parts() for pairs in observable.pairings())


def metrics_behind(fields: Iterable[Observable]) -> tuple[MetricObservable, ...]:
    """The single metrics that the covariances of all single fields consist of."""
    labels = _labels(field for field in fields if isinstance(field, FieldObservable))
    pairs = sorted({pair for own in labels.values() for pair in pairs_of(own)})
    return tuple(MetricObservable([pair]) for pair in pairs)


def draw_fields(
    metrics: Mapping[Pair, Array], fields: Sequence[FieldObservable], seed: np.random.SeedSequence
) -> dict[Observable, Array]:
    """Draw single fields z_iα from N(0, Ĝ), one sample for each sampled metric.

    Parameters
    ----------
    metrics : mapping from pairs to arrays (samples,)
        Holds `metrics_behind(fields)`.
    fields : sequence of FieldObservable
        Each of one leg.
    seed : SeedSequence
        That of the block.

    Returns
    -------
    dict from fields to arrays (samples,)
    """
    rng = np.random.Generator(np.random.SFC64(spawned(seed, _FIELD_STREAM)))
    found: dict[Observable, Array] = {}
    for neuron, labels in sorted(_labels(fields).items()):
        for label, z in zip(labels, _gaussian(metrics, labels, rng), strict=True):
            found[FieldObservable([(neuron, label)])] = z
    return found


def _labels(fields: Iterable[FieldObservable]) -> dict[int, list[int]]:
    """The labels at which each neuron is asked for, ascending."""
    found: dict[int, set[int]] = {}
    for field in fields:
        for neuron, label in field.legs:
            found.setdefault(neuron, set()).add(label)
    return {neuron: sorted(labels) for neuron, labels in found.items()}


def _gaussian(metrics: Mapping[Pair, Array], labels: Sequence[int], rng: np.random.Generator) -> list[Array]:
    """Correlated Gaussians by Cholesky, all samples at once; a variable that others determine gets no noise."""
    size = metrics[labels[0], labels[0]].size
    noise = rng.standard_normal((len(labels), size))
    factor: dict[tuple[int, int], Array] = {}
    fields = []
    for i, a in enumerate(labels):
        left = metrics[a, a].copy()
        for k, b in enumerate(labels[:i]):
            inner = metrics[as_pair((a, b))] - sum(
                (factor[i, j] * factor[k, j] for j in range(k)), start=np.zeros(size)
            )
            pivot = factor[k, k]
            factor[i, k] = np.divide(inner, pivot, out=np.zeros(size), where=pivot > 0)
            left -= factor[i, k] ** 2
        factor[i, i] = np.sqrt(np.where(left > _SINGULAR * metrics[a, a], left, 0.0))
        fields.append(sum((factor[i, k] * noise[k] for k in range(i + 1)), start=np.zeros(size)))
    return fields
