"""The trapezoidal sum of requests that hold a single label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.kernels.gaussian_grid import gaussian_axis
from feyn_nn.kernels.label_group import LabelGroup
from feyn_nn.networks import Activation

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class SingleSum:
    """Σ over nodes g of ∂^j[σ^a](√K g), at any step; what :class:`NestedSum` is for several labels.

    Parameters
    ----------
    group : LabelGroup
    activation : Activation
    deviations : array (metrics,)
        √K at one or several metrics.
    radius : float
        Where the sum ends, in standard deviations.
    steps : tuple of float
        The step of the only coordinate; none where K = 0.
    even : bool
        Whether every request is even under z -> -z.
    """

    group: LabelGroup
    activation: Activation
    deviations: Array
    radius: float
    steps: tuple[float, ...]
    even: bool

    @property
    def rank(self) -> int:
        """The number of coordinates."""
        return len(self.steps)

    def work(self, ratio: float) -> float:
        """About the number of points that :meth:`at` visits."""
        return sum(2.0 * self.radius / (ratio * step) for step in self.steps)

    def at(self, ratio: float) -> Array:
        """The sums at the first metric, and those of absolute values, with the step multiplied: shape (2, T)."""
        tables, weights = self._tables(ratio, self.deviations[:1])
        sums = np.stack((tables[:, 0] @ weights, np.abs(tables[:, 0]) @ weights))
        return sums[:, self.group.factors[:, 0]]

    def at_each_metric(self, ratio: float) -> Array:
        """The sums at every metric: shape (metrics, T)."""
        tables, weights = self._tables(ratio, self.deviations)
        return (tables @ weights).T[:, self.group.factors[:, 0]]

    def _tables(self, ratio: float, deviations: Array) -> tuple[Array, Array]:
        """The rows at the nodes of each metric, (rows, metrics, nodes), and the weights of the nodes."""
        if not self.steps:
            nodes, weights = np.zeros(1), np.ones(1)
        else:
            nodes, weights = gaussian_axis(ratio * self.steps[0], self.radius)
            if self.even:
                nodes, weights = nodes[nodes >= 0.0], weights[nodes >= 0.0]
                weights[1:] *= 2.0
        z = np.multiply.outer(deviations, nodes)
        return self.group.table(self.activation, 0, z.ravel()).reshape(-1, *z.shape), weights
