"""Requests that couple the same labels, as rows of a table of powers and derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.kernels.trapezoid_sums import power_tables
from feyn_nn.networks import Activation
from feyn_nn.rules import Expectation

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]


Shape: TypeAlias = tuple[tuple[tuple[int, int], ...], ...]
"""Requests without the names of their labels: (power, derivatives) of each label, for each request."""


def shape(requests: Sequence[Expectation]) -> Shape:
    """What requests over one set of labels have in common with those over another."""
    return tuple(tuple((factor.power, factor.derivatives) for factor in request) for request in requests)


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelGroup:
    """What a set of labels is asked for: each request is a product of one row per label.

    Made by :meth:`of`, once for each shape, so that groups are the same object exactly if they ask for the same.

    Parameters
    ----------
    powers, orders : array (rows,)
        a and j of each row ∂^j[σ^a], the rows of one label next to one another.
    starts : tuple of int
        The first row of each label, and the number of rows.
    factors : array (T, labels)
        The rows that each request multiplies.
    """

    powers: Indices
    orders: Indices
    starts: tuple[int, ...]
    factors: Indices

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(requests: Shape) -> LabelGroup:
        """Group requests over one set of labels."""
        factors = np.empty((len(requests), len(requests[0])), np.intp)
        rows: list[tuple[int, int]] = []
        starts = [0]
        for slot in range(factors.shape[1]):
            shares = [request[slot] for request in requests]
            own = sorted(set(shares))
            factors[:, slot] = [len(rows) + own.index(share) for share in shares]
            rows += own
            starts.append(len(rows))
        powers, orders = np.array(rows, np.intp).reshape(-1, 2).T.copy()
        return LabelGroup(powers=powers, orders=orders, starts=tuple(starts), factors=factors)

    @property
    def n_labels(self) -> int:
        """How many labels meet in each request."""
        return int(self.factors.shape[1])

    def rows(self, slot: int) -> slice:
        """The rows of one label."""
        return slice(self.starts[slot], self.starts[slot + 1])

    def alone(self, slot: int) -> LabelGroup:
        """The rows of one label, each as a request of its own."""
        rows = self.rows(slot)
        shares = zip(self.powers[rows].tolist(), self.orders[rows].tolist(), strict=True)
        return LabelGroup.of(tuple((share,) for share in shares))

    def table(self, activation: Activation, slot: int, z: Array) -> Array:
        """∂^j[σ^a] at the points z (nodes,) for the rows of one label: shape (rows, nodes)."""
        rows = self.rows(slot)
        derivatives = activation.derivatives(z, int(self.orders[rows].max()))
        return power_tables(derivatives, self.powers[rows], self.orders[rows])
