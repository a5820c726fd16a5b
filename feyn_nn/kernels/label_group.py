"""Requests that couple the same labels, as rows of a table of powers and derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.kernels.trapezoid_sums import power_tables
from feyn_nn.networks import Activation
from feyn_nn.rules import Expectation

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelGroup:
    """What one set of labels is asked for: each request is a product of one row per label.

    Parameters
    ----------
    labels : tuple of int
    positions : array (T,)
        Where the requests stand in the plan.
    powers, orders : array (rows,)
        a and j of each row ∂^j[σ^a], the rows of one label next to one another.
    starts : tuple of int
        The first row of each label, and the number of rows.
    factors : array (T, labels)
        The rows that each request multiplies.
    """

    labels: tuple[int, ...]
    positions: Indices
    powers: Indices
    orders: Indices
    starts: tuple[int, ...]
    factors: Indices

    @classmethod
    def of(cls, positions: Sequence[int], requests: Sequence[Expectation]) -> LabelGroup:
        """Group requests that have the same labels."""
        labels = tuple(factor.label for factor in requests[0])
        factors = np.empty((len(requests), len(labels)), np.intp)
        rows: list[tuple[int, int]] = []
        starts = [0]
        for slot in range(len(labels)):
            shares = [(request[slot].power, request[slot].derivatives) for request in requests]
            own = sorted(set(shares))
            factors[:, slot] = [len(rows) + own.index(share) for share in shares]
            rows += own
            starts.append(len(rows))
        powers, orders = np.array(rows, np.intp).reshape(-1, 2).T.copy()
        return cls(
            labels=labels,
            positions=np.array(positions, np.intp),
            powers=powers,
            orders=orders,
            starts=tuple(starts),
            factors=factors,
        )

    def rows(self, slot: int) -> slice:
        """The rows of one label."""
        return slice(self.starts[slot], self.starts[slot + 1])

    def alone(self, slot: int) -> LabelGroup:
        """The rows of one label, each as a request of its own."""
        rows = self.rows(slot)
        count = rows.stop - rows.start
        return LabelGroup(
            labels=(self.labels[slot],),
            positions=np.arange(count),
            powers=self.powers[rows],
            orders=self.orders[rows],
            starts=(0, count),
            factors=np.arange(count)[:, None],
        )

    def table(self, activation: Activation, slot: int, z: Array) -> Array:
        """∂^j[σ^a] at the points z (nodes,) for the rows of one label: shape (rows, nodes)."""
        rows = self.rows(slot)
        derivatives = activation.derivatives(z, int(self.orders[rows].max()))
        return power_tables(derivatives, self.powers[rows], self.orders[rows])
