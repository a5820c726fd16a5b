"""Kernels that find out whether a diagram, whole or in part, is in canonical order, and the order of its group.

All orders are compared with the present one, most of them by their first row or two. An order that agrees to the end
is an automorphism; the number of nodes that automorphisms can put in the place of one node, those before it fixed,
multiplies the order of the group (orbit and stabiliser), so that no group is ever listed.
"""

from __future__ import annotations

from numba import njit

from feyn_nn.diagrams.engine.ordering import compare, explore
from feyn_nn.diagrams.engine.state import State
from feyn_nn.diagrams.engine.tables import Ints

SMALLER, EQUAL, LARGER, OPEN = -1, 0, 1, 2
NONE_LEFT, NOT_COMPLETE = -1, -2


@njit(cache=True, nogil=True)
def rivals(state: State, k: int, more: bool) -> int:
    """Bits of the nodes that might be explored in row k instead; for a root, all later ones if there are `more`."""
    i, bits = state.position[k], 0
    if i == state.before[k]:
        return -(1 << (i + 1)) if more else bits
    q = i + 1
    while q < state.before[k] and (state.ties[k] >> q) & 1:
        bits |= 1 << q
        q += 1
    return bits


@njit(cache=True, nogil=True)
def is_first(state: State, k: int) -> bool:
    """Whether no other order is known to be smaller, rows 0 … k being complete; notes the group and who is left.

    ``alive[k]`` holds, when called, the rivals judged by the rows before, and on return those that are left.
    """
    count, state.n_images = 0, 0
    for v in range(state.found):
        state.orbit[v] = v
    for level in range(k, -1, -1):
        if state.alive[k, level]:
            size = _orbit_size(state, k, level)
            if size == 0:
                return False
            if size > 1:
                state.factors[count] = size
                count += 1
    state.n_factors = count
    return True


@njit(cache=True, nogil=True)
def _orbit_size(state: State, k: int, level: int) -> int:
    """How many nodes can stand for that of row `level`; 0 if another order is smaller."""
    i, orbit, colour = state.position[level], state.orbit, state.colour
    alive, tested, found = state.alive[k, level], 0, state.found
    for j in range(i + 1, found):
        bit = 1 << j
        if alive & bit and colour[j] != colour[i]:
            alive ^= bit
        if alive & bit and state.free[j] == 0 and orbit[j] != orbit[i]:
            verdict = _known(state, alive, tested, j)
            if verdict == OPEN:
                verdict = _judge(state, k, level, j)
                tested |= bit
            if verdict == SMALLER:
                return 0
            if verdict == LARGER:
                alive ^= bit
    if state.left[colour[i]] == 0:
        alive &= (1 << found) - 1
    state.alive[k, level] = alive
    size = 1
    for j in range(i + 1, found):
        if (alive >> j) & 1 and orbit[j] == orbit[i]:
            size += 1
    return size


@njit(cache=True, nogil=True)
def _known(state: State, alive: int, tested: int, j: int) -> int:
    """LARGER or EQUAL if an equivalent rival was judged before; OPEN if none was."""
    for other in range(j):
        if (tested >> other) & 1 and state.orbit[other] == state.orbit[j]:
            return EQUAL if (alive >> other) & 1 else LARGER
    return OPEN


@njit(cache=True, nogil=True)
def _judge(state: State, k: int, level: int, node: int) -> int:
    """Compare the orders that explore `node` in row `level`: SMALLER, EQUAL, LARGER, or OPEN until more is known."""
    _start(state, level)
    row, verdict = level, LARGER
    while True:
        explore(state, row, node)
        sign = compare(state, row)
        if sign < 0:
            state.better = row + 1
            return SMALLER
        if sign == 0:
            row += 1
            if row > k:
                _note(state, row)
                return EQUAL
            state.next_rival[row] = 0 if state.position[row] == state.before[row] else state.position[row]
        while row > level:
            node = _next_rival(state, row)
            if node >= 0:
                break
            if node == NOT_COMPLETE or _root_to_come(state, row):
                verdict = OPEN
            if node == NONE_LEFT:
                row -= 1
        if row == level:
            return verdict


@njit(cache=True, nogil=True)
def _start(state: State, level: int) -> None:
    """Let the trial order begin as the present one does."""
    seen = 0
    for q in range(state.before[level]):
        state.order[level, q] = q
        seen |= 1 << q
    state.seen[level] = seen


@njit(cache=True, nogil=True)
def _root_to_come(state: State, row: int) -> bool:
    """Whether a node that is not yet found might be the root of this row."""
    i = state.position[row]
    return bool(i == state.before[row] and state.left[state.colour[i]])


@njit(cache=True, nogil=True)
def _next_rival(state: State, row: int) -> int:
    """The next node to explore in a row of the trial, or why there is none; one of each set of equivalent ones."""
    while True:
        node = _candidate(state, row)
        if node < 0 or state.n_images == 0 or not _was_tried(state, row, node):
            return node


@njit(cache=True, nogil=True)
def _candidate(state: State, row: int) -> int:
    i, x, node = state.position[row], state.next_rival[row], NONE_LEFT
    if i == state.before[row]:
        while x < state.found and ((state.seen[row] >> x) & 1 or state.colour[x] != state.colour[i]):
            x += 1
        if x < state.found:
            node = x
    elif x == i or (x < state.before[row] and (state.ties[row] >> x) & 1):
        node = state.order[row, x]
    if node < 0:
        return node
    state.next_rival[row] = x + 1
    return NOT_COMPLETE if state.free[node] else node


@njit(cache=True, nogil=True)
def _was_tried(state: State, row: int, node: int) -> bool:
    """Whether automorphisms that fix the explored nodes take an earlier candidate of this row to this one."""
    start, end = state.position[row], state.next_rival[row] - 1
    root = start == state.before[row]
    if root:
        start = 0
    if start == end:
        return False
    _label(state, row)
    for x in range(start, end):
        v = x if root else state.order[row, x]
        if state.label[v] == state.label[node] and not (root and (state.seen[row] >> x) & 1):
            return True
    return False


@njit(cache=True, nogil=True)
def _label(state: State, row: int) -> None:
    """Label the orbits of the automorphisms found so far that fix the explored nodes of the trial."""
    for v in range(state.found):
        state.label[v] = v
    for g in range(state.n_images):
        image, fixed = state.image[g], True
        for k in range(row):
            v = state.order[row, state.position[k]]
            fixed = fixed and image[v] == v
        if fixed:
            _merge(state.label, image, state.found)


@njit(cache=True, nogil=True)
def _merge(label: Ints, image: Ints, found: int) -> None:
    """Give each node and its image the same label."""
    for v in range(found):
        a, b = label[v], label[image[v]]
        if a != b:
            for w in range(found):
                if label[w] == max(a, b):
                    label[w] = min(a, b)


@njit(cache=True, nogil=True)
def _note(state: State, row: int) -> None:
    """Keep the automorphism just found: the trial order, node by node in place of the present one."""
    image = state.image[state.n_images]
    for v in range(state.found):
        image[v] = state.order[row, v]
    state.n_images += 1
    _merge(state.orbit, image, state.found)
