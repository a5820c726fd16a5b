"""Kernels that order the nodes of a diagram, and tell whether one order gives a smaller code than another.

A diagram is explored from a root: row by row, each known node in turn joins its half-edges to known nodes and to new
ones. Nodes that no row has told apart are *tied* and stand next to each other; each row sorts them, those with more
lines to the explored node first, and appends the new ones, sorted by colour, then by number of lines. The *code* is
the list of rows; the canonical order is the one whose code comes first, more lines to an earlier node being smaller.
Only the choice of a root, and of the next node among tied ones, is free.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from feyn_nn.diagrams.engine.state import Graph, Rows, Trial
from feyn_nn.diagrams.engine.tables import Ints

ONE = np.int64(1)


@njit(cache=True, nogil=True)
def next_ties(lines: Ints, colour: Ints, rows: Rows, k: int) -> int:
    """Bits of the ties that are left after row k."""
    i, known, after, old = rows.position[k], rows.found[k], rows.after[k], rows.ties[k]
    first = max(known, i + 1)
    ties = old & ((ONE << (i + 1)) - 1)
    for q in range(i + 2, after):
        if lines[i, q] == lines[i, q - 1]:
            if q < known:
                ties |= old & (ONE << q)
            elif q > first and colour[q] == colour[q - 1]:
                ties |= ONE << q
    return ties


@njit(cache=True, nogil=True)
def explore(graph: Graph, rows: Rows, trial: Trial, k: int, node: int) -> int:
    """Put `node` into row k of the trial order, and sort what it tells apart; return how many nodes are known."""
    i, known, ties, lines = rows.position[k], rows.found[k], rows.ties[k], graph.lines
    before, order = trial.order[k], trial.order[k + 1]
    for q in range(known):
        order[q] = before[q]
    if known == i:
        order[i], known = node, i + 1
    else:
        x = i
        while order[x] != node:
            x += 1
        order[i], order[x] = node, order[i]
    for q in range(i + 2, known):
        if (ties >> q) & 1:
            _sink(order, lines[node], ties, i + 1, q)
    seen = trial.seen[k] | (ONE << node)
    fresh = graph.near[node] & ~seen
    trial.seen[k + 1] = seen | fresh
    return _append(order, known, fresh, lines[node], graph.colour)


@njit(cache=True, nogil=True)
def _sink(order: Ints, counts: Ints, ties: int, first: int, q: int) -> None:
    """Move node q of the order to the left among its ties, past those with fewer lines."""
    node = order[q]
    while q > first and (ties >> q) & 1 and counts[order[q - 1]] < counts[node]:
        order[q] = order[q - 1]
        q -= 1
    order[q] = node


@njit(cache=True, nogil=True)
def _append(order: Ints, known: int, fresh: int, counts: Ints, colour: Ints) -> int:
    """Append new nodes by colour, then those with more lines first."""
    end, v = known, 0
    while fresh:
        if fresh & 1:
            q = end
            while q > known and (
                colour[order[q - 1]] > colour[v]
                or (colour[order[q - 1]] == colour[v] and counts[order[q - 1]] < counts[v])
            ):
                order[q] = order[q - 1]
                q -= 1
            order[q] = v
            end += 1
        fresh >>= 1
        v += 1
    return end


@njit(cache=True, nogil=True)
def compare(graph: Graph, rows: Rows, order: Ints, k: int) -> int:
    """-1, 0 or 1: whether row k of another order is smaller than that of the present one, equal or larger."""
    i, lines, colour = rows.position[k], graph.lines, graph.colour
    there = lines[order[i]]
    for q in range(i, rows.after[k]):
        node = order[q]
        if colour[node] != colour[q]:
            return -1 if colour[node] < colour[q] else 1
        if there[node] != lines[i, q]:
            return -1 if there[node] > lines[i, q] else 1
    return 0
