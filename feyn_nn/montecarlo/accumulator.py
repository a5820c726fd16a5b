"""The state of a run: power sums of all networks so far, and of up to 256 batches of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from feyn_nn.montecarlo.k_statistics import KStatistics
from feyn_nn.montecarlo.measurement import BlockSums
from feyn_nn.montecarlo.monomials import MonomialBasis, PowerSums
from feyn_nn.montecarlo.schedule import MOST_BATCHES, Block

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Accumulator:
    """What the blocks of a run have given so far, merged in their order; a new one for every block.

    Parameters
    ----------
    blocks : int
        How many blocks are in it.
    samples : int
        How many networks.
    total : PowerSums
        Of all networks, as one batch; no batch before the first block.
    batches : PowerSums
        Of consecutive batches, of equal size but for the last.
    scatter : array (observables,)
        Σ ψ² of the influence functions, each measured from its block's mean.
    field_scatter : array (observables,)
        The same without conditioning on the last layer, from the first blocks.
    field_blocks, field_samples : int
        How many blocks and networks that rests on.
    """

    blocks: int
    samples: int
    total: PowerSums
    batches: PowerSums
    scatter: Array
    field_scatter: Array
    field_blocks: int
    field_samples: int

    @classmethod
    def empty(cls, basis: MonomialBasis, observables: int) -> Accumulator:
        """Before the first block."""
        zeros = np.zeros(observables)
        return cls(
            blocks=0,
            samples=0,
            total=basis.empty(),
            batches=basis.empty(),
            scatter=zeros,
            field_scatter=zeros,
            field_blocks=0,
            field_samples=0,
        )

    def add(self, basis: MonomialBasis, block: Block, found: BlockSums) -> Accumulator:
        """The state after one more block."""
        return Accumulator(
            blocks=self.blocks + 1,
            samples=self.samples + block.size,
            total=basis.merged(PowerSums.joined(self.total, found.total)),
            batches=_grown(basis, self.batches, block, found.batches),
            scatter=self.scatter + found.scatter,
            field_scatter=self.field_scatter + found.field_scatter,
            field_blocks=self.field_blocks + (found.field_samples > 0),
            field_samples=self.field_samples + found.field_samples,
        )

    def variances(self) -> Array:
        """The squared standard errors of the k-statistics by formula, (observables,)."""
        return self._variance_of_one() / self.samples

    def gains(self) -> Array:
        """Variance without conditioning over variance with it, (observables,); NaN where neither varies."""
        with np.errstate(divide="ignore", invalid="ignore"):
            field = self.field_scatter / np.float64(self.field_samples - self.field_blocks)
            return field / self._variance_of_one()

    def _variance_of_one(self) -> Array:
        """Var ψ: samples times the variance of the estimates; each block has spent one sample on its mean."""
        return self.scatter / (self.samples - self.blocks)


def batch_covariance(statistics: KStatistics, batches: PowerSums) -> Array:
    """The covariance of the estimates of a run from the spread between its batches.

    A batch of w samples has weight w: its estimates have a covariance Σ/w with the same Σ for every batch.
    Unbiased, of rank batches − 1 at most.

    Returns
    -------
    array (observables, observables)
    """
    weights, estimates = batches.counts, statistics.estimates(batches)
    shares = weights / weights.sum()
    mean = estimates[0] + np.einsum(
        "b,bi->i", shares, estimates - estimates[0]
    )  # equal batches have no spread, to the bit
    spread = np.sqrt(shares)[:, np.newaxis] * (estimates - mean)
    covariance: Array = np.einsum("bi,bj->ij", spread, spread, optimize=False)
    return covariance / (len(batches) - 1)


def _grown(basis: MonomialBasis, batches: PowerSums, block: Block, new: PowerSums) -> PowerSums:
    """Batches with those of one more block; merged two by two once there are too many."""
    short = len(new) == 1 and new.counts[0] < block.batch
    if short and len(batches) and (batches.counts[-1] < block.batch or not block.whole):
        tail = basis.merged(PowerSums.joined(batches[-1:], new))
        grown = PowerSums.joined(batches[:-1], tail)
    else:
        grown = PowerSums.joined(batches, new)
    if block.whole and len(grown) == MOST_BATCHES and grown.counts[-1] >= block.batch:
        pairs = [basis.merged(grown[i:j]) for i, j in pairwise(range(0, MOST_BATCHES + 1, 2))]
        return PowerSums.joined(*pairs)
    return grown
