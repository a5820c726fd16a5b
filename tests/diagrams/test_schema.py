"""Diagrams as JSON and as networkx graphs, there and back."""

from __future__ import annotations

import json
import pickle
from random import Random

import networkx as nx
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.actions import (
    CausalAction,
    Field,
    FieldTheory,
    Vertex,
    metric_theory,
    o_n,
    phi,
    phi3,
    phi4,
    yukawa,
)
from feyn_nn.diagrams import Diagram, generate

CASES = [
    (phi((3, 4)), 2, 2),
    (phi3(), 0, 3),
    (phi4(), 2, 0),
    (o_n(), 4, 1),
    (yukawa(flavours="N"), ("φ", "ψ", "ψ̄"), 1),
    (metric_theory(), 4, 1),
    (CausalAction(plate="heads"), 2, 1),
    (
        FieldTheory(fields=[Field(name="a", conjugate="A")], vertices=[Vertex(legs=("A", "a", "a"))]),
        ("a",),
        1,
    ),
]


@pytest.mark.parametrize(("action", "legs", "loops"), CASES)
@pytest.mark.parametrize("interchangeable", [False, True])
def test_json_there_and_back(action, legs, loops, interchangeable):
    for diagram in generate(action, legs=legs, loops=loops, interchangeable_legs=interchangeable):
        again = Diagram.from_json(diagram.to_json())
        assert (again, hash(again)) == (diagram, hash(diagram))
        assert (again.automorphisms, again.action, again.powers) == (
            diagram.automorphisms,
            action,
            diagram.powers,
        )
        assert again.to_json() == diagram.to_json()
        assert pickle.loads(pickle.dumps(diagram)) == diagram


@pytest.mark.parametrize(("action", "legs", "loops"), CASES)
def test_networkx_there_and_back(action, legs, loops):
    random = Random(1)
    for diagram in generate(action, legs=legs, loops=loops):
        graph = diagram.to_networkx()
        assert graph.is_directed() == any(field.directed for field in action.fields)
        assert Diagram.from_networkx(graph) == diagram
        names = list(graph)
        random.shuffle(names)
        renamed = nx.relabel_nodes(graph, {node: f"node {i}" for i, node in enumerate(names)})
        again = Diagram.from_networkx(renamed, action)
        assert (again, again.automorphisms) == (diagram, diagram.automorphisms)


def test_the_number_that_a_diagram_stands_for_is_kept():
    found = [d for d in generate(phi3(), legs=4, loops=0, equal_inputs="aabb") if d.multiplicity > 1]
    assert (
        [Diagram.from_json(d.to_json()).multiplicity for d in found] == [d.multiplicity for d in found] == [2]
    )


def test_the_text_is_in_order_whatever_the_numbering():
    text = json.loads(next(generate(phi4(), legs=2, loops=1)).to_json())
    assert (text["schema"], text["version"]) == ("feyn_nn.diagram", 1)
    text["lines"] = [[2, 0, "φ"], [0, 0, "φ"], [0, 1, "φ"]]
    assert Diagram.from_json(json.dumps(text)) == next(generate(phi4(), legs=2, loops=1))


def test_groups_of_legs_may_have_any_names():
    (tree,) = (d for d in generate(phi3(), legs=4, loops=0, interchangeable_legs=True))
    text = json.loads(tree.to_json())
    text["leg_groups"] = [7, 7, 7, 7]
    assert Diagram.from_json(json.dumps(text)) == tree
    graph = next(generate(phi3(), legs=4, loops=0)).to_networkx()
    del graph.nodes[2]["group"]  # the first leg: a group of its own, whatever the others are called
    assert Diagram.from_networkx(graph) == next(generate(phi3(), legs=4, loops=0))


def changed(**entries: object) -> str:
    return json.dumps({**json.loads(next(generate(phi4(), legs=2, loops=1)).to_json()), **entries})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is no JSON"),
        (None, "this is no JSON"),
        ("[1]", "schema=None is not 'feyn_nn.diagram'"),
        ("{}", "schema=None is not 'feyn_nn.diagram'"),
        (changed(schema="other"), "schema='other'"),
        (changed(version=2), "version=2 of feyn_nn.diagram is unknown here"),
        (changed(version=None), "version=None"),
        (changed(action={"kind": "phi"}), "no kind of theory"),
        (changed(action=None), "no kind of theory"),
        (changed(vertices=["φ^3"]), "has no vertex 'φ\\^3'"),
        (changed(vertices=3), "wrong type"),
        (changed(lines=[[0, 0, "φ"]]), "use every leg exactly once"),
        (changed(lines=[[0, 0]]), "wrong type"),
        (changed(lines=[[0, 0, "χ"]]), "names no field"),
        (changed(legs=["φ", "χ"]), "leg 'χ' names no field"),
        (changed(legs=["φ"]), "names a node outside|leg_groups"),
        (changed(leg_groups=[0]), "one number for each leg"),
        (changed(automorphisms=3), "has 2 automorphisms, not 3"),
        (changed(automorphisms=None), "wrong type"),
        (changed(automorphisms=2.5), "wrong type"),
        (changed(lines=[[0, 0.5, "φ"]]), "wrong type"),
        (changed(multiplicity=0), "multiplicity=0"),
        (changed(multiplicity=-2), "multiplicity=-2"),
        (changed(multiplicity=1.5), "wrong type"),
        (changed(version=True), "version=True"),
        (changed(action={"kind": []}), r"kind=\[\] is no kind of theory"),
        (changed(action={**phi4().to_data(), "fields": []}), "at least one"),
    ],
)
def test_other_text_is_refused(text, message):
    with pytest.raises(InvalidInput, match=message):
        Diagram.from_json(text)


def test_what_is_missing_is_refused():
    whole = json.loads(changed())
    for key in whole:
        with pytest.raises(InvalidInput, match=r"lacks something|is not|is unknown|is no kind"):
            Diagram.from_json(json.dumps({k: v for k, v in whole.items() if k != key}))


def test_graphs_that_are_no_diagrams():
    graph = next(generate(phi4(), legs=2, loops=1)).to_networkx()
    bare = nx.MultiGraph(graph.edges())
    with pytest.raises(InvalidInput, match="give action="):
        Diagram.from_networkx(bare)
    with pytest.raises(InvalidInput, match="every node needs"):
        Diagram.from_networkx(bare, phi4())
    for number in (5, "b"):
        graph.nodes[1]["leg"] = number
        with pytest.raises(InvalidInput, match="numbered 0, 1, 2"):
            Diagram.from_networkx(graph)
    several = next(generate(yukawa(), legs=["φ", "φ"], loops=1)).to_networkx()
    for _, _, data in several.edges(data=True):
        data.pop("field")
    with pytest.raises(InvalidInput, match="names no field"):
        Diagram.from_networkx(several)
