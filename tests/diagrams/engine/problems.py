"""Problems for the tests of the engine, and the same questions answered by means that share nothing with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, permutations, product
from math import factorial, prod

import networkx as nx
import numpy as np
from hypothesis import strategies as st

from feyn_nn.diagrams.engine import Problem

Lines = tuple[tuple[int, int, int], ...]


def scalar(valences: Sequence[int], legs: int, *, labelled: bool = True, **options: bool) -> Problem:
    """Vertices φ^k and external legs."""
    slots = [[k] for k in sorted(valences)] + [[1]] * legs
    external = range(1000, 1000 + legs) if labelled else [1000] * legs
    return Problem(
        np.array(slots, np.int64).reshape(-1, 1),
        np.array([*sorted(valences), *external], np.int64),
        np.array([[0, 0]]),
        n_legs=legs,
        **options,
    )


def causal(kinds: Sequence[tuple[int, int]], legs: int, **options: bool) -> Problem:
    """Vertices of k outgoing and m incoming half-edges, labelled legs that lines end in, no circles."""
    slots = [list(kind) for kind in sorted(kinds)] + [[0, 1]] * legs
    colours = [100 * k + m for k, m in sorted(kinds)] + list(range(10_000, 10_000 + legs))
    return Problem(
        np.array(slots), np.array(colours), np.array([[0, 1]]), acyclic=True, n_legs=legs, **options
    )


def causal_contents(legs: int, loops: int) -> Iterator[list[tuple[int, int]]]:
    """Vertices (k, m) with Σ(k-1) = legs - 1 + loops and Σ(m-1) = loops - 1, (1, 0) and (1, 1) left out."""
    excess = legs - 1 + loops
    sources = [(k, m) for k in range(2, excess + 2) for m in range(loops + excess + 1)]
    for n in range(1, excess + 1):
        for chosen in combinations_with_replacement(sources, n):
            rest = loops - 1 - sum(m - 1 for _, m in chosen)
            if sum(k - 1 for k, _ in chosen) == excess and rest >= 0:
                for parts in partitions(rest, rest):
                    yield [*chosen, *((1, part + 1) for part in parts)]


def partitions(total: int, largest: int) -> Iterator[tuple[int, ...]]:
    if total == 0:
        yield ()
    for part in range(min(total, largest), 0, -1):
        for rest in partitions(total - part, part):
            yield (part, *rest)


@st.composite
def problems(draw: st.DrawFn, *, most_lines: int = 7, connected: bool = False) -> Problem:
    """A few colours of nodes with half-edges of up to three line types, directed or not."""
    lines, n_types = [], 0
    for directed in draw(st.lists(st.booleans(), min_size=1, max_size=3)):
        lines.append((n_types, n_types + directed))
        n_types += 1 + directed
    slots: list[list[int]] = []
    colours: list[int] = []
    left = 2 * most_lines
    for colour in range(draw(st.integers(1, 4))):
        node = draw(st.lists(st.integers(0, 4 if n_types == 1 else 2), min_size=n_types, max_size=n_types))
        copies = draw(st.integers(1, 4))
        if copies * sum(node) <= left:
            left -= copies * sum(node)
            slots += [node] * copies
            colours += [colour] * copies
    return Problem(
        np.array(slots, np.int64).reshape(-1, n_types),
        np.array(colours, np.int64),
        np.array(lines),
        acyclic=draw(st.booleans()) if connected else False,
        connected=connected,
        n_legs=0,
    )


def wick_sum(problem: Problem) -> Fraction:
    """Complete pairings of all half-edges over Π (nodes of a colour)! Π (half-edges of a node)!."""
    if not problem.balanced:
        return Fraction(0)
    total = problem.slots.sum(axis=0).tolist()
    pairings = prod(
        factorial(total[f]) // (2 ** (total[f] // 2) * factorial(total[f] // 2))
        if f == g
        else factorial(total[f])
        for f, g in problem.lines.tolist()
    )
    repeated = prod(factorial(n) for n in Counter(problem.colours.tolist()).values())
    return Fraction(pairings, repeated * prod(factorial(n) for n in problem.slots.ravel().tolist()))


def graph_of(lines: Lines, n_nodes: int) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(n_nodes))
    graph.add_edges_from((a, b) for a, b, _ in lines)
    return graph


def is_connected(graph: nx.MultiGraph) -> bool:
    return len(graph) > 0 and nx.is_connected(graph)


def has_circle(problem: Problem, lines: Lines) -> bool:
    directed = [(a, b) for a, b, t in lines if problem.lines[t][0] != problem.lines[t][1]]
    return not nx.is_directed_acyclic_graph(nx.DiGraph(directed))


def labelled_diagrams(problem: Problem) -> set[Lines]:
    """All lists of lines that use every half-edge once, found by joining half-edges one at a time."""
    choices = []
    for t, (f, g) in enumerate(problem.lines.tolist()):
        ends = [[v for v, n in enumerate(problem.slots[:, h].tolist()) for _ in range(n)] for h in (f, g)]
        found = matchings(ends[0]) if f == g else bijections(*ends)
        choices.append({tuple(sorted((a, b, t) for a, b in pairs)) for pairs in found})
    return {tuple(sorted(sum(parts, ()))) for parts in product(*choices)}


def bijections(sources: list[int], targets: list[int]) -> Iterator[tuple[tuple[int, int], ...]]:
    if len(sources) == len(targets):
        for image in set(permutations(targets)):
            yield tuple(zip(sources, image, strict=True))


def matchings(ends: list[int]) -> Iterator[tuple[tuple[int, int], ...]]:
    if not ends:
        yield ()
    for i in {ends[i]: i for i in range(1, len(ends))}.values():
        for rest in matchings(ends[1:i] + ends[i + 1 :]):
            yield ((ends[0], ends[i]), *rest)


def relabelled(problem: Problem, lines: Lines, names: Sequence[int]) -> Lines:
    """The same diagram with its nodes renamed."""
    moved = ((names[a], names[b], t) for a, b, t in lines)
    ends = problem.lines.tolist()
    return tuple(
        sorted((min(a, b), max(a, b), t) if len(set(ends[t])) == 1 else (a, b, t) for a, b, t in moved)
    )


def colour_permutations(problem: Problem) -> list[list[int]]:
    """All renamings of nodes within their colours."""
    colours = problem.colours.tolist()
    classes = [[v for v, c in enumerate(colours) if c == colour] for colour in dict.fromkeys(colours)]
    return [
        [v for image in images for v in image]
        for images in product(*(permutations(nodes) for nodes in classes))
    ]


def brute_force(problem: Problem) -> dict[Lines, int]:
    """One diagram of each class with |Aut|, the plain way: every renaming of every labelled diagram."""
    found: dict[Lines, int] = {}
    names = colour_permutations(problem)
    left = labelled_diagrams(problem)
    while left:
        lines = left.pop()
        images = [relabelled(problem, lines, renaming) for renaming in names]
        left -= set(images)
        if problem.connected and not is_connected(graph_of(lines, len(problem.slots))):
            continue
        if problem.acyclic and has_circle(problem, lines):
            continue
        found[min(images)] = images.count(lines) * line_factor(problem, lines)
    return found


def line_factor(problem: Problem, lines: Lines) -> int:
    """How many ways to permute equal lines and to turn undirected self-loops around."""
    return prod(
        factorial(n) * (2**n if a == b and problem.lines[t][0] == problem.lines[t][1] else 1)
        for (a, b, t), n in Counter(lines).items()
    )
