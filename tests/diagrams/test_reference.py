"""The stream of diagrams against a slow generator that joins legs in every way and drops what it has seen."""

from __future__ import annotations

import importlib.util
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from feyn_nn.actions import CausalAction, Field, FieldTheory, Vertex, phi, yukawa
from feyn_nn.diagrams.contents import Contents
from feyn_nn.diagrams.engine import generate as fill_in
from feyn_nn.diagrams.generator import generate

_spec = importlib.util.spec_from_file_location("reference", Path(__file__).with_name("reference.py"))
assert _spec is not None
assert _spec.loader is not None
reference = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(reference)

MIXED = FieldTheory(
    fields=[Field(name="φ"), Field(name="ψ", conjugate="ψ̄"), Field(name="χ")],
    vertices=[Vertex(legs=("φ", "ψ", "ψ̄")), Vertex(legs=("φ", "χ", "χ")), Vertex(legs=("φ",) * 4)],
)
CASES = [
    (phi((3, 4)), (), 3),
    (phi((3, 5)), ("φ",), 2),
    (yukawa(), ("φ", "φ"), 2),
    (yukawa(), ("ψ", "ψ̄", "ψ", "ψ̄"), 1),
    (MIXED, (), 3),
    (MIXED, ("φ", "φ"), 1),
    (MIXED, ("χ", "ψ", "ψ̄", "χ"), 1),
    (CausalAction(), ("Δ",) * 2, 1),
    (CausalAction(), ("Δ",), 2),
]
FILTERS = [
    {},
    {"self_loops": False},
    {"tadpoles": False},
    {"one_particle_irreducible": True},
    {"connected": False},
]


@pytest.mark.parametrize(("action", "legs", "loops"), CASES)
@pytest.mark.parametrize("interchangeable", [False, True])
def test_every_problem_against_the_reference(action, legs, loops, interchangeable):
    request = generate(action, legs=legs, loops=loops, interchangeable_legs=interchangeable).request
    for contents, _ in request.contents():
        for options in FILTERS:
            problem = contents.problem(**options)
            expected = Counter(reference.generate(problem))
            found = Counter(
                (reference.canonical(problem, lines)[0], int(automorphisms))
                for batch in fill_in(problem)
                for lines, automorphisms in zip(batch.lines.tolist(), batch.automorphisms, strict=True)
            )
            assert found == expected, (options, contents.vertices)


def test_the_reference_knows_two_graphs_apart():
    """Prism and complete bipartite graph, six cubic vertices each: twelve and seventy-two symmetries."""
    action = phi((3,))
    contents = Contents(action=action, vertices=action.vertices * 6, legs=(), groups=())
    prism = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (0, 3), (1, 4), (2, 5)]
    bipartite = list(product(range(3), range(3, 6)))
    forms = [
        reference.canonical(contents.problem(), [(*line, 0) for line in lines])
        for lines in (prism, bipartite)
    ]
    assert [automorphisms for _, automorphisms in forms] == [12, 72]
    assert forms[0][0] != forms[1][0]
