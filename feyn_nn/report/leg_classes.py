"""Diagrams that differ by a permutation of their legs, grouped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from feyn_nn.diagrams import Diagram
from feyn_nn.diagrams.head_diagram import HeadDiagram

if TYPE_CHECKING:
    import networkx

Drawn = TypeVar("Drawn", bound=Diagram | HeadDiagram)
Drawn_co = TypeVar("Drawn_co", bound=Diagram | HeadDiagram, covariant=True)

_ROUNDS = 4  # of neighbours looked at for a first sorting, before isomorphism decides


@dataclass(frozen=True, kw_only=True)
class LegClass(Generic[Drawn_co]):
    """Diagrams that become the same when their legs lose their names.

    Parameters
    ----------
    members : tuple of Diagram, or of HeadDiagram
        All of them, in the order in which they were generated; they have one symmetry factor.
    """

    members: tuple[Drawn_co, ...]

    @property
    def count(self) -> int:
        """How many diagrams there are in the class."""
        return len(self.members)


def leg_classes(diagrams: Iterable[Diagram]) -> list[LegClass[Diagram]]:
    """Group diagrams by what they are with unnamed legs, in the order in which the first of each kind appears.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> [c.count for c in leg_classes(fnn.generate(fnn.actions.phi4(), legs=4, loops=1))]
    [4, 3]
    """
    import networkx

    same_nodes = networkx.isomorphism.categorical_node_match("kind", None)
    same_lines = networkx.isomorphism.numerical_edge_match("lines", 0)
    sorted_out: dict[str, list[tuple[networkx.Graph[int], list[Diagram]]]] = {}
    found: list[list[Diagram]] = []
    for diagram in diagrams:
        graph = _graph(diagram)
        alike = sorted_out.setdefault(_invariant(graph), [])
        for known, members in alike:
            if networkx.is_isomorphic(known, graph, node_match=same_nodes, edge_match=same_lines):
                members.append(diagram)
                break
        else:
            alike.append((graph, [diagram]))
            found.append(alike[-1][1])
    return [LegClass(members=tuple(members)) for members in found]


def _graph(diagram: Diagram) -> networkx.Graph[int]:
    """A simple graph that counts parallel lines and self-loops; all legs are alike."""
    import networkx

    graph: networkx.Graph[int] = networkx.DiGraph() if diagram.directed else networkx.Graph()
    v, loops = len(diagram.vertices), [a for a, b in diagram.lines if a == b]
    for node in range(v + diagram.n_legs):
        kind = tuple(diagram.vertices[node]) if node < v else "leg"
        graph.add_node(node, kind=str((kind, loops.count(node))))
    for a, b in diagram.lines:
        if a != b:
            known = graph.get_edge_data(a, b, {"lines": 0})["lines"]
            graph.add_edge(a, b, lines=known + 1)
    return graph


def _invariant(graph: networkx.Graph[int]) -> str:
    """A short text that isomorphic graphs share; different ones nearly always differ in it."""
    colour = {node: str(kind) for node, kind in graph.nodes(data="kind")}
    for _ in range(_ROUNDS):
        seen: dict[int, list[tuple[str, str, int]]] = {node: [] for node in colour}
        for a, b, data in graph.edges(data=True):
            seen[a].append(("out" if graph.is_directed() else "", colour[b], data["lines"]))
            seen[b].append(("in" if graph.is_directed() else "", colour[a], data["lines"]))
        shades = {node: (colour[node], tuple(sorted(seen[node]))) for node in colour}
        names = {shade: str(i) for i, shade in enumerate(sorted(set(shades.values())))}
        colour = {node: names[shade] for node, shade in shades.items()}
        if len(names) == len(colour):
            break
    return str(sorted(shades.values()))
