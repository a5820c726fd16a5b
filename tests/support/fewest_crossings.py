"""The least number of crossings of a diagram, by searches that share nothing with the layouts.

Both count parallel lines one by one, and take the legs where the pictures put them. They return None where the search
would be too long.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, count, pairwise, permutations
from typing import Any

import networkx as nx

Strands = tuple[int, ...]


def fewest_crossings(subject: Any, *, most: int = 3, states: int = 20_000) -> int | None:
    """Return the least number of crossings, None if that is more than `most` or takes more than `states` steps."""
    if not subject.vertices:
        return 0
    if hasattr(subject, "columns"):
        return _in_columns(subject, most)
    search = _sweep if subject.directed else _planarise
    return search(subject, most, states)


def _sweep(subject: Any, most: int, states: int) -> int | None:
    """Sweep a vertical line from the legs to the left over every drawing whose lines run forward in depth.

    A state is the order of the lines that the sweep cuts, each named by its source. Neighbours swap at the cost of a
    crossing; when all lines out of one vertex are neighbours the sweep passes it, and cuts the lines into it.
    Dijkstra's algorithm finds the cheapest way to the left edge.
    """
    v = len(subject.vertices)
    outgoing = Counter(a for a, _ in subject.lines)
    into: dict[int, list[int]] = {node: [] for node in range(v + subject.n_legs)}
    for a, b in subject.lines:
        into[b].append(a)
    start = tuple(into[v + leg][0] for leg in range(subject.n_legs))
    queue: list[tuple[int, int, Strands]] = [(0, 0, start)]
    least, ticket = {start: 0}, count(1)
    while queue:
        cost, _, strands = heapq.heappop(queue)
        if not strands:
            return cost
        if cost > least[strands]:
            continue
        if len(least) > states:
            return None
        for step, reached in _steps(strands, outgoing, into):
            total = cost + step
            if total <= most and total < least.get(reached, most + 1):
                least[reached] = total
                heapq.heappush(queue, (total, next(ticket), reached))
    return None


def _steps(
    strands: Strands, outgoing: Counter[int], into: dict[int, list[int]]
) -> Iterator[tuple[int, Strands]]:
    for i, (a, b) in enumerate(pairwise(strands)):
        if a != b:
            yield 1, (*strands[:i], b, a, *strands[i + 2 :])
    for node in set(strands):
        first, number = strands.index(node), outgoing[node]
        if strands[first : first + number] == (node,) * number:
            for order in set(permutations(into[node])):
                yield 0, (*strands[:first], *order, *strands[first + number :])


def _in_columns(subject: Any, most: int) -> int | None:
    """Try every order of the blobs and of the neurons of a layer step, every parallel line a line of its own."""
    blobs = [node for node, role in enumerate(subject.roles) if role == "blob"]
    neurons = [node for node in range(len(subject.vertices)) if node not in blobs]
    legs = range(len(subject.vertices), len(subject.vertices) + subject.n_legs)
    inner = [line for line in subject.lines if line[0] in blobs]
    outer = [line for line in subject.lines if line[0] in neurons]
    least = min(
        _inversions(inner, left, right) + _inversions(outer, right, legs)
        for left in permutations(blobs)
        for right in permutations(neurons)
    )
    return least if least <= most else None


def _inversions(lines: Sequence[tuple[int, int]], left: Sequence[int], right: Sequence[int]) -> int:
    spans = [(left.index(a), right.index(b)) for a, b in lines]
    return sum((a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(spans, 2))


def _planarise(subject: Any, most: int, states: int) -> int | None:
    """Put a vertex where two lines cross until the graph is planar, in every way that may help.

    The legs are joined to a hub through a ring that nothing crosses, so that they lie around the diagram in the order
    of the edges. In a graph that is not planar two disjoint edges of each Kuratowski subgraph cross, so that only
    those need to be tried (Chimani, Mutzel & Bomze 2008). Parallel lines run side by side, and cross together.
    """
    v, n = len(subject.vertices), subject.n_legs
    lines = Counter((min(a, b), max(a, b)) for a, b in subject.lines if a != b)
    graph: Any = nx.Graph()
    for (a, b), number in lines.items():
        graph.add_edge(a, b, lines=number)
    around = [*range(v, v + (n + 1) // 2), *reversed(range(v + (n + 1) // 2, v + n))]
    for a, b in zip(around, [*around[1:], *around[:1]], strict=True):
        graph.add_edge(a, ("ring", a), lines=None)
        graph.add_edge("hub", ("ring", a), lines=None)
        if a != b:
            graph.add_edge(("ring", a), ("ring", b), lines=None)
    budget = [states // 20]
    for allowed in range(most + 1):
        if _planar_with(graph, allowed, budget):
            return allowed
        if budget[0] <= 0:
            return None
    return None


def _planar_with(graph: Any, allowed: int, budget: list[int]) -> bool:
    """Whether so many crossings make the graph planar."""
    budget[0] -= 1
    if budget[0] <= 0:
        return False
    planar, witness = nx.check_planarity(graph, counterexample=True)
    if planar:
        return True
    if allowed <= 0:
        return False
    edges = [(a, b) for a, b in witness.edges if graph.edges[a, b]["lines"] is not None]
    for e, f in combinations(edges, 2):
        price = graph.edges[e]["lines"] * graph.edges[f]["lines"]
        if (
            price <= allowed
            and not {*e} & {*f}
            and _planar_with(_crossed(graph, e, f), allowed - price, budget)
        ):
            return True
    return False


def _crossed(graph: Any, e: Any, f: Any) -> Any:
    """The graph with a vertex where two edges cross."""
    crossed, meeting = graph.copy(), ("crossing", graph.number_of_nodes())
    for a, b in (e, f):
        number = crossed.edges[a, b]["lines"]
        crossed.remove_edge(a, b)
        crossed.add_edge(a, meeting, lines=number)
        crossed.add_edge(meeting, b, lines=number)
    return crossed
