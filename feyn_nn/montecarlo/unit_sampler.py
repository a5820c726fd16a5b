"""The exact metric process of layers that state what one unit computes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core.observables import Observable
from feyn_nn.montecarlo.deviates import Deviates
from feyn_nn.montecarlo.metric_sampler import MetricSampler, metric_step
from feyn_nn.networks import Feedforward, Inputs, UnitLayer

_CHUNK = 1 << 15  # preactivations at once, as for neurons


@metric_step.register
def _(layer: UnitLayer, metrics: NDArray[np.float64], rng: Deviates) -> NDArray[np.float64]:
    from feyn_nn.montecarlo import _gaussian

    samples, n, _ = metrics.shape
    factors, order = np.empty_like(metrics), np.empty((samples, n), dtype=np.int64)
    _gaussian.factorise(metrics, factors, order)
    gram = np.full_like(metrics, layer.offset)
    units = min(layer.width, max(64, _CHUNK // n))
    batch = max(1, _CHUNK // (n * units))
    for start in range(0, samples, batch):
        part = slice(start, start + batch)
        for first in range(0, layer.width, units):
            count = min(units, layer.width - first)
            outputs = _outputs(layer, factors[part], count, rng)
            _gaussian.add_gram(outputs, order[part], layer.scale / layer.width, gram[part])
    return gram


def _outputs(
    layer: UnitLayer, factors: NDArray[np.float64], units: int, rng: Deviates
) -> NDArray[np.float64]:
    """Outputs of independent units, (samples, inputs, units), the inputs in the order of the factors."""
    from feyn_nn.montecarlo import _gaussian

    samples, n, _ = factors.shape
    arrays = []
    for _ in range(layer.latents):
        z = rng.normal(np.empty((samples, n, units)))
        _gaussian.correlate(z, factors)
        arrays.append(z)
    arrays += [rng.normal(np.empty((samples, 1, units))) for _ in range(layer.shared)]
    return np.ascontiguousarray(layer.outputs(arrays))


def unit_sampler(network: Feedforward, inputs: Inputs, observables: Sequence[Observable]) -> MetricSampler:
    """The sampler of layers of any kind; only the inputs that are observed are followed."""
    labels = tuple(sorted({label for observable in observables for label in observable.labels}))
    return MetricSampler(network=network, inputs=inputs, labels=labels)
