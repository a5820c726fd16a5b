"""What the engine is asked for: nodes with half-edges, and what lines may join them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput

MAX_NODES = 62
MAX_LINES = 512
MAX_BITS = 62


class Problem(NamedTuple):
    """One multiset of vertices and external legs, and the diagrams that are wanted of it.

    Nodes 0 … V-1 are the vertices, nodes V … V+E-1 the external legs.

    Parameters
    ----------
    slots : array of shape (nodes, half-edge types)
        How many half-edges of each type a node has.
    colours : array of shape (nodes,)
        Nodes of one colour stand next to each other, have the same half-edges, and may be exchanged by an
        isomorphism. A labelled leg has a colour of its own; interchangeable legs share one.
    lines : array of shape (line types, 2)
        The half-edge types (f, g) that a line of this type joins. With f = g it has no direction, otherwise it
        runs from its f end to its g end. Each half-edge type occurs in one line type.
    acyclic : bool
        Whether directed lines must not run in a circle.
    connected : bool
        Whether every node must hang together with every other. No node at all is one diagram, but not a connected one.
    self_loops : bool
        Whether a line may join a vertex to itself.
    tadpoles : bool
        Whether an internal line may hold on to a part without external legs.
    one_particle_irreducible : bool
        Whether the diagram must stay connected when any one internal line is cut.
    n_legs : int, optional
        How many of the last nodes are external legs. Left out, the nodes of one half-edge that end the list are.
    """

    slots: NDArray[np.int64]
    colours: NDArray[np.int64]
    lines: NDArray[np.int64]
    acyclic: bool = False
    connected: bool = True
    self_loops: bool = True
    tadpoles: bool = True
    one_particle_irreducible: bool = False
    n_legs: int | None = None

    @property
    def legs(self) -> int:
        """The number of external legs."""
        if self.n_legs is not None:
            return self.n_legs
        single = np.asarray(self.slots).sum(axis=1) == 1
        return int(np.cumprod(single[::-1]).sum())

    @property
    def n_lines(self) -> int:
        """The number of lines, external ones included."""
        return int(np.asarray(self.slots).sum()) // 2

    @property
    def balanced(self) -> bool:
        """Whether half-edges can be joined without one being left over."""
        total = np.asarray(self.slots).sum(axis=0)
        return all(total[f] % 2 == 0 if f == g else total[f] == total[g] for f, g in self.lines)


def check_problem(problem: Problem) -> None:
    """Refuse what the engine cannot read.

    Raises
    ------
    InvalidInput
        If shapes do not fit each other, a half-edge type belongs to no line type or to two, nodes of one colour
        are apart or differ, or the problem is larger than the engine's words of 64 bits.
    """
    slots, colours, lines = (np.asarray(a) for a in problem[:3])
    if slots.ndim != 2 or colours.shape != slots.shape[:1] or lines.ndim != 2 or lines.shape[1] != 2:
        raise InvalidInput(
            f"slots of shape {slots.shape}, colours {colours.shape} and lines {lines.shape} do not fit; give "
            "(nodes, half-edge types), (nodes,) and (line types, 2)"
        )
    if slots.size and slots.min() < 0:
        raise InvalidInput(f"slots holds {slots.min()}; a number of half-edges is >= 0")
    _check_line_types(lines, slots.shape[1])
    _check_colours(slots, colours)
    _check_size(problem, slots)


def _check_line_types(lines: NDArray[np.int64], n_types: int) -> None:
    ends = [int(end) for f, g in lines for end in {int(f), int(g)}]
    if sorted(ends) != list(range(n_types)):
        raise InvalidInput(
            f"line types {lines.tolist()} do not use each of the half-edge types 0 … {n_types - 1} in exactly one "
            "of them; list every type once"
        )


def _check_colours(slots: NDArray[np.int64], colours: NDArray[np.int64]) -> None:
    starts = np.flatnonzero(np.diff(colours, prepend=colours[:1] - 1)) if colours.size else colours
    if len(starts) != len(np.unique(colours)):
        raise InvalidInput(f"colours {colours.tolist()}: nodes of one colour must stand next to each other")
    if any(
        (colours[v] == colours[v - 1]) and (slots[v] != slots[v - 1]).any() for v in range(1, len(colours))
    ):
        raise InvalidInput(
            "nodes of one colour have different half-edges; give those nodes colours of their own"
        )


def _check_size(problem: Problem, slots: NDArray[np.int64]) -> None:
    if len(slots) > MAX_NODES:
        raise InvalidInput(
            f"a diagram of {len(slots)} vertices and legs; the engine takes at most {MAX_NODES}"
        )
    if problem.n_lines > MAX_LINES:
        raise InvalidInput(f"a diagram of {problem.n_lines} lines; the engine takes at most {MAX_LINES}")
    bits = sum(int(count).bit_length() for count in slots.max(axis=0, initial=0))
    if bits > MAX_BITS:
        raise InvalidInput(
            f"the half-edge counts of one vertex need {bits} bits; the engine has {MAX_BITS}, so ask for vertices of "
            "fewer fields or lower valence"
        )
    if not 0 <= problem.legs <= len(slots) or (slots[len(slots) - problem.legs :].sum(axis=1) != 1).any():
        raise InvalidInput(
            f"n_legs={problem.n_legs}: the last nodes of the list are legs, of one half-edge each"
        )
