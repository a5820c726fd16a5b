from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement

import pytest

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.actions import CausalAction, VertexKind, kind_of, network_action
from feyn_nn.networks import MLP


def solutions(legs: int, loops: int) -> Counter:
    """Every multiset of allowed vertices with the right numbers of legs and loops, by trying them all.

    V vertices hang together by V - 1 + loops internal lines, which use up all incoming legs and all but `legs`
    of the outgoing ones.
    """
    excess = legs - 1 + loops
    kinds = [
        VertexKind(k, m)
        for k in range(1, excess + 2)
        for m in range(2 * excess + 2)
        if (k, m) not in {(1, 0), (1, 1)}
    ]
    found: Counter = Counter()
    for size in range(1, 2 * excess + loops + 2):
        for chosen in combinations_with_replacement(sorted(kinds, reverse=True), size):
            internal = size - 1 + loops
            outgoing, incoming = sum(k for k, _ in chosen), sum(m for _, m in chosen)
            if incoming == internal and outgoing == internal + legs and any(k > 1 for k, _ in chosen):
                found[chosen] += 1
    return found


def kinds_found(legs: int, loops: int) -> list[tuple[VertexKind, ...]]:
    action = CausalAction()
    found = action.contents(("Δ",) * legs, loops)
    return [tuple(kind_of(vertex, action.fields) for vertex in vertices) for vertices in found]


@pytest.mark.parametrize(("legs", "loops"), [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0)])
def test_contents_are_all_solutions_each_once(legs, loops):
    assert Counter(kinds_found(legs, loops)) == solutions(legs, loops)


@pytest.mark.parametrize(("legs", "loops"), [(1, 3), (2, 2), (3, 1), (4, 0), (4, 1), (3, 2)])
def test_contents_are_sorted_consistent_and_distinct(legs, loops):
    found = kinds_found(legs, loops)
    assert len(set(found)) == len(found) > 0
    for kinds in found:
        assert list(kinds) == sorted(kinds, reverse=True)
        assert not {VertexKind(1, 0), VertexKind(1, 1)} & set(kinds)
        assert sum(k.outgoing - k.incoming for k in kinds) == legs
        assert sum(k.incoming for k in kinds) - len(kinds) + 1 == loops


@pytest.mark.parametrize(("legs", "loops"), [(0, 0), (0, 1), (1, 0)])
def test_nothing_fits(legs, loops):
    assert kinds_found(legs, loops) == []


def test_powers_of_the_plate():
    heads = CausalAction(plate="heads")
    assert [heads.vertex(VertexKind(k, 3)).powers["heads"] for k in (1, 2, 5)] == [0, 1, 4]
    assert heads.vertex("V(2,0)").powers == Powers(heads=1)
    assert "heads" in heads.name


def test_the_action_of_a_network():
    action = network_action(MLP(depth=3, width=8, activation="tanh"))
    assert action == CausalAction(plate="width")
    assert action.acyclic
    assert action.external == ("Δ",)
    assert network_action(MLP(depth=1, width=8, activation="tanh")) == action


@pytest.mark.parametrize("network", [None, 3, CausalAction()])
def test_an_action_needs_a_network_of_layers(network):
    with pytest.raises(InvalidInput, match="has no layers; give one such as"):
        network_action(network)


@pytest.mark.parametrize("plate", [None, 3, "", "a b"])
def test_the_plate_names_a_small_parameter(plate):
    with pytest.raises(InvalidInput, match="give the name of a size, such as 'width'"):
        CausalAction(plate=plate)


def test_vertices_by_name_and_by_legs():
    action = CausalAction()
    assert (
        action.vertex("V(2,1)") == action.vertex(VertexKind(2, 1)) == action.vertex(action.vertex("V(2,1)"))
    )
    assert action.vertex("V(2,1)").legs == ("Δ", "Δ̃", "Δ̃")
    for key in ("V(1,1)", "V(1,0)", "V(0,2)", "V(2)", "φ^4", VertexKind(1, 1), VertexKind(0, 3)):
        with pytest.raises(InvalidInput, match="has no vertex"):
            action.vertex(key)


def test_a_vertex_kind_counts_its_legs():
    assert VertexKind(2, 3).valence == 5
    assert VertexKind(4) == (4, 0)
