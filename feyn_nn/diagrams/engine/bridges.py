"""Kernel for lines whose cut takes a diagram apart: tadpoles, and diagrams that are not one-particle irreducible."""

from __future__ import annotations

from numba import njit

from feyn_nn.diagrams.engine.state import State
from feyn_nn.diagrams.engine.tables import Tables


@njit(cache=True, nogil=True)
def has_bridge(tables: Tables, state: State) -> bool:
    """Whether an internal line is a bridge; where only tadpoles are unwanted, one that has no leg on one side.

    Nodes with free half-edges count as joined to each other, so that what is a bridge now stays one.
    """
    open_nodes, legs, found = 0, 0, state.found
    for v in range(found):
        legs |= tables.leg[state.colour[v]] << v
        if state.free[v]:
            open_nodes |= 1 << v
    for a in range(found):
        for b in range(a + 1, found):
            count = state.lines[a, b]
            if count and not count & ~tables.single and not count & (count - 1):
                if (legs >> a | legs >> b) & 1:
                    continue
                side = _side(state, open_nodes, a, b)
                if not (side >> b) & 1:
                    other = _side(state, open_nodes, b, a)
                    held = legs | open_nodes
                    if tables.irreducible or not side & held or not other & held:
                        return True
    return False


@njit(cache=True, nogil=True)
def _side(state: State, open_nodes: int, a: int, b: int) -> int:
    """Bits of the nodes that hang together with `a` without the line from a to b."""
    side, todo = 1 << a, 1 << a
    while todo:
        reached = 0
        for v in range(state.found):
            if (todo >> v) & 1:
                step = state.near[v]
                if v == a:
                    step &= ~(1 << b)
                elif v == b:
                    step &= ~(1 << a)
                if (open_nodes >> v) & 1:
                    step |= open_nodes
                reached |= step
        todo = reached & ~side
        side |= reached
    return side
