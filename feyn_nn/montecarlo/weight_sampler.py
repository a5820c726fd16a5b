"""Networks sampled with explicit weight matrices and biases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Label, spawned
from feyn_nn._core.observables import FieldObservable, Observable
from feyn_nn.montecarlo.deviates import Deviates
from feyn_nn.montecarlo.metric_sampler import MOST_ENTRIES, metric_entry, require_finite
from feyn_nn.montecarlo.vectorised import in_place
from feyn_nn.montecarlo.weight_law import GAUSSIAN, WeightLaw, weight_law
from feyn_nn.networks import MLP, Inputs

_CHUNK = 1 << 16  # weights drawn at once, 512 KiB: they stay in the second-level cache


@dataclass(frozen=True, kw_only=True)
class WeightSampler:
    """Draws every weight and bias and runs the networks: the definition of the ensemble, O(L n²) per network.

    Slower and noisier than the metric process, and independent of it. If the inputs are given as a
    first-layer metric there is no vector to multiply: the preactivations of each neuron of layer 1 are then
    drawn from N(0, Ĝ¹), which is the law that Gaussian weights would give them.

    Parameters
    ----------
    network : MLP
    inputs : Inputs
    labels : sequence of int
        The inputs to follow, in ascending order.
    neurons : sequence of int
        The neurons of the last layer whose fields are asked for, in ascending order.
    weight_law : WeightLaw or str
        The law of every weight, of the readout too, scaled to variance C_W; biases are Gaussian. Theory here is
        that of Gaussian weights: another law changes cumulants at the order 1/n.

    Raises
    ------
    InvalidInput
        If the law is unknown, or is not Gaussian where only a first-layer metric is given.

    Examples
    --------
    >>> import numpy as np
    >>> from feyn_nn.networks import MLP, Inputs
    >>> net = MLP(depth=3, width=16, activation="tanh")
    >>> sampler = WeightSampler(network=net, inputs=Inputs([[1.0, 2.0]]), labels=(0,), neurons=(0, 1))
    >>> sampler.networks(100, np.random.SeedSequence(0))[1].shape
    (100, 1, 2)
    """

    network: MLP
    inputs: Inputs
    labels: Sequence[Label]
    neurons: Sequence[int] = ()
    weight_law: WeightLaw | str = field(default=GAUSSIAN)

    def __post_init__(self) -> None:
        law = weight_law(self.weight_law)
        object.__setattr__(self, "weight_law", law)
        if law != GAUSSIAN and self.inputs.values is None:
            raise InvalidInput(
                f"weight law {law.name!r} needs input vectors, and these inputs are a first-layer metric; give"
                " Inputs(values), or weight_law='gaussian'"
            )

    @property
    def gaussian_readout(self) -> bool:
        """Whether the field given Ĝ^L is Gaussian, as it is only for Gaussian weights."""
        return self.weight_law == GAUSSIAN

    def terms(self, observable: Observable) -> Counter[tuple[Observable, ...]]:
        """The observable itself: metrics and fields are both sampled."""
        parts: tuple[Observable, ...] = observable.parts()
        return Counter([parts])

    def networks(
        self, samples: int, seed: np.random.SeedSequence
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Run `samples` networks.

        Returns
        -------
        metrics : array (samples, B, B)
            Ĝ^L = C_b + (C_W/n) σσᵀ of the last hidden layer.
        fields : array (samples, B, neurons)
            z^L from explicit output weights and biases, drawn from a stream of their own: the metrics do not
            depend on the neurons asked for.
        """
        return self._networks(samples, *_streams(seed))

    def _networks(
        self, samples: int, hidden_rng: Deviates, output_rng: Deviates
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        batch = self._batch()
        n = len(self.labels)
        metrics, fields = np.empty((samples, n, n)), np.empty((samples, n, len(self.neurons)))
        for start in range(0, samples, batch):
            part = slice(start, min(start + batch, samples))
            hidden = self._last_hidden(part.stop - start, hidden_rng)
            metrics[part] = self._metrics(hidden, part.stop - start)
            if self.neurons:
                fields[part] = self._preactivations(
                    self.network.depth, hidden, len(self.neurons), part.stop - start, output_rng
                )
        return metrics, fields

    def layers(self, samples: int, seed: np.random.SeedSequence) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield (ℓ, z^ℓ) for ℓ = 1 … L, a batch of networks after the other; z^ℓ is (batch, B, n_ℓ neurons).

        The neurons of the last layer are those asked for. Use an array before you ask for the next one: it is
        overwritten.
        """
        rng, batch = Deviates(seed), self._batch()
        for start in range(0, samples, batch):
            size, hidden = min(batch, samples - start), None
            for number, layer in enumerate(self.network.layers, start=1):
                hidden = self._preactivations(number, hidden, layer.width, size, rng)
                require_finite(hidden, number, self.network.depth)
                yield number, hidden
                in_place(layer.activation)(hidden.reshape(-1))
            depth = self.network.depth
            yield depth, self._preactivations(depth, hidden, len(self.neurons), size, rng)

    def values(
        self, samples: int, seed: np.random.SeedSequence, variables: Sequence[Observable]
    ) -> NDArray[np.float64]:
        """Sampled values of single metrics and field legs, (variables, samples); in parts, to bound the memory."""
        streams, found = _streams(seed), np.empty((len(variables), samples))
        batch, held = self._batch(), len(self.labels) * (len(self.labels) + len(self.neurons))
        step = batch * max(1, MOST_ENTRIES // (batch * max(held, 1)))  # whole batches: parts change no draw
        for start in range(0, samples, step):
            part = found[:, start : start + step]
            metrics, fields = self._networks(part.shape[1], *streams)
            for row, variable in zip(part, variables, strict=True):
                row[:] = self._entry(metrics, fields, variable)
        return found

    def _entry(
        self, metrics: NDArray[np.float64], fields: NDArray[np.float64], variable: Observable
    ) -> NDArray[np.float64]:
        """The samples of one metric or field leg."""
        if not isinstance(variable, FieldObservable):
            return metric_entry(metrics, variable, self.labels)
        ((neuron, label),) = variable.legs
        leg: NDArray[np.float64] = fields[:, self.labels.index(label), self.neurons.index(neuron)]
        return leg

    def _batch(self) -> int:
        """How many networks are run side by side, so that the memory of a batch is bounded."""
        widths = self.network.widths
        largest = max((a * b for a, b in pairwise(widths)), default=1)
        return max(1, _CHUNK // max(largest, len(self.labels) * max(widths, default=1)))

    def _last_hidden(self, samples: int, rng: Deviates) -> NDArray[np.float64] | None:
        """Activations of the last hidden layer, (samples, B, n_{L−1}); None if there is no hidden layer."""
        hidden = None
        for number, layer in enumerate(self.network.layers, start=1):
            hidden = self._preactivations(number, hidden, layer.width, samples, rng)
            in_place(layer.activation)(hidden.reshape(-1))
            require_finite(hidden, number, self.network.depth)
        return hidden

    def _metrics(self, hidden: NDArray[np.float64] | None, samples: int) -> NDArray[np.float64]:
        """Ĝ^L behind the last hidden layer, (samples, B, B)."""
        from feyn_nn.montecarlo import _gaussian

        if hidden is None:
            return np.repeat(self._first_metric[np.newaxis], samples, axis=0)
        _, n, width = hidden.shape
        last = self.network.layers[-1]
        gram = np.full((samples, n, n), last.offset)
        _gaussian.add_gram(hidden, np.tile(np.arange(n), (samples, 1)), last.scale / width, gram)
        require_finite(gram, self.network.depth, self.network.depth)
        return gram

    def _preactivations(
        self,
        number: int,
        incoming: NDArray[np.float64] | None,
        rows: int,
        samples: int,
        rng: Deviates,
    ) -> NDArray[np.float64]:
        """Draw `rows` neurons of layer `number`, (samples, B, rows), a bounded part at a time."""
        from feyn_nn.montecarlo import _gaussian

        if incoming is None:
            if self.inputs.values is None:
                return self._from_first_metric(rows, samples, rng)
            incoming = np.ascontiguousarray(self.inputs.values[np.newaxis, list(self.labels)])
        width = incoming.shape[2]
        scale = np.sqrt(self.network.weight_variances[number - 1] / width)
        spread = np.sqrt(self.network.bias_variances[number - 1])
        z = np.empty((samples, len(self.labels), rows))
        step = min(rows, max(1, _CHUNK // (samples * width)))
        room, law = rng.room(samples * step * width), weight_law(self.weight_law)
        for start in range(0, rows, step):
            part = z[:, :, start : start + step]
            weights = room[: samples * part.shape[2] * width].reshape(samples, part.shape[2], width)
            law.fill(rng, weights)
            _gaussian.apply_weights(weights, incoming, scale, part)
        if spread > 0.0:
            z += spread * rng.normal(np.empty((samples, 1, rows)))
        return z

    def _from_first_metric(self, rows: int, samples: int, rng: Deviates) -> NDArray[np.float64]:
        """Preactivations of layer 1 drawn from N(0, Ĝ¹), (samples, B, rows)."""
        from feyn_nn.montecarlo import _gaussian

        first = np.ascontiguousarray(self._first_metric[np.newaxis])
        factor, order = np.empty_like(first), np.empty((1, first.shape[1]), dtype=np.int64)
        _gaussian.factorise(first, factor, order)
        z = rng.normal(np.empty((samples, first.shape[1], rows)))
        _gaussian.correlate(z, factor)
        sorted_z = np.empty_like(z)
        sorted_z[:, order[0]] = z
        return sorted_z

    @property
    def _first_metric(self) -> NDArray[np.float64]:
        first: NDArray[np.float64] = self.network.first_metric(self.inputs)[np.ix_(self.labels, self.labels)]
        return first


def _streams(seed: np.random.SeedSequence) -> tuple[Deviates, Deviates]:
    """What the hidden layers and the readout are drawn from."""
    return Deviates(spawned(seed, 0)), Deviates(spawned(seed, 1))
