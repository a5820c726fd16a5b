"""Kernels that bring a given diagram into canonical order: improve the order until no other is smaller."""

from __future__ import annotations

import numpy as np
from numba import njit

from feyn_nn.diagrams.engine.choices import join
from feyn_nn.diagrams.engine.ordering import explore, ties_after
from feyn_nn.diagrams.engine.search import group_order
from feyn_nn.diagrams.engine.state import State
from feyn_nn.diagrams.engine.symmetry import is_first, rivals
from feyn_nn.diagrams.engine.tables import Ints, Tables


@njit(cache=True, nogil=True)
def load(tables: Tables, state: State, colour: Ints, lines: Ints) -> None:
    """Fill a new search with a whole diagram, lines given as (source, target, half-edge type at the source)."""
    state.found = tables.n_nodes
    for c in range(tables.n_colours):
        state.left[c] = 0
    for v in range(tables.n_nodes):
        state.colour[v], state.free[v] = colour[v], tables.full[colour[v]]
    for line in lines:
        join(tables, state, line[0], line[1], line[2])


@njit(cache=True, nogil=True)
def settle(state: State, name: Ints) -> int:
    """Reorder the nodes canonically, `name` with them; return the order of the group, 0 if it exceeds LARGEST."""
    describe(state, name)
    while not is_first(state, state.row):
        _rename(state, state.better, name)
        describe(state, name)
    return group_order(state)


@njit(cache=True, nogil=True)
def describe(state: State, name: Ints) -> None:
    """Explore the whole diagram, at each free choice the node that comes first now; leaves the nodes in that order."""
    n, known, i, row = state.found, 0, 0, 0
    state.seen[0] = 0
    while True:
        while i < known and not _goes_on(state, i):
            i += 1
        if i == n:
            break
        state.ties[row] = 0 if row == 0 else ties_after(state, row - 1)
        state.position[row], state.before[row] = i, known
        for q in range(known):
            state.order[row, q] = q
        explore(state, row, _first_root(state, i) if i == known else i)
        known = _count(state.seen[row + 1])
        state.after[row] = known
        _rename(state, row + 1, name)
        state.seen[row + 1] = (1 << known) - 1
        row, i = row + 1, i + 1
    state.row = row - 1
    for k in range(row):
        state.alive[row - 1, k] = rivals(state, k, True)


@njit(cache=True, nogil=True)
def _goes_on(state: State, i: int) -> bool:
    """Whether node i has lines to itself or to later nodes."""
    return bool(state.lines[i, i] or state.near[i] >> i)


@njit(cache=True, nogil=True)
def _count(bits: int) -> int:
    total = 0
    while bits:
        bits &= bits - 1
        total += 1
    return total


@njit(cache=True, nogil=True)
def _first_root(state: State, i: int) -> int:
    """The first node of the first colour among those from i on."""
    best = i
    for v in range(i, state.found):
        if state.colour[v] < state.colour[best]:
            best = v
    return best


@njit(cache=True, nogil=True)
def _rename(state: State, row: int, name: Ints) -> None:
    """Name the nodes by their place in the trial order before `row`, those it does not know after it as they stand."""
    n, known, order = state.found, _count(state.seen[row]), state.order[row].copy()
    place = np.full(n, -1)
    for q in range(known):
        place[order[q]] = q
    end = known
    for v in range(n):
        if place[v] < 0:
            order[end], place[v] = v, end
            end += 1
    _permute(state, order, place, name)


@njit(cache=True, nogil=True)
def _permute(state: State, order: Ints, place: Ints, name: Ints) -> None:
    n = state.found
    lines, near = state.lines.copy(), state.near.copy()
    colour, names = state.colour.copy(), name.copy()
    for q in range(n):
        v = order[q]
        state.colour[q], name[q], state.near[q] = colour[v], names[v], 0
        for w in range(n):
            state.lines[q, place[w]] = lines[v, w]
            if (near[v] >> w) & 1:
                state.near[q] |= 1 << place[w]
