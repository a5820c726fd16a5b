"""Why a diagram has its symmetry factor: which lines and which vertices may be exchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations, product
from math import factorial, prod

from feyn_nn.diagrams import Diagram


@dataclass(frozen=True, kw_only=True)
class Symmetry:
    """|Aut| of a diagram, taken apart.

    Parameters
    ----------
    parallel : dict of (source, target) to int
        Lines that join the same two nodes, where there is more than one: m! exchanges each.
    self_loops : dict of int to int
        Lines from a vertex to itself, of undirected theories: 2^s s! each.
    relabellings : tuple of tuple of int
        The permutations of vertices, none of them trivial, that leave every line in place; vertex v goes to p[v].
    """

    parallel: dict[tuple[int, int], int]
    self_loops: dict[int, int]
    relabellings: tuple[tuple[int, ...], ...]

    @property
    def order(self) -> int:
        """|Aut|."""
        lines: int = prod(map(factorial, self.parallel.values()))
        loops: int = prod(2**s * factorial(s) for s in self.self_loops.values())
        return lines * loops * (1 + len(self.relabellings))


def symmetry(diagram: Diagram) -> Symmetry:
    """Find what may be exchanged in a diagram, its legs fixed.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tadpole,) = fnn.generate(fnn.actions.CausalAction(), legs=1, loops=1)
    >>> symmetry(tadpole).parallel
    {(0, 1): 2}
    """
    lines = _bundles(diagram, range(len(diagram.vertices)))
    return Symmetry(
        parallel={ends: m for ends, m in lines.items() if m > 1 and ends[0] != ends[1]},
        self_loops={ends[0]: m for ends, m in lines.items() if ends[0] == ends[1]},
        relabellings=tuple(p for p in _permutations(diagram) if _bundles(diagram, p) == lines),
    )


def cycles(permutation: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The cycles of a permutation that move something.

    Examples
    --------
    >>> cycles((1, 0, 2, 4, 3))
    [(0, 1), (3, 4)]
    """
    found, seen = [], set()
    for start in range(len(permutation)):
        cycle, at = [], start
        while at not in seen:
            seen.add(at)
            cycle.append(at)
            at = permutation[at]
        if len(cycle) > 1:
            found.append(tuple(cycle))
    return found


def _bundles(diagram: Diagram, place: range | tuple[int, ...]) -> Counter[tuple[int, int]]:
    """How many lines join each two nodes, once vertex v is put in the place of place[v]."""
    count = len(diagram.vertices)
    ends = [tuple(place[node] if node < count else node for node in line) for line in diagram.lines]
    return Counter((a, b) if diagram.directed else (min(a, b), max(a, b)) for a, b in ends)


def _permutations(diagram: Diagram) -> Iterator[tuple[int, ...]]:
    """Yield the permutations of vertices of one kind that hold no leg, but for the trivial one."""
    count = len(diagram.vertices)
    held = {min(line) for line in diagram.lines if max(line) >= count}
    free = [v for v in range(count) if v not in held]
    classes = [[v for v in free if diagram.vertices[v] == kind] for kind in dict.fromkeys(diagram.vertices)]
    for images in product(*map(permutations, classes)):
        found = list(range(count))
        for members, image in zip(classes, images, strict=True):
            for v, w in zip(members, image, strict=True):
                found[v] = w
        if found != list(range(count)):
            yield tuple(found)
