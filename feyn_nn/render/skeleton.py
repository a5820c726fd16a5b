"""An undirected diagram as a simple graph that has lengths and a spine."""

from __future__ import annotations

import cmath
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from feyn_nn.render.geometry import Point
from feyn_nn.render.stress import Matrix, Places, graph_distances
from feyn_nn.render.subject import Subject

# Wanted lengths of a single line, an external one, a self-loop, and what each further parallel line adds; one
# unit is Spacing.column.
_LINE, _LEG, PETAL, _PARALLEL = 1.0, 0.9, 0.66, 0.2

# The angle at which the two ends of a self-loop leave its vertex, to either side of its axis, and the least one between
# it and its neighbours.
WIDEST, _ASIDE = 1.0, 0.1

# How much more a gap is worth to a self-loop if the other lines are mirror symmetric about it, to this accuracy, and it
# is wider than this.
_EVEN, _NEARLY, _ROOMY = 1.6, 0.02, 1.4


class Petal(NamedTuple):
    """The course of a self-loop: the unit vector to its tip, and the angle at which its ends leave it."""

    direction: Point
    opening: float


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """Vertices, legs and a *tip* for each self-loop, joined by bundles of parallel lines.

    Parameters
    ----------
    n_vertices, n_legs : int
    pairs : tuple of pairs of int
        The pair of nodes that each line but the self-loops joins, the smaller one first, in order.
    roots : tuple of int
        The vertex of each self-loop; its tip is node n_vertices + n_legs + i.
    """

    n_vertices: int
    n_legs: int
    pairs: tuple[tuple[int, int], ...]
    roots: tuple[int, ...]

    @classmethod
    def of(cls, diagram: Subject) -> Skeleton:
        """Return the skeleton of a diagram."""
        pairs = sorted((min(a, b), max(a, b)) for a, b in diagram.lines)
        return cls(
            n_vertices=len(diagram.vertices),
            n_legs=diagram.n_legs,
            pairs=tuple((a, b) for a, b in pairs if a != b),
            roots=tuple(a for a, b in pairs if a == b),
        )

    @cached_property
    def bundles(self) -> dict[tuple[int, int], int]:
        """How many lines join each pair of nodes."""
        return dict(Counter(self.pairs))

    @property
    def n_nodes(self) -> int:
        """Vertices and legs, without the tips."""
        return self.n_vertices + self.n_legs

    @property
    def left(self) -> list[int]:
        """The legs of the left side, from top to bottom."""
        return list(range(self.n_vertices, self.n_vertices + (self.n_legs + 1) // 2))

    @property
    def right(self) -> list[int]:
        """The legs of the right side, from top to bottom."""
        return list(range(self.n_vertices + (self.n_legs + 1) // 2, self.n_nodes))

    @cached_property
    def distances(self) -> Matrix:
        """The wanted distances of all nodes and tips: the lengths along the lines."""
        return graph_distances(self.n_nodes + len(self.roots), self._lengths())

    @cached_property
    def ends(self) -> tuple[list[int], list[int]]:
        """What stands at the left and at the right edge: legs, or the nodes farthest from the one leg.

        Without legs it is the two nodes farthest from each other, if only one pair is.
        """
        if self.right:
            return self.left, self.right
        d = np.round(self.distances, 9)
        if self.left:
            return self.left, np.flatnonzero(d[self.left[0]] == d[self.left[0]].max()).tolist()
        pairs = np.argwhere(np.triu(d == d.max(), 1)).tolist()
        return ([pairs[0][0]], [pairs[0][1]]) if len(pairs) == 1 else ([], [])

    @cached_property
    def abscissae(self) -> Matrix:
        """Where each node stands between the ends, as the lengths have it; zeros if there are no ends."""
        left, right = self.ends
        if not left:
            return np.zeros(len(self.distances))
        return np.asarray(self.distances[left].mean(axis=0) - self.distances[right].mean(axis=0)) / 2

    @cached_property
    def spine(self) -> list[int]:
        """The vertices that every way from the left to the right end runs through, and single ends themselves.

        From left to right where there are at most two legs.

        Among several legs, a vertex that joins legs of both sides finds a better place near them.
        """
        left, right = self.ends
        if not left:
            return []
        spine = [v for v in range(self.n_vertices) if not self._reached(v).intersection(right)]
        if self.n_legs > 2:
            return [v for v in spine if not all(self._joined(v, side) for side in (left, right))]
        spine += [node for side in (left, right) if len(side) == 1 for node in side if node not in spine]
        return sorted(spine, key=lambda node: (float(self.distances[left[0], node]), node))

    def _joined(self, v: int, legs: list[int]) -> bool:
        return any((v, leg) in self.bundles for leg in legs)

    def _reached(self, removed: int) -> set[int]:
        """The nodes joined to the left end by a way around the vertex `removed`."""
        links = [*self.bundles, *((root, self.n_nodes + i) for i, root in enumerate(self.roots))]
        fringe = [node for node in self.ends[0] if node != removed]
        reached = set(fringe)
        while fringe:
            node = fringe.pop()
            ways = [a + b - node for a, b in links if node in (a, b)]
            new = [other for other in ways if other != removed and other not in reached]
            reached.update(new)
            fringe += new
        return reached

    def petals(self, places: Sequence[Point]) -> list[Petal]:
        """Return where each self-loop points, into the widest gaps between the lines, rather up, and how wide."""
        found: list[Petal] = []
        for root, number in Counter(self.roots).items():
            ways = [places[a + b - root] - places[root] for a, b in self.bundles if root in (a, b)]
            found += _petals(ways, number)
        return found

    def with_tips(self, places: Places) -> Places:
        """Return places of vertices and legs followed by those of the tips, where there is room for them."""
        petals = zip(self.roots, self.petals(places.tolist()), strict=True)
        tips = [places[root] + PETAL * petal.direction for root, petal in petals]
        return np.array([*places, *tips], dtype=np.complex128)

    def _lengths(self) -> dict[tuple[int, int], float]:
        """Return the wanted length of every link."""
        lengths = {
            (a, b): (_LEG if b >= self.n_vertices else _LINE) + _PARALLEL * (number - 1)
            for (a, b), number in self.bundles.items()
        }
        return lengths | {(root, self.n_nodes + i): PETAL for i, root in enumerate(self.roots)}


def _petals(ways: Sequence[Point], number: int) -> list[Petal]:
    """Share self-loops out among the gaps between the lines of a vertex, each where it gets the widest angle."""
    if not ways:
        first, step = -math.pi / 2 if number % 2 and number > 1 else 0.0, math.tau / number
        return _fan([first + step * i for i in range(number)], (step - _ASIDE) / 2)
    angles = sorted(round(cmath.phase(way), 6) % math.tau for way in ways)
    gaps = [(a, b - a) for a, b in pairwise([*angles, angles[0] + math.tau])]
    held = [0] * len(gaps)
    worth = [
        _EVEN if number == 1 and width > _ROOMY and _is_even(start + width / 2, angles) else 1.0
        for start, width in gaps
    ]
    for _ in range(number):
        best = max(range(len(gaps)), key=lambda i: _preference(*gaps[i], held[i] + 1, worth[i]))
        held[best] += 1
    found: list[Petal] = []
    for (start, width), n in zip(gaps, held, strict=True):
        step = width / (n + 1)
        found += _fan(
            [start + step * (i + 1) for i in range(n)], step - _ASIDE if n == 1 else (step - _ASIDE) / 2
        )
    return found


def _fan(angles: Sequence[float], opening: float) -> list[Petal]:
    return [Petal(cmath.rect(1.0, angle), min(WIDEST, opening)) for angle in angles]


def _is_even(middle: float, angles: Sequence[float]) -> bool:
    """Whether the lines of a vertex are mirror symmetric about the middle of a gap."""
    images = [(2 * middle - angle) % math.tau for angle in angles]
    return all(min(abs(cmath.rect(1.0, a) - cmath.rect(1.0, b)) for b in angles) < _NEARLY for a in images)


def _preference(start: float, width: float, number: int, worth: float) -> tuple[float, float, float]:
    """The angle that each of so many self-loops gets in a gap; of equal ones the uppermost, then a fixed choice."""
    middle = start + width / 2
    return round(worth * width / (number + 1), 2), round(-math.sin(middle), 3), middle
