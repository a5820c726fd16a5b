"""Symmetry factors and completeness against Wick's theorem, contraction by contraction.

Expanding e^{-S} to the order of a given multiset of vertices, each contraction of labelled legs counts
Π 1/(k! m!) · Π 1/N_kind!. The contractions that make one diagram must add up to its 1/|Aut|, and the diagrams
found in this way must be those that `generate` yields. Which contractions make the same diagram is decided
twice: by the canonical form, and by networkx.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import factorial, prod

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn.actions import Action, CausalAction, Field, Vertex, VertexKind, phi
from feyn_nn.diagrams import Diagram, canonical_diagram, generate

Lines = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class OnlyThese:
    """A theory restricted to diagrams that are made of one multiset of vertices."""

    theory: Action
    kinds: tuple[VertexKind, ...]
    name: str = "restricted"

    @property
    def acyclic(self) -> bool:
        return self.theory.acyclic

    @property
    def fields(self) -> tuple[Field, ...]:
        return self.theory.fields

    @property
    def external(self) -> tuple[str, ...]:
        return self.theory.external

    @property
    def plates(self) -> tuple[str, ...]:
        return self.theory.plates

    def contents(
        self, legs: tuple[str, ...], loops: int, components: int = 1
    ) -> Iterator[tuple[Vertex, ...]]:
        wanted = Counter(self.theory.vertex(kind) for kind in self.kinds)
        yield from (v for v in self.theory.contents(legs, loops, components) if Counter(v) == wanted)

    def vertex(self, key: Vertex | VertexKind | str) -> Vertex:
        return self.theory.vertex(key)

    def to_data(self) -> dict[str, object]:
        return {}


def bijections(sources: list[int], targets: list[int]) -> Iterator[Lines]:
    """Every way to join each outgoing leg to one incoming leg; legs are given by the node they sit on."""
    if not sources:
        yield ()
        return
    for i, target in enumerate(targets):
        for rest in bijections(sources[1:], targets[:i] + targets[i + 1 :]):
            yield ((sources[0], target), *rest)


def matchings(ends: list[int]) -> Iterator[Lines]:
    if not ends:
        yield ()
        return
    for i in range(1, len(ends)):
        for rest in matchings(ends[1:i] + ends[i + 1 :]):
            yield ((ends[0], ends[i]), *rest)


def contractions(action: Action, kinds: tuple[VertexKind, ...], n_legs: int) -> Counter[Lines]:
    """How many contractions of labelled legs give each list of lines; those that count as diagrams only."""
    out = [v for v, kind in enumerate(kinds) for _ in range(kind.outgoing)]
    external = list(range(len(kinds), len(kinds) + n_legs))
    into = [v for v, kind in enumerate(kinds) for _ in range(kind.incoming)] + external
    found: Counter[Lines] = Counter()
    if action.acyclic:
        if len(out) == len(into):
            found.update(tuple(sorted(lines)) for lines in bijections(out, into))
    elif len(out + external) % 2 == 0:
        found.update(tuple(sorted((min(ab), max(ab)) for ab in lines)) for lines in matchings(out + external))
    return Counter({k: n for k, n in found.items() if is_diagram(action, k, len(kinds) + n_legs)})


def is_diagram(action: Action, lines: Lines, n_nodes: int) -> bool:
    graph = nx.MultiDiGraph() if action.acyclic else nx.MultiGraph()
    graph.add_nodes_from(range(n_nodes))
    graph.add_edges_from(lines)
    if action.acyclic:
        return nx.is_weakly_connected(graph) and nx.is_directed_acyclic_graph(graph)
    return nx.is_connected(graph)


def simple_graph(action: Action, kinds: tuple[VertexKind, ...], lines: Lines, n_legs: int) -> nx.Graph:
    """A graph without parallel lines or self-loops: multiplicities become attributes."""
    multiplicity = Counter(lines)
    graph = nx.DiGraph() if action.acyclic else nx.Graph()
    for node in range(len(kinds) + n_legs):
        kind = kinds[node] if node < len(kinds) else None
        label = (kind, None if kind else node - len(kinds), multiplicity[node, node])
        graph.add_node(node, label=label)
    graph.add_edges_from((a, b, {"lines": count}) for (a, b), count in multiplicity.items() if a != b)
    return graph


def isomorphic(one: nx.Graph, two: nx.Graph) -> bool:
    return nx.is_isomorphic(
        one, two, node_match=lambda a, b: a == b, edge_match=lambda a, b: a["lines"] == b["lines"]
    )


def check_against_wick(action: Action, kinds: tuple[VertexKind, ...], n_legs: int) -> int:
    counts = contractions(action, kinds, n_legs)
    classes: defaultdict[Diagram, list[Lines]] = defaultdict(list)
    for lines in counts:
        classes[canonical_diagram(action, kinds, lines, n_legs)].append(lines)
    representatives = []
    for members in classes.values():
        first, *others = (simple_graph(action, kinds, lines, n_legs) for lines in members)
        assert all(isomorphic(first, other) for other in others), "one canonical form, two diagrams"
        assert not any(isomorphic(first, r) for r in representatives), "one diagram, two canonical forms"
        representatives.append(first)

    vertex_factors = prod(factorial(kind.outgoing) * factorial(kind.incoming) for kind in kinds)
    repeated = prod(factorial(n) for n in Counter(kinds).values())
    for diagram, members in classes.items():
        weight = Fraction(sum(counts[lines] for lines in members), vertex_factors * repeated)
        assert diagram.symmetry_factor == weight

    n_lines = (sum(kind.valence for kind in kinds) + n_legs) // 2
    loops = n_lines - n_legs - len(kinds) + 1
    generated = list(generate(OnlyThese(action, kinds), legs=n_legs, loops=loops)) if loops >= 0 else []
    assert len(generated) == len(set(generated))
    assert set(generated) == set(classes)
    assert all(d.automorphisms == c.automorphisms for d in generated for c in classes if d == c)
    return len(classes)


def largest_first(kinds: list[VertexKind]) -> tuple[VertexKind, ...]:
    return tuple(sorted(kinds, reverse=True))


@st.composite
def causal_vertices(draw: st.DrawFn) -> tuple[tuple[VertexKind, ...], int]:
    """A few vertices V_{k,m}, with at most 7 outgoing legs, more of them than incoming ones."""
    kinds: list[VertexKind] = []
    for _ in range(draw(st.integers(1, 5))):
        spare = 7 - sum(kind.outgoing for kind in kinds)
        free = sum(kind.outgoing - kind.incoming for kind in kinds)
        candidates = [
            VertexKind(k, m)
            for k in range(1, spare + 1)
            for m in range(4)
            if (k, m) not in {(1, 0), (1, 1)} and k - m + free >= 1
        ]
        if candidates:
            kinds.append(draw(st.sampled_from(candidates)))
    return largest_first(kinds), sum(kind.outgoing - kind.incoming for kind in kinds)


@st.composite
def scalar_vertices(draw: st.DrawFn) -> tuple[tuple[VertexKind, ...], int]:
    """A few vertices φ^k and legs, with at most 12 ends of lines."""
    ends = draw(st.integers(1, 6)) * 2
    kinds: list[VertexKind] = []
    while ends >= 3 and (not kinds or draw(st.booleans())):
        kinds.append(VertexKind(draw(st.integers(3, min(ends, 8)))))
        ends -= kinds[-1].valence
    return largest_first(kinds), min(ends, 6)


@settings(max_examples=120, deadline=None)
@given(causal_vertices())
def test_causal_diagrams_are_wick_contractions(drawn):
    check_against_wick(CausalAction(), *drawn)


@settings(max_examples=120, deadline=None)
@given(scalar_vertices())
def test_scalar_diagrams_are_wick_contractions(drawn):
    kinds, n_legs = drawn
    theory = phi(kind.valence for kind in kinds) if kinds else phi((3,))
    check_against_wick(theory, kinds, n_legs)


@pytest.mark.parametrize(
    ("kinds", "n_legs", "expected"),
    [
        ([(2, 0), (1, 2)], 1, 1),  # the tadpole
        ([(3, 0), (1, 3)], 1, 1),
        ([(3, 0), (1, 2), (1, 2)], 1, 1),
        ([(2, 1), (2, 0)], 3, 3),
        ([(2, 0), (2, 0), (1, 2)], 3, 3),
        (
            [(2, 0), (2, 0), (1, 2), (1, 2)],
            2,
            5,
        ),  # crossed; a merger into the other, with or without a tadpole
        ([(2, 1), (1, 2), (2, 0)], 2, 5),
        ([(2, 0), (2, 0), (2, 0), (1, 2)], 5, 0),  # cannot hang together
        ([(1, 3)], 1, 0),  # nothing comes out of it alone
    ],
)
def test_causal_classes_known_by_hand(kinds, n_legs, expected):
    kinds = largest_first([VertexKind(*kind) for kind in kinds])
    assert check_against_wick(CausalAction(), kinds, n_legs) == expected


@pytest.mark.parametrize(
    ("valences", "n_legs", "expected"),
    [
        ((), 2, 1),  # the bare propagator
        ((4,), 2, 1),
        ((3, 3), 0, 2),  # dumbbell and sunset
        ((4, 4), 0, 2),  # 1/48 and 1/16
        ((3, 3, 4), 0, 5),
        ((8,), 0, 1),
        ((10,), 2, 1),
        ((4, 4), 2, 3),
        ((3, 3, 3), 3, 7),  # one triangle, three bubbles on a leg, three tadpoles on a leg
    ],
)
def test_scalar_classes_known_by_hand(valences, n_legs, expected):
    kinds = tuple(VertexKind(k) for k in sorted(valences, reverse=True))
    assert check_against_wick(phi(valences or (3,)), kinds, n_legs) == expected
