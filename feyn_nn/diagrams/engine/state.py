"""The arrays a search works in. All of it is int64, made once per problem; a search can stop and go on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from feyn_nn.diagrams.engine.tables import LINES, NODES, Ints, Tables


class Graph(NamedTuple):
    """A diagram, whole or in part. Nodes are named by the order in which they were found."""

    lines: Ints  # (nodes, nodes) packed numbers of lines, from the first node's side
    near: Ints  # (nodes,) bits of the neighbours, the node itself left out
    free: Ints  # (nodes,) packed half-edges not yet joined
    colour: Ints  # (nodes,) rank of the colour


class Rows(NamedTuple):
    """The nodes that were explored, in order; row k joins all half-edges of one node that were still free."""

    position: Ints  # (nodes,) the node explored in row k
    found: Ints  # (nodes,) how many nodes were known before row k
    after: Ints  # (nodes,) and after it
    ties: Ints  # (nodes,) bit q: before row k nothing told node q from node q-1
    start: Ints  # (nodes,) how many lines there were before row k
    alive: Ints  # (nodes, nodes) [k, j] bits of the nodes that could replace that of row j, judged by rows 0 … k


class Path(NamedTuple):
    """The lines in the order in which they were added, to take them back."""

    source: Ints  # (lines,)
    target: Ints  # (lines,)
    kind: Ints  # (lines,) the half-edge type at the source
    fresh: Ints  # (lines,) 1 if the target was found by this line
    weight: Ints  # (lines + 1,) product of the factors of |Aut| from equal lines; 0 once it exceeds LARGEST
    reach: Ints  # (lines + 1, nodes) bits of the nodes that directed lines lead to; only where these are acyclic


class Trial(NamedTuple):
    """Another order in which the same diagram might have been explored."""

    order: Ints  # (nodes + 1, nodes) the nodes known before row k, in that order
    seen: Ints  # (nodes + 1,) their bits
    next: Ints  # (nodes + 1,) where to look for the next node to explore in row k
    orbit: Ints  # (nodes,) a label for the nodes known to be equivalent
    factors: Ints  # (2 nodes,) numbers whose product is the order of the group


class State(NamedTuple):
    """All of a search."""

    graph: Graph
    rows: Rows
    path: Path
    trial: Trial
    left: Ints  # (colours,) nodes not yet found
    now: Ints  # (7,) where the search stands, as the constants below name it


DEPTH, ROW, FOUND, TARGET, KIND, FACTORS, FORWARD = range(7)
LARGEST = 1 << 62
"""Products are kept as one word up to here, and given as their factors beyond."""


def new_state(tables: Tables) -> State:
    """Make the arrays of a search that has not begun."""
    n, lines = int(tables.rule[NODES]), int(tables.rule[LINES])

    def zeros(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    path = Path(*(zeros(lines + 1) for _ in range(5)), zeros(lines + 1, n))
    path.weight[0] = 1
    state = State(
        graph=Graph(zeros(n, n), zeros(n), zeros(n), zeros(n)),
        rows=Rows(*(zeros(n + 1) for _ in range(5)), zeros(n + 1, n + 1)),
        path=path,
        trial=Trial(zeros(n + 2, n), zeros(n + 2), zeros(n + 2), zeros(n), zeros(2 * n + 1)),
        left=tables.size.copy(),
        now=zeros(7),
    )
    state.now[ROW], state.now[FORWARD] = -1, 1
    return state
