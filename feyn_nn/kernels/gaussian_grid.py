"""Nodes and weights of the trapezoidal rule for the standard normal density in several dimensions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

MAX_SLICE = 1 << 15
"""About the number of nodes that are handed out at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianGrid:
    """The nodes k·h of ∫ φ(g) f(g) dg inside a ball, with a step for each direction.

    Parameters
    ----------
    steps : tuple of float
        The step h_k of each coordinate; no steps give the single node of a point.
    radius : float
        Nodes further than this from the origin are left out.
    even : bool
        Whether f(-g) = f(g): then only half of the nodes are needed.
    """

    steps: tuple[float, ...]
    radius: float
    even: bool = False

    @property
    def size(self) -> float:
        """About the number of nodes."""
        d = len(self.steps)
        ball = math.pi ** (d / 2) / math.gamma(d / 2 + 1) * self.radius**d
        nodes: float = ball / math.prod(self.steps)
        return nodes / 2 if self.even and d else nodes

    def slices(self) -> Iterator[tuple[Array, Array]]:
        """Yield nodes (N, dimensions) and weights (N,), as many at once as memory comfortably holds."""
        if not self.steps:
            yield np.zeros((1, 0)), np.ones(1)
            return
        axis, weights = gaussian_axis(self.steps[0], self.radius)
        if self.even:
            half = axis >= 0.0
            axis, weights = axis[half], np.where(axis[half] > 0.0, 2.0, 1.0) * weights[half]
        if self.size <= MAX_SLICE:
            axes = (axis, *(gaussian_axis(step, self.radius)[0] for step in self.steps[1:]))
            yield self._ball(axes)
            return
        for g, weight in zip(axis, weights, strict=True):
            rest = GaussianGrid(steps=self.steps[1:], radius=math.sqrt(max(self.radius**2 - g * g, 0.0)))
            for nodes, inner in rest.slices():
                yield np.column_stack((np.full(len(nodes), g), nodes)), weight * inner

    def _ball(self, axes: tuple[Array, ...]) -> tuple[Array, Array]:
        nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))
        squares = np.einsum("nd,nd->n", nodes, nodes)
        inside = squares <= self.radius**2 * (1.0 + 1e-12)
        nodes, squares = nodes[inside], squares[inside]
        weights = np.exp(-squares / 2) * math.prod(step / math.sqrt(2 * math.pi) for step in self.steps)
        if self.even:
            weights = np.where(nodes[:, 0] > 0.0, 2.0 * weights, weights)
        return nodes, weights


def gaussian_axis(step: float, radius: float) -> tuple[Array, Array]:
    """The nodes k·step in [-radius, radius] and their weights step·φ(k·step)."""
    last = math.floor(radius / step)
    nodes: Array = step * np.arange(-last, last + 1, dtype=np.float64)
    return nodes, step / math.sqrt(2 * math.pi) * np.exp(-(nodes**2) / 2)
