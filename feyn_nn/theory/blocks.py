"""Cumulants over many pairs of inputs, put together from few inputs at a time.

Any inputs of a network form a Markov chain of their own (docs/theory/ensemble.md), so that κ_p(Ĝ_p1, …, Ĝ_pp)
depends on the inputs that its pairs name, 2p at most, whatever the others are. Vertex tables over all inputs at
once would hold powers of the number of *all* pairs, zeros nearly everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Label, Pair, pairs_of

Array: TypeAlias = NDArray[np.float64]
LabelSet: TypeAlias = tuple[Label, ...]


@dataclass(frozen=True, kw_only=True)
class InputBlocks:
    """Sets of inputs of which one holds all inputs of each component κ_rank(Ĝ_p1, …, Ĝ_pp).

    Made by :meth:`of`.

    Parameters
    ----------
    pairs : tuple of Pair
        What each of the `rank` axes runs over, no pair twice.
    rank : int
    blocks : tuple of tuples of int
        The labels of each set, sorted.

    Examples
    --------
    >>> InputBlocks.of([(0, 1), (1, 2), (2, 2)], rank=1, loops=1).blocks
    ((0, 1), (1, 2))
    """

    pairs: tuple[Pair, ...]
    rank: int
    blocks: tuple[LabelSet, ...]

    @classmethod
    def of(cls, pairs: Sequence[Pair], *, rank: int, loops: int) -> InputBlocks:
        """The fewest inputs at a time; all at once where that is cheaper and no more integrals meet there."""
        labels = tuple(sorted({label for pair in pairs for label in pair}))
        blocks = _largest_sets(pairs, labels, rank)
        if len(blocks) == comb(len(labels), min(len(labels), 2 * rank)):
            legs = rank + 2 * loops  # of the largest vertex
            if _n_pairs(len(labels)) ** legs <= len(blocks) * _n_pairs(2 * rank) ** legs:
                blocks = (labels,)
        return cls(pairs=tuple(pairs), rank=rank, blocks=blocks)

    def metrics(self, metric: Array) -> Iterator[Array]:
        """The part of a metric over all labels that belongs to each block."""
        for labels in self.blocks:
            yield metric[np.ix_(labels, labels)]

    def joined(self, parts: Sequence[Array]) -> Array:
        """The cumulant over `pairs`, (len(pairs),)*rank, from one array over all pairs of each block's labels."""
        number = {pair: axis for axis, pair in enumerate(self.pairs)}
        whole = np.full((len(self.pairs),) * self.rank, np.nan)
        for labels, part in zip(self.blocks, parts, strict=True):
            own = [(number[pair], i) for i, pair in enumerate(pairs_of(labels)) if pair in number]
            targets, sources = zip(*own, strict=True)
            whole[np.ix_(*[targets] * self.rank)] = part[np.ix_(*[sources] * self.rank)]
        return whole


def _largest_sets(pairs: Sequence[Pair], labels: LabelSet, rank: int) -> tuple[LabelSet, ...]:
    """The label sets of all components, without those that another one contains."""
    if len(pairs) == _n_pairs(len(labels)):
        return tuple(combinations(labels, min(len(labels), 2 * rank)))
    found = {
        tuple(sorted({label for pair in chosen for label in pair}))
        for chosen in combinations(pairs, min(rank, len(pairs)))
    }
    contained = {
        smaller
        for larger in found
        for size in range(1, len(larger))
        for smaller in combinations(larger, size)
    }
    return tuple(sorted(found - contained))


def _n_pairs(n_labels: int) -> int:
    return n_labels * (n_labels + 1) // 2
