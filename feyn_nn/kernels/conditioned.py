"""Normals of which some have been fixed at a value, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.kernels.metric_factor import RANK_TOLERANCE, MetricFactor

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class ConditionedNormals:
    """z_0, z_1, … normal with a mean and a covariance, both exact.

    What is left of a variance after conditioning is a small difference of large numbers, so nothing is rounded
    before the end. A share of the original variance below `RANK_TOLERANCE` counts as none.

    Parameters
    ----------
    mean : tuple of Fraction
    covariance : tuple of tuples of Fraction
    smallest : tuple of Fraction
        The variance of each label below which it counts as fixed.
    history : tuple of (int, float)
        The labels that were fixed, and where.
    """

    mean: tuple[Fraction, ...]
    covariance: tuple[tuple[Fraction, ...], ...]
    smallest: tuple[Fraction, ...]
    history: tuple[tuple[int, float], ...] = ()

    @classmethod
    def of(cls, metric: Array) -> ConditionedNormals:
        """Centred normals with the covariance `metric` (labels, labels)."""
        exact = tuple(tuple(Fraction(float(x)) for x in row) for row in metric)
        smallest = tuple(Fraction(RANK_TOLERANCE) * exact[i][i] for i in range(len(exact)))
        return cls(mean=(Fraction(0),) * len(exact), covariance=exact, smallest=smallest)

    def given(self, label: int, value: float) -> ConditionedNormals:
        """The others, when z_label is `value`."""
        column = self.covariance[label]
        shares = [c / column[label] for c in column]
        off = Fraction(value) - self.mean[label]
        rest = [
            [x - share * c for x, c in zip(row, column, strict=True)]
            for row, share in zip(self.covariance, shares, strict=True)
        ]
        free = [rest[i][i] > smallest for i, smallest in enumerate(self.smallest)]
        covariance = tuple(
            tuple(x if free[i] and free[j] else Fraction(0) for j, x in enumerate(row))
            for i, row in enumerate(rest)
        )
        return ConditionedNormals(
            mean=tuple(m + share * off for m, share in zip(self.mean, shares, strict=True)),
            covariance=covariance,
            smallest=self.smallest,
            history=(*self.history, (label, value)),
        )

    def shares(self, label: int) -> Array:
        """∂E[z_j | z_label = c]/∂c for all j."""
        row = self.covariance[label]
        return np.array([float(x / row[label]) for x in row])

    def distances(self, label: int, places: Sequence[float]) -> Array:
        """How far some places are from the mean of a label: each difference is rounded once."""
        return np.array([float(Fraction(place) - self.mean[label]) for place in places])

    @cached_property
    def variances(self) -> Array:
        """The variance of each label; zero for those that are fixed."""
        return np.array([float(row[i]) for i, row in enumerate(self.covariance)])

    @cached_property
    def means(self) -> Array:
        """The mean of each label."""
        return np.array([float(m) for m in self.mean])

    def factor(self, labels: tuple[int, ...]) -> Array:
        """F with F Fᵀ the covariance of some labels: (labels, rank)."""
        exact = [[self.covariance[i][j] for j in labels] for i in labels]
        return MetricFactor.of_exact(exact, [self.smallest[i] for i in labels]).matrix
