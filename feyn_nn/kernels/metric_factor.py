"""A metric as a product F Fᵀ: preactivations from independent normals, z = F g."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput

Array: TypeAlias = NDArray[np.float64]

RANK_TOLERANCE = 2e-15
"""A share of variance below this, left after conditioning on other labels, is rounding."""

POSITIVITY_TOLERANCE = 1e-10
"""How far from symmetric and positive semi-definite a metric may be, in units of its largest variance."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MetricFactor:
    """F with K = F Fᵀ, of shape (labels, rank).

    Parameters
    ----------
    matrix : array (labels, rank)
        Rows in the order of the labels. The rows of the pivots form a lower triangle, largest variance first,
        so a label depends on the last coordinate only if no other labels determine it.
    pivots : tuple of int
        The label that each coordinate was made for.

    Examples
    --------
    >>> import numpy as np
    >>> factor = MetricFactor.of(np.array([[4.0, 2.0], [2.0, 1.0]]))
    >>> factor.rank, factor.matrix.tolist()
    (1, [[2.0], [1.0]])
    """

    matrix: Array
    pivots: tuple[int, ...]

    @property
    def rank(self) -> int:
        """The number of independent normals; 0 for a metric that is zero."""
        return len(self.pivots)

    @classmethod
    def of(cls, metric: Array) -> MetricFactor:
        """Factor a symmetric positive semi-definite metric, singular ones and zero included.

        Variances left after conditioning are small differences that high derivatives magnify, so they are formed in
        exact arithmetic and rounded once.

        Parameters
        ----------
        metric : array (labels, labels)
        """
        if len(metric) == 1:
            return cls._of_one(metric)
        exact = _exact(metric)
        return cls.of_exact(exact, [Fraction(RANK_TOLERANCE) * exact[i][i] for i in range(len(exact))])

    @classmethod
    def of_exact(cls, exact: list[list[Fraction]], smallest: list[Fraction]) -> MetricFactor:
        """Factor a metric that is known exactly.

        Parameters
        ----------
        exact : list of lists of Fraction
        smallest : list of Fraction
            The variance of each label below which nothing is left of it.
        """
        remaining = [exact[i][i] for i in range(len(exact))]
        columns: list[list[Fraction]] = []
        pivots: list[int] = []
        while True:
            candidates = [i for i, left in enumerate(remaining) if i not in pivots and left > smallest[i]]
            if not candidates:
                return cls._joined(columns, tuple(pivots), len(exact))
            pivot = max(candidates, key=remaining.__getitem__)
            column = _conditioned_column(exact, columns, pivots, pivot)
            remaining = [r - c**2 / column[pivot] for r, c in zip(remaining, column, strict=True)]
            columns.append(column)
            pivots.append(pivot)

    def moved(self, metric: Array) -> MetricFactor:
        """Factor a metric that lies next to this one with the same pivots, so that the factors differ by little.

        A coordinate whose variance the move leaves at zero or less is dropped: its column is zero.
        """
        if len(metric) == 1:
            return MetricFactor(matrix=np.sqrt(np.maximum(metric, 0.0))[:, : self.rank], pivots=self.pivots)
        exact = _exact(metric)
        columns: list[list[Fraction]] = []
        pivots: list[int] = []
        kept = []
        for pivot in self.pivots:
            column = _conditioned_column(exact, columns, pivots, pivot)
            kept.append(column[pivot] > 0)
            if kept[-1]:
                columns.append(column)
                pivots.append(pivot)
        matrix = np.zeros_like(self.matrix)
        matrix[:, kept] = self._joined(columns, tuple(pivots), len(metric)).matrix
        return MetricFactor(matrix=matrix, pivots=self.pivots)

    @classmethod
    def _of_one(cls, metric: Array) -> MetricFactor:
        if metric[0, 0] > 0.0:
            return cls(matrix=np.sqrt(metric), pivots=(0,))
        return cls(matrix=np.zeros((1, 0)), pivots=())

    @classmethod
    def _joined(cls, columns: list[list[Fraction]], pivots: tuple[int, ...], n: int) -> MetricFactor:
        matrix = np.zeros((n, len(pivots)))
        for k, (pivot, column) in enumerate(zip(pivots, columns, strict=True)):
            matrix[:, k] = [float(c) / math.sqrt(column[pivot]) for c in column]
        return cls(matrix=matrix, pivots=pivots)


def without_rounding(
    exact: list[list[Fraction]], smallest: list[Fraction]
) -> tuple[tuple[Fraction, ...], ...]:
    """The covariance that is left when shares of variance below `smallest` count as none: of the rank of its factor."""
    factor = MetricFactor.of_exact(exact, smallest)
    columns: list[list[Fraction]] = []
    for k, pivot in enumerate(factor.pivots):
        columns.append(_conditioned_column(exact, columns, list(factor.pivots[:k]), pivot))
    variances = [column[pivot] for column, pivot in zip(columns, factor.pivots, strict=True)]
    return tuple(
        tuple(
            sum((c[i] * c[j] / v for c, v in zip(columns, variances, strict=True)), start=Fraction(0))
            for j in range(len(exact))
        )
        for i in range(len(exact))
    )


def _exact(metric: Array) -> list[list[Fraction]]:
    return [[Fraction(x) for x in row] for row in metric.tolist()]


def _conditioned_column(
    metric: list[list[Fraction]], columns: list[list[Fraction]], pivots: list[int], pivot: int
) -> list[Fraction]:
    """Covariance of every label with `pivot`, given the earlier pivots; exactly zero for those."""
    column = [row[pivot] for row in metric]
    for earlier, label in zip(columns, pivots, strict=True):
        share = earlier[pivot] / earlier[label]
        column = [c - share * e for c, e in zip(column, earlier, strict=True)]
    return column


def symmetric_metric(metric: ArrayLike, n_labels: int) -> Array:
    """`metric` as an exactly symmetric array that covers the labels 0 … n_labels - 1.

    Raises
    ------
    InvalidInput
        If it is too small, not square, not finite, not symmetric or not positive semi-definite.
    """
    given = np.asarray(metric, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise InvalidInput(
            f"the metric has shape {given.shape}; give a square matrix (B, B), such as [[1.0]]"
        )
    if len(given) < n_labels:
        raise InvalidInput(
            f"the metric covers {len(given)} labels but label {n_labels - 1} is asked for; give a ({n_labels},"
            f" {n_labels}) matrix"
        )
    if not np.isfinite(given).all():
        raise InvalidInput("the metric holds entries that are not finite; give finite numbers alone")
    size = float(np.abs(given).max(initial=0.0))
    if np.abs(given - given.T).max(initial=0.0) > POSITIVITY_TOLERANCE * size:
        raise InvalidInput("the metric is not symmetric; give (G + G.T) / 2")
    symmetric = given / 2 + given.T / 2
    if len(given) == 1 and given[0, 0] >= 0.0:
        return symmetric
    if size > 0.0 and np.linalg.eigvalsh(symmetric / size)[0] < -POSITIVITY_TOLERANCE:
        raise InvalidInput("the metric is not positive semi-definite; give a covariance matrix")
    return symmetric
