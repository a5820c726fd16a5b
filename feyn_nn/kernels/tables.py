"""Vertex tables: every component of V_{k,m} of one layer, at the metric that the layer receives.

Everything that does not depend on the metric is done once: the polynomials of :mod:`feyn_nn.rules` are
written for each component that is distinct under the symmetry of outgoing and of incoming lines, and the
Gaussian expectations that occur in any of them are collected, so that nothing is integrated twice. One layer
then costs one evaluation of those expectations and one pass over the polynomials.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, pairs_of
from feyn_nn.actions import VertexKind
from feyn_nn.kernels.expectations import ExpectationPlan, registered_rules
from feyn_nn.kernels.polynomials import Indices, PolynomialTable
from feyn_nn.networks import MLP, Activation, DenseLayer
from feyn_nn.rules import Polynomial, unit_cumulant

Array: TypeAlias = NDArray[np.float64]
Tables: TypeAlias = dict[VertexKind, Array]
"""V_{k,m} of one layer without its n^{1-k}: axes are the k outgoing pairs, then the m incoming ones."""

_LARGEST, _SMALLEST = 1e100, 1e-100
"""Kernels between these leave room for the powers of K that vertices hold."""

_KERNEL = VertexKind(1, 0)  # not a vertex: ⟨ω⟩ itself, which carries the infinite-width kernel forward


class NetworkTables(NamedTuple):
    """The infinite-width kernel of each layer and the vertex tables of each hidden layer."""

    kernels: list[Array]
    """K^1 … K^L, each (B, B)."""
    layers: list[Tables]
    """Tables of hidden layers 1 … L-1, in units of the first width: factors r_ℓ^{1-k} included; the first
    layer has none with incoming lines, since its metric does not fluctuate."""


class _Component(NamedTuple):
    kind: VertexKind
    places: Indices  # for each entry of the full tensor, the number of its distinct component
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class VertexPlan:
    """What is needed to fill the vertex tables of a layer at any metric.

    Made by :func:`vertex_plan`.

    Parameters
    ----------
    n_labels : int
        The number of inputs.
    polynomials : PolynomialTable
        The distinct components of all vertices.
    expectations : ExpectationPlan
        The Gaussian expectations that occur in them.
    components : tuple
        Where each vertex finds its components.
    """

    n_labels: int
    polynomials: PolynomialTable
    expectations: ExpectationPlan
    components: tuple[_Component, ...]

    def evaluate(
        self, layer: DenseLayer, metric: Array, ratio: float, perturbation: Array | None = None
    ) -> tuple[Array, Tables]:
        """Return the kernel of the next layer and the tables of this one.

        Parameters
        ----------
        layer : DenseLayer
        metric : array (B, B)
            The infinite-width kernel that the layer receives.
        ratio : float
            n_ℓ / n, the width in units of the first.
        perturbation : array, optional
            Moves each expectation by that multiple of its error estimate, to see what the errors do.
        """
        values, errors = self.expectations.evaluate(metric)
        if perturbation is not None:
            values = values + perturbation * errors
        components = self.polynomials(values)
        tables: Tables = {}
        for kind, places, shape in self.components:
            factor = np.float64(layer.scale) ** kind.outgoing * ratio ** (1 - kind.outgoing)
            tables[kind] = (factor * components[places]).reshape(shape)
        mean = tables.pop(_KERNEL)
        upper = np.triu_indices(self.n_labels)
        following = np.zeros((self.n_labels, self.n_labels))
        following[upper] = layer.offset + mean
        following.T[upper] = following[upper]
        return following, tables


def vertex_plan(activation: Activation, n_labels: int, kinds: frozenset[VertexKind]) -> VertexPlan:
    """Write the polynomials of every component of the given vertices over `n_labels` inputs; plans are kept."""
    return _vertex_plan(activation, n_labels, kinds, registered_rules())


@lru_cache(maxsize=64)
def _vertex_plan(
    activation: Activation, n_labels: int, kinds: frozenset[VertexKind], _rules: tuple[object, ...]
) -> VertexPlan:
    """A plan holds for one activation and for the rules that were known when it was made."""
    pairs = pairs_of(range(n_labels))
    polynomials: list[Polynomial] = []
    components = []
    for kind in sorted(kinds | {_KERNEL}):
        outgoing = list(combinations_with_replacement(pairs, kind.outgoing))
        incoming = list(combinations_with_replacement(pairs, kind.incoming))
        places = len(polynomials) + _component_numbers(len(pairs), kind)
        components.append(_Component(kind, places, (len(pairs),) * kind.valence))
        polynomials += [unit_cumulant(out, into) for out in outgoing for into in incoming]
    table = PolynomialTable.of(polynomials)
    return VertexPlan(
        n_labels=n_labels,
        polynomials=table,
        expectations=ExpectationPlan(activation, table.requests),
        components=tuple(components),
    )


def network_tables(
    network: MLP,
    first_metric: Array,
    kinds: Iterable[VertexKind],
    perturbation: float | np.random.Generator | None = None,
) -> NetworkTables:
    """Carry the infinite-width kernel through the network and fill the tables of each hidden layer.

    Parameters
    ----------
    network : MLP
    first_metric : array (B, B)
        K^1 = Ĝ^1.
    kinds : iterable of VertexKind
        Which vertices to fill; V_{1,1} is the propagator of one layer.
    perturbation : float or Generator, optional
        Move each expectation by this multiple of its error estimate, or by plus or minus one of them.

    Raises
    ------
    InvalidInput
        If a kernel overflows, with the layer where it does; or underflows, where σ has a kink at zero.
    """
    wanted = frozenset(kinds)
    sources = frozenset(kind for kind in wanted if kind.incoming == 0)
    kernels, layers = [np.array(first_metric, dtype=np.float64)], []
    for depth, (layer, ratio) in enumerate(zip(network.layers, network.width_ratios, strict=True), start=1):
        # The first metric does not fluctuate: nothing comes in there, and no derivative need exist.
        plan = vertex_plan(layer.activation, len(first_metric), sources if depth == 1 else wanted)
        _check_range(kernels[-1], depth, layer.activation)
        shifts = _shifts(perturbation, len(plan.expectations))
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                following, tables = plan.evaluate(layer, kernels[-1], float(ratio), shifts)
        except InvalidInput as error:
            raise InvalidInput(f"at layer {depth}: {error}") from error
        finite = np.isfinite(following).all() and all(np.isfinite(t).all() for t in tables.values())
        if not finite:
            raise _overflow(kernels[-1], depth)
        kernels.append(following)
        layers.append(tables)
    return NetworkTables(kernels, layers)


def _check_range(kernel: Array, depth: int, activation: Activation) -> None:
    sizes = kernel.diagonal()
    if sizes.max() > _LARGEST:
        raise _overflow(kernel, depth)
    small = sizes[(sizes > 0.0) & (sizes < _SMALLEST)]
    if activation.slopes is not None and small.size:
        raise InvalidInput(
            f"the infinite-width kernel underflows at layer {depth} (K = {small.min():.3g} comes in); "
            "use a larger weight_variance, larger inputs or less depth"
        )


def _overflow(kernel: Array, depth: int) -> InvalidInput:
    return InvalidInput(
        f"the infinite-width kernel or a vertex overflows at layer {depth} (K = {kernel.max():.3g} comes in); "
        "use a smaller weight_variance, smaller inputs or less depth"
    )


def _shifts(perturbation: float | np.random.Generator | None, count: int) -> Array | None:
    if perturbation is None:
        return None
    if isinstance(perturbation, np.random.Generator):
        return perturbation.choice(np.array([-1.0, 1.0]), size=count)
    return np.full(count, float(perturbation))


def _component_numbers(n_pairs: int, kind: VertexKind) -> Indices:
    """For each entry of the full tensor, the number of its component with sorted outgoing and incoming pairs."""
    out = _sorted_index(n_pairs, kind.outgoing)
    into = _sorted_index(n_pairs, kind.incoming)
    numbers: Indices = (out[:, None] * (into.max() + 1) + into[None, :]).ravel()
    return numbers


def _sorted_index(n_pairs: int, count: int) -> Indices:
    number = {c: i for i, c in enumerate(combinations_with_replacement(range(n_pairs), count))}
    entries = np.sort(np.indices((n_pairs,) * count).reshape(count, n_pairs**count), axis=0)
    return np.array([number[tuple(entry)] for entry in entries.T.tolist()], dtype=np.int64)
