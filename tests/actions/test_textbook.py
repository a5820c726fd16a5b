from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement

import numpy as np
import pytest

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.actions import (
    Field,
    FieldTheory,
    Vertex,
    VertexKind,
    metric_theory,
    o_n,
    phi,
    phi3,
    phi4,
    yukawa,
)


@pytest.mark.parametrize("powers", [(3,), (4,), (3, 4), (3, 4, 6), (5, 7)])
@pytest.mark.parametrize("legs", range(5))
@pytest.mark.parametrize("loops", range(4))
def test_contents_are_all_solutions_each_once(powers, legs, loops):
    """V vertices and I internal lines: Σk = 2I + legs and loops = I - V + 1."""
    expected: Counter = Counter()
    for size in range(2 * loops + legs + 1):
        for chosen in combinations_with_replacement(sorted(powers, reverse=True), size):
            internal = size - 1 + loops
            if sum(chosen) == 2 * internal + legs and size:
                expected[chosen] += 1
    if (legs, loops) == (2, 0):
        expected[()] += 1
    found = phi(powers).contents(("φ",) * legs, loops)
    assert Counter(tuple(vertex.valence for vertex in chosen) for chosen in found) == expected


def test_names_and_couplings():
    action = phi(powers=(6, 3, 4, 3))
    assert action.name == "φ^3 + φ^4 + φ^6"
    assert action == phi((3, 4, 6))
    assert [(v.name, v.powers) for v in action.vertices] == [
        ("φ^6", Powers(g6=1)),
        ("φ^4", Powers(g4=1)),
        ("φ^3", Powers(g3=1)),
    ]
    assert (phi3(), phi4()) == (phi((3,)), phi((4,)))
    assert not phi3().acyclic
    assert hash(phi3()) == hash(phi((3,)))


def test_any_iterable_of_powers():
    assert phi(k for k in (3, 4)) == phi([4, 3])


@pytest.mark.parametrize("powers", [(), (2,), (3, 1), (3.0,), "34", ("3",), (None,), (True,)])
def test_powers_that_make_no_interaction(powers):
    with pytest.raises(InvalidInput, match=r"integers k from 3 to 1024, such as powers=\(3, 4\)"):
        phi(powers)


def test_a_single_power_must_be_in_a_list():
    with pytest.raises(InvalidInput, match=r"give for example powers=\(4,\)"):
        phi(4)


def test_the_o_n_theory_has_the_vertices_of_the_scalar_one_and_an_index():
    action = o_n((4, 6))
    assert action.vertices == phi((4, 6)).vertices
    assert action.fields == (Field(name="φ", index="N"),)
    with pytest.raises(InvalidInput, match="even k"):
        o_n((3, 4))


def test_yukawa():
    action = yukawa(flavours="N")
    assert action.external == ("φ", "ψ", "ψ̄")
    assert [field.directed for field in action.fields] == [False, True]
    assert str(action.fields[1].loop_factor) == "-N"
    assert str(yukawa(fermionic=False).fields[1].loop_factor) == "1"
    assert action.vertex("ψ̄ψφ").powers == Powers(g=1)
    assert action.vertex(VertexKind(2, 1)) == action.vertices[0]


def test_the_metric_theory_has_every_even_vertex():
    action = metric_theory(plate="heads")
    found = [sorted(v.valence for v in chosen) for chosen in action.contents(("φ",) * 6, 1)]
    assert sorted(found) == sorted([[8], [4, 6], [4, 4, 4]])  # Σ(2k - 2) = 6
    assert [action.vertex(VertexKind(k)).powers["heads"] for k in (4, 6, 10)] == [1, 2, 4]
    assert action.vertex("φ^6") == action.vertex(VertexKind(6))
    for key in ("φ^5", "φ^2", "χ^4", VertexKind(4, 1)):
        with pytest.raises(InvalidInput, match="has no vertex"):
            action.vertex(key)
    with pytest.raises(InvalidInput, match="give the name of a size"):
        metric_theory(plate="1/n")


def test_the_same_diagrams_whichever_theory_names_them():
    by_hand = FieldTheory(fields=[Field(name="φ")], vertices=[Vertex(legs=("φ",) * 4, powers=Powers(g4=1))])
    assert by_hand == phi4()


@pytest.mark.parametrize("power", [1026, 10**12])
def test_powers_too_large_for_any_diagram_are_refused(power):
    with pytest.raises(InvalidInput, match="integers k from 3 to 1024"):
        phi((power,))


def test_powers_from_numpy():
    assert phi(np.array([3, 4])) == phi((3, 4))
