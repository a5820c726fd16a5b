"""A problem as the kernels read it: half-edge counts packed into one word, colours ranked."""

from __future__ import annotations

from typing import Protocol, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from feyn_nn.diagrams.engine.problem import MAX_BITS, MAX_NODES, Problem

Ints: TypeAlias = NDArray[np.int64]


class Tables(Protocol):
    """Constants of one problem: a numpy record, which a kernel passes on as one pointer.

    The numbers of half-edges of a node, and the numbers of lines between two nodes, are packed: type h has a field
    of bits of its own, earlier types in higher bits. Comparing two words compares the vectors of counts
    lexicographically, and adding a line adds ``unit[h]``.
    """

    n_nodes: int
    n_lines: int
    n_types: int
    n_colours: int
    loops: int  # of a connected diagram
    connected: int
    acyclic: int
    self_loops: int
    tadpoles: int
    irreducible: int
    single: int  # all units together
    unit: Ints  # (types,) the lowest bit of a type
    field: Ints  # (types,) all bits of it
    partner: Ints  # (types,) the type at the other end of a line
    line_type: Ints  # (types,)
    leads: Ints  # (types,) 1 where a line of this type starts; both ends of an undirected line do
    undirected: Ints  # (types,)
    full: Ints  # (colours,) packed half-edges of a node
    members: Ints  # (colours,) how many nodes
    first: Ints  # (colours,) the first of those nodes
    leg: Ints  # (colours,) 1 for an external leg


_SCALARS = (
    *(
        "n_nodes",
        "n_lines",
        "n_types",
        "n_colours",
        "loops",
        "connected",
        "acyclic",
        "self_loops",
        "tadpoles",
    ),
    *("irreducible", "single"),
)
_FIELDS = (
    [(name, np.int64) for name in _SCALARS]
    + [
        (name, np.int64, (MAX_BITS,))
        for name in ("unit", "field", "partner", "line_type", "leads", "undirected")
    ]
    + [(name, np.int64, (MAX_NODES,)) for name in ("full", "members", "first", "leg")]
)
_DTYPE = np.dtype((np.record, np.dtype(_FIELDS)))


def tables_of(problem: Problem) -> Tables:
    """Pack a problem. Colours are ranked with the rarest first: exploring starts at a node of the first colour."""
    slots = np.asarray(problem.slots, dtype=np.int64)
    used = np.flatnonzero(slots.any(axis=0))
    base, size = _classes(np.asarray(problem.colours))
    widths = [int(most).bit_length() for most in slots.max(axis=0)[used]]
    unit = [1 << sum(widths[h + 1 :]) for h in range(len(used))]
    tables = np.zeros(1, _DTYPE)[0]
    counts = (len(slots), problem.n_lines, len(used), len(base), problem.n_lines - len(slots) + 1)
    options = (problem.connected, problem.acyclic, problem.self_loops, problem.tadpoles)
    for name, value in zip(
        _SCALARS, (*counts, *options, problem.one_particle_irreducible, sum(unit)), strict=True
    ):
        tables[name] = value
    columns = {"unit": unit, "field": [((1 << w) - 1) * u for w, u in zip(widths, unit, strict=True)]}
    columns |= _line_types(np.asarray(problem.lines), used.tolist())
    columns |= {"full": (slots[base][:, used] @ np.array(unit, np.int64)).tolist(), "members": size.tolist()}
    columns |= {"first": base.tolist(), "leg": (base >= len(slots) - problem.legs).tolist()}
    for name, column in columns.items():
        tables[name][: len(column)] = column
    return cast("Tables", tables)


def _line_types(lines: Ints, used: list[int]) -> dict[str, list[int]]:
    """What the kernels know of the half-edge types in use."""
    ends = {int(end): (t, int(f), int(g)) for t, (f, g) in enumerate(lines) for end in (f, g)}
    rank = {h: k for k, h in enumerate(used)}
    return {
        "partner": [rank.get(ends[h][1] + ends[h][2] - h, 0) for h in used],
        "line_type": [ends[h][0] for h in used],
        "leads": [int(ends[h][1] == h) for h in used],
        "undirected": [int(ends[h][1] == ends[h][2]) for h in used],
    }


def _classes(colours: Ints) -> tuple[Ints, Ints]:
    """First node and number of nodes of each colour, the rarest colour first, then in order."""
    starts = np.flatnonzero(np.diff(colours, prepend=colours[:1] - 1)).astype(np.int64)
    sizes = np.diff(starts, append=len(colours)).astype(np.int64)
    rank = np.argsort(sizes, kind="stable")
    return starts[rank], sizes[rank]
