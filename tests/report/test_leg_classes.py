"""Grouping by permutations of legs, against brute force."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import pytest

from feyn_nn.actions import Action, CausalAction, phi3, phi4
from feyn_nn.diagrams import Diagram, generate
from feyn_nn.render import draw
from feyn_nn.report.leg_classes import leg_classes
from feyn_nn.report.representative import clearest

CASES: list[tuple[Action, int, int]] = [
    (CausalAction(), 2, 1),
    (CausalAction(), 3, 0),
    (CausalAction(), 3, 1),
    (phi3(), 2, 2),
    (phi3(), 4, 0),
    (phi4(), 4, 2),
]


def own_permutations(diagram: Diagram) -> int:
    """How many permutations of the legs give the same diagram, by trying all permutations of all nodes."""
    v, lines = len(diagram.vertices), sorted(diagram.lines)
    found = set()
    for legs in permutations(range(v, v + diagram.n_legs)):
        for vertices in permutations(range(v)):
            image = [*vertices, *legs]
            moved = [(image[a], image[b]) for a, b in lines]
            if sorted(moved if diagram.directed else [(min(m), max(m)) for m in moved]) == lines:
                found.add(legs)
    return len(found)


@pytest.mark.parametrize(("action", "legs", "loops"), CASES, ids=str)
def test_classes_are_the_orbits_of_the_legs(action: Action, legs: int, loops: int) -> None:
    """Each diagram is in one class, and a class is as large as the orbit of its first member."""
    diagrams = list(generate(action, legs=legs, loops=loops))
    classes = leg_classes(diagrams)
    assert sorted(diagrams.index(d) for c in classes for d in c.members) == list(range(len(diagrams)))
    for members in classes[:40]:
        assert members.count == factorial(legs) // own_permutations(members.members[0])
        assert len({d.symmetry_factor for d in members.members}) == 1


@pytest.mark.parametrize(
    ("action", "legs", "loops"), [(phi4(), 4, 1), (CausalAction(), 2, 1), (phi3(), 4, 0)]
)
def test_the_clearest_member_has_the_fewest_crossings(action: Action, legs: int, loops: int) -> None:
    for members in leg_classes(generate(action, legs=legs, loops=loops)):
        diagram, drawing = clearest(members)
        assert diagram in members.members
        assert drawing.crossings == min(draw(member).crossings for member in members.members)
        assert drawing.svg == draw(diagram).svg
