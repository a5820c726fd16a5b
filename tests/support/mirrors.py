"""Mirror symmetry: which mirrors pictures of a diagram can have, and which ones a picture shows.

Both know nothing of layouts: the first looks at the lines, the second at what was drawn. Words, arrowheads and the
names of the legs are left aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import Any

import networkx as nx
import numpy as np
from judge import lines_of, places_of, sampled

from feyn_nn.render import Drawing

# Automorphisms looked at, and how far an image may be off, in thicknesses of a line.
_LOOKED_AT, _SLACK = 5000, 1.0

Mapping = dict[int, int]


def mirrors_of(subject: Any) -> set[str]:
    """Return the mirrors that a picture of the diagram without crossings can have.

    "upside down" maps the legs of each side onto themselves in the opposite order, "left to right" the legs of one
    side onto those of the other. "any" stands for one of them, whichever: for a diagram without legs, since its picture
    may be turned, and where a picture can have each of the two but not both. For a network's diagram, whose picture
    runs forward in depth, crossings are not looked at.
    """
    n = subject.n_legs
    legs = list(range(n))
    left, right = legs[: (n + 1) // 2], legs[(n + 1) // 2 :]
    if subject.directed:
        return {"upside down" for _ in islice(_automorphisms(subject, legs[::-1]), 1)}
    if not n:
        return {"any" for mapping in _automorphisms(subject, []) if _planar_half(subject, mapping, [])}
    upper = [*left[: (len(left) + 1) // 2][::-1], *right[: (len(right) + 1) // 2]]
    level = _planar(subject, left[::-1] + right[::-1], upper)
    upright = _planar(subject, right + left, left) if len(left) == len(right) else []
    if level and upright and not any(_go_together(subject, *pair) for pair in product(level, upright)):
        return {"any"}
    return {name for name, found in (("upside down", level), ("left to right", upright)) if found}


def _planar(subject: Any, legs: list[int], half: list[int]) -> list[Mapping]:
    """The automorphisms that permute the legs in this way and leave halves that are planar."""
    nodes = [len(subject.vertices) + leg for leg in half]
    return [m for m in _automorphisms(subject, legs) if _planar_half(subject, m, nodes)]


def _go_together(subject: Any, level: Mapping, upright: Mapping) -> bool:
    """Whether one picture can have both mirrors: what both map alike stands in the centre, its loops in pairs."""
    central = [node for node in level if level[node] == upright[node]]
    loops = [sum(tuple(line) == (node, node) for line in subject.lines) for node in central]
    commute = all(level[upright[node]] == upright[level[node]] for node in level)
    return commute and len(central) <= 1 and all(number % 2 == 0 for number in loops)


def _automorphisms(subject: Any, legs: list[int]) -> Iterator[Mapping]:
    """Yield the automorphisms that undo themselves, permute the legs in this way and have room on their axis."""
    graph, image = _graph(subject, list(range(len(legs)))), _graph(subject, legs)
    matcher_of = nx.isomorphism.DiGraphMatcher if subject.directed else nx.isomorphism.GraphMatcher
    matcher = matcher_of(graph, image, node_match=lambda a, b: a == b, edge_match=lambda a, b: a == b)
    for mapping in islice(matcher.isomorphisms_iter(), _LOOKED_AT):
        if all(mapping[mapping[node]] == node for node in mapping) and _fits_axis(subject, mapping):
            yield mapping


def _graph(subject: Any, legs: list[int]) -> Any:
    v = len(subject.vertices)
    graph = nx.DiGraph() if subject.directed else nx.Graph()
    for node in range(v):
        graph.add_node(node, loops=sum(tuple(line) == (node, node) for line in subject.lines))
    for place, leg in enumerate(legs):
        graph.add_node(v + leg, leg=place)
    for a, b in subject.lines:
        if a != b:
            number = graph.edges[a, b]["number"] + 1 if graph.has_edge(a, b) else 1
            graph.add_edge(a, b, number=number)
    return graph


def _fits_axis(subject: Any, mapping: Mapping) -> bool:
    """Whether lines between nodes that stay in place have room on the axis.

    There is one place to either side of each node; in depth, one before it and one behind it.
    """
    graph = _graph(subject, list(range(subject.n_legs)))
    axis = graph.subgraph(node for node in mapping if mapping[node] == node)
    if subject.directed:
        degrees = [d for _, d in (*axis.in_degree(), *axis.out_degree())]
        return max(degrees, default=0) <= 1
    taken = [degree + axis.nodes[node].get("loops", 0) % 2 for node, degree in axis.degree()]
    return max(taken, default=0) <= 2 and (not axis or nx.is_forest(axis))


def _planar_half(subject: Any, mapping: Mapping, legs: list[int]) -> bool:
    """Whether half of a picture can be drawn without crossings, with everything that meets the axis along one edge.

    The half has one node of each pair; the axis is shrunk to a node, joined to the lines across it and to rows of
    nodes on it. `legs` are those of the half, along its outer edge from one end of the axis to the other.
    """
    graph = _graph(subject, list(range(subject.n_legs)))
    chosen = _one_of_each(graph, mapping, legs)
    if chosen is None:
        return False
    half: Any = nx.Graph()
    for a, b in graph.edges:
        if mapping[a] == b:
            half.add_edges_from([(a if a in chosen else b, (a, b)), ((a, b), "axis")])
        elif a in chosen and b in chosen:
            half.add_edges_from([(a, (a, b)), ((a, b), b)])
    for row in nx.connected_components(graph.subgraph(node for node in chosen if mapping[node] == node)):
        half.add_edges_from([(("row", *row), "axis"), *((node, ("row", *row)) for node in row)])
    if subject.n_legs:
        ring = ["axis", "first", *legs, "last"]
        half.add_edges_from(zip(ring, [*ring[1:], ring[0]], strict=True))
        half.add_edges_from((node, "outside") for node in ring)
    return bool(nx.check_planarity(half)[0])


def _one_of_each(graph: Any, mapping: Mapping, legs: list[int]) -> list[int] | None:
    """Choose one node of each pair so that no line joins one half to the other, but for those onto the mirror image."""
    chosen = [node for node in mapping if mapping[node] == node]
    pairs = nx.Graph([(a, b) for a, b in graph.edges if mapping[a] not in (a, b) and mapping[b] != b])
    pairs.add_nodes_from(node for node in mapping if mapping[node] != node)
    for start in [*legs, *sorted(pairs.nodes)]:
        if start in legs and start not in chosen and mapping[start] in chosen:
            return None
        if start not in chosen and mapping[start] not in chosen:
            reached = nx.node_connected_component(pairs, start)
            if any(mapping[node] in reached for node in reached):
                return None
            chosen += sorted(reached)
    return chosen


def mirrors_in(drawing: Drawing, subject: Any) -> set[str]:
    """Return the mirrors that the picture of a diagram has, by its lines and nodes."""
    at, size = map(np.array, places_of(drawing, subject))
    lines = np.array([_even(sampled(curve.path)) for curve in lines_of(drawing)])
    slack = _SLACK * drawing.theme.stroke
    middle = complex(*(np.array([w.min() + w.max() for w in (at.real, at.imag)]) / 2))
    found = set()
    for name, turn in (("upside down", 1), ("left to right", -1)):
        seen = middle + turn * (at - middle).conj()
        fits = ((abs(seen[:, None] - at) < slack) & (size[:, None] == size)).any(axis=1).all()
        if fits and len(lines):
            images = middle + turn * (lines - middle).conj()
            off = [np.abs(images[:, None] - w[None]).max(axis=2) for w in (lines, lines[:, ::-1])]
            fits = (np.minimum(*off).min(axis=1) < slack).all()
        found |= {name} if fits else set()
    return found


def _even(line: Any, number: int = 24) -> Any:
    """Points at equal distances along a line."""
    lengths = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(line)))])
    return np.interp(np.linspace(0, lengths[-1], number), lengths, line)
