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
    deviation : float
        √K.
    radius : float
        Where the sum ends, in standard deviations.
    step : float
    even : bool
        Whether every request is even under z -> -z.
    """

    group: LabelGroup
    activation: Activation
    deviation: float
    radius: float
    step: float
    even: bool

    @property
    def steps(self) -> tuple[float, ...]:
        """The step of the only coordinate; none where K = 0."""
        return (self.step,) if self.deviation else ()

    @property
    def rank(self) -> int:
        """The number of coordinates."""
        return len(self.steps)

    def work(self, ratio: float) -> float:
        """About the number of points that :meth:`at` visits."""
        return 2.0 * self.radius / (ratio * self.step)

    def at(self, ratio: float) -> Array:
        """The sums, and the sums of absolute values, with the step multiplied by `ratio`: shape (2, T)."""
        nodes, weights = gaussian_axis(ratio * self.step, self.radius) if self.rank else (np.zeros(1), np.ones(1))
        if self.even:
            nodes, weights = nodes[nodes >= 0.0], weights[nodes >= 0.0]
            weights[1:] *= 2.0
        table = self.group.table(self.activation, 0, self.deviation * nodes)
        sums = np.stack((table @ weights, np.abs(table) @ weights))
        return sums[:, self.group.factors[:, 0]]
