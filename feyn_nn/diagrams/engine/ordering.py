"""Kernels that order the nodes of a diagram, and tell whether one order gives a smaller code than another.

A diagram is explored from a root: row by row, each known node in turn joins its half-edges to known nodes and to new
ones. Nodes that no row has told apart are *tied* and stand next to each other; each row sorts them, those with more
lines to the explored node first, and appends the new ones, sorted by colour, then by number of lines. The *code* is
the list of rows; the canonical order is the one whose code comes first, more lines to an earlier node being smaller.
Only the choice of a root, and of the next node among tied ones, is free.
"""

from __future__ import annotations

from numba import njit

from feyn_nn.diagrams.engine.state import State


@njit(cache=True, nogil=True)
def ties_after(state: State, k: int) -> int:
    """Bits of the ties that are left after row k."""
    i, known, old, lines = state.position[k], state.before[k], state.ties[k], state.lines
    ties = old & ((1 << (i + 1)) - 1)
    for q in range(i + 2, state.after[k]):
        if lines[i, q] == lines[i, q - 1]:
            if q < known:
                ties |= old & (1 << q)
            elif q > known and state.colour[q] == state.colour[q - 1]:
                ties |= 1 << q
    return int(ties)


@njit(cache=True, nogil=True)
def explore(state: State, k: int, node: int) -> None:
    """Put `node` into row k of the trial order, and sort and append the nodes that it tells apart and finds."""
    i, known, ties = state.position[k], state.before[k], state.ties[k]
    order, lines = state.order[k + 1], state.lines[node]
    for q in range(known):
        order[q] = state.order[k, q]
    if known == i:
        order[i], known = node, i + 1
    else:
        x = i
        while order[x] != node:
            x += 1
        order[i], order[x] = node, order[i]
    for q in range(i + 2, known):
        if (ties >> q) & 1:
            x, v = q, order[q]
            while x > i + 1 and (ties >> x) & 1 and lines[order[x - 1]] < lines[v]:
                order[x] = order[x - 1]
                x -= 1
            order[x] = v
    seen = state.seen[k] | (1 << node)
    fresh = state.near[node] & ~seen
    state.seen[k + 1] = seen | fresh
    if fresh:
        _append(state, k + 1, known, fresh, node)


@njit(cache=True, nogil=True)
def _append(state: State, k: int, known: int, fresh: int, node: int) -> None:
    """Append new nodes by colour, then those with more lines to `node` first."""
    order, lines, colour = state.order[k], state.lines[node], state.colour
    end, v = known, 0
    while fresh:
        if fresh & 1:
            x = end
            while x > known and (
                colour[order[x - 1]] > colour[v]
                or (colour[order[x - 1]] == colour[v] and lines[order[x - 1]] < lines[v])
            ):
                order[x] = order[x - 1]
                x -= 1
            order[x] = v
            end += 1
        fresh >>= 1
        v += 1


@njit(cache=True, nogil=True)
def compare(state: State, k: int) -> int:
    """-1, 0 or 1: whether row k of the trial order is smaller than that of the present one, equal or larger."""
    i, order, colour = state.position[k], state.order[k + 1], state.colour
    here, there = state.lines[i], state.lines[order[i]]
    for q in range(i, state.after[k]):
        v = order[q]
        if colour[v] != colour[q]:
            return -1 if colour[v] < colour[q] else 1
        if there[v] != here[q]:
            return -1 if there[v] > here[q] else 1
    return 0
