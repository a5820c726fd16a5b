"""Histograms of the field at one input, for each layer, that merge without loss of precision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.montecarlo.metric_sampler import MetricSampler
from feyn_nn.montecarlo.weight_sampler import WeightSampler

Array: TypeAlias = NDArray[np.float64]

_TINY = 1e-300


@dataclass(frozen=True, kw_only=True, eq=False)
class HistogramMoments:
    """Weighted mean and scatter of the bin probabilities that blocks of networks have given so far.

    Merging follows Chan, Golub and LeVeque (1979): only differences of means are squared.

    Parameters
    ----------
    blocks : int
        The number of blocks.
    weight : float
        How many networks they held.
    mean : array (layers, bins)
        The weighted mean of the blocks.
    scatter : array (layers, bins, bins)
        Σ_blocks w (x − mean)(x − mean)ᵀ of each layer.
    """

    blocks: int
    weight: float
    mean: Array
    scatter: Array

    @classmethod
    def of(cls, fractions: Array, networks: int) -> HistogramMoments:
        """The moments of one block."""
        layers, bins = fractions.shape
        return cls(blocks=1, weight=networks, mean=fractions, scatter=np.zeros((layers, bins, bins)))

    def merge(self, other: HistogramMoments) -> HistogramMoments:
        """The moments of the blocks of both."""
        weight, step = self.weight + other.weight, other.mean - self.mean
        spread = step[:, :, np.newaxis] * step[:, np.newaxis] * (self.weight * other.weight / weight)
        return HistogramMoments(
            blocks=self.blocks + other.blocks,
            weight=weight,
            mean=self.mean + step * (other.weight / weight),
            scatter=self.scatter + other.scatter + spread,
        )

    @property
    def covariance(self) -> Array:
        """The covariance of the mean, (layers, bins, bins), unbiased; of rank blocks − 1 at most."""
        return self.scatter / ((self.blocks - 1) * self.weight)


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
