"""Expectations of products of piecewise smooth functions of normals, by nested Gauss–Legendre panels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.kernels.label_group import LabelGroup
from feyn_nn.kernels.panel_sums import interpolated_between
from feyn_nn.kernels.panels import KinkGeometry, panel_nodes
from feyn_nn.kernels.trapezoid_sums import inner_sums, power_tables
from feyn_nn.networks.pieces import Pieces

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

_MAX_VALUES = 1 << 21  # of a table that is held at once
_TABULATED_RANK = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class PanelSum:
    """Σ over nodes g of products of ∂^j[σ^a](μ + F g), at a given fineness.

    Each coordinate is summed for every node of those before it, together with the variables that depend on no
    later one.

    Parameters
    ----------
    group : LabelGroup
        The products.
    pieces : Pieces
        σ.
    geometry : KinkGeometry
        μ, F and the kinks, variables in the order of the group.
    points : int
        Nodes of a panel.
    split : int
        Into how many parts each panel is divided.
    bounds : bool
        Sum the sizes instead: what each row is rounded from, without signs.
    """

    group: LabelGroup
    pieces: Pieces
    geometry: KinkGeometry
    points: int
    split: int
    bounds: bool = False

    def total(self) -> Array:
        """The sums, shape (T,)."""
        sums = self._summed(0, np.zeros((1, 0)))
        rows = self._products[0][1]
        totals: Array = sums[rows, 0]
        return totals

    @property
    def rank(self) -> int:
        """The number of coordinates."""
        return int(self.geometry.factor.shape[1])

    @cached_property
    def _levels(self) -> tuple[tuple[int, ...], ...]:
        """The slots whose variable ends with each coordinate."""
        last = [int(np.flatnonzero(row)[-1]) for row in self.geometry.factor]
        return tuple(tuple(slot for slot, k in enumerate(last) if k == level) for level in range(self.rank))

    @cached_property
    def _products(self) -> tuple[tuple[Indices, Indices], ...]:
        """At each level, the distinct products of rows from there on, and which of them each request takes."""
        found = []
        for level in range(self.rank):
            slots = [slot for later in self._levels[level:] for slot in later]
            products, places = np.unique(self.group.factors[:, slots], axis=0, return_inverse=True)
            found.append((products, places.ravel()))
        return tuple(found)

    def _summed(self, level: int, before: Array) -> Array:
        """The sums over the coordinates from `level` on, at points of those before: (products, points)."""
        if self._tabulates(level, len(before)):
            return self._tabulated(before)
        panels = self.geometry.edges(level, before[:1], self.split).shape[1] - 1
        size = max(1, len(self.group.powers)) * panels * self.points
        pieces = min(len(before), math.ceil(len(before) * size / _MAX_VALUES))
        parts = [self._line_sums(level, part) for part in np.array_split(before, pieces)]
        return np.concatenate(parts, axis=1)

    def _line_sums(self, level: int, before: Array) -> Array:
        edges = self.geometry.edges(level, before, self.split)
        nodes, weights = panel_nodes(edges, self.points)
        count, panels, points = nodes.shape
        middles = np.broadcast_to((edges[:, :-1, None] + edges[:, 1:, None]) / 2, nodes.shape)
        own = [self._table(slot, level, before, nodes, middles) for slot in self._levels[level]]
        tables = [rows.reshape(len(rows), count, panels * points) for rows in own]
        if level + 1 < self.rank:
            place = np.repeat(before, panels * points, axis=0)
            later = self._summed(level + 1, np.column_stack((place, nodes.ravel())))
            tables.append(later.reshape(-1, count, panels * points))
        tables.append(weights.reshape(1, count, panels * points))
        table = np.concatenate(tables)
        sums: Array = inner_sums(table, np.ones(panels * points), self._rows(level))[0]
        return sums

    def _rows(self, level: int) -> Indices:
        """The rows of the table of one level that each product there multiplies."""
        slots = self._levels[level]
        products = self._products[level][0]
        columns, start = [], 0
        for k, slot in enumerate(slots):
            columns.append(products[:, k] - self.group.starts[slot] + start)
            start += self.group.starts[slot + 1] - self.group.starts[slot]
        if level + 1 < self.rank:
            following = self._products[level + 1][0]
            rest = products[:, len(slots) :]
            number = {tuple(row): i for i, row in enumerate(following.tolist())}
            columns.append(np.array([start + number[tuple(row)] for row in rest.tolist()], np.intp))
            start += len(following)
        columns.append(np.full(len(products), start, np.intp))
        return np.ascontiguousarray(np.stack(columns, axis=1))

    def _table(self, slot: int, level: int, before: Array, nodes: Array, middles: Array) -> Array:
        """∂^j[σ^a] for the rows of one slot, each panel on one piece: (rows, points before, panels, nodes)."""
        slopes, kinks = self.geometry.factor[slot], np.array(self.pieces.kinks)
        start = (self.geometry.mean[slot] + before @ slopes[:level])[:, None, None]
        piece = np.searchsorted(kinks, (start + slopes[level] * middles).ravel())
        z = (start + slopes[level] * nodes).ravel()
        rows = self.group.rows(slot)
        derivatives = self.pieces.on(piece, z, int(self.group.orders[rows].max()))
        if self.bounds:
            derivatives = np.abs(derivatives)
        table = power_tables(derivatives, self.group.powers[rows], self.group.orders[rows])
        return table.reshape(-1, *nodes.shape)

    def _tabulates(self, level: int, count: int) -> bool:
        return (
            self.rank >= _TABULATED_RANK
            and level == self.rank - 1
            and len(self._levels[level]) == 1
            and count > 1
        )

    def _tabulated(self, before: Array) -> Array:
        """The last sum as a function of its variable's mean alone, on Chebyshev panels."""
        edges, coefficients = self._series
        (slot,) = self._levels[-1]
        means = self.geometry.mean[slot] + before @ self.geometry.factor[slot, :-1]
        values: Array = interpolated_between(coefficients, edges, means)
        return values

    @cached_property
    def _series(self) -> tuple[Array, Array]:
        (slot,) = self._levels[-1]
        slopes, mean = self.geometry.factor[slot], self.geometry.mean[slot]
        spread = max(float(np.linalg.norm(slopes[:-1])), 1e-300)
        line = replace(
            self.geometry,
            mean=np.array([mean]),
            kinks=self.geometry.kinks[[slot]],
            factor=np.array([[spread, slopes[-1]]]),
            radius=1.0001 * self.geometry.radius * math.sqrt(self.rank - 1),
        )
        edges = np.unique(line.edges(0, np.zeros((1, 0)), self.split)[0])
        angles = math.pi * (np.arange(self.points) + 0.5) / self.points
        places = np.cos(angles)
        at = ((edges[:-1, None] + edges[1:, None]) / 2 + np.diff(edges)[:, None] / 2 * places).ravel()
        alone = replace(
            self, group=self.group.alone(slot), geometry=replace(line, radius=self.geometry.radius)
        )
        sums = alone._summed(1, at[:, None])
        transform = 2.0 / self.points * np.cos(np.outer(np.arange(self.points), angles))
        transform[0] /= 2.0
        series = sums.reshape(-1, len(edges) - 1, self.points) @ transform.T
        return mean + spread * edges, np.ascontiguousarray(series.transpose(1, 0, 2))
