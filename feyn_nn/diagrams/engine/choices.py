"""Kernels that choose the next line of a row, add it and take it back."""

from __future__ import annotations

import numpy as np
from numba import njit

from feyn_nn.diagrams.engine.ordering import ONE
from feyn_nn.diagrams.engine.state import DEPTH, FOUND, KIND, LARGEST, ROW, TARGET, Graph, State
from feyn_nn.diagrams.engine.tables import ACYCLIC, CONNECTED, LOOPS, NODES, SELF_LOOPS, Ints, Tables


@njit(cache=True, nogil=True)
def choose(tables: Tables, state: State) -> bool:
    """Move ``now[TARGET]``, ``now[KIND]`` to the next line that row ``now[ROW]`` may add; False if there is none.

    Targets never go back, and at one target types never do. Targets from NODES on stand for a new node of the
    colour that follows.
    """
    now, n_types = state.now, len(tables.unit)
    target, kind, found, nodes = now[TARGET], now[KIND], now[FOUND], tables.rule[NODES]
    if target < nodes and tables.rule[CONNECTED] and now[DEPTH] - found + 1 >= tables.rule[LOOPS]:
        target, kind = nodes, np.int64(0)
    while target < found:
        while kind < n_types:
            if _may_join(tables, state, target, kind):
                now[TARGET], now[KIND] = target, kind
                return True
            kind += 1
        target, kind = target + 1, np.int64(0)
    if target < nodes:
        target, kind = nodes, np.int64(0)
    while target < nodes + len(tables.full):
        if state.left[target - nodes]:
            while kind < n_types:
                if _may_find(tables, state, target - nodes, kind):
                    now[TARGET], now[KIND] = target, kind
                    return True
                kind += 1
        target, kind = target + 1, np.int64(0)
    return False


@njit(cache=True, nogil=True)
def _may_join(tables: Tables, state: State, target: int, kind: int) -> bool:
    """Whether a line of this type may run from the explored node to a known one."""
    graph, rows, row = state.graph, state.rows, state.now[ROW]
    i, unit, field = rows.position[row], tables.unit[kind], tables.field[kind]
    partner = tables.partner[kind]
    if not graph.free[i] & field or not graph.free[target] & tables.field[partner]:
        return False
    if target == i:
        enough = graph.free[i] & field >= 2 * unit if tables.undirected[kind] else not tables.rule[ACYCLIC]
        return bool(tables.rule[SELF_LOOPS] and tables.leads[kind] and enough)
    if target > i + 1 and graph.lines[i, target] + unit > graph.lines[i, target - 1]:
        if target < rows.found[row]:
            if (rows.ties[row] >> target) & 1:
                return False
        elif target > rows.found[row] and graph.colour[target] == graph.colour[target - 1]:
            return False
    return not tables.rule[ACYCLIC] or not _closes_circle(tables, state, i, target, kind)


@njit(cache=True, nogil=True)
def _closes_circle(tables: Tables, state: State, i: int, target: int, kind: int) -> bool:
    """Whether lines already lead from the end of this directed line to its start."""
    if tables.undirected[kind]:
        return False
    reach = state.path.reach[state.now[DEPTH]]
    return bool((reach[target] >> i) & 1 if tables.leads[kind] else (reach[i] >> target) & 1)


@njit(cache=True, nogil=True)
def _may_find(tables: Tables, state: State, colour: int, kind: int) -> bool:
    """Whether a line of this type may run from the explored node to a new node of a colour."""
    graph, rows, row, last = state.graph, state.rows, state.now[ROW], state.now[FOUND] - 1
    i = rows.position[row]
    if not graph.free[i] & tables.field[kind] or not tables.full[colour] & tables.field[tables.partner[kind]]:
        return False
    if last < rows.found[row] or last == i:
        return True
    if graph.colour[last] == colour:
        return bool(tables.unit[kind] <= graph.lines[i, last])
    return bool(graph.colour[last] < colour)


@njit(cache=True, nogil=True)
def find_node(tables: Tables, state: State, colour: int) -> int:
    """Make the next node of a colour known."""
    graph, q = state.graph, state.now[FOUND]
    graph.colour[q], graph.free[q] = colour, tables.full[colour]
    state.left[colour] -= 1
    state.now[FOUND] = q + 1
    state.path.reach[state.now[DEPTH], q] = ONE << q
    return q


@njit(cache=True, nogil=True)
def lose_node(state: State) -> None:
    """Take the last node back."""
    state.now[FOUND] -= 1
    state.left[state.graph.colour[state.now[FOUND]]] += 1


@njit(cache=True, nogil=True)
def join(graph: Graph, tables: Tables, i: int, q: int, kind: int, sign: int) -> int:
    """Add (sign 1) or remove (-1) a line; return how many equal ones there are then."""
    unit, other = tables.unit[kind], tables.unit[tables.partner[kind]]
    graph.lines[i, q] += sign * unit
    if q != i:
        graph.lines[q, i] += sign * other
        graph.near[i] |= ONE << q
        graph.near[q] |= ONE << i
        if graph.lines[i, q] == 0:
            graph.near[i] ^= ONE << q
            graph.near[q] ^= ONE << i
    graph.free[i] -= sign * unit
    graph.free[q] -= sign * other
    return (graph.lines[i, q] & tables.field[kind]) // unit


@njit(cache=True, nogil=True)
def add_line(tables: Tables, state: State) -> None:
    """Add the line that was chosen."""
    now, path, depth = state.now, state.path, state.now[DEPTH]
    i, q, kind = state.rows.position[now[ROW]], now[TARGET], now[KIND]
    path.fresh[depth] = q >= tables.rule[NODES]
    if path.fresh[depth]:
        q = find_node(tables, state, q - tables.rule[NODES])
    path.source[depth], path.target[depth], path.kind[depth] = i, q, kind
    equal = join(state.graph, tables, i, q, kind, 1)
    if i == q and tables.undirected[kind]:
        equal *= 2
    weight = path.weight[depth]
    path.weight[depth + 1] = weight * equal if weight <= LARGEST // equal else 0
    if tables.rule[ACYCLIC]:
        _spread(path.reach[depth], path.reach[depth + 1], tables, i, q, kind, now[FOUND])
    now[DEPTH], now[TARGET] = depth + 1, q


@njit(cache=True, nogil=True)
def _spread(before: Ints, reach: Ints, tables: Tables, i: int, q: int, kind: int, found: int) -> None:
    """What nodes reach once a line joins i and q."""
    start, end = (i, q) if tables.leads[kind] else (q, i)
    for v in range(found):
        reach[v] = before[v]
        if not tables.undirected[kind] and (before[v] >> start) & 1:
            reach[v] |= before[end]


@njit(cache=True, nogil=True)
def take_line(tables: Tables, state: State) -> None:
    """Take the last line back, and go on to the choice after it."""
    now, path = state.now, state.path
    depth = now[DEPTH] - 1
    q, kind = path.target[depth], path.kind[depth]
    join(state.graph, tables, path.source[depth], q, kind, -1)
    now[DEPTH], now[TARGET], now[KIND] = depth, q, kind + 1
    if path.fresh[depth]:
        now[TARGET] = tables.rule[NODES] + state.graph.colour[q]
        lose_node(state)
