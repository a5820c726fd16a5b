"""Places without any crossing, where there are such: Tutte's drawing of a triangulated planar graph."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from typing import TypeAlias

import numpy as np

from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Places

Pair: TypeAlias = tuple[tuple[int, int], tuple[int, int]]  # of bundles, each by its ends

# Up to so many pairs of bundles, two of them are crossed at once; and drawings with crossings that are handed on.
_FEW, _DRAWN = 80, 6
# The half axes of the ellipse on which the legs stand, in lengths of a line.
_WIDE, _HIGH = 2.4, 1.8


def planar_places(skeleton: Skeleton, crossed: Sequence[Pair] = ()) -> Places | None:
    """Return places of vertices, legs and tips without crossings, or None if there are none for these legs.

    The legs stand on an ellipse in the order of the edges. Every other node stands in the barycentre of its
    neighbours in a triangulation of the diagram; then no two straight lines cross (Tutte 1963).

    Parameters
    ----------
    skeleton : Skeleton
    crossed : sequence of pairs of bundles, optional
        Bundles that may cross each other: where they do, they are cut.
    """
    import networkx
    from networkx.algorithms.planar_drawing import triangulate_embedding

    n = len(skeleton.distances)
    ring, corners = _ring(skeleton)
    hub = n + 2  # the two nodes before it close the ring above and below
    graph: networkx.Graph[int] = networkx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(sorted(skeleton.bundles))
    graph.add_edges_from((root, skeleton.n_nodes + i) for i, root in enumerate(skeleton.roots))
    graph.add_edges_from(zip(ring, [*ring[1:], ring[0]], strict=True))
    graph.add_edges_from((hub, node) for node in ring)
    for meeting, pair in enumerate(crossed, start=hub + 1):
        graph.remove_edges_from(pair)
        graph.add_edges_from((meeting, node) for ends in pair for node in ends)
    planar, embedding = networkx.check_planarity(graph)
    if not planar:
        return None
    triangulated: networkx.DiGraph[int]
    triangulated, _ = triangulate_embedding(embedding, fully_triangulate=True)  # type: ignore[arg-type]
    inner = [*range(n), *range(hub + 1, hub + 1 + len(crossed))]
    return _barycentric({node: sorted(triangulated[node]) for node in inner}, ring, corners)[:n]


def nearly_planar_places(skeleton: Skeleton, most: int) -> Iterator[Places]:
    """Yield places from drawings in which one or two pairs of bundles cross, at most `most` lines, the fewest first."""
    bundles = skeleton.bundles
    pairs = [(e, f) for e, f in combinations(sorted(bundles), 2) if not {*e} & {*f}]
    prices = {(e, f): bundles[e] * bundles[f] for e, f in pairs}
    choices: list[tuple[Pair, ...]] = [(pair,) for pair in pairs]
    if len(pairs) <= _FEW:
        choices += [(p, q) for p, q in combinations(pairs, 2) if not {*p} & {*q}]
    priced = sorted((sum(prices[pair] for pair in choice), choice) for choice in choices)
    tried = (planar_places(skeleton, choice) for price, choice in priced if price <= most)
    yield from islice((places for places in tried if places is not None), _DRAWN)


def _ring(skeleton: Skeleton) -> tuple[list[int], list[complex]]:
    """The legs around the diagram, with a node above and one below, and where they stand."""
    n = len(skeleton.distances)
    left, right = skeleton.left, skeleton.right
    ring = [n, *right, n + 1, *left[::-1]]
    sides = [(right, 0.0), (left[::-1], math.pi)]
    angles = [-math.pi / 2, *_fan(*sides[0]), math.pi / 2, *_fan(*sides[1])]
    return ring, [complex(_WIDE * c.real, _HIGH * c.imag) for c in (cmath.rect(1.0, a) for a in angles)]


def _fan(side: list[int], middle: float) -> list[float]:
    """Angles of the legs of one side, spread about its middle."""
    return [middle + 0.5 * (i - (len(side) - 1) / 2) for i in range(len(side))]


def _barycentric(neighbours: dict[int, list[int]], ring: list[int], corners: list[complex]) -> Places:
    """Solve for the nodes inside the ring: each in the middle of its neighbours."""
    inner = [node for node in neighbours if node not in ring]
    row = {node: i for i, node in enumerate(inner)}
    fixed = dict(zip(ring, corners, strict=True))
    matrix, load = np.zeros((len(inner), len(inner))), np.zeros(len(inner), dtype=np.complex128)
    for node, i in row.items():
        for other in neighbours[node]:
            matrix[i, i] += 1
            if other in row:
                matrix[i, row[other]] -= 1
            else:
                load[i] += fixed[other]
    inside = np.linalg.solve(matrix, load)
    return np.array([fixed[node] if node in fixed else inside[row[node]] for node in neighbours])
