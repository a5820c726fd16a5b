"""Histograms of the field at one input, for each layer."""

from __future__ import annotations

from functools import singledispatch
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.montecarlo.metric_sampler import MetricSampler
from feyn_nn.montecarlo.weight_sampler import WeightSampler

Array: TypeAlias = NDArray[np.float64]

_TINY = 1e-300


@singledispatch
def bin_fractions(sampler: Any, samples: int, seed: np.random.SeedSequence, edges: Array) -> Array:
    """The probability of each bin, estimated from a block of networks: register one for each sampler.

    Parameters
    ----------
    sampler : MetricSampler or WeightSampler
        Follows one input.
    samples : int
    seed : SeedSequence
    edges : array (layers, bins + 1)

    Returns
    -------
    array (layers, bins)

    Raises
    ------
    InvalidInput
        If the sampler has no histograms.
    """
    raise InvalidInput(f"{type(sampler).__name__} has no histograms; use sampler='metric' or 'weights'")


@bin_fractions.register
def _(sampler: MetricSampler, samples: int, seed: np.random.SeedSequence, edges: Array) -> Array:
    """Given its metric the field is Gaussian, so the mean of that Gaussian's bin probabilities has no other noise."""
    from scipy.special import ndtr

    fractions = np.empty((edges.shape[0], edges.shape[1] - 1))
    for layer, metrics in enumerate(sampler.layers(samples, seed)):
        spread = np.sqrt(np.maximum(metrics[:, 0, 0], _TINY))
        below = np.array([ndtr(edge / spread).mean() for edge in edges[layer]])
        fractions[layer] = np.diff(below)
    return fractions


@bin_fractions.register
def _(sampler: WeightSampler, samples: int, seed: np.random.SeedSequence, edges: Array) -> Array:
    """Counts of all the neurons of a layer; those of one network share its metric, but blocks of networks do not."""
    layers, bins = edges.shape[0], edges.shape[1] - 1
    counts, neurons = np.zeros((layers, bins)), np.zeros((layers, 1))
    for number, fields in sampler.layers(samples, seed):
        counts[number - 1] += np.histogram(fields, bins=edges[number - 1])[0]
        neurons[number - 1] += fields.size
    return counts / neurons
