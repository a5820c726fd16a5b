"""The cumulants of the metric, one layer at a time: the law of total cumulance as a power series in 1/n.

κ_p(Ĝ^{ℓ+1}) is a sum over partitions of the p labels into blocks. A block is one neuron vertex V_{k,m}, whose
m derivative legs meet the fluctuation Δ^ℓ; the legs of all blocks are grouped into blobs, the full cumulants
κ_q(Δ^ℓ) of the layer before, such that everything hangs together. No diagram is generated: a blob is only
the vector of how many legs it takes from each block, and the weight of a multiset of blobs is
Π_blobs Π_b 1/c_b! · 1/multiplicities!. That makes the sum an independent check of the diagrams. Partitions into
blocks of the same sizes differ in their labels alone: one is evaluated, the others are its transposes.

Order by order: in units of n^{1-p}, the connected step costs Σ(q-1) - blocks + 1 loops, and a blob's own loops
add to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, combinations_with_replacement, product
from math import factorial, prod
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import set_partitions
from feyn_nn.actions import VertexKind
from feyn_nn.kernels.contraction import Contraction

Array: TypeAlias = NDArray[np.float64]
Blob: TypeAlias = tuple[int, ...]
"""How many legs a cumulant of the layer before takes from each block."""


class Order(NamedTuple):
    """κ_rank at `loops`: the coefficient of n^{-(rank - 1 + loops)}."""

    rank: int
    loops: int


@dataclass(frozen=True, kw_only=True)
class StepTerm:
    """One way to make κ_p of a layer from the cumulants of the layer before.

    Parameters
    ----------
    sizes : tuple of int
        How many external labels each neuron vertex holds, largest first; labels are dealt out in order.
    blobs : tuple of Blob
    weight : float
    loops : int
        What the step itself costs.
    """

    sizes: tuple[int, ...]
    blobs: tuple[Blob, ...]
    weight: float
    loops: int

    @cached_property
    def kinds(self) -> tuple[VertexKind, ...]:
        """The vertex of each block."""
        legs = [sum(blob[b] for blob in self.blobs) for b in range(len(self.sizes))]
        return tuple(VertexKind(size, m) for size, m in zip(self.sizes, legs, strict=True))

    @cached_property
    def contraction(self) -> Contraction:
        """The vertices and then the blobs, joined at their legs; labels are the axes of the result."""
        rank = sum(self.sizes)
        at_block = [
            list(range(end - size, end)) for size, end in zip(self.sizes, accumulate(self.sizes), strict=True)
        ]
        at_blob = []
        following = rank
        for blob in self.blobs:
            axes: list[int] = []
            for b, count in enumerate(blob):
                axes += range(following, following + count)
                at_block[b] += range(following, following + count)
                following += count
            at_blob.append(tuple(axes))
        return Contraction((*map(tuple, at_block), *at_blob), tuple(range(rank)))


@lru_cache(maxsize=256)
def step_terms(rank: int, loops: int) -> tuple[StepTerm, ...]:
    """All terms of κ_rank through `loops`, cheapest first, one for each choice of block sizes and blobs."""
    terms = []
    for sizes in {_sizes(blocks) for blocks in set_partitions(range(rank))}:
        for blobs in _blob_multisets(len(sizes), loops + len(sizes) - 1):
            if rank == 1 and not blobs:
                continue  # the kernel itself
            weight = 1.0 / prod(factorial(c) for blob in blobs for c in blob)
            weight /= prod(factorial(m) for m in Counter(blobs).values())
            own = sum(sum(blob) - 1 for blob in blobs) - len(sizes) + 1
            terms.append(StepTerm(sizes=sizes, blobs=blobs, weight=weight, loops=own))
    return tuple(sorted(terms, key=lambda term: (term.loops, term.sizes, term.blobs)))


@lru_cache(maxsize=256)
def labellings(sizes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """The transpositions that turn a term's labels into those of each set partition with these block sizes."""
    found = []
    for blocks in set_partitions(range(sum(sizes))):
        if _sizes(blocks) == sizes:
            dealt = [label for block in sorted(blocks, key=len, reverse=True) for label in block]
            found.append(tuple(sorted(range(len(dealt)), key=dealt.__getitem__)))
    return tuple(found)


def _sizes(blocks: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(sorted(map(len, blocks), reverse=True))


def orders_needed(rank: int, loops: int) -> tuple[Order, ...]:
    """Which cumulants of the layer before enter κ_rank through `loops`, itself included."""
    return tuple(
        Order(q, own) for q in range(1, rank + loops + 1) for own in range(loops - max(0, q - rank) + 1)
    )


def kinds_needed(rank: int, loops: int) -> frozenset[VertexKind]:
    """The vertices that enter κ_rank through `loops`, and the propagator V_{1,1}.

    V_{k,m} costs k - 1 powers of 1/n. Of its m incoming legs s = max(rank - k, 0) tie it to the external labels that
    it does not send out itself, at a power each if m ≥ s, and at no less than s powers in all; every two of the
    others share a blob κ_2, for another one.
    """
    order = rank - 1 + loops
    kinds = {VertexKind(1, 1)}
    for k, m in product(range(1, order + 2), range(2 * order + 1)):
        ties = max(rank - k, 0)
        if (k, m) != (1, 0) and 2 * (k - 1) + max(2 * ties, m + ties) <= 2 * order:
            kinds.add(VertexKind(k, m))
    return frozenset(kinds)


def cumulants(layers: Sequence[dict[VertexKind, Array]], rank: int, loops: int, n_pairs: int) -> list[Array]:
    """κ_rank(Ĝ^L) at 0 … `loops` loops, each an array (n_pairs,)*rank in units of n^{-(rank - 1 + loops)}.

    Parameters
    ----------
    layers : sequence of dict
        The vertex tables of hidden layers 1 … L-1 (:class:`feyn_nn.kernels.tables.NetworkTables`).
    rank, loops : int
    n_pairs : int
        The number of pairs of inputs, B(B+1)/2.
    """
    wanted = orders_needed(rank, loops)
    current = {order: np.zeros((n_pairs,) * order.rank) for order in wanted}
    for tables in layers:
        current = _step(tables, current, _highest(wanted), n_pairs)
    return [current[Order(rank, own)] for own in range(loops + 1)]


def _step(
    tables: dict[VertexKind, Array], before: dict[Order, Array], highest: dict[int, int], n_pairs: int
) -> dict[Order, Array]:
    after = {order: np.zeros((n_pairs,) * order.rank) for order in before}
    for rank, most in highest.items():
        sums: dict[tuple[tuple[int, ...], int], Array] = {}
        for term in step_terms(rank, most):
            if not all(kind in tables for kind in term.kinds):
                continue  # the first layer: nothing comes in
            vertices = [tables[kind] for kind in term.kinds]
            for own in range(term.loops, most + 1):
                for shares in _shares(own - term.loops, term.blobs):
                    blobs = [before[Order(sum(b), s)] for b, s in zip(term.blobs, shares, strict=True)]
                    value = term.weight * term.contraction([*vertices, *blobs])
                    key = term.sizes, own
                    sums[key] = sums[key] + value if key in sums else value
        for (sizes, own), value in sums.items():
            for axes in labellings(sizes):
                after[Order(rank, own)] += value.transpose(axes)
    return after


def _highest(orders: Sequence[Order]) -> dict[int, int]:
    highest: dict[int, int] = {}
    for rank, own in orders:
        highest[rank] = max(own, highest.get(rank, 0))
    return highest


def _shares(loops: int, blobs: Sequence[Blob]) -> Iterator[tuple[int, ...]]:
    """Yield the loops of each blob, adding up to `loops`; a first cumulant has at least one."""
    lowest = [1 if sum(blob) == 1 else 0 for blob in blobs]
    if not blobs:
        if loops == 0:
            yield ()
        return
    for shares in product(*(range(low, loops + 1) for low in lowest)):
        if sum(shares) == loops:
            yield shares


def _blob_multisets(n_blocks: int, budget: int) -> Iterator[tuple[Blob, ...]]:
    """Yield the multisets of blobs that connect all blocks.

    κ_q costs q - 1 of the budget, and κ_1, which starts at one loop, costs 1. A blob merges at most one component
    more than it costs, so what cannot be connected with the rest of the budget is given up at once.
    """
    candidates = [
        (blob, max(sum(blob) - 1, 1), sum(1 << b for b, count in enumerate(blob) if count))
        for blob in _blobs(n_blocks, budget + 1)
    ]

    def extend(start: int, left: int, components: tuple[int, ...]) -> Iterator[tuple[Blob, ...]]:
        if len(components) == 1:
            yield ()
        for i in range(start, len(candidates)):
            blob, cost, members = candidates[i]
            if cost > left:
                return  # those that follow cost no less
            merged = _merged(components, members)
            if len(merged) - 1 <= left - cost:
                for rest in extend(i, left - cost, merged):
                    yield (blob, *rest)

    yield from extend(0, budget, tuple(1 << b for b in range(n_blocks)))


def _blobs(n_blocks: int, most: int) -> Iterator[Blob]:
    """Yield the ways to take from 1 to `most` legs from some blocks, fewest legs first."""
    for legs in range(1, most + 1):
        for chosen in combinations_with_replacement(range(n_blocks), legs):
            yield tuple(chosen.count(b) for b in range(n_blocks))


def _merged(components: tuple[int, ...], members: int) -> tuple[int, ...]:
    """Sets of blocks, as bit masks, with those that `members` touches taken together."""
    return (*(c for c in components if not c & members), sum(c for c in components if c & members))
