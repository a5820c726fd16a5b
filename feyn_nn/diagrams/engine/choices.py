"""Kernels that choose the next line of a row, add it and take it back."""

from __future__ import annotations

from numba import njit

from feyn_nn.diagrams.engine.state import LARGEST, State
from feyn_nn.diagrams.engine.tables import Tables


@njit(cache=True, nogil=True)
def choose(tables: Tables, state: State) -> bool:
    """Move ``next_target``, ``next_kind`` to the next line that the row may add; False if there is none.

    Targets never go back, and at one target types never do. Targets from ``n_nodes`` on stand for a new node of the
    colour that follows.
    """
    if state.next_target < tables.n_nodes:
        exhausted = tables.connected and state.depth - state.found + 1 >= tables.loops
        if not exhausted and _choose_known(tables, state):
            return True
        state.next_target, state.next_kind = tables.n_nodes, 0
    return _choose_new(tables, state)


@njit(cache=True, nogil=True)
def _choose_known(tables: Tables, state: State) -> bool:
    for target in range(state.next_target, state.found):
        for kind in range(state.next_kind, tables.n_types):
            if _may_join(tables, state, target, kind):
                state.next_target, state.next_kind = target, kind
                return True
        state.next_kind = 0
    return False


@njit(cache=True, nogil=True)
def _choose_new(tables: Tables, state: State) -> bool:
    for colour in range(state.next_target - tables.n_nodes, tables.n_colours):
        if state.left[colour]:
            for kind in range(state.next_kind, tables.n_types):
                if _may_find(tables, state, colour, kind):
                    state.next_target, state.next_kind = tables.n_nodes + colour, kind
                    return True
        state.next_kind = 0
    return False


@njit(cache=True, nogil=True)
def _may_join(tables: Tables, state: State, target: int, kind: int) -> bool:
    """Whether a line of this type may run from the explored node to a known one."""
    i, unit, field = state.position[state.row], tables.unit[kind], tables.field[kind]
    if not (state.free[i] & field and state.free[target] & tables.field[tables.partner[kind]]):
        return False
    if target == i:
        if not (tables.self_loops and tables.leads[kind]):
            return False
        return state.free[i] & field >= 2 * unit if tables.undirected[kind] else not tables.acyclic
    if target > i + 1 and state.lines[i, target] + unit > state.lines[i, target - 1]:
        known = state.before[state.row]
        if target < known:
            if (state.ties[state.row] >> target) & 1:
                return False
        elif target > known and state.colour[target] == state.colour[target - 1]:
            return False
    if not tables.acyclic or tables.undirected[kind]:
        return True
    start, end = (i, target) if tables.leads[kind] else (target, i)
    return not (state.reach[state.depth, end] >> start) & 1


@njit(cache=True, nogil=True)
def _may_find(tables: Tables, state: State, colour: int, kind: int) -> bool:
    """Whether a line of this type may run from the explored node to a new node of a colour."""
    i, last = state.position[state.row], state.found - 1
    if not (state.free[i] & tables.field[kind] and tables.full[colour] & tables.field[tables.partner[kind]]):
        return False
    if last < state.before[state.row] or last == i or state.colour[last] < colour:
        return True
    return bool(state.colour[last] == colour and tables.unit[kind] <= state.lines[i, last])


@njit(cache=True, nogil=True)
def find_node(tables: Tables, state: State, colour: int) -> int:
    """Make the next node of a colour known."""
    q = state.found
    state.colour[q], state.free[q] = colour, tables.full[colour]
    state.left[colour] -= 1
    state.found = q + 1
    state.reach[state.depth, q] = 1 << q
    return q


@njit(cache=True, nogil=True)
def lose_node(state: State) -> None:
    """Take the last node back."""
    state.found -= 1
    state.left[state.colour[state.found]] += 1


@njit(cache=True, nogil=True)
def join(tables: Tables, state: State, i: int, q: int, kind: int) -> int:
    """Join node i to node q by a line whose end at i has a type; return how many equal ones there are then."""
    unit, other = tables.unit[kind], tables.unit[tables.partner[kind]]
    state.free[i] -= unit
    state.free[q] -= other
    state.lines[i, q] += unit
    if q != i:
        state.lines[q, i] += other
        state.near[i] |= 1 << q
        state.near[q] |= 1 << i
    return int((state.lines[i, q] & tables.field[kind]) // unit)


@njit(cache=True, nogil=True)
def _part(tables: Tables, state: State, i: int, q: int, kind: int) -> None:
    """Undo what `join` did."""
    unit, other = tables.unit[kind], tables.unit[tables.partner[kind]]
    state.free[i] += unit
    state.free[q] += other
    state.lines[i, q] -= unit
    if q != i:
        state.lines[q, i] -= other
        if state.lines[i, q] == 0:
            state.near[i] ^= 1 << q
            state.near[q] ^= 1 << i


@njit(cache=True, nogil=True)
def add_line(tables: Tables, state: State) -> None:
    """Add the line that was chosen."""
    depth, i, q, kind = state.depth, state.position[state.row], state.next_target, state.next_kind
    state.fresh[depth] = q >= tables.n_nodes
    if state.fresh[depth]:
        q = find_node(tables, state, q - tables.n_nodes)
    state.source[depth], state.target[depth], state.kind[depth] = i, q, kind
    equal = join(tables, state, i, q, kind)
    if i == q and tables.undirected[kind]:
        equal *= 2
    if equal == 1:
        state.weight[depth + 1] = state.weight[depth]
    else:
        state.weight[depth + 1] = (
            state.weight[depth] * equal if state.weight[depth] <= LARGEST // equal else 0
        )
    if tables.acyclic:
        _spread(tables, state, depth)
    state.depth, state.next_target = depth + 1, q


@njit(cache=True, nogil=True)
def _spread(tables: Tables, state: State, depth: int) -> None:
    """What nodes reach once the line of this depth is there."""
    kind, start, end = state.kind[depth], state.source[depth], state.target[depth]
    if not tables.leads[kind]:
        start, end = end, start
    before, reach = state.reach[depth], state.reach[depth + 1]
    for v in range(state.found):
        reach[v] = before[v]
        if not tables.undirected[kind] and (before[v] >> start) & 1:
            reach[v] |= before[end]


@njit(cache=True, nogil=True)
def take_line(tables: Tables, state: State) -> None:
    """Take the last line back, and go on to the choice after it."""
    depth = state.depth - 1
    q, kind = state.target[depth], state.kind[depth]
    _part(tables, state, state.source[depth], q, kind)
    state.depth, state.next_target, state.next_kind = depth, q, kind + 1
    if state.fresh[depth]:
        state.next_target = tables.n_nodes + state.colour[q]
        lose_node(state)
