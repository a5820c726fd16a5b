"""A slow generator of diagrams for problems of the engine: every way to join legs, one of each canonical form.

Nothing here prunes, and the canonical form is found by individualising and refining without any use of symmetry.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from math import factorial, prod

import networkx as nx

Lines = tuple[tuple[int, int, int], ...]  # source, target, line type


def generate(problem) -> Iterator[tuple[Lines, int]]:
    """Yield the canonical lines of each diagram with |Aut|."""
    seen = set()
    for lines in sorted(set(_joined(problem))):
        found, automorphisms = canonical(problem, lines)
        if found not in seen and _allowed(problem, lines):
            seen.add(found)
            yield found, automorphisms


def count(problem) -> tuple[int, Fraction]:
    """Count the diagrams, and add up 1/|Aut|."""
    found = [automorphisms for _, automorphisms in generate(problem)]
    return len(found), sum((Fraction(1, a) for a in found), Fraction(0))


def _joined(problem) -> Iterator[Lines]:
    partner = {int(f): (int(g), t) for t, (f, g) in enumerate(problem.lines)}
    backward = {int(g): (int(f), t) for t, (f, g) in enumerate(problem.lines) if f != g}
    left = problem.slots.astype(int).tolist()

    def extend(lines):
        free = next(((v, h) for v, row in enumerate(left) for h, n in enumerate(row) if n), None)
        if free is None:
            yield tuple(sorted(lines))
            return
        v, half = free
        forward = half in partner
        other, kind = partner[half] if forward else backward[half]
        left[v][half] -= 1
        for w, row in enumerate(left):
            if row[other]:
                row[other] -= 1
                undirected = other == half
                line = (min(v, w), max(v, w)) if undirected else (v, w) if forward else (w, v)
                yield from extend([*lines, (*line, kind)])
                row[other] += 1
        left[v][half] += 1

    yield from extend([])


def _allowed(problem, lines: Lines) -> bool:
    n_nodes, n_vertices = len(problem.slots), _n_vertices(problem)
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(n_nodes))
    graph.add_edges_from((a, b) for a, b, _ in lines)
    internal = [(a, b) for a, b, _ in lines if max(a, b) < n_vertices]
    if not problem.self_loops and any(a == b for a, b in internal):
        return False
    if problem.acyclic and not nx.is_directed_acyclic_graph(nx.DiGraph([(a, b) for a, b, _ in lines])):
        return False
    if problem.connected and n_nodes and not nx.is_connected(graph):
        return False
    for a, b in internal:
        if not problem.tadpoles or problem.one_particle_irreducible:
            before = nx.number_connected_components(graph)
            graph.remove_edge(a, b)
            parts = list(nx.connected_components(graph))
            graph.add_edge(a, b)
            if len(parts) > before:
                lonely = [p for p in parts if (a in p or b in p) and max(p) < n_vertices]
                if problem.one_particle_irreducible or lonely:
                    return False
    return True


def _n_vertices(problem) -> int:
    return len(problem.slots) - problem.n_legs


def canonical(problem, lines) -> tuple[Lines, int]:
    """Return the smallest list of lines among all leaves of the search, and |Aut|."""
    directed = [f != g for f, g in problem.lines]
    counts = Counter(
        (int(a), int(b), int(t)) if directed[t] else (min(int(a), int(b)), max(int(a), int(b)), int(t))
        for a, b, t in lines
    )
    touching = defaultdict(list)
    for (a, b, t), n in counts.items():
        touching[a].append((b, 2 * t, n))
        touching[b].append((a, 2 * t + directed[t], n))
    best: list[Lines] = []
    leaves = Counter()

    def search(colours):
        colours = _refined(colours, touching)
        cells = Counter(colours)
        if len(cells) == len(colours):
            image = sorted(
                (c, d, t) if directed[t] else (min(c, d), max(c, d), t)
                for (a, b, t), n in counts.items()
                for c, d in [(colours[a], colours[b])]
                for _ in range(n)
            )
            leaves[tuple(image)] += 1
            best[:] = [min([*best, tuple(image)])]
            return
        cell = min(c for c, n in cells.items() if n > 1)
        for v, colour in enumerate(colours):
            if colour == cell:
                search([2 * c + (c == cell and w != v) for w, c in enumerate(colours)])

    search([int(c) for c in problem.colours])
    parallel = prod(
        factorial(n) * (2**n if a == b and not directed[t] else 1) for (a, b, t), n in counts.items()
    )
    return best[0], leaves[best[0]] * parallel


def _refined(colours, touching):
    """Split colours by what surrounds a node until nothing changes; colours come out as 0, 1, 2, …."""
    while True:
        marks = [
            (c, sorted((colours[w], t, n, w == v) for w, t, n in touching[v])) for v, c in enumerate(colours)
        ]
        distinct = sorted(mark for i, mark in enumerate(marks) if mark not in marks[:i])
        finer = [distinct.index(mark) for mark in marks]
        if len(distinct) == len(set(colours)):
            return finer
        colours = finer
