"""Kernels that find out whether a diagram, whole or in part, is in canonical order, and the order of its group.

All orders are compared with the present one, most of them by their first row or two. An order that agrees to the end
is an automorphism; the number of nodes that automorphisms can put in the place of one node, those before it fixed,
multiplies the order of the group (orbit and stabiliser), so that no group is ever listed.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from feyn_nn.diagrams.engine.ordering import ONE, compare, explore
from feyn_nn.diagrams.engine.state import FACTORS, FOUND, Graph, Rows, State, Trial
from feyn_nn.diagrams.engine.tables import Ints

SMALLER, EQUAL, LARGER, OPEN = -1, 0, 1, 2


@njit(cache=True, nogil=True)
def rivals(rows: Rows, k: int) -> int:
    """Bits of the nodes that might have been explored in row k instead; -1 for a root, whose rivals are sorted later."""
    i = rows.position[k]
    if i == rows.found[k]:
        return np.int64(-1)
    bits, q = np.int64(0), i + 1
    while q < rows.found[k] and (rows.ties[k] >> q) & 1:
        bits |= ONE << q
        q += 1
    return bits


@njit(cache=True, nogil=True)
def is_first(state: State, k: int) -> bool:
    """Whether no other order is known to be smaller, rows 0 … k being complete; notes the group and who is left.

    ``rows.alive[k]`` holds, when called, the rivals judged by the rows before, and on return those that are left.
    """
    orbit, count, found = state.trial.orbit, 0, state.now[FOUND]
    for v in range(found):
        orbit[v] = v
    for level in range(k, -1, -1):
        if state.rows.alive[k, level]:
            size = _orbit_size(state, k, level)
            if size == 0:
                return False
            if size > 1:
                state.trial.factors[count] = size
                count += 1
    state.now[FACTORS] = count
    return True


@njit(cache=True, nogil=True)
def _orbit_size(state: State, k: int, level: int) -> int:
    """How many nodes can stand for that of row `level`; 0 if another order is smaller."""
    graph, rows, orbit, found = state.graph, state.rows, state.trial.orbit, state.now[FOUND]
    i, alive, tested = rows.position[level], rows.alive[k, level], np.int64(0)
    for j in range(i + 1, found):
        bit = ONE << j
        if not alive & bit or graph.free[j]:
            continue
        if graph.colour[j] != graph.colour[i]:
            alive &= ~bit
        elif orbit[j] != orbit[i]:
            verdict = _known(orbit, alive, tested, j)
            if verdict == OPEN:
                verdict = _try(graph, rows, state.trial, state.left, k, level, j, found)
                tested |= bit
            if verdict == SMALLER:
                return 0
            if verdict == LARGER:
                alive &= ~bit
    if state.left[graph.colour[i]] == 0:
        alive &= (ONE << found) - 1
    rows.alive[k, level] = alive
    size = 1
    for j in range(i + 1, found):
        if (alive >> j) & 1 and orbit[j] == orbit[i]:
            size += 1
    return size


@njit(cache=True, nogil=True)
def _known(orbit: Ints, alive: int, tested: int, j: int) -> int:
    """LARGER or EQUAL if an equivalent rival was judged before; OPEN if none was."""
    for other in range(j):
        if (tested >> other) & 1 and orbit[other] == orbit[j]:
            return EQUAL if (alive >> other) & 1 else LARGER
    return OPEN


@njit(cache=True, nogil=True)
def _try(
    graph: Graph, rows: Rows, trial: Trial, left: Ints, k: int, level: int, node: int, found: int
) -> int:
    """Compare the orders that explore `node` in row `level`: SMALLER, EQUAL, LARGER, or OPEN until more is known."""
    trial.seen[level] = 0
    for q in range(rows.found[level]):
        trial.order[level, q] = q
        trial.seen[level] |= ONE << q
    row, verdict = level, LARGER
    while True:
        explore(graph, rows, trial, row, node)
        sign = compare(graph, rows, trial.order[row + 1], row)
        if sign < 0:
            return SMALLER
        if sign == 0:
            row += 1
            if row > k:
                _join(trial.orbit, trial.order[row], found)
                return EQUAL
            trial.next[row] = 0 if rows.position[row] == rows.found[row] else rows.position[row]
        elif row == level:
            return verdict
        node = _next_rival(graph, rows, trial, row, found)
        while node < 0:
            if node == -2 or (rows.position[row] == rows.found[row] and left[graph.colour[rows.position[row]]]):
                verdict = OPEN
            if node == -1:
                row -= 1
                if row == level:
                    return verdict
            node = _next_rival(graph, rows, trial, row, found)


@njit(cache=True, nogil=True)
def _next_rival(graph: Graph, rows: Rows, trial: Trial, row: int, found: int) -> int:
    """The next node to explore in a row of the trial; -1 if there is none, -2 for one that is not complete."""
    i, x = rows.position[row], trial.next[row]
    node = np.int64(-1)
    if i == rows.found[row]:
        while x < found and ((trial.seen[row] >> x) & 1 or graph.colour[x] != graph.colour[i]):
            x += 1
        if x < found:
            node = np.int64(x)
    elif x == i or (x < rows.found[row] and (rows.ties[row] >> x) & 1):
        node = trial.order[row, x]
    if node < 0:
        return node
    trial.next[row] = x + 1
    return np.int64(-2) if graph.free[node] else node


@njit(cache=True, nogil=True)
def _join(orbit: Ints, image: Ints, found: int) -> None:
    """Note that each node and its image under the automorphism just found are equivalent."""
    for v in range(found):
        a, b = orbit[v], orbit[image[v]]
        if a != b:
            for w in range(found):
                if orbit[w] == max(a, b):
                    orbit[w] = min(a, b)
