"""Layers one after the other, at leading order: each layer's covariance carried to the end by propagators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Powers, pairs_of
from feyn_nn._core.text import subscript
from feyn_nn.networks import Sequential, Tokens
from feyn_nn.networks.checks import integer
from feyn_nn.theory.attention.evaluation import AttentionEvaluation
from feyn_nn.theory.attention.labels import check_tokens, token_pairs

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SequentialCumulant:
    """κ_2(Ĝ_p1, Ĝ_p2) behind a chain of layers, to first order in the inverse of every plate.

    Made by :func:`feyn_nn.metric_cumulant`. Σ_layers J … J V J … J: V is what a layer's own plates make of the metric
    that comes in at infinite sizes, J what the mean of every later layer makes of a small change. Attention counts
    at leading order in 1/key_dim, its value_dim exactly.

    Parameters
    ----------
    network : Sequential
    pairs : tuple or None
        Two pairs of labels (input, token); None for all.
    """

    network: Sequential
    pairs: Any

    @property
    def name(self) -> str:
        """How it is printed."""
        if self.pairs is None:
            return "κ₂(Ĝ)"
        parts = ", ".join("Ĝ" + subscript(",".join(f"{i}.{t}" for i, t in pair)) for pair in self.pairs)
        return f"κ₂({parts})"

    def evaluate(self, tokens: Tokens) -> AttentionEvaluation:
        """Evaluate the coefficient of each layer's plates, named with the number of the layer.

        Parameters
        ----------
        tokens : Tokens

        Raises
        ------
        InvalidInput
            If a label is out of range, a mask does not suit the tokens, or a kernel overflows.
        """
        check_tokens(tokens)
        covariance, errors = _chain(self.network, tokens)[1:]
        total = sum(error * _factor(powers, self.network.sizes) for powers, error in errors.items())
        pick = self._picked(tokens)
        return AttentionEvaluation(
            name=self.name,
            coefficients={powers: pick(value) for powers, value in covariance.items()},
            errors={powers: pick(error) for powers, error in errors.items()},
            sizes=self.network.sizes,
            exact_key_dim=False,
            total_error=pick(np.asarray(total)),
        )

    def _picked(self, tokens: Tokens) -> Any:
        if self.pairs is None:
            return lambda array: array
        numbers = {pair: i for i, pair in enumerate(pairs_of(range(tokens.n_rows)))}
        rows = [sorted(map(int, pair)) for pair in tokens.labelled(self.pairs)]
        p, q = (numbers[a, b] for a, b in rows)
        return lambda array: float(array[p, q])

    def __repr__(self) -> str:
        return f"{self.name} at leading order of {self.network!r}"


def sequential_cumulant(
    network: Sequential, *, pairs: Any = None, rank: int | None = None, loops: int
) -> SequentialCumulant:
    """Prepare the covariance of the metric behind a chain of layers; see :func:`feyn_nn.metric_cumulant`.

    Raises
    ------
    InvalidInput
        If something else than two metrics at zero loops is asked for.
    """
    chosen = None if pairs is None else token_pairs(pairs)
    order = rank if chosen is None else len(chosen)
    if order != 2 or integer("loops", loops, least=0) > 0 or (pairs is None) == (rank is None):
        raise InvalidInput("a Sequential is computed at leading order for two metrics; give rank=2, loops=0")
    return SequentialCumulant(network=network, pairs=chosen)


def sequential_kernel(network: Sequential, tokens: Tokens) -> Array:
    """The metric behind the last layer at infinite sizes, shape (n_rows, n_rows).

    Raises
    ------
    InvalidInput
        If a mask does not suit the tokens, or a kernel overflows.
    """
    check_tokens(tokens)
    return _chain(network, tokens)[0]


def _chain(network: Sequential, tokens: Tokens) -> tuple[Array, dict[Powers, Array], dict[Powers, Array]]:
    """The metric at the end, and covariance and errors by powers of all plates passed on the way."""
    from feyn_nn.kernels.layer_cumulants import layer_cumulants

    metric = np.array(tokens.metric)
    covariance: dict[Powers, Array] = {}
    errors: dict[Powers, Array] = {}
    for number, layer in enumerate(network.layers, start=1):
        own = layer_cumulants(layer, metric, tokens.n_tokens)
        J, size = own.propagator, np.abs(own.propagator)
        for powers, value in covariance.items():
            moved = np.abs(value) @ size.T
            errors[powers] = size @ errors[powers] @ size.T + own.propagator_error @ moved
            errors[powers] += (own.propagator_error @ moved).T
            covariance[powers] = J @ value @ J.T
        for powers, value in own.covariance.items():
            covariance[_numbered(powers, number)] = value
            errors[_numbered(powers, number)] = own.errors[powers]
        metric = own.mean
    return metric, covariance, errors


def _numbered(powers: Powers, number: int) -> Powers:
    return Powers(**{f"{name}_{number}": power for name, power in powers.items()})


def _factor(powers: Powers, sizes: dict[str, int]) -> float:
    return float(np.prod([float(sizes[name]) ** -power for name, power in powers.items()]))
