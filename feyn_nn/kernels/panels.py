"""Gauss–Legendre panels for functions of normals that have kinks on lines.

z_α = μ_α + Σ_k F_αk g_k with g standard normal. Along the last coordinate the panels end where a variable
meets one of its kinks. What remains is smooth in the other coordinates but at the kinks of variables that
depend on those alone, where two kinks of the last coordinate cross, and, almost, where a kink is crossed within
a small standard deviation: panels end there as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.kernels.orthants import legendre_rule

Array: TypeAlias = NDArray[np.float64]

PANEL = 1.8
"""The widest panel, in standard deviations."""

_STRIPS = 1.6  # the widest panel, in units of the distance to the nearest singularity
_GRADES = np.array([-9.0, -7.0, -5.5, -4.0, -2.7, -1.5, -0.5, 0.5, 1.5, 2.7, 4.0, 5.5, 7.0, 9.0])


@dataclass(frozen=True, kw_only=True, eq=False)
class KinkGeometry:
    """Where the kinks of some variables are, in whitened coordinates.

    Parameters
    ----------
    mean : array (labels,)
    factor : array (labels, rank)
    kinks : array (labels, kinks)
        Where the kinks are, seen from the mean; differences that are rounded once.
    strip : float
        The distance of the pieces' singularities.
    radius : float
        How far out the coordinates go.
    """

    mean: Array
    factor: Array
    kinks: Array
    strip: float
    radius: float

    def edges(self, level: int, before: Array, split: int) -> Array:
        """Panel edges along coordinate `level`, sorted, at points of those before it: (N, panels + 1).

        Parameters
        ----------
        level : int
        before : array (N, level)
        split : int
            Into how many parts each panel of the uniform grid is divided.
        """
        columns = [np.broadcast_to(self._uniform(level, split), (len(before), self._count(level, split) + 1))]
        rest = self.factor[:, level + 1 :]
        blur = np.sqrt((rest**2).sum(axis=1))
        width = 2.0 * self.radius / self._count(level, split)
        for label, slopes in enumerate(self.factor):
            slope = slopes[level]
            if slope == 0.0:
                continue
            moved = before @ slopes[:level]
            shifts = np.zeros(1) if blur[label] == 0.0 else blur[label] * _GRADES
            if blur[label] and blur[label] > width * abs(slope):
                continue  # the other coordinates smooth the kink over more than a panel
            columns += [
                ((kink + shift - moved) / slope)[:, None] for kink in self.kinks[label] for shift in shifts
            ]
        columns += self._crossings(level, before, width)
        edges = np.concatenate(columns, axis=1)
        edges = np.clip(edges, -self.radius, self.radius)
        edges.sort(axis=1)
        return edges

    def _crossings(self, level: int, before: Array, width: float) -> list[Array]:
        """Where kinks of two variables cross that depend on the next coordinate and, beyond it, on little or none."""
        found: list[Array] = []
        if level + 2 > self.factor.shape[1]:
            return found
        blur = np.sqrt((self.factor[:, level + 2 :] ** 2).sum(axis=1))
        inner = [label for label in range(len(self.factor)) if self.factor[label, level + 1] != 0.0]
        for i, j in ((i, j) for place, i in enumerate(inner) for j in inner[:place]):
            (a, b), (c, d) = self.factor[i, level : level + 2], self.factor[j, level : level + 2]
            determinant = a * d - b * c
            smeared = math.hypot(d * blur[i], b * blur[j])
            if smeared >= width * abs(determinant):
                continue  # parallel, or smooth over more than a panel
            shifts = smeared / determinant * _GRADES if smeared else np.zeros(1)
            moved = [before @ self.factor[k, :level] for k in (i, j)]
            found += [
                ((d * (p - moved[0]) - b * (q - moved[1])) / determinant + shift)[:, None]
                for p in self.kinks[i]
                for q in self.kinks[j]
                for shift in shifts
            ]
        return found

    def _uniform(self, level: int, split: int) -> Array:
        return np.linspace(-self.radius, self.radius, self._count(level, split) + 1)

    def _count(self, level: int, split: int) -> int:
        reach = float(np.abs(self.factor[:, level]).max(initial=1e-300))
        return split * math.ceil(2.0 * self.radius / min(PANEL, _STRIPS * self.strip / reach))

    def panels(self, level: int, split: int) -> int:
        """About how many panels one line along coordinate `level` has."""
        return self._count(level, split) + self.kinks.size


def panel_nodes(edges: Array, points: int) -> tuple[Array, Array]:
    """Gauss–Legendre nodes between edges (N, panels + 1), and weights with the normal density: (N, panels, points)."""
    x, w = legendre(points)
    half = np.diff(edges, axis=1)[:, :, None] / 2
    nodes = (edges[:, :-1, None] + edges[:, 1:, None]) / 2 + half * x
    return nodes, half * w * np.exp(-(nodes**2) / 2) / math.sqrt(2.0 * math.pi)


@lru_cache(maxsize=8)
def legendre(points: int) -> tuple[Array, Array]:
    """Gauss–Legendre nodes and weights on [-1, 1]."""
    return legendre_rule(points)


def truncation_radius(degree: float, rate: float, rank: int) -> float:
    """Where |g|^degree exp(rate |g| - g²/2) has fallen below 1e-18 of its size, surface of a sphere included."""
    radius = 9.0 + rate
    for _ in range(20):
        radius = rate + math.sqrt(2.0 * (41.5 + (degree + rank - 1) * math.log(radius)))
    return radius
