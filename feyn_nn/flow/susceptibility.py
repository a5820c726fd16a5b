"""The susceptibility of a layer: how the metric of all pairs of inputs responds to that of the layer before.

J_pq = ∂K'_p/∂K_q carries every connected correlator: a fluctuation that enters κ_r(Ĝ_p1, …, Ĝ_pr) is multiplied by
J ⊗ … ⊗ J, r times, at each layer. All of them neither explode nor vanish under one condition: the spectral radius of J
is 1. (Banta, Cai, Craig & Zhang 2024.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, Pair, pairs_of
from feyn_nn.actions import VertexKind
from feyn_nn.networks import MLP, Feedforward, Inputs, Sequential, Tokens
from feyn_nn.networks.arguments import check_inputs, check_network
from feyn_nn.networks.checks import integer, shown
from feyn_nn.theory.reduction import reduce_inputs

Array: TypeAlias = NDArray[np.float64]

MARGINAL = 1e-6
"""How far from 1 a multiplier may be and still count as marginal."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Susceptibility:
    """J of one layer; made by :func:`susceptibility`.

    Parameters
    ----------
    layer : int
        ℓ: J tells how K^{ℓ+1} responds to K^ℓ.
    pairs : tuple of Pair
        What rows and columns stand for. Inputs that the network cannot tell apart are one.
    matrix : array (P, P)
        J.

    Examples
    --------
    >>> net = MLP(depth=3, width=8, activation="linear", weight_variance=1.1)
    >>> found = susceptibility(net, Inputs.from_metric([[1.0, 0.5], [0.5, 1.0]]))
    >>> round(found.spectral_radius, 9), found.kinds
    (1.1, ('relevant', 'relevant', 'relevant'))
    """

    layer: int
    pairs: tuple[Pair, ...]
    matrix: Array

    @cached_property
    def eigenvalues(self) -> NDArray[np.complex128]:
        """By modulus, largest first, shape (P,)."""
        return self._modes[0]

    @cached_property
    def eigenvectors(self) -> NDArray[np.complex128]:
        """In columns, in the order of the eigenvalues, shape (P, P)."""
        return self._modes[1]

    @cached_property
    def _modes(self) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        values, vectors = np.linalg.eig(self.matrix)
        order = np.argsort(-np.abs(values), kind="stable")
        return values[order].astype(np.complex128), vectors[:, order].astype(np.complex128)

    @property
    def spectral_radius(self) -> float:
        """The largest modulus of an eigenvalue."""
        return float(np.abs(self.eigenvalues[0]))

    @property
    def is_critical(self) -> bool:
        """Whether the spectral radius is 1: then all connected correlators are critical at once."""
        return abs(self.spectral_radius - 1.0) < MARGINAL

    def growth(self, rank: int) -> float:
        """By what factor this layer multiplies the fastest mode of κ_rank(Ĝ), the 2·rank-point correlator."""
        return self.spectral_radius ** integer("rank", rank, least=1)

    @property
    def kinds(self) -> tuple[str, ...]:
        """``"relevant"``, ``"marginal"`` or ``"irrelevant"`` for each eigenvalue."""
        return tuple(kind_of(float(abs(value))) for value in self.eigenvalues)

    def __repr__(self) -> str:
        lines = [f"Susceptibility of layer {self.layer} on {len(self.pairs)} pairs:"]
        for value, vector, kind in zip(self.eigenvalues, self.eigenvectors.T, self.kinds, strict=True):
            largest = self.pairs[int(np.argmax(np.abs(vector)))]
            number = f"{value.real:.9g}" if value.imag == 0 else f"{value:.9g}"
            lines.append(f"  {number:<24} {kind:<11} mostly G{largest[0]}{largest[1]}")
        verdict = "critical" if self.is_critical else "not critical"
        lines.append(f"  spectral radius {self.spectral_radius:.9g}: all connected correlators are {verdict}")
        return "\n".join(lines)


def susceptibility(
    network: MLP | Feedforward | Sequential, inputs: Inputs | Tokens, *, layer: int | None = None
) -> Susceptibility:
    """J on all pairs of inputs, with its eigenvalues and what they mean.

    Parameters
    ----------
    network : MLP, Feedforward or Sequential
    inputs : Inputs, or Tokens of a Sequential
        Of tokens, the pairs are those of rows, one for each input and token.
    layer : int, optional
        From 1 to depth - 1, of a Sequential to its number of layers; by default the last.

    Raises
    ------
    InvalidInput
        If there is no such layer, or a kernel or J does not exist.

    Examples
    --------
    >>> net = MLP(depth=2, width=8, activation="relu", weight_variance=2.0)
    >>> susceptibility(net, Inputs.from_metric([[1.0]]))
    Susceptibility of layer 1 on 1 pairs:
      1                        marginal    mostly G00
      spectral radius 1: all connected correlators are critical
    """
    check_network(network)
    if not isinstance(network, (MLP, Feedforward, Sequential)) or not network.layers:
        raise InvalidInput(
            f"network={shown(network)} has no hidden layer; give an MLP of depth >= 2 or Sequential([…])"
        )
    check_inputs(inputs, network)
    count = len(network.layers)
    chosen = count if layer is None else integer("layer", layer, least=1, largest=count)
    if isinstance(network, Sequential):
        assert isinstance(inputs, Tokens)
        matrix, size = _of_stack(network, inputs, chosen)
    else:
        assert isinstance(inputs, Inputs)
        matrix, size = _of_neurons(network, inputs, chosen)
    return Susceptibility(layer=chosen, pairs=tuple(pairs_of(range(size))), matrix=matrix)


def _of_neurons(network: MLP | Feedforward, inputs: Inputs, chosen: int) -> tuple[Array, int]:
    """J of a layer, and the number of inputs that the network can tell apart."""
    from feyn_nn.kernels.tables import layer_plan, network_tables

    first = reduce_inputs(network, network.first_metric(inputs), range(inputs.n_inputs)).metric
    kernel = network_tables(network, first, ()).kernels[chosen - 1]
    plan = layer_plan(network.layers[chosen - 1], len(kernel), frozenset({VertexKind(1, 1)}))
    try:
        values, _ = plan.expectations.evaluate(kernel)
    except InvalidInput as error:
        raise InvalidInput(f"at layer {chosen}: {error}") from error
    _, tables = plan.tables(network.layers[chosen - 1], 1.0, values)
    return tables[VertexKind(1, 1)], len(kernel)


def _of_stack(network: Sequential, tokens: Tokens, chosen: int) -> tuple[Array, int]:
    """J of a layer, and the number of rows."""
    from feyn_nn.kernels.layer_cumulants import layer_cumulants

    metric = np.array(tokens.metric)
    for layer in network.layers[:chosen]:
        found = layer_cumulants(layer, metric, tokens.n_tokens)
        metric = found.mean
    return found.propagator, len(metric)


def kind_of(multiplier: float) -> str:
    """What a multiplier per layer makes of an operator.

    Examples
    --------
    >>> kind_of(1.2), kind_of(1.0), kind_of(0.3)
    ('relevant', 'marginal', 'irrelevant')
    """
    if abs(multiplier - 1.0) < MARGINAL:
        return "marginal"
    return "relevant" if multiplier > 1.0 else "irrelevant"
