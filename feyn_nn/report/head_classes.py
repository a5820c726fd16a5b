"""Diagrams of attention that differ by the names of their legs or by the order of a leg's two labels, grouped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations, product
from typing import Any, TypeAlias

from feyn_nn.diagrams.head_diagram import End, HeadDiagram, Segment
from feyn_nn.report.leg_classes import LegClass

Renaming: TypeAlias = dict[End, End]


def head_classes(diagrams: Iterable[HeadDiagram]) -> list[LegClass[HeadDiagram]]:
    """Group diagrams, in the order in which the first of each kind appears.

    Examples
    --------
    >>> from feyn_nn.diagrams.head_diagram import head_diagrams
    >>> [c.count for c in head_classes(head_diagrams(legs=2))]
    [2, 2, 1]
    """
    found: dict[Any, list[HeadDiagram]] = {}
    for diagram in diagrams:
        kind = min(_renamed(diagram, names) for names in _renamings(diagram.n_legs))
        found.setdefault(kind, []).append(diagram)
    return [LegClass(members=tuple(members)) for members in found.values()]


def _renamings(legs: int) -> Iterator[Renaming]:
    for order in permutations(range(legs)):
        for swaps in product((0, 1), repeat=legs):
            yield {(leg, side): (order[leg], side ^ swaps[leg]) for leg in range(legs) for side in (0, 1)}


def _renamed(diagram: HeadDiagram, names: Renaming) -> Any:
    def group(segments: Iterable[Segment]) -> tuple[tuple[End, ...], ...]:
        return tuple(sorted(tuple(sorted(names[end] for end in segment)) for segment in segments))

    rings, blobs = (tuple(sorted(map(group, groups))) for groups in (diagram.rings, diagram.blobs))
    return rings, blobs, diagram.score_rings
