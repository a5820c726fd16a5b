"""One multiset of vertices with external legs: the engine's problem, and diagrams out of its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from feyn_nn.actions import Action, Vertex, VertexKind, kind_of
from feyn_nn.diagrams.diagram import Diagram, Line
from feyn_nn.diagrams.engine import Problem, line_tuples


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The vertices and legs that some diagrams have in common.

    The engine wants nodes that may be exchanged next to each other, so legs of one group are moved together on
    the way in and put back on the way out.

    Parameters
    ----------
    action : Action
    vertices : tuple of Vertex
        Equal ones next to each other.
    legs : tuple of str
        The field of each leg.
    groups : tuple of int
        Legs of one group, all of one field, may be exchanged.
    """

    action: Action
    vertices: tuple[Vertex, ...]
    legs: tuple[str, ...]
    groups: tuple[int, ...]

    def problem(
        self,
        *,
        connected: bool = True,
        self_loops: bool = True,
        tadpoles: bool = True,
        one_particle_irreducible: bool = False,
    ) -> Problem:
        """Write down what the engine needs."""
        return Problem(
            slots=self._slots,
            colours=self._colours,
            lines=self._line_types,
            acyclic=self.action.acyclic,
            connected=connected,
            self_loops=self_loops,
            tadpoles=tadpoles,
            one_particle_irreducible=one_particle_irreducible,
            n_legs=len(self.legs),
        )

    def diagrams(self, lines: NDArray[np.int16], automorphisms: Sequence[int]) -> Iterator[Diagram]:
        """Make diagrams of the engine's lines, an array of shape (diagrams, lines, 3)."""
        if self._moved:
            for rows, number in zip(lines.tolist(), automorphisms, strict=True):
                yield self.diagram(rows, number)
            return
        ends = line_tuples(lines, lambda a, b, _: Line(a, b))
        for row, fields, number in zip(ends, self._fields_of(lines[:, :, 2]), automorphisms, strict=True):
            yield self._made(row, fields, number)

    def diagram(self, rows: Iterable[Sequence[int]], automorphisms: int) -> Diagram:
        """Make one diagram of the engine's lines (source, target, line type), sorted."""
        if self._moved:
            node = self._node
            rows = sorted(self._oriented(node[a], node[b], t) for a, b, t in rows)
        rows = list(rows)
        fields = tuple(self._names[t] for _, _, t in rows)
        return self._made(tuple(Line(a, b) for a, b, _ in rows), fields, automorphisms)

    def _made(self, lines: tuple[Line, ...], fields: tuple[str, ...], automorphisms: int) -> Diagram:
        return Diagram(
            vertices=self.kinds,
            interactions=self.vertices,
            lines=lines,
            fields=fields,
            legs=self.legs,
            leg_groups=self.groups,
            automorphisms=automorphisms,
            action=self.action,
        )

    def _fields_of(self, line_types: NDArray[np.int16]) -> Iterator[tuple[str, ...]]:
        names = self._names
        if len(names) == 1:
            return repeat(names * line_types.shape[1], len(line_types))
        return (tuple([names[t] for t in row]) for row in line_types.tolist())

    def rows(self, lines: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, int]]:
        """Turn lines (source, target, field) between nodes V+i into the engine's."""
        place = {node: i for i, node in enumerate(self._node)}
        number = {name: t for t, name in enumerate(self._names)}
        return sorted(self._oriented(place[a], place[b], number[name]) for a, b, name in lines)

    @cached_property
    def kinds(self) -> tuple[VertexKind, ...]:
        """How many lines leave and enter each vertex."""
        return tuple(kind_of(vertex, self.action.fields) for vertex in self.vertices)

    @cached_property
    def _order(self) -> list[int]:
        """Legs of one group next to each other, groups by their first leg."""
        return sorted(range(len(self.legs)), key=lambda i: (self.groups.index(self.groups[i]), i))

    @cached_property
    def _moved(self) -> bool:
        return self._order != list(range(len(self.legs)))

    @cached_property
    def _node(self) -> list[int]:
        """The diagram's node of each of the engine's nodes."""
        n = len(self.vertices)
        return [*range(n), *(n + i for i in self._order)]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.action.fields)

    def _oriented(self, a: int, b: int, line_type: int) -> tuple[int, int, int]:
        if self.action.fields[line_type].directed:
            return a, b, line_type
        return min(a, b), max(a, b), line_type

    @cached_property
    def _half_edges(self) -> list[str]:
        return [end for field in self.action.fields for end in dict.fromkeys(field.ends)]

    @cached_property
    def _line_types(self) -> NDArray[np.int64]:
        number = {end: i for i, end in enumerate(self._half_edges)}
        return np.array([[number[end] for end in field.ends] for field in self.action.fields], np.int64)

    @cached_property
    def _slots(self) -> NDArray[np.int64]:
        ends = self._half_edges
        rows = [[vertex.legs.count(end) for end in ends] for vertex in self.vertices]
        rows += [[int(self.legs[i] == end) for end in ends] for i in self._order]
        return np.array(rows, np.int64).reshape(-1, len(ends))

    @cached_property
    def _colours(self) -> NDArray[np.int64]:
        kinds = list(dict.fromkeys(self.vertices))
        groups = list(dict.fromkeys(self.groups))
        colours = [kinds.index(vertex) for vertex in self.vertices]
        colours += [len(kinds) + groups.index(self.groups[i]) for i in self._order]
        return np.array(colours, np.int64)


def ordered(action: Action, vertices: Sequence[Vertex]) -> list[int]:
    """Which vertex comes first, second, … in a diagram: most legs first, equal vertices next to each other."""
    kinds = [kind_of(vertex, action.fields) for vertex in vertices]
    return sorted(
        range(len(kinds)), key=lambda v: (-kinds[v].outgoing, -kinds[v].incoming, vertices[v].name, v)
    )
