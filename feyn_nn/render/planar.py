"""Places without any crossing, where there are such: Tutte's drawing of a triangulated planar graph."""

from __future__ import annotations

import cmath
import math

import numpy as np

from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Places

# The half axes of the ellipse on which the legs stand, in lengths of a line.
_WIDE, _HIGH = 2.4, 1.8


def planar_places(skeleton: Skeleton) -> Places | None:
    """Return places of vertices, legs and tips without crossings, or None if there are none for these legs.

    The legs stand on an ellipse in the order of the edges. Every other node stands in the barycentre of its
    neighbours in a triangulation of the diagram; then no two straight lines cross (Tutte 1963).
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
    planar, embedding = networkx.check_planarity(graph)
    if not planar:
        return None
    triangulated: networkx.DiGraph[int]
    triangulated, _ = triangulate_embedding(embedding, fully_triangulate=True)  # type: ignore[arg-type]
    neighbours = {node: sorted(triangulated[node]) for node in range(n)}
    return _barycentric(neighbours, ring, corners)


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
