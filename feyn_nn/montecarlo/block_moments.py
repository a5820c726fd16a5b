"""Means and scatter that merge, block by block, without loss of precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockMoments:
    """Weighted mean and scatter of what blocks of networks have given so far.

    Merging follows Chan, Golub and LeVeque (1979): only differences of means are squared.

    Parameters
    ----------
    blocks : int
        The number of blocks.
    weight : float
        How many networks they held.
    mean : array (groups, variables)
        The weighted mean of the blocks.
    scatter : array (groups, variables, variables)
        Σ_blocks w (x − mean)(x − mean)ᵀ of each group.
    """

    blocks: int
    weight: float
    mean: Array
    scatter: Array

    @classmethod
    def of(cls, means: Array, networks: int) -> BlockMoments:
        """The moments of one block of which the means alone are kept."""
        groups, variables = means.shape
        return cls(blocks=1, weight=networks, mean=means, scatter=np.zeros((groups, variables, variables)))

    def merge(self, other: BlockMoments) -> BlockMoments:
        """The moments of the blocks of both."""
        weight, step = self.weight + other.weight, other.mean - self.mean
        spread = step[:, :, np.newaxis] * step[:, np.newaxis] * (self.weight * other.weight / weight)
        return BlockMoments(
            blocks=self.blocks + other.blocks,
            weight=weight,
            mean=self.mean + step * (other.weight / weight),
            scatter=self.scatter + other.scatter + spread,
        )

    @property
    def covariance(self) -> Array:
        """Of the mean, (groups, variables, variables), unbiased, from means of blocks; of rank blocks − 1 at most."""
        return self.scatter / ((self.blocks - 1) * self.weight)
