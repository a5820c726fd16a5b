"""What a search works in: made once per problem, and all of it, so that a search can stop and go on."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np

from feyn_nn.diagrams.engine.problem import MAX_LINES, MAX_NODES
from feyn_nn.diagrams.engine.tables import Ints, Tables

LARGEST = 1 << 62
"""Products are kept as one word up to here, and given as their factors beyond."""


class State(Protocol):
    """A numpy record of int64. Nodes are named by the order in which they were found."""

    # where the search stands
    depth: int  # lines added
    row: int  # the row that is being filled
    found: int  # nodes known
    next_target: int  # the next choice to look at
    next_kind: int
    forward: int  # 1 to add a line, 0 to take one back
    left: Ints  # (colours,) nodes not yet found
    # the diagram, whole or in part
    lines: Ints  # (nodes, nodes) packed numbers of lines, from the first node's side
    near: Ints  # (nodes,) bits of the neighbours, the node itself left out
    free: Ints  # (nodes,) packed half-edges not yet joined
    colour: Ints  # (nodes,) rank of the colour
    # the lines in the order in which they were added
    source: Ints  # (lines,)
    target: Ints  # (lines,)
    kind: Ints  # (lines,) the half-edge type at the source
    fresh: Ints  # (lines,) 1 if the target was found by this line
    weight: Ints  # (lines,) product of the factors of |Aut| from equal lines; 0 once it exceeds LARGEST
    reach: Ints  # (lines, nodes) bits of the nodes that directed lines lead to; only where these are acyclic
    # row k joins all half-edges of one node that were still free
    position: Ints  # (rows,) that node
    before: Ints  # (rows,) how many nodes were known before row k
    after: Ints  # (rows,) and after it
    ties: Ints  # (rows,) bit q: before row k nothing told node q from node q-1
    start: Ints  # (rows,) how many lines there were before row k
    rivals: Ints  # (rows,) bits of the nodes that might have been explored in row k instead
    alive: Ints  # (rows, rows) [k, j] those of row j that are left, judged by rows 0 … k
    # another order in which the same diagram might have been explored
    order: Ints  # (rows, nodes) the nodes known before row k, in that order
    seen: Ints  # (rows,) their bits
    next_rival: Ints  # (rows,) where to look for the next node to explore in row k
    better: int  # where the last of them that came first stands in `order`
    orbit: Ints  # (nodes,) a label for the nodes known to be equivalent
    image: Ints  # (nodes, nodes) automorphisms found: image[g, v] takes the place of node v
    n_images: int
    label: Ints  # (nodes,) for orbits of some of them
    factors: Ints  # (2 nodes,) numbers whose product is the order of the group
    n_factors: int
    sorted: Ints  # (lines,) lines packed into words, for handing them out


_ROWS = MAX_NODES + 2
_SHAPES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(
        ("depth", "row", "found", "next_target", "next_kind", "forward", "n_factors", "n_images", "better"),
        (),
    ),
    **dict.fromkeys(("left", "near", "free", "colour", "orbit", "label"), (MAX_NODES,)),
    **dict.fromkeys(
        ("position", "before", "after", "ties", "start", "rivals", "seen", "next_rival"), (_ROWS,)
    ),
    "factors": (2 * MAX_NODES,),
    **dict.fromkeys(("source", "target", "kind", "fresh", "weight", "sorted"), (MAX_LINES + 1,)),
    **dict.fromkeys(("lines", "image"), (MAX_NODES, MAX_NODES)),
    "alive": (_ROWS, _ROWS),
    "order": (_ROWS, MAX_NODES),
    "reach": (MAX_LINES + 1, MAX_NODES),
}
_DTYPE = np.dtype((np.record, np.dtype([(name, np.int64, shape) for name, shape in _SHAPES.items()])))


def new_state(tables: Tables) -> State:
    """Make the record of a search that has not begun."""
    state = np.zeros(1, _DTYPE)[0]
    state.left = tables.members
    state.row, state.forward, state.weight[0] = -1, 1, 1
    return cast("State", state)
