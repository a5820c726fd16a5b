"""The search: kernels that fill a diagram row by row and stop at each one that is in canonical order."""

from __future__ import annotations

from numba import njit

from feyn_nn.diagrams.engine.bridges import has_bridge
from feyn_nn.diagrams.engine.choices import add_line, choose, find_node, lose_node, take_line
from feyn_nn.diagrams.engine.ordering import ties_after
from feyn_nn.diagrams.engine.state import LARGEST, State
from feyn_nn.diagrams.engine.symmetry import is_first, rivals
from feyn_nn.diagrams.engine.tables import Tables

DONE, PAUSED, FOUND_ONE = 0, 1, 2


@njit(cache=True, nogil=True)
def advance(tables: Tables, state: State, steps: int) -> tuple[int, int]:
    """Search on for the next diagram, for at most so many steps: (DONE, PAUSED or FOUND_ONE, steps left)."""
    if state.row < 0:
        state.forward = _open_row(tables, state)
    while steps > 0 and state.row >= 0:
        steps -= 1
        if not state.forward:
            _go_back(tables, state)
        elif state.free[state.position[state.row]]:
            state.forward = choose(tables, state)
            if state.forward:
                add_line(tables, state)
        elif not _close_row(tables, state):
            state.forward = 0
        elif state.depth == tables.n_lines and state.found == tables.n_nodes:
            state.forward = 0
            return FOUND_ONE, steps
        else:
            state.forward = _open_row(tables, state)
    return (DONE if state.row < 0 else PAUSED), steps


@njit(cache=True, nogil=True)
def _go_back(tables: Tables, state: State) -> None:
    """Take back the last line of the row, or the row itself if it has none left."""
    row = state.row
    if state.depth > state.start[row]:
        take_line(tables, state)
        state.forward = 1
    else:
        if state.position[row] == state.before[row]:
            lose_node(state)
        state.row = row - 1


@njit(cache=True, nogil=True)
def _open_row(tables: Tables, state: State) -> bool:
    """Go on to the next known node with free half-edges, or to a new root; False if there is no way to go on."""
    row, found, i = state.row + 1, state.found, 0
    if row > 0:
        i = state.position[row - 1] + 1
        while i < found and state.free[i] == 0:
            i += 1
        if i == found and (found == tables.n_nodes or tables.connected):
            return False
    state.ties[row] = 0 if row == 0 else ties_after(state, row - 1)
    state.position[row], state.before[row], state.start[row] = i, found, state.depth
    more = False
    if i == found:
        colour = 0
        while state.left[colour] == 0:
            colour += 1
        find_node(tables, state, colour)
        more = state.left[colour] > 0
    state.rivals[row] = rivals(state, row, more)
    state.row, state.next_target, state.next_kind = row, i, 0
    return True


@njit(cache=True, nogil=True)
def _close_row(tables: Tables, state: State) -> bool:
    """Whether the diagram may stay, its row being complete."""
    row, some = state.row, state.rivals[state.row]
    state.after[row], state.alive[row, row], state.n_factors = state.found, some, 0
    for level in range(row):
        state.alive[row, level] = state.alive[row - 1, level]
        some |= state.alive[row, level]
    if some and not is_first(state, row):
        return False
    return (tables.tadpoles and not tables.irreducible) or not has_bridge(tables, state)


@njit(cache=True, nogil=True)
def group_order(state: State) -> int:
    """The order of the group of node permutations, complete but for lines; 0 if it exceeds LARGEST.

    Its factors are put into ``factors``: the orbits that were found last, and k, k-1, … for k nodes that nothing
    tells apart, all of whose lines go to the same nodes.
    """
    count, run, order = state.n_factors, 1, 1
    ties = ties_after(state, state.row)
    if ties:
        for q in range(1, state.found):
            run = run + 1 if (ties >> q) & 1 else 1
            if run > 1:
                state.factors[count] = run
                count += 1
    for c in range(count):
        order = order * state.factors[c] if order <= LARGEST // state.factors[c] else 0
    state.n_factors = count
    return order
