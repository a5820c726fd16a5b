"""A problem as the kernels read it: half-edge counts packed into one word, colours ranked."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feyn_nn.diagrams.engine.problem import Problem

Ints = NDArray[np.int64]


class Tables(NamedTuple):
    """Constants of one problem, all int64.

    The numbers of half-edges of a node, and the numbers of lines between two nodes, are packed: type h has a field
    of bits that starts at ``shift[h]``, earlier types in higher bits. Comparing two words compares the vectors of
    counts lexicographically, and adding a line adds ``unit[h]``.
    """

    unit: Ints  # (types,) 1 << shift
    field: Ints  # (types,) the bits of a type
    partner: Ints  # (types,) the type at the other end of a line
    line_type: Ints  # (types,)
    leads: Ints  # (types,) 1 where a line of this type starts; both ends of an undirected line do
    undirected: Ints  # (types,)
    full: Ints  # (colours,) packed half-edges of a node
    size: Ints  # (colours,) how many nodes
    base: Ints  # (colours,) the first of those nodes
    leg: Ints  # (colours,) 1 for an external leg
    rule: Ints  # (8,) nodes, lines, loops and the options, as the constants below name them


NODES, LINES, LOOPS, CONNECTED, ACYCLIC, SELF_LOOPS, NO_TADPOLES, IRREDUCIBLE = range(8)


def tables_of(problem: Problem) -> Tables:
    """Pack a problem. Colours are ranked with the rarest first: exploring starts at a node of the first colour."""
    slots = np.asarray(problem.slots, dtype=np.int64)
    n_nodes, n_types = slots.shape
    partner, line_type = np.zeros(n_types, np.int64), np.zeros(n_types, np.int64)
    leads, undirected = np.zeros(n_types, np.int64), np.zeros(n_types, np.int64)
    for t, (f, g) in enumerate(np.asarray(problem.lines).tolist()):
        partner[f], partner[g] = g, f
        line_type[[f, g]], leads[f], undirected[[f, g]] = t, 1, f == g
    widths = [int(count).bit_length() for count in slots.max(axis=0, initial=0)]
    shift = [sum(widths[h + 1 :]) for h in range(n_types)]
    unit = np.array([1 << s for s in shift], np.int64)
    field = np.array([((1 << w) - 1) << s for w, s in zip(widths, shift, strict=True)], np.int64)
    base, size = _classes(np.asarray(problem.colours))
    n_lines = problem.n_lines
    options = (problem.connected, problem.acyclic, problem.self_loops, not problem.tadpoles)
    return Tables(
        unit=unit,
        field=field,
        partner=partner,
        line_type=line_type,
        leads=leads,
        undirected=undirected,
        full=slots[base] @ unit,
        size=size,
        base=base,
        leg=(base >= n_nodes - problem.legs).astype(np.int64),
        rule=np.array(
            [n_nodes, n_lines, n_lines - n_nodes + 1, *options, problem.one_particle_irreducible], np.int64
        ),
    )


def _classes(colours: Ints) -> tuple[Ints, Ints]:
    """First node and number of nodes of each colour, the rarest colour first, then in order."""
    starts = np.flatnonzero(np.diff(colours, prepend=colours[:1] - 1)).astype(np.int64)
    sizes = np.diff(starts, append=len(colours)).astype(np.int64)
    rank = np.argsort(sizes, kind="stable")
    return starts[rank], sizes[rank]
