"""The coefficients of a metric cumulant with their numerical errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.actions import VertexKind, network_action
from feyn_nn.diagrams import generate
from feyn_nn.kernels.expectations import TOLERANCE
from feyn_nn.kernels.recursion import cumulants, kinds_needed
from feyn_nn.kernels.single_input import single_input_cumulants
from feyn_nn.kernels.tables import NetworkTables, moved_tables, network_tables
from feyn_nn.kernels.transfer import diagram_value
from feyn_nn.networks.arguments import Layered

Array: TypeAlias = NDArray[np.float64]

_SAFETY = 2.0  # on the response to perturbed expectations, which is itself a sample of what their errors do
_ROUNDING = 8.0 * np.finfo(np.float64).eps


class CumulantSeries(NamedTuple):
    """κ_rank at 0, 1, … loops: coefficients and absolute error estimates, each (P,)*rank over pairs."""

    coefficients: list[Array]
    errors: list[Array]


def by_recursion(
    network: Layered, first_metric: Array, *, rank: int, loops: int, tolerance: float = TOLERANCE
) -> CumulantSeries:
    """Evaluate κ_rank(Ĝ^L) through `loops`, in units of n^{-(rank-1+loops)}, by the layer recursion.

    Parameters
    ----------
    network : MLP
    first_metric : array (B, B)
    rank, loops : int
    tolerance : float
        What quadrature aims at, relative to ⟨|f|⟩.
    """
    # For one input a few vertices more cost nothing, and κ_1, κ_2, … through one order then share their tables.
    kinds = kinds_needed(1, rank - 1 + loops) if len(first_metric) == 1 else kinds_needed(rank, loops)
    return _with_errors(
        network,
        first_metric,
        kinds,
        lambda tables: _by_steps(tables, rank, loops),
        tolerance,
        power=_power_of_kernel(rank, loops),
    )


def by_diagrams(
    network: Layered, first_metric: Array, *, rank: int, loops: int, tolerance: float = TOLERANCE
) -> CumulantSeries:
    """Evaluate κ_rank(Ĝ^L) as :func:`by_recursion` does, but as the sum of its diagrams, one by one."""
    return _with_errors(
        network,
        first_metric,
        kinds_needed(rank, loops),
        lambda tables: _sum_of_diagrams(network, tables, rank, loops),
        tolerance,
        power=_power_of_kernel(rank, loops),
    )


def tables_for(network: Layered, first_metric: Array, *, rank: int, loops: int) -> NetworkTables:
    """The vertex tables that κ_rank through `loops` needs."""
    return network_tables(network, first_metric, kinds_needed(rank, loops))


def infinite_width(network: Layered, first_metric: Array) -> tuple[Array, Array]:
    """K^L, the kernel at infinite width, (B, B), and its absolute error estimate."""
    (kernel,), (error,) = _with_errors(network, first_metric, (), lambda tables: [tables.kernels[-1]])
    return kernel, error


def _with_errors(
    network: Layered,
    first_metric: Array,
    kinds: Iterable[VertexKind],
    total: Callable[[NetworkTables], list[Array]],
    tolerance: float = TOLERANCE,
    *,
    power: int = 1,
) -> CumulantSeries:
    """Run three times: as is, every expectation moved up by its error, and each up or down by chance.

    The errors of the expectations thereby pass through the kernels of all layers, the vertices and the
    propagators, as rounding and the quadrature's own errors do.
    """
    plain, up, mixed = (
        total(tables) for tables in moved_tables(network, first_metric, kinds, tolerance, power=power)
    )
    errors = [
        _SAFETY * (abs(u - p) + abs(m - p)) + _ROUNDING * network.depth * abs(p)
        for p, u, m in zip(plain, up, mixed, strict=True)
    ]
    return CumulantSeries(plain, errors)


def _power_of_kernel(rank: int, loops: int) -> int:
    """κ_p goes with K^p where K is small, and E[Ĝ] - K, which a linear network has not, with K²."""
    return max(rank, 2) if loops else rank


def _by_steps(tables: NetworkTables, rank: int, loops: int) -> list[Array]:
    if tables.n_pairs == 1:
        return single_input_cumulants(tables.layers, rank, loops)
    return cumulants(tables.layers, rank, loops, tables.n_pairs)


def _sum_of_diagrams(network: Layered, tables: NetworkTables, rank: int, loops: int) -> list[Array]:
    action, n_pairs = network_action(network), tables.n_pairs
    sums = []
    for own in range(loops + 1):
        total = np.zeros((n_pairs,) * rank)
        for diagram in generate(action, legs=rank, loops=own):
            total += diagram_value(diagram, tables.layers, n_pairs)
        sums.append(total)
    return sums
