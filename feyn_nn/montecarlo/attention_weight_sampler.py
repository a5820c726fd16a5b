"""Attention sampled with explicit weight matrices: the definition of the ensemble."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Label, spawned
from feyn_nn._core.observables import FieldObservable, Observable
from feyn_nn.montecarlo.attention_sampler import ReadRows, followed, metric_factor
from feyn_nn.montecarlo.metric_sampler import metric_entry
from feyn_nn.networks import MultiHeadAttention, Tokens

Array: TypeAlias = NDArray[np.float64]

_CHUNK = 1 << 20  # weights held at once, 8 MiB


@dataclass(frozen=True, kw_only=True)
class AttentionWeightSampler:
    """Draws W_Q, W_K, W_V and W_O of every head and runs the layer: the definition of the ensemble.

    Tokens known by their metric alone are first written as vectors of as many features as its rank.

    Parameters
    ----------
    network : MultiHeadAttention
    inputs : Tokens
    labels : sequence of int
        The rows to follow, in ascending order.
    neurons : sequence of int
        The output neurons whose fields are asked for, in ascending order.
    """

    network: MultiHeadAttention
    inputs: Tokens
    labels: Sequence[Label]
    neurons: Sequence[int] = ()

    @property
    def gaussian_readout(self) -> bool:
        """Whether the field is Gaussian given Ĝ, so that its cumulants may be measured conditioned on it."""
        return True

    def terms(self, observable: Observable) -> Counter[tuple[Observable, ...]]:
        """The observable itself: metrics and fields are both sampled."""
        parts: tuple[Observable, ...] = observable.parts()
        return Counter([parts])

    def values(
        self, samples: int, seed: np.random.SeedSequence, variables: Sequence[Observable]
    ) -> NDArray[np.float64]:
        """Sampled values of single metrics and field legs, (variables, samples)."""
        metrics, fields = self.layers(samples, seed)
        rows = []
        for variable in variables:
            if isinstance(variable, FieldObservable):
                ((neuron, label),) = variable.legs
                rows.append(fields[:, self.labels.index(label), self.neurons.index(neuron)])
            else:
                rows.append(metric_entry(metrics, variable, self.labels))
        return np.array(rows)

    def layers(self, samples: int, seed: np.random.SeedSequence) -> tuple[Array, Array]:
        """Run `samples` layers.

        Returns
        -------
        metrics : array (samples, labels, labels)
            Ĝ = C_O/(N_h d_v) Σ_{h,c} O^h_c O^h_cᵀ.
        fields : array (samples, labels, neurons)
            z = W_O O √(C_O/(N_h d_v)), its weights from a stream of their own.
        """
        rng, output_rng = (np.random.Generator(np.random.SFC64(spawned(seed, i))) for i in range(2))
        net, n = self.network, len(self.labels)
        metrics, fields = np.zeros((samples, n, n)), np.zeros((samples, n, len(self.neurons)))
        scale = net.output_variance / (net.heads * net.value_dim)
        batch = max(1, _CHUNK // (self._features.shape[1] * (2 * net.key_dim + net.value_dim)))
        for start in range(0, samples, batch):
            part = slice(start, min(start + batch, samples))
            count = part.stop - part.start
            for _ in range(net.heads):
                outputs = self._head(count, rng)
                metrics[part] += scale * (outputs @ outputs.transpose(0, 2, 1))
                if self.neurons:
                    readout = output_rng.standard_normal((count, net.value_dim, len(self.neurons)))
                    fields[part] += np.sqrt(scale) * (outputs @ readout)
        return metrics, fields

    def _head(self, count: int, rng: np.random.Generator) -> Array:
        """Outputs O of one head, (count, labels, value_dim)."""
        from feyn_nn.montecarlo import _attention

        net, x = self.network, self._features
        readers = np.searchsorted(self._rows.rows, self._rows.readers)

        def through(rows: Array, variance: float, channels: int) -> Array:
            weights = rng.standard_normal((count, x.shape[1], channels))
            return np.asarray(np.sqrt(variance / x.shape[1]) * (rows @ weights))

        q = through(x[readers], net.query_variance, net.key_dim)
        k = through(x, net.key_variance, net.key_dim)
        v = through(x, net.value_variance, net.value_dim)
        scores = np.ascontiguousarray(q @ k.transpose(0, 2, 1)) * net.key_dim**-0.5
        _attention.attend(scores, self._rows.visible, net.coupling)
        return np.asarray(scores @ v)

    @cached_property
    def _rows(self) -> ReadRows:
        return ReadRows.of(self.network, self.inputs, self.labels)

    @cached_property
    def _features(self) -> Array:
        """The vectors of the rows read, (rows, features)."""
        if self.inputs.values is None:
            factor = metric_factor(self.inputs.metric)
            vectors = factor * np.sqrt(factor.shape[1])
        else:
            vectors = self.inputs.values.reshape(self.inputs.n_rows, -1)
        return np.asarray(vectors[self._rows.rows])


def attention_weight_sampler(
    network: MultiHeadAttention, inputs: Tokens, observables: Sequence[Observable]
) -> AttentionWeightSampler:
    """The sampler with explicit weights that follows the labels and neurons of some observables."""
    fields = [observable for observable in observables if isinstance(observable, FieldObservable)]
    neurons = tuple(sorted({neuron for field in fields for neuron in field.neurons}))
    return AttentionWeightSampler(
        network=network, inputs=inputs, labels=followed(observables), neurons=neurons
    )
