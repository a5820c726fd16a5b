"""Running mean and covariance of block estimates, mergeable without loss of precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockMoments:
    """Weighted mean and scatter of the vectors that blocks of samples have given so far.

    A block of w samples has weight w; its estimates have a covariance Σ/w with the same Σ for every block.
    Merging follows Chan, Golub and LeVeque (1979): only differences of means are squared.

    Parameters
    ----------
    blocks : int
        The number of blocks.
    weight : float
        The sum of their weights.
    mean : array (observables,)
        The weighted mean.
    scatter : array (observables, observables)
        Σ_i w_i (x_i − mean)(x_i − mean)ᵀ.

    Examples
    --------
    >>> one, two = BlockMoments.of(np.array([1.0]), weight=2), BlockMoments.of(np.array([4.0]), weight=1)
    >>> float(one.merge(two).mean[0])
    2.0
    """

    blocks: int
    weight: float
    mean: NDArray[np.float64]
    scatter: NDArray[np.float64]

    @classmethod
    def of(cls, estimates: NDArray[np.float64], weight: float) -> BlockMoments:
        """The moments of one block."""
        return cls(
            blocks=1, weight=weight, mean=estimates, scatter=np.zeros((estimates.size, estimates.size))
        )

    def merge(self, other: BlockMoments) -> BlockMoments:
        """The moments of the blocks of both."""
        weight = self.weight + other.weight
        step = other.mean - self.mean
        spread = np.outer(step, step) * (self.weight * other.weight / weight)
        return BlockMoments(
            blocks=self.blocks + other.blocks,
            weight=weight,
            mean=self.mean + step * (other.weight / weight),
            scatter=self.scatter + other.scatter + spread,
        )

    @property
    def covariance(self) -> NDArray[np.float64]:
        """The covariance of the mean, (observables, observables), unbiased; of rank blocks − 1 at most."""
        return self.scatter / ((self.blocks - 1) * self.weight)
