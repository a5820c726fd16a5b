"""Kernels that hand diagrams out: as arrays of lines, or as a histogram of |Aut|."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn.diagrams.engine.search import FOUND_ONE, advance, group_order
from feyn_nn.diagrams.engine.state import LARGEST, State
from feyn_nn.diagrams.engine.tables import Ints, Tables


@njit(cache=True, nogil=True)
def fill(
    tables: Tables, state: State, lines: NDArray[np.int16], numbers: Ints, steps: int
) -> tuple[int, int, int]:
    """Write diagrams into `lines` and (group, |Aut|) into `numbers`: (how many, status, steps left).

    Stops early after a diagram whose |Aut| exceeds LARGEST; its number is then 0.
    """
    n = 0
    status = FOUND_ONE
    while n < len(lines):
        status, steps = advance(tables, state, steps)
        if status != FOUND_ONE:
            break
        write_lines(tables, state, lines[n])
        numbers[n, 0] = group_order(state)
        numbers[n, 1] = automorphisms(state, numbers[n, 0])
        n += 1
        if numbers[n - 1, 1] == 0:
            break
    return n, status, steps


@njit(cache=True, nogil=True)
def tally(tables: Tables, state: State, keys: Ints, counts: Ints, steps: int) -> tuple[int, int]:
    """Count diagrams by |Aut| until the table is half full, or one exceeds LARGEST: (entries, status)."""
    entries = 0
    while 2 * entries < len(keys):
        status, steps = advance(tables, state, steps)
        if status != FOUND_ONE:
            return entries, status
        key = automorphisms(state, group_order(state))
        if key == 0:
            return -1, status
        slot = (key * 0x9E3779B1) % len(keys)
        while counts[slot] and keys[slot] != key:
            slot = (slot + 1) % len(keys)
        entries += counts[slot] == 0
        keys[slot] = key
        counts[slot] += 1
    return entries, FOUND_ONE


@njit(cache=True, nogil=True)
def automorphisms(state: State, group: int) -> int:
    """|Aut|, that of equal lines included; 0 if it exceeds LARGEST."""
    weight = int(state.weight[state.depth])
    if group == 0 or weight == 0 or group > LARGEST // weight:
        return 0
    return group * weight


@njit(cache=True, nogil=True)
def write_lines(tables: Tables, state: State, out: NDArray[np.int16]) -> None:
    """Write the sorted lines, nodes of a colour being numbered as they were found."""
    colour, name = state.colour, state.orbit
    given = np.zeros(tables.n_colours, np.int64)
    for v in range(state.found):
        name[v] = tables.first[colour[v]] + given[colour[v]]
        given[colour[v]] += 1
    for depth in range(state.depth):
        a, b, kind = name[state.source[depth]], name[state.target[depth]], state.kind[depth]
        if (a > b) if tables.undirected[kind] else not tables.leads[kind]:
            a, b = b, a
        key, n = (a << 40) | (b << 20) | tables.line_type[kind], depth
        while n and state.sorted[n - 1] > key:
            state.sorted[n] = state.sorted[n - 1]
            n -= 1
        state.sorted[n] = key
    for n in range(state.depth):
        key = state.sorted[n]
        out[n, 0], out[n, 1], out[n, 2] = key >> 40, (key >> 20) & 0xFFFFF, key & 0xFFFFF
