"""Who stands above whom: the order within the columns of a causal drawing, with the fewest crossings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise, permutations
from math import factorial
from typing import NamedTuple, TypeAlias

from feyn_nn.render.columns import columns
from feyn_nn.render.subject import Subject

Order: TypeAlias = tuple[tuple[int, ...], ...]  # items of each column from top to bottom

# Pairs of neighbouring column orders compared before the search falls back on barycentres.
_LIMIT = 40_000
# Equally good orders handed on to be compared by their looks.
_CANDIDATES = 8


class Segment(NamedTuple):
    """A bundle of parallel lines between items of neighbouring columns."""

    left: int
    right: int
    lines: int


@dataclass(frozen=True, kw_only=True)
class Layered:
    """A causal diagram with every long line cut where it passes a column.

    Items 0 … are the diagram's nodes; those after them are the places where a bundle of lines passes a column.

    Parameters
    ----------
    members : tuple of tuple of int
        The items of each column, the legs (in their order) being the last.
    gaps : tuple of tuple of Segment
        What joins column i to column i + 1.
    chains : dict
        The items that each bundle, named by its ends, runs through.
    bundles : dict
        How many parallel lines each bundle holds.
    """

    members: Order
    gaps: tuple[tuple[Segment, ...], ...]
    chains: dict[tuple[int, int], tuple[int, ...]]
    bundles: dict[tuple[int, int], int]

    @property
    def n_nodes(self) -> int:
        """How many items are nodes of the diagram."""
        return 1 + max(node for ends in self.bundles for node in ends)

    @property
    def strands(self) -> dict[int, int]:
        """The number of parallel lines at each passing place."""
        return {item: self.bundles[ends] for ends, chain in self.chains.items() for item in chain[1:-1]}


def layered(diagram: Subject, column: Sequence[int] | None = None) -> Layered:
    """Put the nodes into columns, the most compact ones if none are given, and cut the long lines."""
    column = columns(diagram) if column is None else column
    members: list[list[int]] = [[] for _ in range(max(column) + 1)]
    for node, c in enumerate(column):
        members[c].append(node)
    gaps: list[list[Segment]] = [[] for _ in members[1:]]
    lines = [(int(a), int(b)) for a, b in diagram.lines]
    bundles = {ends: lines.count(ends) for ends in sorted(set(lines))}
    chains: dict[tuple[int, int], tuple[int, ...]] = {}
    n_items = len(column)
    for (a, b), number in bundles.items():
        chain = [a]
        for c in range(column[a] + 1, column[b]):
            members[c].append(n_items)
            chain.append(n_items)
            n_items += 1
        chain.append(b)
        chains[a, b] = tuple(chain)
        for c, (left, right) in enumerate(pairwise(chain), start=column[a]):
            gaps[c].append(Segment(left, right, number))
    return Layered(
        members=tuple(map(tuple, members)), gaps=tuple(map(tuple, gaps)), chains=chains, bundles=bundles
    )


def best_orders(graph: Layered) -> list[Order]:
    """Return orders with the fewest crossings: the least there is where the search can be complete."""
    sizes = [factorial(len(items)) for items in graph.members[:-1]] + [1]
    if sum(a * b for a, b in pairwise(sizes)) <= _LIMIT:
        return list(islice(_optimal_orders(graph), _CANDIDATES * 8))
    return [_barycentric_order(graph)]


def crossing_number(graph: Layered, order: Order) -> int:
    """Count the crossings that an order forces, parallel lines counted each."""
    return sum(
        _gap_crossings(gap, _rank(left), _rank(right))
        for gap, (left, right) in zip(graph.gaps, pairwise(order), strict=True)
    )


def _optimal_orders(graph: Layered) -> Iterator[Order]:
    """Yield all orders with the fewest crossings, by dynamic programming from the legs leftwards."""
    options = [[*permutations(items)] for items in graph.members[:-1]] + [[graph.members[-1]]]
    remaining: list[list[int]] = [[0]]
    steps: list[list[list[int]]] = []
    for i in reversed(range(len(graph.gaps))):
        ranks = [_rank(right) for right in options[i + 1]]
        table = [[_gap_crossings(graph.gaps[i], _rank(left), rank) for rank in ranks] for left in options[i]]
        steps.insert(0, table)
        ahead = remaining[0]
        remaining.insert(0, [min(c + a for c, a in zip(row, ahead, strict=True)) for row in table])

    def extend(i: int, chosen: int) -> Iterator[Order]:
        here = options[i][chosen]
        if i == len(graph.gaps):
            yield (here,)
            return
        for j, ahead in enumerate(remaining[i + 1]):
            if steps[i][chosen][j] + ahead == remaining[i][chosen]:
                for rest in extend(i + 1, j):
                    yield (here, *rest)

    least = min(remaining[0])
    for k, total in enumerate(remaining[0]):
        if total == least:
            yield from extend(0, k)


def _barycentric_order(graph: Layered, sweeps: int = 12) -> Order:
    """Sort each column by the mean rank of its neighbours, from the legs leftwards and back again."""
    order = [list(items) for items in graph.members]
    best, least = graph.members, crossing_number(graph, graph.members)
    for sweep in range(sweeps):
        leftwards = sweep % 2 == 0
        for c in range(len(order) - 2, -1, -1) if leftwards else range(1, len(order) - 1):
            neighbours = _rank(order[c + 1] if leftwards else order[c - 1])
            means = _mean_ranks(graph.gaps[c if leftwards else c - 1], neighbours, leftwards=leftwards)
            ranks = {item: means.get(item, float(i)) for i, item in enumerate(order[c])}
            order[c].sort(key=ranks.__getitem__)
        frozen = tuple(map(tuple, order))
        number = crossing_number(graph, frozen)
        if number < least:
            best, least = frozen, number
    return best


def _mean_ranks(gap: Sequence[Segment], rank: dict[int, int], *, leftwards: bool) -> dict[int, float]:
    """The mean rank of each item's neighbours in the next column."""
    found: dict[int, list[int]] = {}
    for s in gap:
        own, other = (s.left, s.right) if leftwards else (s.right, s.left)
        found.setdefault(own, []).append(rank[other])
    return {item: sum(ranks) / len(ranks) for item, ranks in found.items()}


def _rank(items: Sequence[int]) -> dict[int, int]:
    return {item: i for i, item in enumerate(items)}


def _gap_crossings(gap: Sequence[Segment], left: dict[int, int], right: dict[int, int]) -> int:
    return sum(
        a.lines * b.lines
        for a, b in combinations(gap, 2)
        if (left[a.left] - left[b.left]) * (right[a.right] - right[b.right]) < 0
    )
