"""Kernel for lines whose cut takes a diagram apart: tadpoles, and diagrams that are not one-particle irreducible."""

from __future__ import annotations

import numpy as np
from numba import njit

from feyn_nn.diagrams.engine.ordering import ONE
from feyn_nn.diagrams.engine.state import Graph
from feyn_nn.diagrams.engine.tables import Ints


@njit(cache=True, nogil=True)
def has_bridge(graph: Graph, unit: Ints, leg: Ints, found: int, any_bridge: bool) -> bool:
    """Whether an internal line is a bridge, and (unless `any_bridge`) one side of it has no external leg.

    Nodes with free half-edges count as joined to each other, so that what is a bridge now stays one.
    """
    single, open_nodes, legs = np.int64(0), np.int64(0), np.int64(0)
    for one in unit:
        single |= one
    for v in range(found):
        open_nodes |= np.int64(graph.free[v] != 0) << v
        legs |= np.int64(leg[graph.colour[v]]) << v
    for a in range(found):
        for b in range(a + 1, found):
            count = graph.lines[a, b]
            if count and not count & ~single and not count & (count - 1) and not (legs >> a | legs >> b) & 1:
                side = _side(graph.near, open_nodes, a, b, found)
                if not (side >> b) & 1:
                    other = _side(graph.near, open_nodes, b, a, found)
                    if any_bridge or not side & (legs | open_nodes) or not other & (legs | open_nodes):
                        return True
    return False


@njit(cache=True, nogil=True)
def _side(near: Ints, open_nodes: int, a: int, b: int, found: int) -> int:
    """Bits of the nodes that hang together with `a` without the line from a to b."""
    side, todo = ONE << a, ONE << a
    while todo:
        reached = np.int64(0)
        for v in range(found):
            if (todo >> v) & 1:
                step = near[v]
                if v == a:
                    step &= ~(ONE << b)
                elif v == b:
                    step &= ~(ONE << a)
                if (open_nodes >> v) & 1:
                    step |= open_nodes
                reached |= step
        todo = reached & ~side
        side |= reached
    return side
