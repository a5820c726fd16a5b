"""Diagrams that differ by their leg labels alone, written once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations, product

from feyn_nn._core import Pair
from feyn_nn.diagrams import Diagram, canonical_diagram


def folded(diagrams: Iterable[Diagram], pairs: Sequence[Pair] | None) -> list[tuple[Diagram, int]]:
    """Each diagram with the number of those that a permutation of legs of the same pair turns into it.

    Parameters
    ----------
    diagrams : iterable of Diagram
        Each at most once.
    pairs : sequence of Pair or None
        What the legs stand for; None keeps every leg apart.
    """
    groups: dict[Diagram, int] = {}
    place: dict[Diagram, Diagram] = {}
    for diagram in diagrams:
        first = place.get(diagram)
        if first is None:
            first = diagram
            place |= dict.fromkeys(_images(diagram, pairs), first)
        groups[first] = groups.get(first, 0) + 1
    return list(groups.items())


def _images(diagram: Diagram, pairs: Sequence[Pair] | None) -> Iterator[Diagram]:
    count = len(diagram.vertices)
    for legs in _leg_permutations(pairs or range(diagram.n_legs)):
        place = [*range(count), *(count + leg for leg in legs)]
        lines = [(place[source], place[target]) for source, target in diagram.lines]
        yield canonical_diagram(diagram.action, diagram.vertices, lines, diagram.n_legs)


def _leg_permutations(pairs: Sequence[object]) -> Iterator[list[int]]:
    """Yield the permutations of legs that keep what each stands for."""
    groups = [[i for i, other in enumerate(pairs) if other == pair] for pair in dict.fromkeys(pairs)]
    for images in product(*(list(permutations(group)) for group in groups)):
        found = [0] * len(pairs)
        for group, image in zip(groups, images, strict=True):
            for leg, other in zip(group, image, strict=True):
                found[leg] = other
        yield found
