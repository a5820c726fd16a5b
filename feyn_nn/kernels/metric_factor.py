"""A metric as a product F Fᵀ: preactivations from independent normals, z = F g."""

from __future__ import annotations

from dataclasses import dataclass
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

        Parameters
        ----------
        metric : array (labels, labels)
        """
        n = len(metric)
        matrix = np.zeros((n, n))
        remaining = np.diag(metric).copy()
        smallest = RANK_TOLERANCE * remaining
        pivots: list[int] = []
        while len(pivots) < n:
            left = np.where(remaining > smallest, remaining, 0.0)
            left[pivots] = 0.0
            pivot = int(np.argmax(left))
            if left[pivot] == 0.0:
                break
            k = len(pivots)
            column = metric[:, pivot] - matrix[:, :k] @ matrix[pivot, :k]
            column[pivots] = 0.0
            matrix[:, k] = column / np.sqrt(left[pivot])
            matrix[pivot, k] = np.sqrt(left[pivot])
            remaining -= matrix[:, k] ** 2
            pivots.append(pivot)
        return cls(matrix=matrix[:, : len(pivots)].copy(), pivots=tuple(pivots))


def symmetric_metric(metric: ArrayLike, n_labels: int) -> Array:
    """`metric` as an exactly symmetric array that covers the labels 0 … n_labels - 1.

    Raises
    ------
    InvalidInput
        If it is too small, not square, not finite, not symmetric or not positive semi-definite.
    """
    given = np.asarray(metric, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise InvalidInput(f"the metric has shape {given.shape}; give a square matrix (B, B), such as [[1.0]]")
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
    if size > 0.0 and np.linalg.eigvalsh(symmetric / size)[0] < -POSITIVITY_TOLERANCE:
        raise InvalidInput("the metric is not positive semi-definite; give a covariance matrix")
    return symmetric
