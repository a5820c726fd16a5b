"""Canonical form and automorphisms of a diagram with labelled legs.

Labelled legs break most of the symmetry: a vertex that carries one is told apart by it. What is left are
permutations of the vertices of one kind that carry no leg, and the canonical form is the diagram whose
adjacency matrix is largest under those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations, product
from math import factorial
from typing import TypeAlias

from feyn_nn._core import InvalidInput
from feyn_nn.actions import Action, VertexKind
from feyn_nn.diagrams.diagram import Diagram, Line

Matrix: TypeAlias = tuple[tuple[int, ...], ...]
"""adjacency[i][j]: lines from vertex i to j; for undirected theories symmetric, self-loops counted once."""


def canonical_diagram(
    action: Action, vertices: Sequence[VertexKind], lines: Iterable[tuple[int, int]], n_legs: int
) -> Diagram:
    """Bring a diagram into canonical form and find its automorphisms.

    Parameters
    ----------
    action : Action
    vertices : sequence of VertexKind
        Nodes 0 … V-1.
    lines : iterable of (source, target)
        Leg i is node V+i; parallel lines are repeated.
    n_legs : int

    Raises
    ------
    InvalidInput
        If the lines do not use each leg of each vertex, and each external leg, exactly once; if external legs
        are joined to each other beside vertices; or if the lines of a directed theory run in a circle.
    """
    ends = [Line(*line) for line in lines]
    _check(action, vertices, ends, n_legs)
    count = len(vertices)
    if count == 0:
        bare = tuple(sorted(Line(min(end), max(end)) for end in ends))
        return Diagram(
            vertices=(), n_legs=n_legs, lines=bare, directed=action.directed, automorphisms=1, action=action
        )
    home = {max(end) - count: min(end) for end in ends if max(end) >= count}
    first_leg = {v: leg for leg, v in sorted(home.items(), reverse=True)}
    order = sorted(range(count), key=lambda v: (*(-x for x in vertices[v]), first_leg.get(v, n_legs), v))
    place = {v: i for i, v in enumerate(order)}
    kinds = tuple(vertices[v] for v in order)
    legs = tuple(place[home[leg]] for leg in range(n_legs))
    adjacency = [[0] * count for _ in range(count)]
    for source, target in ends:
        if max(source, target) < count:
            a, b = place[source], place[target]
            adjacency[a][b] += 1
            if not action.directed and a != b:
                adjacency[b][a] += 1
    symmetries = residual_permutations(kinds, legs)
    largest = max(permuted(adjacency, s) for s in symmetries)
    found = assemble(action, kinds, legs, largest, symmetries)
    assert found is not None
    return found


def assemble(
    action: Action,
    kinds: tuple[VertexKind, ...],
    legs: tuple[int, ...],
    adjacency: Matrix,
    symmetries: Sequence[tuple[int, ...]],
) -> Diagram | None:
    """Return the diagram if `adjacency` is the largest of its images, with |Aut|; otherwise None."""
    stabiliser = 0
    for symmetry in symmetries:
        image = permuted(adjacency, symmetry)
        if image > adjacency:
            return None
        stabiliser += image == adjacency
    lines = [Line(vertex, len(kinds) + leg) for leg, vertex in enumerate(legs)]
    for i, row in enumerate(adjacency):
        for j, multiplicity in enumerate(row):
            if action.directed or i <= j:
                lines += [Line(i, j)] * multiplicity
                stabiliser *= factorial(multiplicity) * (2**multiplicity if i == j else 1)
    return Diagram(
        vertices=kinds,
        n_legs=len(legs),
        lines=tuple(sorted(lines)),
        directed=action.directed,
        automorphisms=stabiliser,
        action=action,
    )


def residual_permutations(kinds: Sequence[VertexKind], legs: Sequence[int]) -> list[tuple[int, ...]]:
    """All permutations of the vertices that keep kinds and legs: those of equal, leg-less vertices."""
    classes: dict[tuple[object, ...], list[int]] = {}
    for v, kind in enumerate(kinds):
        classes.setdefault((v,) if v in legs else ("free", kind), []).append(v)
    choices: list[list[tuple[int, ...]]] = [list(permutations(members)) for members in classes.values()]
    return list(_joined(list(classes.values()), choices, len(kinds)))


def _joined(
    classes: list[list[int]], choices: list[list[tuple[int, ...]]], size: int
) -> Iterator[tuple[int, ...]]:
    for images in product(*choices):
        permutation = [0] * size
        for members, image in zip(classes, images, strict=True):
            for v, w in zip(members, image, strict=True):
                permutation[v] = w
        yield tuple(permutation)


def permuted(adjacency: Sequence[Sequence[int]], permutation: Sequence[int]) -> Matrix:
    """The adjacency matrix with vertex i replaced by permutation[i]."""
    return tuple(tuple(adjacency[i][j] for j in permutation) for i in permutation)


def _check(action: Action, vertices: Sequence[VertexKind], lines: Sequence[Line], n_legs: int) -> None:
    count = len(vertices)
    out, into = [0] * (count + n_legs), [0] * (count + n_legs)
    for source, target in lines:
        if not (0 <= source < count + n_legs and 0 <= target < count + n_legs):
            raise InvalidInput(f"line {source}-{target} names a node outside 0 … {count + n_legs - 1}")
        out[source] += 1
        into[target] += 1
    for node in range(count + n_legs):
        kind = vertices[node] if node < count else VertexKind(0, 1)
        fits = (
            (out[node], into[node]) == tuple(kind)
            if action.directed
            else out[node] + into[node] == kind.valence
        )
        if not fits:
            raise InvalidInput(
                f"node {node} offers {tuple(kind)} (outgoing, incoming) legs but {out[node]} lines leave it and "
                f"{into[node]} end in it; use every leg exactly once"
            )
    if count and any(min(line) >= count for line in lines):
        raise InvalidInput("a line joins two external legs beside vertices; join each leg to a vertex")
    if action.directed and _has_circle(lines, count):
        raise InvalidInput(f"lines run in a circle; in {action.name} they only run forward")


def _has_circle(lines: Sequence[Line], count: int) -> bool:
    """Whether some vertices are still there when those that nothing enters have been removed in turn."""
    left = set(range(count))
    while sources := left - {target for source, target in lines if source in left}:
        left -= sources
    return bool(left)
