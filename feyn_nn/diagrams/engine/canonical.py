"""The canonical form of a diagram that is given by its lines: the one in which the search would have found it."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.diagrams.engine.enumeration import factor_of_lines
from feyn_nn.diagrams.engine.problem import Problem, check_problem
from feyn_nn.diagrams.engine.state import new_state
from feyn_nn.diagrams.engine.tables import Tables, tables_of

Ints = NDArray[np.int64]


class Canonical(NamedTuple):
    """A diagram in canonical form.

    Parameters
    ----------
    lines : array of shape (lines, 3)
        Source, target and line type, as :func:`generate` hands them out.
    vertex_group : int
        How many permutations of nodes, colours fixed, leave the diagram as it is.
    automorphisms : int
        |Aut|, that of parallel lines and self-loops included.
    relabelling : array of shape (nodes,)
        The new name of each node.
    """

    lines: NDArray[np.int16]
    vertex_group: int
    automorphisms: int
    relabelling: Ints


def canonical(problem: Problem, lines: ArrayLike) -> Canonical:
    """Bring one diagram into canonical form; its options (connected, acyclic, …) are not looked at.

    Parameters
    ----------
    problem : Problem
    lines : array of shape (lines, 3)
        Source, target and line type, parallel lines repeated, in any order.

    Raises
    ------
    InvalidInput
        If the problem contradicts itself, or lines do not use each half-edge exactly once.

    Examples
    --------
    >>> import numpy as np
    >>> vacuum = Problem(np.array([[3], [3]]), np.array([0, 0]), np.array([[0, 0]]))
    >>> canonical(vacuum, [(1, 0, 0), (0, 1, 0), (1, 0, 0)]).automorphisms
    12
    """
    check_problem(problem)
    given = np.asarray(lines, dtype=np.int64)
    if given.size and (given.ndim != 2 or given.shape[1] != 3):
        raise InvalidInput(f"lines of shape {given.shape}; give (lines, 3): source, target and line type")
    given = given.reshape(-1, 3)
    _check_lines(problem, given)
    n_nodes = len(problem.slots)
    if not n_nodes:
        return Canonical(np.zeros((0, 3), np.int16), 1, 1, np.zeros(0, np.int64))
    from feyn_nn.diagrams.engine.settling import load, settle

    tables = tables_of(problem)
    state, name = new_state(tables), np.arange(n_nodes)
    load(tables, state, _ranks(tables, n_nodes), _with_types(tables, given))
    settle(state, name)
    relabelling = _relabelling(tables, state.colour[:n_nodes], name)
    found = _relabelled(problem, given, relabelling)
    group = prod(state.factors[: state.n_factors].tolist())
    return Canonical(found, group, group * factor_of_lines(problem, found), relabelling)


def _check_lines(problem: Problem, lines: Ints) -> None:
    n_nodes, ends = len(problem.slots), np.asarray(problem.lines)
    if lines.size and (lines.min() < 0 or lines[:, :2].max() >= n_nodes or lines[:, 2].max() >= len(ends)):
        raise InvalidInput(
            f"a line of {lines.tolist()} names a node outside 0 … {n_nodes - 1}, or a line type outside "
            f"0 … {len(ends) - 1}"
        )
    used = np.zeros_like(np.asarray(problem.slots, dtype=np.int64))
    for end in (0, 1):
        np.add.at(used, (lines[:, end], ends[lines[:, 2], end]), 1)
    if (wrong := np.flatnonzero((used != problem.slots).any(axis=1))).size:
        v = wrong[0]
        raise InvalidInput(
            f"node {v} has {problem.slots[v].tolist()} half-edges of each type and lines use {used[v].tolist()}; use "
            "each exactly once"
        )


def _ranks(tables: Tables, n_nodes: int) -> Ints:
    """The rank of the colour of each node."""
    rank = np.zeros(n_nodes, np.int64)
    for c in range(tables.n_colours):
        rank[tables.first[c] : tables.first[c] + tables.members[c]] = c
    return rank


def _with_types(tables: Tables, lines: Ints) -> Ints:
    """Lines with the half-edge type at the source in place of the line type."""
    kinds = range(tables.n_types)
    kind = {int(tables.line_type[h]): h for h in kinds if tables.leads[h]}
    return np.array([(a, b, kind[t]) for a, b, t in lines.tolist()], np.int64).reshape(-1, 3)


def _relabelling(tables: Tables, colour: Ints, name: Ints) -> Ints:
    """New names: nodes of a colour are numbered in canonical order."""
    new, given = np.zeros(len(name), np.int64), Counter[int]()
    for v, c in zip(name.tolist(), colour.tolist(), strict=True):
        new[v] = tables.first[c] + given[c]
        given[c] += 1
    return new


def _relabelled(problem: Problem, lines: Ints, new: Ints) -> NDArray[np.int16]:
    """Lines between the new names, sorted, undirected ones from the smaller to the larger."""
    found = lines.copy()
    found[:, :2] = new[lines[:, :2]]
    ends = np.asarray(problem.lines)
    turn = (ends[found[:, 2], 0] == ends[found[:, 2], 1]) & (found[:, 0] > found[:, 1])
    found[turn, :2] = found[turn, 1::-1]
    return found[np.lexsort(found.T[::-1])].astype(np.int16)
