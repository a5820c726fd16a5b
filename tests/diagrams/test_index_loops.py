"""Index polynomials against sums over all indices, written out."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

import pytest

from feyn_nn._core import InvalidInput, pairings
from feyn_nn.actions import Field, FieldTheory, Vertex, o_n, yukawa
from feyn_nn.diagrams import Diagram, generate
from feyn_nn.diagrams.index_loops import index_structure

VECTOR_AND_SCALAR = FieldTheory(
    fields=[Field(name="σ"), Field(name="φ", index="N")],
    vertices=[Vertex(legs=("σ", "φ", "φ")), Vertex(legs=("φ",) * 4)],
)
COMPLEX = FieldTheory(
    fields=[Field(name="ψ", conjugate="ψ̄", index="N")], vertices=[Vertex(legs=("ψ", "ψ", "ψ̄", "ψ̄"))]
)


def tensor(indices: list[int]) -> Fraction:
    """The mean over the pairings of Π δ: what a vertex of a real field is in its indices."""
    ways = list(pairings(range(len(indices))))
    return Fraction(sum(all(indices[a] == indices[b] for a, b in way) for way in ways), len(ways))


def charged_tensor(starts: list[int], stops: list[int]) -> Fraction:
    """The same for a charged field: each ψ with a ψ̄."""
    from itertools import permutations

    ways = list(permutations(range(len(starts))))
    return Fraction(
        sum(all(stops[i] == starts[j] for i, j in enumerate(way)) for way in ways), max(len(ways), 1)
    )


def written_out(diagram: Diagram, field: Field, size: int, external: dict[int, int]) -> Fraction:
    """Σ over an index 1 … size on each line, with the given indices of the legs, of the vertices' tensors."""
    lines = [line for line, name in zip(diagram.lines, diagram.fields, strict=True) if name == field.name]
    count, total = len(diagram.vertices), Fraction(0)
    fixed = [next((external[node - count] for node in line if node >= count), None) for line in lines]
    for chosen in product(*(range(size) if index is None else [index] for index in fixed)):
        value = Fraction(1)
        for v in range(count):
            starts = [i for line, i in zip(lines, chosen, strict=True) if line.source == v]
            stops = [i for line, i in zip(lines, chosen, strict=True) if line.target == v]
            value *= charged_tensor(starts, stops) if field.directed else tensor(starts + stops)
        total += value
    return total


@pytest.mark.parametrize(
    ("action", "legs", "loops"),
    [
        (o_n(), (), 3),
        (o_n(), ("φ", "φ"), 2),
        (o_n((4, 6)), ("φ",) * 4, 1),
        (VECTOR_AND_SCALAR, ("σ", "σ"), 2),
        (VECTOR_AND_SCALAR, ("φ", "φ", "σ"), 1),
        (COMPLEX, (), 3),
        (COMPLEX, ("ψ", "ψ̄"), 2),
        (COMPLEX, ("ψ", "ψ̄", "ψ", "ψ̄"), 1),
    ],
)
def test_polynomials_are_sums_over_indices(action, legs, loops):
    field = action.fields[-1]
    own = [i for i, leg in enumerate(legs) if leg in field.ends]
    for diagram in generate(action, legs=legs, loops=loops):
        structure = index_structure(diagram, field)
        for size in (1, 2, 3):
            if size ** (len(diagram.lines) - len(own)) > 3000:
                continue
            for indices in {(0,) * len(own), (0, 0, 1, 1)[: len(own)], (0, 1, 1, 0)[: len(own)]}:
                given = dict(zip(own, indices, strict=True))
                if max(indices, default=0) >= size:
                    continue
                found = sum(
                    weight.at(N=size) * all(given[a] == given[b] for a, b in pairs)
                    for pairs, weight in structure.items()
                )
                assert found == written_out(diagram, field, size, given)
            same = diagram.index_polynomial().at(N=size)
            assert same == written_out(diagram, field, size, dict.fromkeys(own, 0))


@pytest.mark.parametrize(("legs", "loops"), [(2, 2), (4, 1)])
def test_contracted_legs_are_summed_over(legs, loops):
    field = o_n().fields[0]
    for diagram in generate(o_n(), legs=legs, loops=loops):
        for pairing in pairings(range(legs)):
            for size in (1, 2):
                summed = Fraction(0)
                for values in product(range(size), repeat=legs // 2):
                    given = {leg: value for pair, value in zip(pairing, values, strict=True) for leg in pair}
                    summed += written_out(diagram, field, size, given)
                assert diagram.index_polynomial(pairing).at(N=size) == summed


@pytest.mark.parametrize("loops", range(2, 6))
def test_one_component_is_the_theory_without_index(loops):
    assert {d.index_polynomial().at(N=1) for d in generate(o_n(), legs=0, loops=loops)} == {1}


def test_polynomials_known_by_hand():
    by_automorphisms = {d.automorphisms: str(d.index_polynomial()) for d in generate(o_n(), legs=0, loops=3)}
    # four parallel lines, (N² + 2N)/3; three bubbles in a row, N ((N + 2)/3)²
    assert by_automorphisms == {48: "1/3 N² + 2/3 N", 16: "1/9 N³ + 4/9 N² + 4/9 N"}


def test_each_closed_fermion_loop_is_a_minus_sign():
    for diagram in generate(yukawa(), legs=["φ", "φ"], loops=2):
        # the number of circles of ψ, walked along the arrows
        following = {a: b for (a, b), name in zip(diagram.lines, diagram.fields, strict=True) if name == "ψ"}
        circles = 0
        while following:
            node = next(iter(following))
            while node in following:
                node = following.pop(node)
            circles += 1
        assert diagram.index_polynomial() == (-1) ** circles
    flavours = [d.index_polynomial() for d in generate(yukawa(flavours="N"), legs=["ψ", "ψ̄"], loops=1)]
    assert sorted(map(str, flavours)) == ["-N", "1"]
    closed = [d.index_polynomial([(0, 1)]) for d in generate(yukawa(flavours="N"), legs=["ψ", "ψ̄"], loops=1)]
    assert sorted(map(str, closed)) == ["-N", "N²"]


@pytest.mark.parametrize(
    ("legs", "contracted", "message"),
    [
        (("φ", "φ", "σ"), [(0.5, 1)], "give pairs of legs"),
        (("φ", "φ", "σ"), [(0, 1, 2)], "give pairs of legs"),
        (("φ", "φ", "σ"), 3, "give pairs of legs"),
        (("φ", "φ", "σ"), [(0, 2)], "name each once"),
        (("φ", "φ", "σ"), [], "indices sit on the legs \\[0, 1\\]"),
        (("φ", "φ", "σ"), [(0, 1), (0, 1)], "name each once"),
    ],
)
def test_contractions_that_make_no_sense(legs, contracted, message):
    diagram = next(generate(VECTOR_AND_SCALAR, legs=legs, loops=1))
    with pytest.raises(InvalidInput, match=message):
        diagram.index_polynomial(contracted)


def test_two_ends_of_one_kind_have_no_index_in_common():
    diagram = next(generate(COMPLEX, legs=["ψ", "ψ", "ψ̄", "ψ̄"], loops=0))
    with pytest.raises(InvalidInput, match="no index in common"):
        diagram.index_polynomial([(0, 1), (2, 3)])
    assert str(diagram.index_polynomial([(0, 2), (1, 3)])) == "1/2 N² + 1/2 N"


def test_many_routings_are_added_up_on_the_way():
    """3^12 ways through twelve vertices in a ring of bubbles: a transfer of a few states."""
    ring = next(
        d
        for d in generate(o_n(), legs=0, loops=7, tadpoles=False, self_loops=False)
        if all(n == 2 for n in bundle(d))
    )
    n = 5
    # around the ring of V bubbles the channels have eigenvalues (N + 2)/3 once, 2/3 on the traceless part
    vertices = len(ring.vertices)
    assert (
        ring.index_polynomial().at(N=n)
        == prod([Fraction(n + 2, 3)] * vertices) + Fraction((n - 1) * (n + 2), 2) * Fraction(2, 3) ** vertices
    )


def bundle(diagram: Diagram) -> list[int]:
    """How many lines join each two vertices."""
    return [diagram.lines.count(line) for line in set(diagram.lines)]
