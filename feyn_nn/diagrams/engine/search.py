"""The search: kernels that fill a diagram row by row and stop at each one that is in canonical order."""

from __future__ import annotations

import numpy as np
from numba import njit

from feyn_nn.diagrams.engine.bridges import has_bridge
from feyn_nn.diagrams.engine.choices import add_line, choose, find_node, lose_node, take_line
from feyn_nn.diagrams.engine.ordering import next_ties
from feyn_nn.diagrams.engine.state import DEPTH, FACTORS, FORWARD, FOUND, KIND, LARGEST, ROW, TARGET, State
from feyn_nn.diagrams.engine.symmetry import is_first, rivals
from feyn_nn.diagrams.engine.tables import CONNECTED, IRREDUCIBLE, LINES, NO_TADPOLES, NODES, Tables

DONE, PAUSED, FOUND_ONE = 0, 1, 2


@njit(cache=True, nogil=True)
def advance(tables: Tables, state: State, steps: int) -> tuple[int, int]:
    """Search on for the next diagram, for at most so many steps: (DONE, PAUSED or FOUND_ONE, steps left)."""
    now, rows, graph = state.now, state.rows, state.graph
    if now[ROW] < 0:
        now[FORWARD] = _open_row(tables, state)
    while steps > 0 and now[ROW] >= 0:
        steps -= 1
        if now[FORWARD]:
            if graph.free[rows.position[now[ROW]]]:
                now[FORWARD] = choose(tables, state)
                if now[FORWARD]:
                    add_line(tables, state)
            elif not _close_row(tables, state):
                now[FORWARD] = 0
            elif now[DEPTH] == tables.rule[LINES] and now[FOUND] == tables.rule[NODES]:
                now[FORWARD] = 0
                return FOUND_ONE, steps
            else:
                now[FORWARD] = _open_row(tables, state)
        else:
            _go_back(tables, state)
    return (DONE if now[ROW] < 0 else PAUSED), steps


@njit(cache=True, nogil=True)
def _go_back(tables: Tables, state: State) -> None:
    """Take back the last line of the row, or the row itself if it has none left."""
    now, rows = state.now, state.rows
    row = now[ROW]
    if now[DEPTH] > rows.start[row]:
        take_line(tables, state)
        now[FORWARD] = 1
    else:
        if rows.position[row] == rows.found[row]:
            lose_node(state)
        now[ROW] = row - 1


@njit(cache=True, nogil=True)
def _open_row(tables: Tables, state: State) -> bool:
    """Go on to the next known node with free half-edges, or to a new root; False if there is no way to go on."""
    now, rows, free = state.now, state.rows, state.graph.free
    row, found = now[ROW], now[FOUND]
    i = np.int64(0) if row < 0 else rows.position[row] + 1
    while i < found and free[i] == 0:
        i += 1
    if i == found and (found == tables.rule[NODES] or (row >= 0 and tables.rule[CONNECTED])):
        return False
    rows.ties[row + 1] = 0 if row < 0 else next_ties(state.graph.lines, state.graph.colour, rows, row)
    rows.position[row + 1], rows.found[row + 1], rows.start[row + 1] = i, found, now[DEPTH]
    if i == found:
        colour = 0
        while state.left[colour] == 0:
            colour += 1
        find_node(tables, state, colour)
    now[ROW], now[TARGET], now[KIND] = row + 1, i, 0
    return True


@njit(cache=True, nogil=True)
def _close_row(tables: Tables, state: State) -> bool:
    """Whether the diagram may stay, its row being complete."""
    rows, row, rule = state.rows, state.now[ROW], tables.rule
    rows.after[row] = state.now[FOUND]
    some = np.int64(0)
    for level in range(row):
        rows.alive[row, level] = rows.alive[row - 1, level]
        some |= rows.alive[row, level]
    rows.alive[row, row] = rivals(rows, row)
    state.now[FACTORS] = 0
    if (some or rows.alive[row, row]) and not is_first(state, row):
        return False
    if rule[NO_TADPOLES] or rule[IRREDUCIBLE]:
        return not has_bridge(state.graph, tables.unit, tables.leg, state.now[FOUND], rule[IRREDUCIBLE] == 1)
    return True


@njit(cache=True, nogil=True)
def group_order(state: State) -> int:
    """The order of the group of node permutations, complete but for lines; 0 if it exceeds LARGEST.

    Its factors are put into ``trial.factors``: the orbits that were found last, and k, k-1, … for k nodes that
    nothing tells apart, all of whose lines go to the same nodes.
    """
    now, rows, factors = state.now, state.rows, state.trial.factors
    count, row, run, order = now[FACTORS], now[ROW], 1, 1
    ties = next_ties(state.graph.lines, state.graph.colour, rows, row)
    for q in range(1, now[FOUND]):
        run = run + 1 if (ties >> q) & 1 else 1
        if run > 1:
            factors[count] = run
            count += 1
    for c in range(count):
        order = order * factors[c] if order <= LARGEST // factors[c] else 0
    now[FACTORS] = count
    return order
