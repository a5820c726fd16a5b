"""The fewest crossings of a causal drawing, by a vertical line that sweeps it from the legs to the left."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, groupby, permutations, product
from math import factorial
from typing import TypeAlias

Strand: TypeAlias = tuple[int, int]  # a bundle of parallel lines, by its ends
Cut: TypeAlias = tuple[Strand, ...]  # the bundles that the sweep cuts, from top to bottom

# Cuts looked at, and ways in which the lines into one column may be ordered, before the search gives up.
_LIMIT, _ORDERS = 6000, 720


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A drawing with so many crossings, parallel lines counted each.

    Parameters
    ----------
    crossings : int
    cuts : tuple of Cut
        What the sweep cuts just before it passes vertices, from the legs leftwards.
    passed : tuple of tuple of int
        The vertices that it passes then.
    """

    crossings: int
    cuts: tuple[Cut, ...]
    passed: tuple[tuple[int, ...], ...]


def swept(
    bundles: Mapping[Strand, int], legs: Sequence[int], *, most: int, column: Sequence[int] | None = None
) -> Sweep | None:
    """Return a drawing with the fewest crossings.

    Neighbours among the bundles that the sweep cuts swap at the cost of a crossing; where all bundles out of a vertex
    are neighbours, the sweep passes it and cuts those into it. Dijkstra's algorithm finds the cheapest way from the
    legs to the left edge.

    Parameters
    ----------
    bundles : mapping of (int, int) to int
        How many parallel lines run from one node to another.
    legs : sequence of int
        From top to bottom.
    most : int
        How many crossings are allowed.
    column : sequence of int, optional
        The column of each vertex. If left out, vertices stand at any depths, no two at one.

    Returns
    -------
    Sweep or None
        None if every drawing has more crossings, or the search would take too long.
    """
    start = tuple(strand for leg in legs for strand in bundles if strand[1] == leg)
    queue: list[tuple[int, int, Cut]] = [(0, 0, start)]
    least, ticket = {start: 0}, count(1)
    came: dict[Cut, tuple[Cut, tuple[int, ...]]] = {}
    while queue and len(least) < _LIMIT:
        cost, _, cut = heapq.heappop(queue)
        if not cut:
            return _traced(cost, came)
        if cost > least[cut]:
            continue
        for price, passed, reached in _steps(cut, bundles, column):
            total = cost + price
            if total <= most and total < least.get(reached, most + 1):
                least[reached], came[reached] = total, (cut, passed)
                heapq.heappush(queue, (total, next(ticket), reached))
    return None


def _traced(crossings: int, came: Mapping[Cut, tuple[Cut, tuple[int, ...]]]) -> Sweep:
    cut: Cut = ()
    found: list[tuple[Cut, tuple[int, ...]]] = []
    while cut in came:
        found.append(came[cut])
        cut = found[-1][0]
    cuts, passed = zip(*((cut, nodes) for cut, nodes in reversed(found) if nodes), strict=True)
    return Sweep(crossings=crossings, cuts=cuts, passed=passed)


def _steps(
    cut: Cut, bundles: Mapping[Strand, int], column: Sequence[int] | None
) -> Iterator[tuple[int, tuple[int, ...], Cut]]:
    """Yield what can come next: how many crossings it costs, which vertices are passed, and what is cut then."""
    for i in range(len(cut) - 1):
        a, b = cut[i], cut[i + 1]
        if a[0] != b[0]:
            yield bundles[a] * bundles[b], (), (*cut[:i], b, a, *cut[i + 2 :])
    runs = [(node, len(list(run))) for node, run in groupby(cut, key=lambda strand: strand[0])]
    ready = {node for node, length in runs if length == sum(a == node for a, _ in bundles)}
    if column is None:
        chosen = [{node} for node in ready]
    else:
        foremost = {node for node, _ in runs if column[node] == max(column[n] for n, _ in runs)}
        chosen = [foremost] if foremost <= ready else []
    for nodes in chosen:
        for reached in _behind(cut, nodes, bundles):
            yield 0, tuple(nodes), reached


def _behind(cut: Cut, nodes: set[int], bundles: Mapping[Strand, int]) -> Iterator[Cut]:
    """Yield what the sweep cuts behind these vertices, the bundles into each in every order."""
    parts: list[list[Cut]] = []
    for node, run in groupby(cut, key=lambda strand: strand[0]):
        into = [strand for strand in bundles if strand[1] == node]
        if node not in nodes:
            parts.append([tuple(run)])
        elif factorial(len(into)) <= _ORDERS:
            parts.append(list(permutations(into)))
        else:
            return
    yield from (tuple(strand for part in chosen for strand in part) for chosen in product(*parts))
