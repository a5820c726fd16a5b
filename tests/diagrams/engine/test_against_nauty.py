"""Canonical form and |Aut| against nauty, an oracle that works with half-edges one by one."""

import random
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn.diagrams.engine import Problem, canonical, generate
from tests.diagrams.engine.problems import causal, problems, relabelled, scalar

pynauty = pytest.importorskip("pynauty")


def half_edge_graph(problem, lines):
    """Nodes and half-edges as one simple graph; its automorphisms are those of the diagram, self-loops turned too."""
    n = len(problem.slots)
    types = [int(h) for a, b, t in lines for h in problem.lines[t]]
    owners = [v for a, b, _ in lines for v in (a, b)]
    near = {n + k: [owners[k], n + (k ^ 1)] for k in range(len(owners))}
    colours = [np.flatnonzero(problem.colours == c).tolist() for c in dict.fromkeys(problem.colours.tolist())]
    colours += [[n + k for k, h in enumerate(types) if h == kind] for kind in sorted(set(types))]
    return pynauty.Graph(n + len(owners), adjacency_dict=near, vertex_coloring=[set(c) for c in colours if c])


def order(problem, lines):
    _, mantissa, exponent, *_ = pynauty.autgrp(half_edge_graph(problem, lines))
    return Fraction(mantissa) * 10**exponent


def renaming(problem, rng):
    """New names of the nodes, drawn within their colours."""
    names = list(range(len(problem.slots)))
    for colour in sorted(set(problem.colours.tolist())):
        nodes = np.flatnonzero(problem.colours == colour).tolist()
        for v, image in zip(nodes, rng.sample(nodes, len(nodes)), strict=True):
            names[v] = image
    return names


@st.composite
def diagrams(draw):
    """A problem, and one way to join its half-edges."""
    problem = draw(problems(most_lines=14))
    rng = random.Random(draw(st.integers(0, 10**6)))
    lines = []
    for t, (f, g) in enumerate(problem.lines.tolist()):
        ends = [[v for v, n in enumerate(problem.slots[:, h].tolist()) for _ in range(n)] for h in (f, g)]
        rng.shuffle(ends[0])
        half = len(ends[0]) // 2
        pairs = (ends[0][:half], ends[0][half : 2 * half]) if f == g else ends
        lines += [(a, b, t) for a, b in zip(*pairs, strict=False)]
    used = np.zeros_like(problem.slots)
    for a, b, t in lines:
        used[a, problem.lines[t][0]] += 1
        used[b, problem.lines[t][1]] += 1
    # what was left over is dropped, and nodes that this makes different get colours of their own
    kinds = sorted({(c, *row) for c, row in zip(problem.colours.tolist(), used.tolist(), strict=True)})
    node_kinds = [(c, *row) for c, row in zip(problem.colours.tolist(), used.tolist(), strict=True)]
    names = np.argsort(np.argsort([kinds.index(k) for k in node_kinds], kind="stable"), kind="stable")
    trimmed = Problem(
        slots=used[np.argsort(names)],
        colours=np.array(sorted(kinds.index(k) for k in node_kinds), np.int64),
        lines=problem.lines,
        connected=False,
        n_legs=0,
    )
    return trimmed, [(int(names[a]), int(names[b]), t) for a, b, t in lines], rng


@settings(max_examples=1500, deadline=None)
@given(diagrams())
def test_random_multigraphs(drawn):
    problem, lines, rng = drawn
    found = canonical(problem, lines)
    assert found.automorphisms == order(problem, lines)
    assert tuple(map(tuple, found.lines.tolist())) == relabelled(problem, lines, found.relabelling.tolist())
    other = list(relabelled(problem, lines, renaming(problem, rng)))
    rng.shuffle(other)
    again = canonical(problem, other)
    assert (again.lines == found.lines).all()
    assert again.automorphisms == found.automorphisms


@pytest.mark.parametrize(
    "problem",
    [
        scalar([3] * 8, 0),
        scalar([4] * 6, 0),
        scalar([3] * 4, 4),
        scalar([3] * 6, 2, labelled=False),
        scalar([3, 3, 4, 4, 4], 0),
        scalar([6, 6, 6, 6], 0),
        scalar([12, 12], 2),
        scalar([4, 4, 4, 4], 0, connected=False),
        causal([(3, 0), (2, 1), (1, 2), (1, 2)], 2),
        causal([(2, 0), (2, 0), (2, 0), (1, 2), (1, 2), (1, 2)], 3),
    ],
)
def test_no_two_diagrams_are_isomorphic(problem):
    certificates = set()
    for batch in generate(problem):
        for lines, number in zip(batch.lines.tolist(), batch.automorphisms.tolist(), strict=True):
            certificates.add(pynauty.certificate(half_edge_graph(problem, lines)))
            assert number == order(problem, lines)
            assert (canonical(problem, lines).lines == lines).all()
    assert len(certificates) == sum(len(batch.lines) for batch in generate(problem)) > 0


def two_lines(nodes, directed_pairs):
    """Yukawa-like: directed ψ lines and undirected φ lines, every node ψ̄ψφ."""
    return Problem(
        np.array([[1, 1, 1]] * nodes), np.zeros(nodes, np.int64), np.array([(0, 1), (2, 2)]), **directed_pairs
    )


@pytest.mark.parametrize("options", [{}, {"connected": False}, {"self_loops": False}])
def test_yukawa_vacuum_diagrams(options):
    problem = two_lines(6, options)
    seen = set()
    for batch in generate(problem, 50):
        for lines, number in zip(batch.lines.tolist(), batch.automorphisms.tolist(), strict=True):
            seen.add(pynauty.certificate(half_edge_graph(problem, lines)))
            assert number == order(problem, lines)
    assert len(seen) == sum(len(batch.lines) for batch in generate(problem))


SYMMETRIC = {
    "complete": nx.complete_graph(12),
    "complete bipartite": nx.complete_bipartite_graph(8, 8),
    "hypercube": nx.hypercube_graph(5),
    "dodecahedron": nx.dodecahedral_graph(),
    "Tutte's 8-cage": nx.LCF_graph(30, [-13, -9, 7, -7, 9, 13], 5),
    "rook's graph": nx.line_graph(nx.complete_bipartite_graph(5, 5)),
    "torus": nx.grid_2d_graph(6, 6, periodic=True),
    "tree": nx.balanced_tree(3, 3),
    "fifteen tetrahedra": nx.disjoint_union_all([nx.complete_graph(4)] * 15),
    "circles of two sizes": nx.disjoint_union_all([nx.cycle_graph(6)] * 5 + [nx.cycle_graph(3)] * 10),
    "no symmetry": nx.random_regular_graph(3, 60, seed=1),
}


@pytest.mark.parametrize("name", SYMMETRIC)
@pytest.mark.parametrize("self_loops", [0, 2])
def test_graphs_of_high_symmetry_and_of_none(name, self_loops):
    graph = SYMMETRIC[name]
    names = {v: k for k, v in enumerate(sorted(graph, key=graph.degree))}
    degree = [graph.degree(v) + 2 * self_loops for v in names]
    lines = [(names[a], names[b], 0) for a, b in graph.edges] + [
        (v, v, 0) for v in names.values()
    ] * self_loops
    problem = Problem(np.array(degree).reshape(-1, 1), np.array(degree), np.array([[0, 0]]), n_legs=0)
    found = canonical(problem, lines)
    assert found.automorphisms == pytest.approx(float(order(problem, lines)), rel=1e-9)
    rng = random.Random(3)
    for _ in range(3):
        other = list(relabelled(problem, lines, renaming(problem, rng)))
        rng.shuffle(other)
        assert (canonical(problem, other).lines == found.lines).all()
