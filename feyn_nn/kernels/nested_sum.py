"""The trapezoidal sum of one group of requests: the last coordinate first, then a grid over the others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.kernels.gaussian_grid import GaussianGrid, gaussian_axis
from feyn_nn.kernels.label_group import LabelGroup
from feyn_nn.kernels.trapezoid_sums import add_outer_sums, inner_sums, interpolated
from feyn_nn.networks import Activation

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

_CHEBYSHEV_TERMS = 16
_MAX_POINTS = 1 << 17  # values of z at once, such that their tables stay small


@dataclass(frozen=True, kw_only=True, eq=False)
class NestedSum:
    """Σ over nodes g of the product of ∂^j[σ^a](F g), at any step.

    The labels that depend on the last coordinate are *inner*: their product is summed over that coordinate for
    each node of the others. A single inner label makes that sum a smooth function of its conditional mean, which
    is tabulated on Chebyshev panels where the grid is large. Panels shrink with the steps, so that a comparison
    of two steps sees the error of the interpolation as well.

    Parameters
    ----------
    group : LabelGroup
    activation : Activation
    factor : array (labels, rank)
        F, with K = F Fᵀ.
    radius : float
        Where the sum ends, in standard deviations.
    steps : tuple of float
        One for each coordinate.
    panel : float
        Width of a panel, in units of z.
    even : bool
        Whether every request is even under z -> -z.
    inner_slots : tuple of int
        The labels that depend on the last coordinate.
    """

    group: LabelGroup
    activation: Activation
    factor: Array
    radius: float
    steps: tuple[float, ...]
    panel: float
    even: bool
    inner_slots: tuple[int, ...]

    @property
    def rank(self) -> int:
        """The number of coordinates."""
        return len(self.steps)

    def work(self, ratio: float) -> float:
        """About the number of points that :meth:`at` visits."""
        outer = self._outer_grid(ratio).size
        if self.interpolates:
            return outer * _CHEBYSHEV_TERMS
        return outer * (2.0 * self.radius / (ratio * self.steps[-1]) if self.steps else 1.0)

    @property
    def interpolates(self) -> bool:
        """Whether sums over the last coordinate are tabulated."""
        return self.rank > 2 and len(self.inner_slots) == 1

    def at(self, ratio: float) -> Array:
        """The sums, and the sums of absolute values, with all steps multiplied by `ratio`: shape (2, T)."""
        group = self.group
        totals = np.zeros((2, len(group.factors)))
        outer_slots = [slot for slot in range(group.n_labels) if slot not in self.inner_slots]
        products, inner_rows = np.unique(
            group.factors[:, list(self.inner_slots)], axis=0, return_inverse=True
        )
        inner = self._inner(ratio, products)
        outer = np.ascontiguousarray(group.factors[:, outer_slots])
        for nodes, weights in self._outer_grid(ratio).slices():
            table = np.empty((len(group.powers), len(nodes)))
            for slot in outer_slots:
                table[group.rows(slot)] = group.table(
                    self.activation, slot, nodes @ self.factor[slot, : nodes.shape[1]]
                )
            add_outer_sums(totals, table, weights, outer, inner(nodes), inner_rows.ravel())
        return totals

    def _outer_grid(self, ratio: float) -> GaussianGrid:
        steps = tuple(ratio * step for step in self.steps[:-1])
        return GaussianGrid(steps=steps, radius=self.radius, even=self.even)

    def _inner(self, ratio: float, products: Indices) -> Callable[[Array], Array]:
        """A function of the outer nodes: the sums over the last coordinate, shape (2, products, nodes)."""
        if not self.inner_slots:
            return lambda nodes: np.ones((2, 1, len(nodes)))
        axis, weights = gaussian_axis(ratio * self.steps[-1], self.radius)
        rows = self.factor[list(self.inner_slots)]

        def summed(means: Array) -> Array:
            pieces = min(math.ceil(means.shape[1] * len(axis) / _MAX_POINTS), means.shape[1])
            return np.concatenate(
                [
                    inner_sums(self._inner_table(piece, rows[:, -1], axis), weights, products)
                    for piece in np.array_split(means, pieces, axis=1)
                ],
                axis=2,
            )

        if self.interpolates:
            return self._tabulated(summed, rows[0], ratio)
        return lambda nodes: summed(rows[:, :-1] @ nodes.T)

    def _inner_table(self, means: Array, slopes: Array, axis: Array) -> Array:
        table = np.empty((len(self.group.powers), means.shape[1], len(axis)))
        for slot, mean, slope in zip(self.inner_slots, means, slopes, strict=True):
            z = mean[:, None] + slope * axis
            rows = self.group.table(self.activation, slot, z.ravel())
            table[self.group.rows(slot)] = rows.reshape(-1, *z.shape)
        return table

    def _tabulated(
        self, summed: Callable[[Array], Array], row: Array, ratio: float
    ) -> Callable[[Array], Array]:
        direction = row[:-1]
        reach = 1.0001 * self.radius * float(np.linalg.norm(direction)) + 1e-300
        width = ratio * min(
            self.panel, float(np.linalg.norm(row))
        )  # not wider, or far values drown near ones
        n_panels = math.ceil(2.0 * reach / width)
        width = 2.0 * reach / n_panels
        places, transform = _chebyshev_transform(_CHEBYSHEV_TERMS)
        means = -reach + width * (np.arange(n_panels)[:, None] + (1.0 + places) / 2)
        sums = summed(means.reshape(1, -1))
        series = sums.reshape(-1, n_panels, _CHEBYSHEV_TERMS) @ transform.T
        coefficients = np.ascontiguousarray(series.transpose(1, 0, 2))

        def evaluated(nodes: Array) -> Array:
            values = interpolated(coefficients, -reach, width, nodes @ direction)
            return values.reshape(2, -1, len(nodes))

        return evaluated


def _chebyshev_transform(n: int) -> tuple[Array, Array]:
    """The n Chebyshev points and the matrix from values there to coefficients of T_0 … T_{n-1}."""
    angles = math.pi * (np.arange(n) + 0.5) / n
    transform = 2.0 / n * np.cos(np.outer(np.arange(n), angles))
    transform[0] /= 2.0
    return np.cos(angles), transform
