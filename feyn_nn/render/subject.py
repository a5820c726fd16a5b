"""What the drawing needs to know of a diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from feyn_nn.render.display import Role


class Subject(Protocol):
    """A diagram as the drawing sees it: :class:`feyn_nn.diagrams.Diagram`, or anything of the same shape.

    Nodes 0 … V-1 are the vertices, nodes V … V+n_legs-1 the external legs. A directed line runs from its
    source to its target, deeper in the network.
    """

    @property
    def vertices(self) -> Sequence[tuple[int, int]]:
        """How many lines each vertex sends out and takes in; undirected: its valence and 0."""

    @property
    def n_legs(self) -> int:
        """The number of external legs."""

    @property
    def lines(self) -> Sequence[tuple[int, int]]:
        """All lines as pairs of nodes, parallel ones repeated."""

    @property
    def directed(self) -> bool:
        """Whether lines run forward in depth."""

    @property
    def causal_order(self) -> Sequence[int]:
        """The vertices in the order in which they are named ℓ₁, ℓ₂, …."""


@runtime_checkable
class Annotated(Protocol):
    """A diagram that says how its vertices look: other than by the numbers of their lines."""

    @property
    def roles(self) -> Sequence[Role]:
        """``"cumulant"``, ``"expectation"``, ``"blob"`` or ``"vertex"`` for each vertex."""

    @property
    def names(self) -> Sequence[str]:
        """What is written in each vertex, where the theme writes anything."""

    @property
    def plates(self) -> Sequence[str]:
        """The size of the plate around each vertex; empty for none."""

    @property
    def columns(self) -> Sequence[str]:
        """What is written under each column."""


def roles_of(diagram: Subject) -> list[Role]:
    """Return what each vertex is: for a network's by the number of its outgoing lines."""
    if isinstance(diagram, Annotated):
        return list(diagram.roles)
    if not diagram.directed:
        return ["vertex" for _ in diagram.vertices]
    return ["expectation" if kind[0] == 1 else "cumulant" for kind in diagram.vertices]


def names_of(diagram: Subject) -> list[str]:
    """Return what is written in each vertex: the numbers of its lines (k, m) in a network, else nothing."""
    if isinstance(diagram, Annotated):
        return list(diagram.names)
    return [f"{out},{into}" if diagram.directed else "" for out, into in diagram.vertices]


def line_fields(diagram: Subject) -> list[str]:
    """Return the field of each line; one without a name where there is only one."""
    return [str(name) for name in getattr(diagram, "fields", [""] * len(diagram.lines))]


def fields_of(diagram: Subject) -> list[str]:
    """Return the names of the fields of the diagram's theory, in its order; of those in the diagram if it has none."""
    theory = getattr(getattr(diagram, "action", None), "fields", ())
    return list(dict.fromkeys([*(field.name for field in theory), *line_fields(diagram)]))


def directed_fields(diagram: Subject) -> set[str]:
    """Return the names of the fields whose lines have a direction."""
    if diagram.directed:
        return set(fields_of(diagram))
    theory = getattr(getattr(diagram, "action", None), "fields", ())
    return {field.name for field in theory if field.directed}
