"""Sampled chains of layers, metric by metric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core.observables import FieldObservable, MetricObservable, Observable
from feyn_nn.montecarlo.deviates import Deviates
from feyn_nn.montecarlo.metric_sampler import metric_entry, metric_step
from feyn_nn.networks import DenseLayer, MultiHeadAttention, Sequential, Tokens

Array: TypeAlias = NDArray[np.float64]
Step: TypeAlias = Callable[[Array, Deviates], Array]

_BATCH = 512  # layers side by side


@dataclass(frozen=True, kw_only=True)
class SequentialSampler:
    """Draws Ĝ behind the last layer of a chain, layer by layer: a Markov chain of metrics, exact at any size.

    Parameters
    ----------
    network : Sequential
    inputs : Tokens
    """

    network: Sequential
    inputs: Tokens

    @property
    def gaussian_readout(self) -> bool:
        """Whether the field is Gaussian given Ĝ, so that its cumulants may be measured conditioned on it."""
        return True

    def terms(self, observable: Observable) -> Counter[tuple[Observable, ...]]:
        """The cumulants of single metrics that make up an observable, with their multiplicities."""
        if isinstance(observable, FieldObservable):
            return Counter(MetricObservable(pairs).parts() for pairs in observable.pairings())
        return Counter([observable.parts()])

    def values(
        self, samples: int, seed: np.random.SeedSequence, variables: Sequence[Observable]
    ) -> NDArray[np.float64]:
        """Sampled values of single metrics, (variables, samples)."""
        rng, labels = Deviates(seed), range(self.inputs.n_rows)
        found = np.empty((len(variables), samples))
        for start in range(0, samples, _BATCH):
            part = slice(start, min(start + _BATCH, samples))
            metrics = np.repeat(self.inputs.metric[np.newaxis], part.stop - start, axis=0)
            for layer in self.network.layers:
                metrics = self._step(layer)(metrics, rng)
            found[:, part] = [metric_entry(metrics, variable, labels) for variable in variables]
        return found

    def _step(self, layer: Any) -> Step:
        steps: dict[type, Step] = {
            DenseLayer: partial(metric_step, layer),
            MultiHeadAttention: partial(attention_step, layer, self.inputs),
        }
        return steps[type(layer)]


def attention_step(layer: MultiHeadAttention, tokens: Tokens, metrics: Array, rng: Deviates) -> Array:
    """Draw the metric behind attention given the one before it, for a batch of networks, (samples, R, R).

    Queries, keys and values of each head are Gaussians of the incoming metric, channel by channel.
    """
    from feyn_nn.montecarlo import _attention

    sees = np.kron(np.eye(tokens.n_inputs, dtype=bool), layer.visible(tokens.n_tokens))
    values, vectors = np.linalg.eigh(metrics)
    factor = vectors * np.sqrt(np.maximum(values, 0.0))[:, np.newaxis]

    def drawn(variance: float, channels: int) -> Array:
        noise = rng.normal(np.empty((len(metrics), metrics.shape[1], channels)))
        return np.asarray(np.sqrt(variance) * (factor @ noise))

    gram = np.zeros_like(metrics)
    for _ in range(layer.heads):
        q, k = drawn(layer.query_variance, layer.key_dim), drawn(layer.key_variance, layer.key_dim)
        scores = np.ascontiguousarray(q @ k.transpose(0, 2, 1)) * layer.key_dim**-0.5
        _attention.attend(scores, sees, layer.coupling)
        outputs = scores @ drawn(layer.value_variance, layer.value_dim)
        gram += outputs @ outputs.transpose(0, 2, 1)
    return np.asarray(gram * (layer.output_variance / (layer.heads * layer.value_dim)))


def sequential_sampler(
    network: Sequential, inputs: Tokens, observables: Sequence[Observable]
) -> SequentialSampler:
    """The sampler of a chain; every row is followed, since attention may read any."""
    return SequentialSampler(network=network, inputs=inputs)
