from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.actions import CausalAction, FieldTheory, VertexKind, metric_theory, o_n, phi, phi3, phi4, yukawa
from feyn_nn.actions.vertex import MOST_LINES
from feyn_nn.diagrams import Line, canonical_diagram, check_diagrams, count_diagrams, generate
from feyn_nn.diagrams.engine.problem import MAX_LINES

ACTIONS = {
    "causal": CausalAction(),
    "phi3": phi3(),
    "phi4": phi4(),
    "phi6": phi(powers=(6,)),
    "phi34": phi(powers=(3, 4)),
    "phi346": phi(powers=(3, 4, 6)),
    "o_n": o_n(),
    "yukawa": yukawa(),
    "metric": metric_theory(),
}
DATA = Path(__file__).parents[1] / "data"
PINNED = [
    row
    for name in ("diagram_counts.json", "theory_counts.json")  # of one field; of several, and with filters
    for row in json.loads((DATA / name).read_text(encoding="utf-8"))
]


def case_name(row):
    legs = row["legs"] if isinstance(row["legs"], int) else "".join(row["legs"])
    return "-".join([row["action"], str(legs), str(row["loops"]), *row.get("options", {})])


@pytest.mark.parametrize("row", PINNED, ids=case_name)
def test_counts_do_not_drift(row):
    options = row.get("options", {})
    count = count_diagrams(ACTIONS[row["action"]], legs=row["legs"], loops=row["loops"], **options)
    assert count == (row["number"], Fraction(row["symmetry_sum"]))


@pytest.mark.parametrize(
    ("action", "legs", "loops", "number"),
    [  # connected cubic and 4-regular multigraphs (A005967, A085549), (2k-5)!! cubic trees with k leaves
        ("phi3", 0, 2, 2),
        ("phi3", 0, 3, 5),
        ("phi3", 0, 4, 17),
        ("phi4", 0, 2, 1),
        ("phi4", 0, 3, 2),
        ("phi4", 0, 4, 4),
        ("phi4", 0, 5, 10),
        ("phi3", 5, 0, 15),
        ("phi3", 6, 0, 105),
        ("phi34", 5, 0, 25),  # 15 cubic trees, 10 with one φ⁴
        ("phi34", 4, 0, 4),
        ("causal", 1, 1, 1),
    ],
)
def test_counts_of_the_literature(action, legs, loops, number):
    assert count_diagrams(ACTIONS[action], legs=legs, loops=loops).number == number


@pytest.mark.parametrize(("loops", "every", "irreducible"), [(1, 1, 1), (2, 3, 2), (3, 15, 10), (4, 105, 74)])
def test_charged_lines_without_closed_loops(loops, every, irreducible):
    """(2n-1)!! chord diagrams on a line, and the indecomposable ones of them (A000698)."""
    legs = ["ψ", "ψ̄"]

    def quenched(**options):
        found = generate(yukawa(flavours="N"), legs=legs, loops=loops, **options)
        return [d for d in found if not d.index_polynomial().variables]

    assert {d.automorphisms for d in quenched()} == {1}
    assert len(quenched()) == every
    assert len(quenched(one_particle_irreducible=True)) == irreducible


@pytest.mark.parametrize(
    ("action", "legs", "loops"),
    [
        ("causal", 1, 2),
        ("causal", 2, 1),
        ("causal", 2, 2),
        ("causal", 3, 1),
        ("causal", 4, 0),
        ("phi3", 2, 2),
        ("phi3", 0, 4),
        ("phi4", 4, 2),
        ("phi6", 2, 4),
        ("phi34", 2, 2),
    ],
)
def test_each_diagram_once_and_well_formed(action, legs, loops):
    theory = ACTIONS[action]
    diagrams = list(generate(theory, legs=legs, loops=loops))
    assert len(set(diagrams)) == len(diagrams)
    for diagram in diagrams:
        graph = diagram.to_networkx()
        assert graph.is_directed() == diagram.directed == theory.acyclic
        assert nx.is_connected(graph.to_undirected())
        assert not theory.acyclic or nx.is_directed_acyclic_graph(graph)
        for v, kind in enumerate(diagram.vertices):
            assert graph.degree(v) == kind.valence
            assert graph.nodes[v]["kind"] == kind
            assert not theory.acyclic or graph.out_degree(v) == kind.outgoing
        for leg in range(legs):
            node = len(diagram.vertices) + leg
            assert graph.degree(node) == 1
            assert graph.nodes[node]["leg"] == leg
        assert diagram.loops == loops == len(diagram.internal_lines) - len(diagram.vertices) + 1
        assert sorted(diagram.internal_lines + diagram.external_lines) == list(diagram.lines)
        assert len(diagram.external_lines) == legs
        again = canonical_diagram(theory, diagram.vertices, diagram.lines, legs)
        assert (again, again.automorphisms) == (diagram, diagram.automorphisms)


@pytest.mark.parametrize(("legs", "loops"), [(1, 2), (2, 1), (3, 0), (3, 1), (4, 0)])
def test_a_network_diagram_carries_one_power_for_each_leg_and_loop(legs, loops):
    heads = CausalAction(plate="heads")
    assert all(d.powers == Powers(heads=legs - 1 + loops) for d in generate(heads, legs=legs, loops=loops))


def test_a_scalar_diagram_counts_its_couplings():
    found = {d.powers for d in generate(phi((3, 4)), legs=2, loops=1)}
    assert found == {Powers(g4=1), Powers(g3=2)}


def test_the_bare_propagator():
    (line,) = generate(phi4(), legs=2, loops=0)
    assert line == canonical_diagram(phi4(), [], [(1, 0)], 2)
    assert (line.vertices, line.lines, line.legs) == ((), (Line(0, 1),), ("φ", "φ"))
    assert (line.automorphisms, line.loops, line.powers, line.internal_lines) == (1, 0, Powers(), ())
    assert line.external_lines == (Line(0, 1),)
    assert all(d.vertices for d in generate(CausalAction(), legs=2, loops=0))


def test_vacuum_diagrams():
    sunset, dumbbell = sorted(generate(phi3(), legs=0, loops=2), key=lambda d: -d.automorphisms)
    assert (sunset.automorphisms, sunset.lines) == (12, (Line(0, 1),) * 3)
    assert (dumbbell.automorphisms, set(dumbbell.lines)) == (8, {Line(0, 0), Line(0, 1), Line(1, 1)})
    assert list(generate(CausalAction(), legs=0, loops=3)) == []
    assert list(generate(phi3(), legs=0, loops=1)) == []


def test_no_diagram_where_no_vertex_fits():
    assert list(generate(phi4(), legs=3, loops=2)) == []
    assert list(generate(phi3(), legs=1, loops=0)) == []
    assert list(generate(CausalAction(), legs=1, loops=0)) == []


def test_the_tadpole():
    (tadpole,) = generate(CausalAction(), legs=1, loops=1)
    assert tadpole.vertices == (VertexKind(2, 0), VertexKind(1, 2))
    assert tadpole.symmetry_factor == Fraction(1, 2)
    assert str(tadpole) == "1/2  [v0=V(2,0), v1=V(1,2)]  v0→v1 v0→v1 v1→leg0"


def test_diagrams_are_streamed():
    assert next(generate(CausalAction(), legs=6, loops=3)).loops == 3


@pytest.mark.parametrize("given", [{"legs": -1, "loops": 0}, {"legs": 1, "loops": -1}])
@pytest.mark.parametrize("ask", [generate, count_diagrams, check_diagrams])
def test_negative_orders_are_refused_at_once(ask, given):
    with pytest.raises(InvalidInput, match="=-1: give an integer >= 0"):
        ask(phi4(), **given)


@pytest.mark.parametrize("ask", [generate, count_diagrams, check_diagrams])
@pytest.mark.parametrize("name", ["legs", "loops"])
def test_orders_beyond_any_diagram_are_refused_before_they_fill_the_memory(ask, name):
    assert MOST_LINES == MAX_LINES
    with pytest.raises(InvalidInput, match=f"{name}=1000000000000: diagrams have at most 512 lines"):
        ask(phi4(), **{"legs": 2, "loops": 1, name: 10**12})


def test_legs_from_numpy():
    assert count_diagrams(phi4(), legs=np.array(["φ", "φ"]), loops=np.int64(1)).number == 1
    with pytest.raises(InvalidInput, match="leg 1 names no field"):
        generate(phi4(), legs=np.array([1, 1]), loops=1)


@pytest.mark.parametrize("action", [None, "phi4", phi4, FieldTheory])
def test_what_is_no_theory_is_refused(action):
    with pytest.raises(InvalidInput, match="is no field theory; give one such as"):
        generate(action, legs=2, loops=1)


@pytest.mark.parametrize("equal_inputs", [3, [np.zeros(2), np.zeros(2)]])
def test_equal_inputs_are_labels_of_the_legs(equal_inputs):
    with pytest.raises(InvalidInput, match="give a label for each leg"):
        generate(phi4(), legs=2, loops=1, equal_inputs=equal_inputs)


@pytest.mark.parametrize("value", [1.0, "2", None, True])
@pytest.mark.parametrize("ask", [generate, count_diagrams, check_diagrams])
@pytest.mark.parametrize("name", ["legs", "loops"])
def test_orders_are_integers(ask, name, value):
    with pytest.raises(InvalidInput, match=f"{name}={value!r}"):
        ask(phi4(), **{"legs": 2, "loops": 1, name: value})


@pytest.mark.parametrize(
    ("legs", "loops", "options", "words"),
    [
        (3, 1, {}, "φ^4 has no diagram with 3 legs and 1 loop: no multiset"),
        (3, 1, {"connected": False}, "φ^4 has no diagram with 3 legs and 1 loop: no multiset"),
        (
            2,
            0,
            {"amputated": True},
            "φ^4 has no diagram with 2 legs and 0 loops: all there is is the bare line",
        ),
        (2, 0, {"one_particle_irreducible": True}, "all there is is the bare line"),
    ],
)
def test_an_empty_result_says_why(legs, loops, options, words):
    stream = generate(phi4(), legs=legs, loops=loops, **options)
    assert words in stream.explanation
    assert list(stream) == []


def test_what_is_not_empty_is_not_called_so():
    for options in ({"legs": 2, "loops": 0}, {"legs": 0, "loops": 0, "connected": False}):
        stream = generate(phi4(), **options)
        assert stream.explanation.startswith("diagrams of φ^4")
        assert len(list(stream)) == 1
