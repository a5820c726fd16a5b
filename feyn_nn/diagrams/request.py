"""What is asked of the generator: a theory, legs, an order of loops, filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import factorial, prod

from feyn_nn._core import InvalidInput
from feyn_nn.actions import Action, Vertex
from feyn_nn.diagrams.canonical import labelled
from feyn_nn.diagrams.contents import Contents, ordered
from feyn_nn.diagrams.diagram import Diagram
from feyn_nn.diagrams.engine import Problem
from feyn_nn.diagrams.engine import generate as fill_in
from feyn_nn.diagrams.filters import is_amputated, is_without_tadpoles


@dataclass(frozen=True, kw_only=True)
class Request:
    """The diagrams of a theory that are wanted; see :func:`feyn_nn.generate` for the parameters."""

    action: Action
    legs: tuple[str, ...]
    loops: int
    groups: tuple[int, ...]
    grouped: bool = False
    connected: bool = True
    one_particle_irreducible: bool = False
    tadpoles: bool = True
    self_loops: bool = True
    amputated: bool = False

    def __post_init__(self) -> None:
        for name in ("connected", "one_particle_irreducible", "tadpoles", "self_loops", "amputated"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise InvalidInput(f"{name}={value!r}: give True or False")
            if value and not self.connected and name in {"one_particle_irreducible", "amputated"}:
                raise InvalidInput(f"{name}=True asks for connected diagrams; leave out connected=False")

    def contents(self) -> Iterator[tuple[Contents, int]]:
        """Yield every multiset of vertices, with the number of components of the diagrams that count."""
        for components in range(1, 1 + self._most_components):
            for vertices in self.action.contents(self.legs, self.loops, components):
                if vertices or not (self.one_particle_irreducible or self.amputated):
                    yield self._of(vertices), components

    def diagrams(self) -> Iterator[Diagram]:
        """Yield the diagrams, each once."""
        if self.empty:
            yield self._of(()).diagram((), 1)
        for contents, components in self.contents():
            found = chain.from_iterable(
                contents.diagrams(batch.lines, batch.automorphisms.tolist())
                for batch in fill_in(self._problem(contents))
            )
            yield from map(self._represented, filter(self._wanted(components), found))

    def problems(self) -> Iterator[Problem]:
        """Yield the engine's problems, where they are all there is to do."""
        return (self._problem(contents) for contents, _ in self.contents())

    @property
    def symmetry(self) -> int:
        """The number of permutations of legs that keep the groups."""
        return prod(factorial(self.groups.count(group)) for group in set(self.groups))

    @property
    def empty(self) -> bool:
        """Whether nothing at all is one of the diagrams: no legs, no loops, not connected."""
        return not (self.legs or self.loops or self.connected)

    @property
    def plain(self) -> bool:
        """Whether the engine's diagrams are the answer, with no further filter."""
        return self.connected and not self.amputated

    @property
    def _most_components(self) -> int:
        """Each component has a leg, a loop, or is a tree that ends in vertices of one leg."""
        ends = (v.at_most or 0 for v in getattr(self.action, "vertices", ()) if v.valence == 1)
        return 1 if self.connected else len(self.legs) + self.loops + sum(ends) // 2

    def _of(self, vertices: tuple[Vertex, ...]) -> Contents:
        chosen = tuple(vertices[v] for v in ordered(self.action, vertices))
        return Contents(action=self.action, vertices=chosen, legs=self.legs, groups=self.groups)

    def _problem(self, contents: Contents) -> Problem:
        """All filters that the engine knows; those for connected diagrams alone stay with `_wanted`."""
        return contents.problem(
            connected=self.connected,
            self_loops=self.self_loops,
            tadpoles=self.tadpoles or not self.connected,
            one_particle_irreducible=self.one_particle_irreducible,
        )

    def _wanted(self, components: int) -> Callable[[Diagram], bool] | None:
        def passes(diagram: Diagram) -> bool:
            if self.connected:
                return not self.amputated or is_amputated(diagram)
            return diagram.components == components and (self.tadpoles or is_without_tadpoles(diagram))

        return None if self.plain else passes

    def _represented(self, diagram: Diagram) -> Diagram:
        return labelled(diagram, self.symmetry) if self.grouped else diagram
