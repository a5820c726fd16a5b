"""Diagrams that are left out: by options while generating, against networkx afterwards."""

from itertools import combinations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn.diagrams.engine import Problem, count, generate
from tests.diagrams.engine.problems import causal, graph_of, has_circle, scalar


def diagrams(problem):
    return {tuple(map(tuple, lines)) for batch in generate(problem) for lines in batch.lines.tolist()}


def cut_sides(problem, lines):
    """For each internal line whose cut takes its component apart: the nodes on either side."""
    n_vertices = len(problem.slots) - problem.legs
    for a, b in {(a, b) for a, b, _ in lines if a != b and max(a, b) < n_vertices}:
        graph = graph_of(lines, len(problem.slots))
        graph.remove_edge(a, b)
        if not nx.has_path(graph, a, b):
            yield nx.node_connected_component(graph, a), nx.node_connected_component(graph, b)


def is_irreducible(problem, lines):
    return not list(cut_sides(problem, lines))


def has_tadpole(problem, lines):
    legs = set(range(len(problem.slots) - problem.legs, len(problem.slots)))
    return any(not (one & legs) or not (other & legs) for one, other in cut_sides(problem, lines))


def has_self_loop(problem, lines):
    return any(a == b for a, b, _ in lines)


KEPT = {
    "one_particle_irreducible": (True, is_irreducible),
    "tadpoles": (False, lambda problem, lines: not has_tadpole(problem, lines)),
    "self_loops": (False, lambda problem, lines: not has_self_loop(problem, lines)),
    "acyclic": (True, lambda problem, lines: not has_circle(problem, lines)),
    "connected": (True, lambda problem, lines: nx.is_connected(graph_of(lines, len(problem.slots)))),
}


@st.composite
def options(draw):
    names = draw(st.sets(st.sampled_from(sorted(KEPT)), min_size=1))
    return {name: KEPT[name][0] for name in sorted(names)}


PROBLEMS = [
    scalar([3] * 4, 2, connected=False),
    scalar([3] * 6, 0, connected=False),
    scalar([3, 3, 4], 2, connected=False),
    scalar([4, 4, 4], 2, labelled=False, connected=False),
    scalar([3] * 3, 3, labelled=False, connected=False),
    scalar([5, 3, 3], 1, connected=False),
    causal([(2, 0), (2, 1), (1, 2), (1, 2)], 1, connected=False)._replace(acyclic=False),
    Problem(np.array([[1, 1, 1]] * 4), np.zeros(4, np.int64), np.array([(0, 1), (2, 2)]), connected=False),
]


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(PROBLEMS), options())
def test_options_leave_out_what_a_look_at_the_graph_would(problem, chosen):
    kept = {lines for lines in diagrams(problem) if all(KEPT[name][1](problem, lines) for name in chosen)}
    assert diagrams(problem._replace(**chosen)) == kept


def test_each_option_leaves_something_out_and_something_in():
    for name, (value, _) in KEPT.items():
        kept = [len(diagrams(p._replace(**{name: value}))) for p in PROBLEMS]
        whole = [len(diagrams(p)) for p in PROBLEMS]
        assert sum(kept) > 0
        assert any(k < w for k, w in zip(kept, whole, strict=True)), name


def test_legs_are_the_nodes_of_one_half_edge_that_end_the_list_unless_said():
    sources = Problem(np.array([[1], [3], [3], [1]]), np.array([0, 1, 1, 2]), np.array([[0, 0]]))
    assert (sources.legs, sources._replace(n_legs=0).legs) == (1, 0)
    leg = sources._replace(tadpoles=False)
    assert count(leg).number < count(sources).number
    assert count(leg._replace(n_legs=0)).number == 0  # every diagram hangs on a one-valent vertex
    for one, other in combinations((leg, sources), 2):
        assert diagrams(one) < diagrams(other)
