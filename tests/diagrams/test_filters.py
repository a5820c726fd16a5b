"""Filters against networkx, line by line, and legs that may be exchanged against lists of all permutations."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import permutations
from math import factorial

import networkx as nx
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.actions import CausalAction, o_n, phi, phi3, phi4, yukawa
from feyn_nn.diagrams import Diagram, canonical_diagram, check_diagrams, count_diagrams, generate
from feyn_nn.diagrams.filters import is_amputated, is_irreducible, is_without_tadpoles

CASES = [
    (phi3(), 0, 3),
    (phi3(), 1, 3),
    (phi3(), 2, 2),
    (phi3(), 3, 2),
    (phi3(), 4, 1),
    (phi4(), 2, 4),
    (phi4(), 4, 2),
    (phi((3, 4)), 2, 2),
    (phi((3, 6)), 3, 2),
    (yukawa(), ("φ", "φ"), 2),
    (yukawa(), ("ψ", "ψ̄", "φ"), 2),
    (CausalAction(), 1, 2),
    (CausalAction(), 2, 1),
    (CausalAction(), 3, 1),
]


def pieces(diagram: Diagram) -> list[tuple[int, int]]:
    """For each internal line that is a bridge of the graph: the legs on its two sides, by networkx."""
    graph = nx.MultiGraph(diagram.to_networkx())
    count, found = len(diagram.vertices), []
    for line in diagram.internal_lines:
        cut = graph.copy()
        cut.remove_edge(*line)
        if not nx.has_path(cut, *line):
            sides = [nx.node_connected_component(cut, node) for node in line]
            found.append(tuple(sum(node >= count for node in side) for side in sides))
    return found


FILTERS = {
    "one_particle_irreducible": (True, lambda d: bool(d.vertices) and not pieces(d)),
    "tadpoles": (False, lambda d: all(min(sides) > 0 for sides in pieces(d))),
    "self_loops": (False, lambda d: all(a != b for a, b in d.lines)),
    "amputated": (True, lambda d: bool(d.vertices) and all(1 not in sides for sides in pieces(d))),
}


@pytest.mark.parametrize(("action", "legs", "loops"), CASES)
def test_each_filter_alone_and_all_together(action, legs, loops):
    every = list(generate(action, legs=legs, loops=loops))
    for name, (value, wanted) in FILTERS.items():
        found = list(generate(action, legs=legs, loops=loops, **{name: value}))
        assert found == [d for d in every if wanted(d)], name
        count = count_diagrams(action, legs=legs, loops=loops, **{name: value})
        assert count == (len(found), sum((d.symmetry_factor for d in found), Fraction(0)))
    options = {name: value for name, (value, _) in FILTERS.items()}
    found = set(generate(action, legs=legs, loops=loops, **options))
    assert found == {d for d in every if all(wanted(d) for _, wanted in FILTERS.values())}


@pytest.mark.parametrize(("action", "legs", "loops"), CASES)
def test_the_predicates_agree_with_the_search(action, legs, loops):
    for diagram in generate(action, legs=legs, loops=loops):
        assert is_irreducible(diagram) == (FILTERS["one_particle_irreducible"][1](diagram))
        assert is_without_tadpoles(diagram) == FILTERS["tadpoles"][1](diagram)
        assert is_amputated(diagram) == FILTERS["amputated"][1](diagram)


@pytest.mark.parametrize(
    ("action", "legs", "loops"), [(phi3(), 2, 2), (phi3(), 4, 1), (phi4(), 4, 2), (phi4(), 0, 4)]
)
def test_all_diagrams_and_their_components(action, legs, loops):
    every = list(generate(action, legs=legs, loops=loops, connected=False))
    assert len(set(every)) == len(every)
    assert {d.loops for d in every} == {loops}
    for diagram in every:
        assert diagram.components == nx.number_connected_components(diagram.to_networkx())
    connected = [d for d in every if d.components == 1]
    assert set(connected) == set(generate(action, legs=legs, loops=loops))
    for name in ("tadpoles", "self_loops"):
        value, wanted = FILTERS[name]
        found = set(generate(action, legs=legs, loops=loops, connected=False, **{name: value}))
        assert found == {d for d in every if wanted(d)}


def test_conventions_by_hand():
    """The figures of the documentation."""
    two_point = {"action": phi4(), "legs": 2, "loops": 2}
    assert count_diagrams(**two_point).number == 3  # sunset, a bubble on a bubble, two bubbles in a row
    assert count_diagrams(**two_point, one_particle_irreducible=True).number == 2
    assert count_diagrams(**two_point, self_loops=False).number == 1
    assert count_diagrams(phi4(), legs=2, loops=0).number == 1  # the bare line
    assert count_diagrams(phi4(), legs=2, loops=0, one_particle_irreducible=True).number == 0
    assert count_diagrams(phi4(), legs=2, loops=0, amputated=True).number == 0
    # corrections of the four legs of a vertex go, the three bubbles stay
    assert count_diagrams(phi4(), legs=4, loops=1, amputated=True).number == 3
    assert count_diagrams(phi3(), legs=1, loops=1, tadpoles=False).number == 1  # its line is an external one
    assert count_diagrams(phi3(), legs=2, loops=1, tadpoles=False).number == 1
    # three channels of two bare lines beside the connected vertex
    assert count_diagrams(phi4(), legs=4, loops=0, connected=False).number == 4


def under(diagram: Diagram, order: tuple[int, ...]) -> Diagram:
    """The diagram with its legs exchanged."""
    count = len(diagram.vertices)
    lines = [
        (*(node if node < count else count + order[node - count] for node in line), field)
        for line, field in zip(diagram.lines, diagram.fields, strict=True)
    ]
    return canonical_diagram(diagram.action, diagram.interactions, lines, diagram.legs)


@pytest.mark.parametrize(
    ("action", "legs", "loops"),
    [
        (phi3(), ("φ",) * 4, 1),
        (phi4(), ("φ",) * 4, 2),
        (yukawa(), ("φ", "ψ", "φ", "ψ̄"), 1),
        (CausalAction(), ("Δ",) * 2, 1),
    ],
)
def test_interchangeable_legs_are_classes_of_labelled_ones(action, legs, loops):
    orders = [o for o in permutations(range(len(legs))) if all(legs[i] == legs[j] for i, j in enumerate(o))]
    classes: defaultdict[frozenset[Diagram], Fraction] = defaultdict(Fraction)
    for diagram in generate(action, legs=legs, loops=loops):
        classes[frozenset(under(diagram, order) for order in orders)] += diagram.symmetry_factor
    found = list(generate(action, legs=legs, loops=loops, interchangeable_legs=True))
    assert len(found) == len(set(found)) == len(classes)
    # 1/|Aut| counts permutations of the legs: the class sums, over the number of permutations
    assert Counter(d.symmetry_factor for d in found) == Counter(
        total / len(orders) for total in classes.values()
    )


@pytest.mark.parametrize(
    ("action", "legs", "loops", "inputs"),
    [
        (phi3(), ("φ",) * 4, 1, "abab"),
        (phi4(), ("φ",) * 4, 2, "aaab"),
        (CausalAction(), ("Δ",) * 2, 1, [(0, 0), (0, 0)]),
        (CausalAction(), ("Δ",) * 3, 0, [(0, 0)] * 3),
        (yukawa(), ("φ", "ψ", "φ", "ψ̄"), 1, [1, 1, 1, 1]),
    ],
)
def test_grouping_by_equal_inputs(action, legs, loops, inputs):
    keys = list(zip(legs, inputs, strict=True))
    orders = [o for o in permutations(range(len(legs))) if all(keys[i] == keys[j] for i, j in enumerate(o))]
    every = list(generate(action, legs=legs, loops=loops))
    groups = {frozenset(under(diagram, order) for order in orders) for diagram in every}
    found = list(generate(action, legs=legs, loops=loops, equal_inputs=inputs))
    assert set(found) <= set(every)  # labelled diagrams, in their own canonical form
    assert Counter(frozenset(under(d, o) for o in orders) for d in found) == Counter(groups)
    for diagram in found:
        group = next(group for group in groups if diagram in group)
        assert diagram.multiplicity == len(group)
        assert diagram.weight == len(group) * diagram.symmetry_factor
    count = count_diagrams(action, legs=legs, loops=loops, equal_inputs=inputs)
    assert count == (len(groups), count_diagrams(action, legs=legs, loops=loops).symmetry_sum)
    assert len(groups) < len(every)


def test_all_legs_exchanged_or_none():
    """With s legs the sums differ by s!, whatever the diagrams."""
    for legs, loops in [(2, 3), (3, 2), (4, 2), (6, 0)]:
        together = count_diagrams(phi3(), legs=legs, loops=loops, interchangeable_legs=True).symmetry_sum
        assert together * factorial(legs) == check_diagrams(phi3(), legs=legs, loops=loops).exact


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"connected": False, "one_particle_irreducible": True}, "asks for connected diagrams"),
        ({"connected": False, "amputated": True}, "asks for connected diagrams"),
        ({"tadpoles": 1}, "tadpoles=1: give True or False"),
        ({"connected": None}, "connected=None: give True or False"),
        ({"interchangeable_legs": "yes"}, "give True or False"),
        ({"equal_inputs": [1]}, "1 entries for 2 legs"),
        ({"equal_inputs": [1, 1], "interchangeable_legs": True}, "give one"),
    ],
)
def test_options_that_make_no_sense(options, message):
    with pytest.raises(InvalidInput, match=message):
        generate(phi3(), legs=2, loops=1, **options)


@pytest.mark.parametrize(
    ("action", "legs", "message"),
    [
        (yukawa(), 2, "does not say which fields"),
        (yukawa(), ["φ", "chi"], "leg 'chi' names no field of Yukawa theory; its legs are φ, ψ, ψ̄"),
        (phi3(), ["ψ"], "leg 'ψ' names no field of φ\\^3"),
        (phi3(), "φφ", "give an integer >= 0 or a list of fields"),
        (CausalAction(), ["Δ̃"], "names no field"),
        ("phi3", 2, "no field theory"),
    ],
)
def test_legs_that_name_no_field(action, legs, message):
    with pytest.raises(InvalidInput, match=message):
        generate(action, legs=legs, loops=1)


def test_nothing_is_explained():
    stream = generate(phi4(), legs=3, loops=2)
    assert list(stream) == []
    assert stream.explanation.startswith("φ^4 has no diagram with 3 legs and 2 loops")
    assert (
        repr(generate(o_n(), legs=2, loops=1)) == "<diagrams of O(N) theory with φ^4 with 2 legs and 1 loop>"
    )
    assert list(generate(yukawa(), legs=["ψ", "ψ"], loops=1)) == []
    assert "can all be joined" in generate(yukawa(), legs=["ψ", "ψ"], loops=1).explanation
    assert list(generate(yukawa(), legs=[], loops=0)) == []
