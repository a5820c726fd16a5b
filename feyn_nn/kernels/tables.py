"""Vertex tables: every component of V_{k,m} of one layer, at the metric that the layer receives.

Everything that does not depend on the metric is done once: the polynomials of :mod:`feyn_nn.rules` are
written for each component that is distinct under the symmetry of outgoing and of incoming lines, and the
Gaussian expectations that occur in any of them are collected, so that nothing is integrated twice. One layer
then costs one evaluation of those expectations and one pass over the polynomials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial, singledispatch
from itertools import combinations_with_replacement
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput, pairs_of
from feyn_nn._core.progress import watched
from feyn_nn.actions import VertexKind
from feyn_nn.kernels.expectations import (
    TOLERANCE,
    ExpectationPlan,
    GaussianExpectations,
    registered_rules,
)
from feyn_nn.kernels.polynomials import Indices, PolynomialTable
from feyn_nn.networks import Activation, DenseLayer, UnitLayer
from feyn_nn.networks.arguments import Layered
from feyn_nn.rules import moment_cumulant, unit_cumulant

Array: TypeAlias = NDArray[np.float64]
Tables: TypeAlias = dict[VertexKind, Array]
"""V_{k,m} of one layer without its n^{1-k}: axes are the k outgoing pairs, then the m incoming ones."""

_LARGEST, _SMALLEST, _SUBNORMAL = 1e100, 1e-100, 1e-305
"""Kernels up to the first leave room for the powers of K that vertices hold, and so do those down to the second where
σ is homogeneous; where it has derivatives, kernels down to the third have all their digits."""

_LEAST_CUMULANT = 1e-290  # down to here, vertices that add up to it have all their digits

_KERNEL = VertexKind(1, 0)  # not a vertex: ⟨ω⟩ itself, which carries the infinite-width kernel forward


class Expectations(Protocol):
    """What a plan needs to know of one unit, at any metric: an :class:`ExpectationPlan`, for example."""

    def evaluate(self, metric: ArrayLike, *, tolerance: float = TOLERANCE) -> GaussianExpectations:
        """Values and errors at one metric."""

    def rough(self, metrics: Sequence[Array]) -> Array:
        """Values at metrics next to one another by one and the same rule, for the sake of their differences."""


class NetworkTables(NamedTuple):
    """The infinite-width kernel of each layer and the vertex tables of each hidden layer."""

    kernels: list[Array]
    """K^1 … K^L, each (B, B)."""
    layers: list[Tables]
    """Tables of hidden layers 1 … L-1, in units of the first width: factors r_ℓ^{1-k} included; the first
    layer has none with incoming lines, since its metric does not fluctuate."""

    @property
    def n_pairs(self) -> int:
        """The number of pairs of inputs, B(B+1)/2."""
        n_inputs = len(self.kernels[0])
        return n_inputs * (n_inputs + 1) // 2


class _Component(NamedTuple):
    kind: VertexKind
    places: Indices  # for each entry of the full tensor, the number of its distinct component


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
    expectations : Expectations
        The Gaussian expectations that occur in them.
    outgoing : array
        k of the vertex V_{k,m} that each component belongs to.
    components : tuple
        Where each vertex finds its components.
    """

    n_labels: int
    polynomials: PolynomialTable
    expectations: Expectations
    outgoing: Array
    components: tuple[_Component, ...]

    @cached_property
    def upper(self) -> tuple[Indices, Indices]:
        """The entries of a metric that its pairs stand for."""
        rows, columns = np.triu_indices(self.n_labels)
        return rows, columns

    def tables(self, layer: DenseLayer | UnitLayer, ratio: float, values: Array) -> tuple[Array, Tables]:
        """Return the kernel of the next layer and the tables of this one.

        Parameters
        ----------
        layer : DenseLayer or UnitLayer
        ratio : float
            n_ℓ / n, the width in units of the first.
        values : array
            The expectations at the infinite-width kernel that the layer receives.

        Raises
        ------
        OverflowError
            If a component is not finite.
        """
        factors = np.float64(layer.scale) ** self.outgoing * ratio ** (1.0 - self.outgoing)
        components = factors * self.polynomials(values)
        if not np.isfinite(components).all():
            raise OverflowError
        tables = {kind: components.take(places) for kind, places in self.components}
        mean = tables.pop(_KERNEL)
        upper = self.upper
        following = np.zeros((self.n_labels, self.n_labels))
        following[upper] = layer.offset + mean
        following.T[upper] = following[upper]
        return following, tables


@singledispatch
def layer_plan(layer: Any, n_labels: int, kinds: frozenset[VertexKind]) -> VertexPlan:
    """The plan of a layer over `n_labels` inputs; register a function here for each type of layer.

    Parameters
    ----------
    layer : DenseLayer or UnitLayer
    n_labels : int
    kinds : frozenset of VertexKind

    Raises
    ------
    InvalidInput
        If no rule is known for this type of layer.
    """
    raise InvalidInput(f"a layer of type {type(layer).__name__} has no vertices; make it a kind of UnitLayer")


@layer_plan.register
def _(layer: DenseLayer, n_labels: int, kinds: frozenset[VertexKind]) -> VertexPlan:
    return vertex_plan(layer.activation, n_labels, kinds)


@layer_plan.register
def _(layer: UnitLayer, n_labels: int, kinds: frozenset[VertexKind]) -> VertexPlan:
    return _unit_plan(layer, n_labels, kinds)


def vertex_plan(activation: Activation, n_labels: int, kinds: frozenset[VertexKind]) -> VertexPlan:
    """Write the polynomials of every component of the given vertices over `n_labels` inputs; plans are kept."""
    return _vertex_plan(activation, n_labels, kinds, registered_rules())


@lru_cache(maxsize=64)
def _vertex_plan(
    activation: Activation, n_labels: int, kinds: frozenset[VertexKind], _rules: tuple[object, ...]
) -> VertexPlan:
    """A plan holds for one activation and for the rules that were known when it was made."""
    return _plan(n_labels, kinds, unit_cumulant, partial(ExpectationPlan, activation))


@lru_cache(maxsize=16)
def _unit_plan(layer: UnitLayer, n_labels: int, kinds: frozenset[VertexKind]) -> VertexPlan:
    from feyn_nn.kernels.unit_moments import UnitMoments

    return _plan(n_labels, kinds, moment_cumulant, partial(UnitMoments, layer))


def _plan(
    n_labels: int,
    kinds: frozenset[VertexKind],
    cumulant: Callable[..., Any],
    expectations: Callable[[Sequence[Any]], Expectations],
) -> VertexPlan:
    polynomials: list[Any] = []
    n_pairs = n_labels * (n_labels + 1) // 2
    outgoing_counts: list[float] = []
    components = []
    for kind in sorted(kinds | {_KERNEL}):
        numbers, own = _distinct_components(n_labels, kind, cumulant)
        out, into = _sorted_index(n_pairs, kind.outgoing), _sorted_index(n_pairs, kind.incoming)
        places = np.where(numbers >= 0, len(polynomials) + numbers, -1)[out[:, None], into[None, :]]
        components.append(_Component(kind, places.reshape((n_pairs,) * kind.valence)))
        outgoing_counts += [kind.outgoing] * len(own)
        polynomials += own
    table = PolynomialTable.of([*polynomials, ()])  # at the end, number -1, what vanishes
    return VertexPlan(
        n_labels=n_labels,
        polynomials=table,
        expectations=expectations(table.requests),
        outgoing=np.array([*outgoing_counts, 0.0], np.float64),
        components=tuple(components),
    )


def network_tables(
    network: Layered, first_metric: Array, kinds: Iterable[VertexKind], tolerance: float = TOLERANCE
) -> NetworkTables:
    """Carry the infinite-width kernel through the network and fill the tables of each hidden layer.

    Parameters
    ----------
    network : MLP
    first_metric : array (B, B)
        K^1 = Ĝ^1.
    kinds : iterable of VertexKind
        Which vertices to fill; V_{1,1} is the propagator of one layer.
    tolerance : float
        What quadrature aims at, relative to ⟨|f|⟩.

    Raises
    ------
    InvalidInput
        If a kernel overflows, with the layer where it does; or underflows, where σ has a kink at zero.
    """
    return _carried(network, first_metric, frozenset(kinds), tolerance, n_moved=0)[0]


def moved_tables(
    network: Layered,
    first_metric: Array,
    kinds: Iterable[VertexKind],
    tolerance: float = TOLERANCE,
    *,
    power: int = 1,
) -> list[NetworkTables]:
    """The tables of :func:`network_tables`, and twice more with every expectation moved by its error estimate.

    First every one is moved up, then each up or down by chance. The errors thereby pass through the kernels of all
    layers: how expectations respond to a kernel that moved is found by a coarse rule. A layer is refused where a small
    kernel underflows once it is raised to `power`.
    """
    return _carried(network, first_metric, frozenset(kinds), tolerance, n_moved=2, power=power)


def _carried(
    network: Layered,
    first_metric: Array,
    wanted: frozenset[VertexKind],
    tolerance: float,
    *,
    n_moved: int,
    power: int = 1,
) -> list[NetworkTables]:
    first = np.array(first_metric, dtype=np.float64)
    runs = [NetworkTables([first], []) for _ in range(1 + n_moved)]
    signs = np.random.default_rng(0)
    sources = frozenset(kind for kind in wanted if kind.incoming == 0)
    if len(first) > 1 and first.any():
        _check_largest(network, first)
    layers = zip(network.layers, network.width_ratios, strict=True)
    for depth, (layer, ratio) in enumerate(
        watched(layers, total=len(network.layers), unit="layers"), start=1
    ):
        # The first metric does not fluctuate: nothing comes in there, and no derivative need exist.
        plan = layer_plan(layer, len(first), sources if depth == 1 else wanted)
        metrics = [run.kernels[-1] for run in runs]
        with _layer_named(layer, metrics[0], depth):
            values = _values(plan.expectations, metrics, tolerance, signs)
            steps = [plan.tables(layer, float(ratio), v) for v in values]
            _check_smallest(steps[0][0].diagonal() - layer.offset, power)
        for run, (following, tables) in zip(runs, steps, strict=True):
            run.kernels.append(following)
            run.layers.append(tables)
    return runs


def _values(
    expectations: Expectations, metrics: Sequence[Array], tolerance: float, signs: np.random.Generator
) -> list[Array]:
    """The expectations at the first metric, and at others next to it with their errors added."""
    values, errors = expectations.evaluate(metrics[0], tolerance=tolerance)
    if len(metrics) == 1:
        return [values]
    moved = [values, values + errors, values + signs.choice((-1.0, 1.0), size=len(values)) * errors]
    if all(np.array_equal(metric, metrics[0]) for metric in metrics):
        return moved
    rough = expectations.rough(metrics)
    return [value + response for value, response in zip(moved, rough - rough[0], strict=True)]


def _check_largest(network: Layered, first: Array) -> None:
    """Carry the largest input alone by a coarse rule: an explosion is found before many integrals lead up to it."""
    kernel = first.diagonal().max().reshape(1, 1)
    for depth, layer in enumerate(network.layers, start=1):
        plan = layer_plan(layer, 1, frozenset())
        with _layer_named(layer, kernel, depth):
            kernel, _ = plan.tables(layer, 1.0, plan.expectations.rough([kernel])[0])


@contextmanager
def _layer_named(layer: DenseLayer | UnitLayer, kernel: Array, depth: int) -> Iterator[None]:
    """Refuse kernels out of range, and name the layer in what goes wrong there."""
    _check_range(kernel, depth, layer.homogeneous)
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            yield
    except InvalidInput as error:
        raise InvalidInput(f"at layer {depth}: {error}") from error
    except OverflowError as error:
        raise _overflow(kernel, depth) from error
    except FloatingPointError as error:
        raise _underflow(kernel.diagonal(), depth, "a cumulant underflows") from error


def _check_range(kernel: Array, depth: int, homogeneous: bool) -> None:
    sizes = kernel.diagonal()
    if sizes.max() > _LARGEST:
        raise _overflow(kernel, depth)
    if ((sizes > 0.0) & (sizes < (_SMALLEST if homogeneous else _SUBNORMAL))).any():
        raise _underflow(sizes, depth, "the infinite-width kernel underflows")


def _check_smallest(means: Array, power: int) -> None:
    """Refuse inputs whose C_W ⟨σ²⟩, to this power, is hardly a double."""
    if power > 1 and ((means > 0.0) & (means < _LEAST_CUMULANT ** (1.0 / power))).any():
        raise FloatingPointError


def _overflow(kernel: Array, depth: int) -> InvalidInput:
    return InvalidInput(
        f"the infinite-width kernel or a vertex overflows at layer {depth} (K = {kernel.max():.3g} comes in); "
        "use a smaller weight_variance, smaller inputs or less depth"
    )


def _underflow(sizes: Array, depth: int, what: str) -> InvalidInput:
    return InvalidInput(
        f"{what} at layer {depth} (K = {sizes[sizes > 0.0].min():.3g} comes in); "
        "use a larger weight_variance, larger inputs or less depth"
    )


def _distinct_components(
    n_labels: int, kind: VertexKind, cumulant: Callable[..., Any]
) -> tuple[Indices, list[Any]]:
    """The components of V_{k,m} with sorted outgoing and incoming pairs, and the number of each; -1 where it vanishes.

    Expectations depend on the metric of their own labels alone, so that lines come in between these only.
    """
    pairs = pairs_of(range(n_labels))
    outgoing = list(combinations_with_replacement(pairs, kind.outgoing))
    place = {into: i for i, into in enumerate(combinations_with_replacement(pairs, kind.incoming))}
    numbers = np.full((len(outgoing), len(place)), -1)
    polynomials: list[Any] = []
    for row, out in enumerate(outgoing):
        own = pairs_of(sorted({label for pair in out for label in pair}))
        for into in combinations_with_replacement(own, kind.incoming):
            if polynomial := cumulant(out, into):
                numbers[row, place[into]] = len(polynomials)
                polynomials.append(polynomial)
    return numbers, polynomials


def _sorted_index(n_pairs: int, count: int) -> Indices:
    number = {c: i for i, c in enumerate(combinations_with_replacement(range(n_pairs), count))}
    entries = np.sort(np.indices((n_pairs,) * count).reshape(count, n_pairs**count), axis=0)
    return np.array([number[tuple(entry)] for entry in entries.T.tolist()], dtype=np.int64)
