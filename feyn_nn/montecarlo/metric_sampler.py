"""The exact metric process: networks sampled through Ĝ, without their weight matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Label
from feyn_nn._core.observables import FieldObservable, MetricObservable, Observable
from feyn_nn.montecarlo.deviates import Deviates
from feyn_nn.montecarlo.vectorised import in_place
from feyn_nn.networks import DenseLayer, Inputs
from feyn_nn.networks.arguments import Layered

_CHUNK = (
    1 << 15
)  # normals drawn at once, 256 KiB: a chunk stays in the cache from its draw to its Gram matrix


MOST_ENTRIES = 1 << 22
"""Entries of metrics held at once, 32 MiB: those of a whole block for up to 32 inputs."""


@singledispatch
def metric_step(layer: Any, metrics: NDArray[np.float64], rng: Deviates) -> NDArray[np.float64]:
    """Draw the metric behind a layer given the one before it, for a batch of networks.

    Register a function here for each type of layer.

    Parameters
    ----------
    layer : DenseLayer
        The layer Ĝ^ℓ → Ĝ^{ℓ+1}.
    metrics : array (samples, B, B)
        Ĝ^ℓ of each network.
    rng : Deviates

    Returns
    -------
    array (samples, B, B)
        Ĝ^{ℓ+1} = C_b + (C_W/n_ℓ) Σ_j σ(z_j) σ(z_j)ᵀ with z_j ~ N(0, Ĝ^ℓ), j = 1 … n_ℓ.

    Raises
    ------
    InvalidInput
        If no sampler is registered for this type of layer.
    """
    raise InvalidInput(f"a layer of type {type(layer).__name__} has no metric sampler; use sampler='weights'")


@metric_step.register
def _(layer: DenseLayer, metrics: NDArray[np.float64], rng: Deviates) -> NDArray[np.float64]:
    from feyn_nn.montecarlo import _gaussian

    samples, n, _ = metrics.shape
    factors, order = np.empty_like(metrics), np.empty((samples, n), dtype=np.int64)
    _gaussian.factorise(metrics, factors, order)
    gram = np.full_like(metrics, layer.offset)
    neurons = min(layer.width, max(64, _CHUNK // n))
    batch = max(1, _CHUNK // (n * neurons))
    noise, activate = rng.room(batch * n * neurons), in_place(layer.activation)
    for start in range(0, samples, batch):
        part = slice(start, start + batch)
        for first in range(0, layer.width, neurons):
            shape = (gram[part].shape[0], n, min(neurons, layer.width - first))
            flat = noise[: shape[0] * shape[1] * shape[2]]
            z = rng.normal(flat).reshape(shape)
            _gaussian.correlate(z, factors[part])
            activate(flat)
            _gaussian.add_gram(z, order[part], layer.scale / layer.width, gram[part])
    return gram


def require_finite(values: NDArray[np.float64], layer: int, depth: int) -> None:
    """Stop where the activations of sampled networks leave the range of floats.

    Raises
    ------
    InvalidInput
        If a value is infinite or not a number.
    """
    if not np.isfinite(values).all():
        raise InvalidInput(
            f"sampled networks overflow: layer {layer} of {depth} is not finite; "
            "use a smaller weight_variance, fewer layers or smaller inputs"
        )


@dataclass(frozen=True, kw_only=True)
class MetricSampler:
    """Draws Ĝ^L of independent networks layer by layer: exact at any width, O(L n B²) for each network.

    Field cumulants are measured conditioned on the last layer: given Ĝ^L the neurons are Gaussian, so
    κ(z…) = Σ_pairings κ_k(Ĝ…) exactly, and the noise of the last Gaussian layer never enters.

    Parameters
    ----------
    network : MLP or Feedforward
    inputs : Inputs
    labels : sequence of int
        The inputs to follow, in ascending order. The law of some inputs does not depend on the others, so
        the rest are left out.

    Examples
    --------
    >>> import numpy as np
    >>> from feyn_nn.networks import MLP, Inputs
    >>> net = MLP(depth=3, width=16, activation="tanh")
    >>> sampler = MetricSampler(network=net, inputs=Inputs([[1.0, 2.0]]), labels=(0,))
    >>> sampler.metrics(1000, np.random.SeedSequence(0)).shape
    (1000, 1, 1)
    """

    network: Layered
    inputs: Inputs
    labels: Sequence[Label]

    @property
    def gaussian_readout(self) -> bool:
        """Whether the field given Ĝ^L is Gaussian: it is."""
        return True

    def terms(self, observable: Observable) -> Counter[tuple[Observable, ...]]:
        """The cumulants of single metrics that make up an observable, with their multiplicities."""
        if isinstance(observable, FieldObservable):
            return Counter(MetricObservable(pairs).parts() for pairs in observable.pairings())
        return Counter([observable.parts()])

    def metrics(self, samples: int, seed: np.random.SeedSequence) -> NDArray[np.float64]:
        """Ĝ^L of `samples` networks, (samples, B, B) with B followed inputs; a function of the seed alone."""
        *_, last = self.layers(samples, seed)
        return last

    def layers(self, samples: int, seed: np.random.SeedSequence) -> Iterator[NDArray[np.float64]]:
        """Yield Ĝ¹, …, Ĝ^L of `samples` networks, each (samples, B, B)."""
        return self._layers(samples, Deviates(seed))

    def _layers(self, samples: int, rng: Deviates) -> Iterator[NDArray[np.float64]]:
        first = self.network.first_metric(self.inputs)[np.ix_(self.labels, self.labels)]
        require_finite(first, 1, self.network.depth)
        metrics = np.repeat(first[np.newaxis], samples, axis=0)
        yield metrics
        for number, layer in enumerate(self.network.layers, start=2):
            metrics = metric_step(layer, metrics, rng)
            require_finite(metrics, number, self.network.depth)
            yield metrics

    def values(
        self, samples: int, seed: np.random.SeedSequence, variables: Sequence[Observable]
    ) -> NDArray[np.float64]:
        """Sampled values of single metrics, (variables, samples); many inputs in parts, to bound the memory."""
        rng, found = Deviates(seed), np.empty((len(variables), samples))
        step = max(1, MOST_ENTRIES // max(len(self.labels), 1) ** 2)
        for start in range(0, samples, step):
            part = found[:, start : start + step]
            *_, metrics = self._layers(part.shape[1], rng)
            for row, variable in zip(part, variables, strict=True):
                row[:] = metric_entry(metrics, variable, self.labels)
        return found


def metric_entry(
    metrics: NDArray[np.float64], variable: Observable, labels: Sequence[Label]
) -> NDArray[np.float64]:
    """One entry Ĝ_αβ of sampled metrics whose rows are the inputs `labels`."""
    assert isinstance(variable, MetricObservable)
    ((a, b),) = variable.pairs
    entry: NDArray[np.float64] = metrics[:, labels.index(a), labels.index(b)]
    return entry
