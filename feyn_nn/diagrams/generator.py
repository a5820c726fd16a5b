"""Every connected diagram of an action, exactly once.

For each multiset of vertices the external legs are dealt out first (vertices of one kind are told apart only
by the legs they get, so a leg may open a new vertex of a kind only in order), then the adjacency matrix is
filled row by row. A filled matrix is kept if it is the largest under the symmetries that are left: no diagram
is ever stored to be compared with.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import index
from typing import SupportsIndex

from feyn_nn._core import InvalidInput
from feyn_nn.actions import Action, VertexKind
from feyn_nn.diagrams.canonical import assemble, residual_permutations
from feyn_nn.diagrams.diagram import Diagram, Line


def generate(action: Action, *, legs: int, loops: int) -> Iterator[Diagram]:
    """Stream every connected diagram with labelled legs and exactly `loops` loops, each once.

    Parameters
    ----------
    action : Action
        A theory of :mod:`feyn_nn.actions`.
    legs : int
        The number of external legs, labelled 0 … legs-1 and fixed by every symmetry.
    loops : int
        Internal lines - vertices + 1.

    Yields
    ------
    Diagram
        In canonical form, with its exact symmetry factor.

    Raises
    ------
    InvalidInput
        If `legs` or `loops` is negative or no integer.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> for diagram in fnn.generate(fnn.actions.phi4(), legs=2, loops=1):
    ...     print(diagram)
    1/2  [v0=φ^4]  v0–v0 v0–leg0 v0–leg1
    """
    if not hasattr(action, "contents"):
        raise InvalidInput(f"action={action!r} is no field theory; give one such as feyn_nn.actions.phi4()")
    return _generate(action, _count("legs", legs), _count("loops", loops))


def _count(name: str, value: SupportsIndex) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or index(value) < 0:
        raise InvalidInput(f"{name}={value!r}: give an integer >= 0")
    return index(value)


def _generate(action: Action, legs: int, loops: int) -> Iterator[Diagram]:
    for kinds in action.contents(legs, loops):
        if kinds:
            for homes in _leg_assignments(kinds, legs):
                yield from _with_legs(action, kinds, homes)
        elif action.has_bare_line:
            yield Diagram(
                vertices=(), n_legs=2, lines=(Line(0, 1),), directed=False, automorphisms=1, action=action
            )


def _leg_assignments(kinds: tuple[VertexKind, ...], legs: int) -> Iterator[tuple[int, ...]]:
    """Yield the vertex of each leg; among untouched vertices of one kind only the first may be opened."""

    def extend(homes: tuple[int, ...], free: list[int]) -> Iterator[tuple[int, ...]]:
        if len(homes) == legs:
            yield homes
            return
        opened: set[VertexKind] = set()
        for v, kind in enumerate(kinds):
            if free[v] == 0 or (v not in homes and kind in opened):
                continue
            if v not in homes:
                opened.add(kind)
            free[v] -= 1
            yield from extend((*homes, v), free)
            free[v] += 1

    yield from extend((), [kind.outgoing for kind in kinds])


def _with_legs(action: Action, kinds: tuple[VertexKind, ...], homes: tuple[int, ...]) -> Iterator[Diagram]:
    symmetries = residual_permutations(kinds, homes)
    out = [kind.outgoing - homes.count(v) for v, kind in enumerate(kinds)]
    into = [kind.incoming for kind in kinds]
    matrices = _directed_matrices(out, into) if action.directed else _undirected_matrices(out)
    for adjacency in matrices:
        if _connected(adjacency):
            diagram = assemble(action, kinds, homes, tuple(map(tuple, adjacency)), symmetries)
            if diagram is not None:
                yield diagram


def _directed_matrices(out: list[int], into: list[int]) -> Iterator[list[list[int]]]:
    """Yield every acyclic adjacency matrix with the given row sums `out` and column sums `into`."""
    size = len(out)
    adjacency = [[0] * size for _ in range(size)]
    capacity = list(into)

    def fill(i: int, j: int, left: int, reach: list[int]) -> Iterator[list[list[int]]]:
        if i == size:
            yield adjacency
            return
        if j == size:
            if left == 0:
                yield from fill(i + 1, 0, out[i + 1] if i + 1 < size else 0, reach)
            return
        most = 0 if i == j or reach[j] >> i & 1 else min(left, capacity[j])
        for lines in range(most + 1):
            adjacency[i][j] = lines
            capacity[j] -= lines
            yield from fill(i, j + 1, left - lines, _joined(reach, i, j) if lines else reach)
            capacity[j] += lines
        adjacency[i][j] = 0

    if sum(out) == sum(into):
        yield from fill(0, 0, out[0], [1 << v for v in range(size)])


def _joined(reach: list[int], source: int, target: int) -> list[int]:
    """Which vertices each one reaches (as bits), once a line runs from `source` to `target`."""
    return [seen | reach[target] if seen >> source & 1 else seen for seen in reach]


def _undirected_matrices(valence: list[int]) -> Iterator[list[list[int]]]:
    """Yield every symmetric adjacency matrix with the given valences; the diagonal counts self-loops."""
    size = len(valence)
    adjacency = [[0] * size for _ in range(size)]
    free = list(valence)

    def fill(i: int, j: int) -> Iterator[list[list[int]]]:
        if i == size:
            yield adjacency
            return
        if j == size:
            if free[i] == 0:
                yield from fill(i + 1, i + 1)
            return
        most = free[i] // 2 if i == j else min(free[i], free[j])
        for lines in range(most + 1):
            adjacency[i][j] = adjacency[j][i] = lines
            free[i] -= lines
            free[j] -= lines
            yield from fill(i, j + 1)
            free[i] += lines
            free[j] += lines
        adjacency[i][j] = adjacency[j][i] = 0

    yield from fill(0, 0)


def _connected(adjacency: list[list[int]]) -> bool:
    size = len(adjacency)
    neighbours = [sum(1 << j for j in range(size) if adjacency[i][j] or adjacency[j][i]) for i in range(size)]
    seen = frontier = 1
    while frontier:
        found = 0
        for v in range(size):
            if frontier >> v & 1:
                found |= neighbours[v]
        frontier = found & ~seen
        seen |= found
    return seen == (1 << size) - 1
