"""Leading cumulants of one layer as functions of the metric that it receives: one interface for every type of layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Powers, pairs_of
from feyn_nn.actions import VertexKind
from feyn_nn.networks import DenseLayer, MultiHeadAttention, Tokens
from feyn_nn.networks.sequential import Layer

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerCumulants:
    """What a layer adds to the chain of metrics at leading order, at the metric K that comes in.

    Parameters
    ----------
    mean : array (R, R)
        K', the metric that goes out at infinite sizes.
    propagator : array (P, P)
        J = ∂K'_p/∂K_q over pairs of rows; moving K_γδ, γ < δ, moves K_δγ too.
    covariance : dict of Powers to array (P, P)
        The joint cumulants of two outgoing metrics given K, by the powers of the layer's own plates.
    errors : dict of Powers to array (P, P)
        Numerical errors of the covariance.
    propagator_error : array (P, P)
    """

    mean: Array
    propagator: Array
    covariance: Mapping[Powers, Array]
    errors: Mapping[Powers, Array]
    propagator_error: Array


def layer_cumulants(layer: Layer, metric: Array, n_tokens: int) -> LayerCumulants:
    """The leading cumulants of a layer at a metric over all rows (input, token).

    Parameters
    ----------
    layer : DenseLayer or MultiHeadAttention
    metric : array (R, R)
    n_tokens : int
        Rows of one input.

    Raises
    ------
    InvalidInput
        If no rule is known for this type of layer, or it has no derivative at this metric.
    """
    if type(layer) not in _RULES:
        raise InvalidInput(f"a layer of type {type(layer).__name__} has no cumulants")
    return _RULES[type(layer)](layer, metric, n_tokens)


def _dense(layer: DenseLayer, metric: Array, n_tokens: int) -> LayerCumulants:
    from feyn_nn.kernels.tables import vertex_plan

    pair, propagator = VertexKind(2, 0), VertexKind(1, 1)
    plan = vertex_plan(layer.activation, len(metric), frozenset((pair, propagator)))
    values, errors = plan.expectations.evaluate(metric)
    mean, tables = plan.tables(layer, 1.0, values)
    _, shifted = plan.tables(layer, 1.0, values + errors)
    powers = Powers(width=1)
    return LayerCumulants(
        mean=mean,
        propagator=tables[propagator],
        covariance={powers: tables[pair]},
        errors={powers: np.abs(shifted[pair] - tables[pair])},
        propagator_error=np.abs(shifted[propagator] - tables[propagator]),
    )


def _attention(layer: MultiHeadAttention, metric: Array, n_tokens: int) -> LayerCumulants:
    from feyn_nn.kernels.attention.jacobian import mean_jacobian
    from feyn_nn.kernels.attention.two_metrics import two_metrics

    tokens = Tokens.from_metric(metric, n_tokens)
    mean, covariance, errors = two_metrics(layer, tokens)
    jacobian, error = mean_jacobian(layer, tokens)
    full = np.empty_like(metric)
    first, second = np.array(pairs_of(range(len(metric)))).T
    full[first, second] = full[second, first] = mean
    return LayerCumulants(
        mean=full, propagator=jacobian, covariance=covariance, errors=errors, propagator_error=error
    )


_RULES: dict[type, Callable[..., LayerCumulants]] = {DenseLayer: _dense, MultiHeadAttention: _attention}
