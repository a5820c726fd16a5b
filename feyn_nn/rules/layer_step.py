"""The diagrams of one layer's step: neuron vertices that hold external labels, joined by blobs.

κ_p(Ĝ^{ℓ+1}) is the sum over connected bipartite diagrams of neuron vertices, each with a block of the p external
labels and any number of derivative legs, and blobs κ_q(Δ^ℓ), the full cumulants of the layer before
(docs/theory/vertices.md). These are the diagrams that the literature draws (Banta et al. 2024, arXiv 2305.02334).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise, permutations
from math import factorial, prod
from typing import NamedTuple

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind


class Blob(NamedTuple):
    """κ_q of the layer before, at one order.

    Parameters
    ----------
    legs : tuple of int
        How many legs it has on each vertex, q in all.
    loops : int
        Its own loops; κ_1 has at least one.
    """

    legs: tuple[int, ...]
    loops: int

    @property
    def cost(self) -> int:
        """Its powers of 1/n, q - 1 + loops."""
        return sum(self.legs) - 1 + self.loops

    def permuted(self, order: tuple[int, ...]) -> Blob:
        """The blob once vertex order[v] stands in the place of v."""
        return Blob(tuple(self.legs[v] for v in order), self.loops)


@dataclass(frozen=True, kw_only=True)
class LayerStep:
    """A connected bipartite diagram of one layer's step.

    Parameters
    ----------
    vertices : tuple of tuple of int
        The external labels 0 … p-1 that each neuron vertex holds.
    blobs : tuple of Blob
        Full cumulants of the layer before, sorted.

    Raises
    ------
    InvalidInput
        If the labels are not 0 … p-1, each once, or a blob does not speak of every vertex.

    Examples
    --------
    The tadpole, ½ V_{1,2} κ_2:

    >>> tadpole = LayerStep(vertices=((0,),), blobs=(Blob((2,), 0),))
    >>> tadpole.automorphisms, tadpole.loops, tadpole.kinds
    (2, 1, (VertexKind(outgoing=1, incoming=2),))
    """

    vertices: tuple[tuple[int, ...], ...]
    blobs: tuple[Blob, ...]

    def __post_init__(self) -> None:
        labels = sorted(label for block in self.vertices for label in block)
        if labels != list(range(len(labels))) or not all(self.vertices):
            raise InvalidInput(
                f"vertices={self.vertices!r}: give each label 0 … p-1 to one vertex, such as ((0, 1),)"
            )
        if any(len(blob.legs) != len(self.vertices) or blob.cost < 1 for blob in self.blobs):
            raise InvalidInput(
                f"blobs={self.blobs!r}: give each legs on the {len(self.vertices)} vertices, κ_1 a loop"
            )

    @property
    def rank(self) -> int:
        """p, the number of external labels."""
        return sum(map(len, self.vertices))

    @property
    def kinds(self) -> tuple[VertexKind, ...]:
        """V_{k,m} of each vertex: k labels, m derivative legs."""
        legs = [sum(blob.legs[v] for blob in self.blobs) for v in range(len(self.vertices))]
        return tuple(VertexKind(len(block), m) for block, m in zip(self.vertices, legs, strict=True))

    @property
    def automorphisms(self) -> int:
        """|Aut|: c! for c legs of a blob on one vertex, and m! for m blobs that are joined alike."""
        parallel = prod(factorial(c) for blob in self.blobs for c in blob.legs)
        return parallel * prod(factorial(m) for m in Counter(self.blobs).values())

    @property
    def loops(self) -> int:
        """Its loops, those of the blobs included: Σ(q - 1 + own) - vertices + 1."""
        return sum(blob.cost for blob in self.blobs) - len(self.vertices) + 1

    @cached_property
    def copies(self) -> tuple[LayerStep, ...]:
        """The diagrams that relabelling the external legs makes of this one, itself included."""
        return tuple(sorted({self._relabelled(p) for p in permutations(range(self.rank))}, key=_key))

    def _relabelled(self, labels: tuple[int, ...]) -> LayerStep:
        blocks = [tuple(sorted(labels[i] for i in block)) for block in self.vertices]
        order = sorted(range(len(blocks)), key=blocks.__getitem__)
        return LayerStep(
            vertices=tuple(blocks[v] for v in order),
            blobs=tuple(sorted(blob.permuted(tuple(order)) for blob in self.blobs)),
        )


@lru_cache(maxsize=64)
def layer_steps(rank: int, loops: int) -> tuple[LayerStep, ...]:
    """One diagram of each kind, external legs not told apart, that makes κ_rank at exactly `loops` loops.

    The others are their :attr:`LayerStep.copies`.

    Examples
    --------
    >>> for step in layer_steps(2, 0):
    ...     print(step.vertices, step.blobs, len(step.copies))
    ((0, 1),) () 1
    ((0,), (1,)) (Blob(legs=(1, 1), loops=0),) 1
    """
    found = []
    for sizes in _partitions(rank, rank):
        budget = loops + len(sizes) - 1
        ends = list(accumulate(sizes, initial=0))
        blocks = tuple(tuple(range(start, end)) for start, end in pairwise(ends))
        exchanges = [p for p in permutations(range(len(sizes))) if all(sizes[v] == sizes[p[v]] for v in p)]
        alone = tuple(frozenset([v]) for v in range(len(sizes)))
        for blobs in _multisets(_blobs(len(sizes), budget), budget, alone):
            if (rank, blobs) == (1, ()):
                continue  # the kernel itself
            chosen = tuple(sorted(blobs))
            if all(chosen <= tuple(sorted(blob.permuted(p) for blob in blobs)) for p in exchanges):
                found.append(LayerStep(vertices=blocks, blobs=chosen))
    return tuple(sorted(found, key=_key))


def _partitions(total: int, largest: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write `total` as a sum, smallest part first."""
    if total == 0:
        yield ()
    for part in range(1, min(total, largest) + 1):
        for rest in _partitions(total - part, part):
            yield (*rest, part)


def _key(step: LayerStep) -> tuple[object, ...]:
    return len(step.vertices), step.vertices, len(step.blobs), step.blobs


def _blobs(vertices: int, budget: int) -> list[Blob]:
    def counts(places: int, most: int) -> Iterator[tuple[int, ...]]:
        if places == 0:
            yield ()
            return
        for first in range(most + 1):
            for rest in counts(places - 1, most - first):
                yield (first, *rest)

    found = (
        Blob(legs, own) for legs in counts(vertices, budget + 1) if any(legs) for own in range(budget + 1)
    )
    return [blob for blob in found if 1 <= blob.cost <= budget]


def _multisets(
    candidates: list[Blob], budget: int, components: tuple[frozenset[int], ...]
) -> Iterator[tuple[Blob, ...]]:
    """Yield the multisets that cost exactly `budget` and join all components.

    A blob of q legs joins q of them at most, one more than it costs, so what is too far apart is given up at once.
    """
    if budget == 0:
        yield ()
    for i, blob in enumerate(candidates):
        joined = _joined(components, blob)
        left = budget - blob.cost
        if len(joined) - 1 <= left:
            for rest in _multisets(candidates[i:], left, joined):
                yield (blob, *rest)


def _joined(components: tuple[frozenset[int], ...], blob: Blob) -> tuple[frozenset[int], ...]:
    """Sets of vertices, with those that the blob touches taken together."""
    touched = {v for v, c in enumerate(blob.legs) if c}
    apart = tuple(part for part in components if not part & touched)
    return (*apart, frozenset().union(*(part for part in components if part & touched)))
