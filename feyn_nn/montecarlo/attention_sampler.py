"""Attention sampled exactly through the token metric."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Label
from feyn_nn._core.observables import FieldObservable, MetricObservable, Observable
from feyn_nn.montecarlo.metric_sampler import metric_entry
from feyn_nn.networks import MultiHeadAttention, Tokens

Array: TypeAlias = NDArray[np.float64]

_CHUNK = 1 << 18  # random numbers held at once, 2 MiB
_ROUNDING = 1e-13  # eigenvalues below this share of the largest are


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadRows:
    """The rows that the followed labels read, and which of them each label sees.

    Parameters
    ----------
    readers : array (labels,)
        The rows that ask.
    rows : array (rows,)
        The rows of their inputs.
    visible : array (labels, rows)
    """

    readers: NDArray[np.int64]
    rows: NDArray[np.int64]
    visible: NDArray[np.bool_]

    @classmethod
    def of(cls, network: MultiHeadAttention, tokens: Tokens, labels: Sequence[Label]) -> ReadRows:
        """Those of some labels.

        Raises
        ------
        InvalidInput
            If the mask does not suit the tokens.
        """
        T, readers = tokens.n_tokens, np.array(labels, dtype=np.int64)
        mask = network.visible(T)
        rows = np.array([own * T + j for own in np.unique(readers // T) for j in range(T)], dtype=np.int64)
        same_input = readers[:, np.newaxis] // T == rows // T
        visible = same_input & mask[readers % T][:, rows % T]
        return cls(readers=readers, rows=rows, visible=visible)


@dataclass(frozen=True, kw_only=True)
class AttentionMetricSampler:
    """Draws Ĝ through the token metric: exact at any size, at a cost that key_dim and value_dim do not enter.

    Queries, keys and values act through r·c scores and a sum over value channels, which are Gaussians and Wishart
    matrices of the ranks of the token metrics; see docs/theory/attention.md.

    Parameters
    ----------
    network : MultiHeadAttention
    inputs : Tokens
    labels : sequence of int
        The rows to follow, in ascending order.

    Examples
    --------
    >>> import numpy as np
    >>> from feyn_nn.networks import MultiHeadAttention, Tokens
    >>> x = Tokens([[[1.0, 0.0], [0.6, 0.8]]])
    >>> net = MultiHeadAttention(key_dim=4, value_dim=4)
    >>> sampler = AttentionMetricSampler(network=net, inputs=x, labels=x.labels)
    >>> sampler.metrics(100, np.random.SeedSequence(0)).shape
    (100, 2, 2)
    """

    network: MultiHeadAttention
    inputs: Tokens
    labels: Sequence[Label]

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
        metrics = self.metrics(samples, seed)
        return np.array([metric_entry(metrics, variable, self.labels) for variable in variables])

    def metrics(self, samples: int, seed: np.random.SeedSequence) -> NDArray[np.float64]:
        """Ĝ of `samples` layers, (samples, labels, labels); a function of the seed alone."""
        from feyn_nn.montecarlo import _attention

        rng, net = np.random.Generator(np.random.SFC64(seed)), self.network
        queries, keys, values = self._factors
        n, visible = len(self.labels), self._rows.visible
        gram = np.zeros((samples, n, n))
        key_freedom, value_freedom = _freedoms(keys, net.key_dim), _freedoms(values, net.value_dim)
        needed = queries.shape[1] * len(key_freedom)
        needed += sum(
            _below(factor, freedom) for factor, freedom in ((keys, key_freedom), (values, value_freedom))
        )
        batch = max(1, _CHUNK // max(needed, 1))
        for start in range(0, samples, batch):
            part = gram[start : start + batch]
            for _ in range(net.heads):
                _attention.add_heads(
                    rng.standard_normal((len(part), needed)),
                    2 * rng.standard_gamma(key_freedom / 2, (len(part), len(key_freedom))),
                    2 * rng.standard_gamma(value_freedom / 2, (len(part), len(value_freedom))),
                    queries,
                    keys,
                    values,
                    visible,
                    net.coupling,
                    net.key_dim**-0.5,
                    net.output_variance / (net.heads * net.value_dim),
                    part,
                )
        _attention.symmetrise(gram)
        return gram

    @cached_property
    def _rows(self) -> ReadRows:
        return ReadRows.of(self.network, self.inputs, self.labels)

    @cached_property
    def _factors(self) -> tuple[Array, Array, Array]:
        """Factors of Σ_Q of the readers, and of Σ_K and Σ_V of the rows read, by their ranks."""
        readers, rows = self._rows.readers, self._rows.rows
        return (
            metric_factor(self.network.query_metric(self.inputs)[np.ix_(readers, readers)]),
            metric_factor(self.network.key_metric(self.inputs)[np.ix_(rows, rows)]),
            metric_factor(self.network.value_metric(self.inputs)[np.ix_(rows, rows)]),
        )


def metric_factor(metric: Array) -> Array:
    """F with F Fᵀ = metric, one column for each direction that it has; equal rows of a metric stay equal."""
    values, vectors = np.linalg.eigh(metric)
    kept = values > _ROUNDING * max(values[-1], 0.0)
    kept[-1] = True  # a metric of zeros is a column of zeros
    factor = vectors[:, kept] * np.sqrt(np.maximum(values[kept], 0.0))
    same = [next(j for j in range(i + 1) if np.array_equal(metric[j], metric[i])) for i in range(len(metric))]
    return np.ascontiguousarray(factor[same])


def _freedoms(factor: Array, channels: int) -> Array:
    """Degrees of freedom along the diagonal of Bartlett's factor."""
    freedoms: Array = channels - np.arange(min(factor.shape[1], channels), dtype=np.float64)
    return freedoms


def _below(factor: Array, freedoms: Array) -> int:
    """How many entries Bartlett's factor has below its diagonal."""
    return sum(factor.shape[1] - 1 - i for i in range(len(freedoms)))


def attention_metric_sampler(
    network: MultiHeadAttention, inputs: Tokens, observables: Sequence[Observable]
) -> AttentionMetricSampler:
    """The sampler through the token metric that follows the labels of some observables."""
    return AttentionMetricSampler(network=network, inputs=inputs, labels=followed(observables))


def followed(observables: Sequence[Observable]) -> tuple[Label, ...]:
    """Every label that an observable has, in ascending order."""
    return tuple(sorted({label for observable in observables for label in observable.labels}))
