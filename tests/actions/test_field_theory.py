"""Theories put together by hand."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.actions import (
    CausalAction,
    Field,
    FieldTheory,
    Vertex,
    VertexKind,
    action_from_data,
    metric_theory,
    o_n,
    phi,
    yukawa,
)

PHI, PSI = Field(name="φ"), Field(name="ψ", conjugate="ψ̄")
CUBIC = Vertex(legs=("φ",) * 3)


@pytest.mark.parametrize(
    ("fields", "vertices", "message"),
    [
        ([PHI], [], "at least one; give for example vertices="),
        ([], [CUBIC], "at least one; give for example fields="),
        ([PHI], ["φφφ"], "at least one; give for example vertices="),
        ([PHI], [Vertex(legs=("φ", "φ", "χ"))], "leg 'χ' of the vertex φ\\^2χ names no field"),
        ([PHI, PHI], [CUBIC], "more than one end of a line is called 'φ'"),
        ([PSI, Field(name="ψ̄")], [Vertex(legs=("ψ", "ψ̄", "ψ"))], "more than one end"),
        ([PHI], [CUBIC, Vertex(legs=("φ",) * 4, name="φ^3")], "more than one vertex is called"),
        ([PHI], [Vertex(legs=("φ",) * 2)], "any number of vertices φ\\^2 fits"),
        ([Field(name="φ", index="N")], [CUBIC], "cannot pass on the index or the sign of φ"),
        (
            [PHI, Field(name="ψ", conjugate="ψ̄", fermionic=True)],
            [Vertex(legs=("ψ", "φ", "φ"))],
            "as many of one end",
        ),
    ],
)
def test_what_is_no_theory_is_refused(fields, vertices, message):
    with pytest.raises(InvalidInput, match=message):
        FieldTheory(fields=fields, vertices=vertices)


def test_a_misspelt_leg_is_told_what_it_may_have_meant():
    with pytest.raises(InvalidInput, match="did you mean 'phi'"):
        FieldTheory(fields=[Field(name="phi")], vertices=[Vertex(legs=("phi", "phi", "phy"))])


def test_an_acyclic_theory_needs_directions():
    with pytest.raises(InvalidInput, match="every field needs a direction"):
        FieldTheory(fields=[PHI], vertices=[CUBIC], acyclic=True)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Vertex(legs=()), "list of names of fields"),
        (lambda: Vertex(legs="φφφ"), "list of names of fields"),
        (lambda: Vertex(legs=("φ", 3)), "list of names of fields"),
        (lambda: Vertex(legs=("φ",) * 3, at_most=0), "integer >= 1"),
        (lambda: Vertex(legs=("φ",) * 3, powers={"g": 1}), "give Powers"),
        (lambda: Field(name=""), "give a name"),
        (lambda: Field(name="φ", index=3), "give a name"),
        (lambda: Field(name="ψ", conjugate="ψ"), "both called 'ψ'"),
        (lambda: Field(name="ψ", fermionic=True), "needs conjugate="),
    ],
)
def test_what_is_no_vertex_or_field_is_refused(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()


def test_vertices_are_found_by_name_and_by_legs():
    theory = FieldTheory(
        fields=[PHI],
        vertices=[CUBIC, Vertex(legs=("φ",) * 4, name="bare"), Vertex(legs=("φ",) * 4, name="counter")],
    )
    assert theory.vertex("counter").name == "counter"
    assert theory.vertex(VertexKind(3)) == CUBIC
    assert theory.vertex(CUBIC) == CUBIC
    with pytest.raises(InvalidInput, match="several vertices"):
        theory.vertex(VertexKind(4))
    with pytest.raises(InvalidInput, match="no vertex with"):
        theory.vertex(VertexKind(5))
    with pytest.raises(InvalidInput, match="did you mean 'counter'"):
        theory.vertex("conter")
    with pytest.raises(InvalidInput, match="no vertex 'bare'"):
        theory.vertex(Vertex(legs=("φ",) * 3, name="bare"))


TWO_FIELDS = FieldTheory(
    fields=[PHI, PSI],
    vertices=[
        Vertex(legs=("φ", "ψ", "ψ̄")),
        Vertex(legs=("φ",) * 4),
        Vertex(legs=("φ",) * 2, at_most=2),
        Vertex(legs=("φ",) * 1, at_most=1),
    ],
)
ACYCLIC = FieldTheory(
    fields=[Field(name="a", conjugate="A"), Field(name="b", conjugate="B")],
    vertices=[Vertex(legs=tuple(legs)) for legs in ("AAa", "Bab", "ABb", "AB", "Aba")],
    acyclic=True,
)


@pytest.mark.parametrize("theory", [TWO_FIELDS, ACYCLIC, phi((3, 4, 5))])
@pytest.mark.parametrize("components", [1, 2])
def test_contents_are_all_solutions_by_trying_them_all(theory, components):
    """The numbers of lines and of free ends, written down for every choice of vertex numbers up to six."""
    limit = 6
    for legs in [
        (),
        (theory.external[0],),
        (theory.external[0], theory.external[-1]),
        (theory.external[0],) * 3,
    ]:
        for loops in (0, 1, 2):
            expected: Counter = Counter()
            for numbers in product(range(limit + 1), repeat=len(theory.vertices)):
                if sum(numbers) > limit or any(
                    v.at_most is not None and n > v.at_most
                    for v, n in zip(theory.vertices, numbers, strict=True)
                ):
                    continue
                ends = Counter(legs)
                for vertex, n in zip(theory.vertices, numbers, strict=True):
                    for leg in vertex.legs:
                        ends[leg] += n
                lines = sum(numbers) + len(legs) - components + loops
                joined = all(
                    ends[f.name] == ends[f.conjugate] if f.directed else ends[f.name] % 2 == 0
                    for f in theory.fields
                )
                bare = loops == 0 and len(legs) == 2 * components
                if joined and sum(ends.values()) == 2 * lines and (any(numbers) or bare):
                    expected[numbers] += 1
            found = Counter(
                tuple(chosen.count(v) for v in theory.vertices)
                for chosen in theory.contents(legs, loops, components)
                if len(chosen) <= limit
            )
            assert found == expected


@pytest.mark.parametrize(
    "theory",
    [phi((3, 4)), o_n(), yukawa(flavours="N"), metric_theory(), CausalAction(plate="heads"), TWO_FIELDS],
)
def test_a_theory_comes_back_from_its_data(theory):
    assert action_from_data(theory.to_data()) == theory


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "kind=None is no kind of theory"),
        ([], "kind=None is no kind of theory"),
        ({"kind": "field theori"}, "did you mean 'field theory'"),
        ({"kind": "causal"}, "lack something"),
        ({**phi((3,)).to_data(), "vertices": []}, "at least one"),
        ({**phi((3,)).to_data(), "vertices": 3}, "wrong type"),
        ({**phi((3,)).to_data(), "fields": [{"nam": "φ"}]}, "wrong type"),
    ],
)
def test_data_of_no_theory_are_refused(data, message):
    with pytest.raises(InvalidInput, match=message):
        action_from_data(data)


def test_names_do_not_grow_without_bounds():
    theory = phi(range(3, 40))
    assert theory.name == "φ^3 + φ^4 + … + φ^39"
    assert Vertex(legs=("ψ̄", "φ", "φ"), powers=Powers(g=2)).name == "φ^2ψ̄"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Field(name="ψ", conjugate="ψ̄", fermionic="no"), "fermionic='no'"),
        (lambda: Vertex(legs=("φ",) * 3, name=3), "name=3 of a vertex"),
        (lambda: FieldTheory(fields=[PHI], vertices=[CUBIC], name=3), "name=3 of a theory"),
        (lambda: FieldTheory(fields=[PHI], vertices=[CUBIC], acyclic=1), "acyclic=1: give True or False"),
        (lambda: FieldTheory(fields=[PHI], vertices=[CUBIC], plates="width"), "plates='width': give a list"),
        (lambda: FieldTheory(fields=[PHI], vertices=[CUBIC], plates=3), "plates=3: give a list"),
    ],
)
def test_wrong_types_are_refused(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()
