"""Canonical form and |Aut| on random multigraphs, against networkx and pynauty."""

from __future__ import annotations

import pickle
from collections import Counter
from itertools import combinations
from math import factorial, prod
from random import Random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput
from feyn_nn.actions import Action, CausalAction, Field, FieldTheory, Vertex, VertexKind, phi3, phi4
from feyn_nn.diagrams import Diagram, canonical_diagram, generate

Drawn = tuple[tuple[VertexKind, ...], list[tuple[int, int]], int]


def kinds_of(lines: list[tuple[int, int]], count: int, *, directed: bool) -> tuple[VertexKind, ...]:
    """The vertices that offer exactly the legs that the lines use."""
    out, into = Counter(a for a, _ in lines), Counter(b for _, b in lines)
    if directed:
        return tuple(VertexKind(out[v], into[v]) for v in range(count))
    return tuple(VertexKind(out[v] + into[v]) for v in range(count))


def drawn_from(lines: list[tuple[int, int]], homes: list[int], *, directed: bool) -> Drawn:
    """Number the vertices that have lines 0, 1, 2, …, and put a leg at each home."""
    used = sorted({*homes, *(node for line in lines for node in line)})
    place = {node: i for i, node in enumerate(used)}
    moved = [(place[a], place[b]) for a, b in lines]
    moved += [(place[home], len(used) + leg) for leg, home in enumerate(homes)]
    return kinds_of(moved, len(used), directed=directed), moved, len(homes)


def theory_of(kinds: tuple[VertexKind, ...], *, directed: bool) -> Action:
    """A theory that has these vertices."""
    last, first = ("Δ", "Δ̃") if directed else ("φ", "φ")
    return FieldTheory(
        acyclic=directed,
        fields=[Field(name=last, conjugate=first if directed else None)],
        vertices=[
            Vertex(legs=(first,) * out + (last,) * into, at_most=9) for out, into in sorted(set(kinds))
        ],
    )


def diagram_of(drawn: Drawn, *, directed: bool) -> Diagram:
    return canonical_diagram(theory_of(drawn[0], directed=directed), *drawn)


@st.composite
def multigraphs(draw: st.DrawFn, *, directed: bool) -> Drawn:
    """Up to 5 vertices, self-loops and parallel lines welcome, and up to 3 legs."""
    count = draw(st.integers(1, 5))
    ends = [(a, b) for a in range(count) for b in range(a + 1 if directed else a, count) for _ in range(2)]
    lines = draw(st.lists(st.sampled_from(ends), max_size=8)) if ends else []
    homes = draw(st.lists(st.integers(0, count - 1), min_size=not lines, max_size=3))
    return drawn_from(lines, homes, directed=directed)


def relabelled(drawn: Drawn, random: Random, *, directed: bool) -> Drawn:
    kinds, lines, n_legs = drawn
    place = list(range(len(kinds)))
    random.shuffle(place)
    place += range(len(kinds), len(kinds) + n_legs)
    moved = [(place[a], place[b]) for a, b in lines]
    if not directed:
        moved = [(b, a) if random.random() < 0.5 else (a, b) for a, b in moved]
    random.shuffle(moved)
    inverse = sorted(range(len(kinds)), key=lambda v: place[v])
    return tuple(kinds[v] for v in inverse), moved, n_legs


def line_symmetries(lines: list[tuple[int, int]]) -> int:
    counts = Counter(tuple(sorted(line)) for line in lines)
    return prod(factorial(n) * (2**n if a == b else 1) for (a, b), n in counts.items())


def simple_graph(drawn: Drawn, *, directed: bool) -> nx.Graph:
    kinds, lines, n_legs = drawn
    counts = Counter(lines if directed else [tuple(sorted(line)) for line in lines])
    graph = nx.DiGraph() if directed else nx.Graph()
    for node in range(len(kinds) + n_legs):
        own = kinds[node] if node < len(kinds) else f"leg {node - len(kinds)}"
        graph.add_node(node, label=(own, counts[node, node]))
    graph.add_edges_from((a, b, {"lines": n}) for (a, b), n in counts.items() if a != b)
    return graph


def matcher(one: nx.Graph, two: nx.Graph):
    kind = nx.isomorphism.DiGraphMatcher if one.is_directed() else nx.isomorphism.GraphMatcher
    return kind(one, two, lambda a, b: a == b, lambda a, b: a["lines"] == b["lines"])


def coloured_graph(drawn: Drawn, *, directed: bool):
    """The same for pynauty: every bundle of parallel lines becomes a node coloured by their number."""
    pynauty = pytest.importorskip("pynauty")
    kinds, lines, n_legs = drawn
    counts = Counter(lines if directed else [tuple(sorted(line)) for line in lines])
    colours = [(0, *kind, counts[v, v]) for v, kind in enumerate(kinds)]
    colours += [(1, leg, 0, 0) for leg in range(n_legs)]
    bundles = [(ends, n) for ends, n in counts.items() if ends[0] != ends[1]]
    neighbours: dict[int, list[int]] = {}
    for (a, b), n in bundles:
        node = len(colours)
        colours.append((2, n, 0, 0))
        neighbours.setdefault(a, []).append(node)
        neighbours.setdefault(node, []).append(b)
    cells = [{i for i, c in enumerate(colours) if c == colour} for colour in sorted(set(colours))]
    graph = pynauty.Graph(len(colours), directed=directed, adjacency_dict=neighbours, vertex_coloring=cells)
    return graph, (pynauty.certificate(graph), tuple(sorted(colours)))


def vertex_symmetries(graph) -> int:
    pynauty = pytest.importorskip("pynauty")
    _, mantissa, exponent, _, _ = pynauty.autgrp(graph)
    return round(mantissa * 10**exponent)


@pytest.mark.parametrize("directed", [True, False])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_automorphisms_as_networkx_counts_them(directed, data):
    drawn = data.draw(multigraphs(directed=directed))
    graph = simple_graph(drawn, directed=directed)
    on_vertices = sum(1 for _ in matcher(graph, graph).isomorphisms_iter())
    diagram = diagram_of(drawn, directed=directed)
    assert diagram.automorphisms == on_vertices * line_symmetries(drawn[1])


@pytest.mark.parametrize("directed", [True, False])
@settings(max_examples=150, deadline=None)
@given(data=st.data(), random=st.randoms(use_true_random=False))
def test_the_canonical_form_does_not_see_the_numbering(directed, data, random):
    drawn = data.draw(multigraphs(directed=directed))
    one = diagram_of(drawn, directed=directed)
    two = diagram_of(relabelled(drawn, random, directed=directed), directed=directed)
    assert (one, hash(one), one.automorphisms) == (two, hash(two), two.automorphisms)
    itself = canonical_diagram(one.action, one.vertices, one.lines, one.n_legs)
    assert (itself.vertices, itself.lines) == (one.vertices, one.lines)
    as_given = simple_graph(drawn, directed=directed)
    as_found = simple_graph((one.vertices, list(one.lines), one.n_legs), directed=directed)
    assert matcher(as_given, as_found).is_isomorphic()


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_thousands_of_multigraphs_as_pynauty_sees_them(directed, seed):
    pytest.importorskip("pynauty")
    random = Random(seed)
    by_certificate: dict[object, Diagram] = {}
    for _ in range(400):
        count, n_legs = random.randint(1, 5), random.randint(0, 2)
        ends = [(a, b) for a in range(count) for b in range(a + 1 if directed else a, count)]
        lines = random.choices(ends, k=random.randint(0, 6)) if ends else []
        homes = [random.randrange(count) for _ in range(n_legs or not lines)]
        drawn = drawn_from(lines, homes, directed=directed)
        graph, certificate = coloured_graph(drawn, directed=directed)
        diagram = diagram_of(drawn, directed=directed)
        assert diagram.automorphisms == vertex_symmetries(graph) * line_symmetries(drawn[1])
        assert by_certificate.setdefault(certificate, diagram) == diagram
    assert len(set(by_certificate.values())) == len(by_certificate)  # and no two of them share a form


def cycle(*nodes: int) -> list[tuple[int, int]]:
    return list(zip(nodes, (*nodes[1:], nodes[0]), strict=True))


def test_regular_graphs_that_local_refinement_confuses():
    hexagon, triangles = cycle(0, 1, 2, 3, 4, 5), cycle(0, 1, 2) + cycle(3, 4, 5)
    kinds = (VertexKind(2),) * 6
    one, two = (diagram_of((kinds, lines, 0), directed=False) for lines in (hexagon, triangles))
    assert (one.automorphisms, two.automorphisms) == (12, 72)
    assert one != two


def test_prism_and_complete_bipartite_graph_are_two_diagrams():
    prism = cycle(0, 1, 2) + cycle(3, 4, 5) + [(0, 3), (1, 4), (2, 5)]
    bipartite = [(a, b) for a in range(3) for b in range(3, 6)]
    one, two = (canonical_diagram(phi3(), (VertexKind(3),) * 6, lines, 0) for lines in (prism, bipartite))
    assert (one.automorphisms, two.automorphisms) == (12, 72)
    assert {one, two} < set(generate(phi3(), legs=0, loops=4))


@pytest.mark.parametrize(
    ("lines", "automorphisms"),
    [
        ([(0, 0)] * 3, 48),  # 2³ 3!
        ([(0, 1)] * 4, 48),  # 4! and the exchange of the two ends
        ([(0, 0), (1, 1), (0, 1)], 8),
        ([(0, 0), (0, 1), (0, 1)], 4),  # the ends are of different kinds
        ([(0, 0), (1, 1), (0, 1), (0, 1)], 16),
        ([(0, 0), (1, 1)] * 2 + [(0, 1)] * 2, 256),  # (2² 2!)² 2! 2
    ],
)
def test_self_loops_and_parallel_lines(lines, automorphisms):
    kinds = kinds_of(lines, 1 + max(map(max, lines)), directed=False)
    assert diagram_of((kinds, lines, 0), directed=False).automorphisms == automorphisms


def test_legs_are_fixed_by_every_symmetry():
    lines = [(0, 1), (0, 1), (0, 2), (1, 3)]
    assert canonical_diagram(phi3(), (VertexKind(3),) * 2, lines, 2).automorphisms == 2
    assert canonical_diagram(phi3(), (VertexKind(3),) * 2, [(0, 1)] * 3, 0).automorphisms == 12


def test_exchanged_legs_make_another_diagram():
    channels = [
        canonical_diagram(phi3(), (VertexKind(3),) * 2, [(0, 1), (0, a), (0, b), (1, c), (1, d)], 4)
        for a, b in combinations(range(2, 6), 2)
        for c, d in [sorted(set(range(2, 6)) - {a, b})]
    ]
    assert len(set(channels)) == 3
    assert set(channels) == set(generate(phi3(), legs=4, loops=0))


def test_the_bare_line_has_one_form():
    there, back = (canonical_diagram(phi4(), (), [line], 2) for line in ((0, 1), (1, 0)))
    assert there == back
    assert [there] == list(generate(phi4(), legs=2, loops=0))


def test_a_diagram_is_a_value():
    (tadpole,) = generate(CausalAction(), legs=1, loops=1)
    again = pickle.loads(pickle.dumps(tadpole))
    assert (again, hash(again), again.powers) == (tadpole, hash(tadpole), tadpole.powers)
    with pytest.raises(AttributeError):
        tadpole.n_legs = 2
    assert len({tadpole, again}) == 1


@pytest.mark.parametrize(
    ("action", "kinds", "lines", "n_legs", "message"),
    [
        (phi4(), [(4, 0)], [(0, 0), (0, 1)], 1, "node 0 offers"),
        (phi4(), [(4, 0)], [(0, 0), (0, 0)], 1, "node 1 offers"),
        (phi4(), [(4, 0)], [(0, 0), (0, 2)], 1, "outside 0"),
        (phi4(), [(4, 0)], [(0, 0), (0, -1)], 1, "outside 0"),
        (phi4(), [(3, 0)], [(0, 1), (0, 2), (0, 3)], 3, "no vertex with"),
        (phi4(), [(4, 0)], [(0, 0), (0, 1, "χ"), (0, 2)], 2, "names no field"),
        (CausalAction(), [(1, 2), (2, 0)], [(0, 1), (0, 1), (1, 2)], 1, "node 0 offers"),
        (CausalAction(), [(1, 0)], [(1, 0)], 1, "no vertex"),
        (CausalAction(), [(2, 1)], [(0, 0), (0, 1)], 1, "circle"),
        (CausalAction(), [(2, 1), (1, 2), (2, 0)], [(0, 1), (1, 0), (0, 3), (2, 4), (2, 1)], 2, "circle"),
    ],
)
def test_what_is_no_diagram_is_refused(action, kinds, lines, n_legs, message):
    with pytest.raises(InvalidInput, match=message):
        canonical_diagram(action, [VertexKind(*kind) for kind in kinds], lines, n_legs)


@pytest.mark.parametrize("line", [(0,), (0, 0.5), (0, float("nan")), (0, "a"), 3, "a"])
def test_what_is_no_line_is_refused(line):
    with pytest.raises(InvalidInput, match="give the numbers of two nodes"):
        canonical_diagram(phi4(), [VertexKind(4)], [(0, 0), line], 0)
