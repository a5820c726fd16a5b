"""Diagrams as networkx multigraphs, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feyn_nn._core import InvalidInput
from feyn_nn.actions import Action
from feyn_nn.diagrams.canonical import canonical_diagram
from feyn_nn.diagrams.diagram import Diagram

if TYPE_CHECKING:
    import networkx


def to_networkx(diagram: Diagram) -> networkx.MultiGraph[int]:
    """Make a multigraph of a diagram.

    Vertices carry `vertex` (their name) and `kind` (outgoing and incoming legs), legs `leg` (their number), `field`
    and `group`; edges carry `field`. The graph is a MultiDiGraph where some field is directed, with edges of real
    fields from the lower to the higher node, and has the theory as its attribute `action`.
    """
    import networkx

    some_directed = any(field.directed for field in diagram.action.fields)
    graph: networkx.MultiGraph[int] = networkx.MultiDiGraph() if some_directed else networkx.MultiGraph()
    graph.graph["action"] = diagram.action
    count = len(diagram.vertices)
    for v, (kind, vertex) in enumerate(zip(diagram.vertices, diagram.interactions, strict=True)):
        graph.add_node(v, kind=tuple(kind), vertex=vertex.name)
    for i, (leg, group) in enumerate(zip(diagram.legs, diagram.leg_groups, strict=True)):
        graph.add_node(count + i, leg=i, field=leg, group=group)
    for (source, target), field in zip(diagram.lines, diagram.fields, strict=True):
        graph.add_edge(source, target, field=field)
    return graph


def from_networkx(graph: networkx.Graph[Any], action: Action | None = None) -> Diagram:
    """Read a multigraph with the attributes that :func:`to_networkx` gives it; nodes may have any names.

    Parameters
    ----------
    graph : networkx.MultiGraph or MultiDiGraph
        `group` may be left out, and `field` where there is one field.
    action : Action, optional
        The theory, if the graph does not have it as its attribute `action`.

    Raises
    ------
    InvalidInput
        If there is no theory, a node is neither vertex nor leg, legs are not numbered 0, 1, 2, …, or the graph is
        no diagram of the theory.
    """
    theory = action if action is not None else graph.graph.get("action")
    if theory is None:
        raise InvalidInput("the graph does not say of which theory it is; give action=")
    vertices = {node: data["vertex"] for node, data in graph.nodes(data=True) if "vertex" in data}
    legs = {node: data for node, data in graph.nodes(data=True) if "leg" in data and node not in vertices}
    numbered = {data["leg"] for data in legs.values()} == set(range(len(legs)))
    if len(vertices) + len(legs) != len(graph) or not numbered:
        raise InvalidInput(
            "every node needs vertex=, the name of a vertex, or leg=, a number; legs are numbered 0, 1, 2, …"
        )
    ordered = sorted(legs, key=lambda node: legs[node]["leg"])
    place = {node: i for i, node in enumerate([*vertices, *ordered])}
    names = [field.name for field in theory.fields]
    lines = [
        (place[a], place[b], str(data.get("field", names[0] if len(names) == 1 else "")))
        for a, b, data in graph.edges(data=True)
    ]
    return canonical_diagram(
        theory,
        list(vertices.values()),
        lines,
        [legs[node].get("field", theory.external[0]) for node in ordered],
        leg_groups=[legs[node].get("group", -1 - legs[node]["leg"]) for node in ordered],
    )
