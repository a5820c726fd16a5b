"""All diagrams of a problem, each once, as a stream of arrays; and how many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import factorial, prod
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.diagrams.engine.problem import Problem, check_problem
from feyn_nn.diagrams.engine.state import State, new_state
from feyn_nn.diagrams.engine.tables import tables_of

MadeT = TypeVar("MadeT")
STEPS = 1 << 18
"""Steps between two looks at the keyboard: some tens of milliseconds."""


class Batch(NamedTuple):
    """Some diagrams of one problem.

    Parameters
    ----------
    lines : array of shape (diagrams, lines, 3)
        Source, target and line type; rows sorted, nodes numbered canonically; source <= target if undirected.
    vertex_group : array of shape (diagrams,)
        How many permutations of nodes, colours fixed, leave the numbers of lines between nodes as they are.
    automorphisms : array of shape (diagrams,)
        |Aut|: that times m! for m parallel lines, and for s self-loops of one type 2^s s!, or s! if directed. Both
        arrays are int64, or object where one number exceeds 2^62.
    """

    lines: NDArray[np.int16]
    vertex_group: NDArray[Any]
    automorphisms: NDArray[Any]


def line_tuples(
    lines: NDArray[np.int16], make: Callable[[int, int, int], MadeT]
) -> Iterator[tuple[MadeT, ...]]:
    """Yield the lines of each diagram of a batch as Python values; equal lines of a batch are one object.

    Parameters
    ----------
    lines : array of shape (diagrams, lines, 3)
    make : callable
        (source, target, line type) -> the value of a line; called once for each that occurs.

    Examples
    --------
    >>> lines = np.array([[[0, 0, 0], [0, 1, 0], [1, 1, 0]]], np.int16)
    >>> list(line_tuples(lines, lambda source, target, line_type: (source, target)))
    [((0, 0), (0, 1), (1, 1))]
    """
    codes = lines.astype(np.int64) @ np.array([1 << 12, 1 << 6, 1])
    made = {code: make(code >> 12, code >> 6 & 63, code & 63) for code in np.unique(codes).tolist()}
    for row in codes.tolist():
        yield tuple(map(made.__getitem__, row))


def generate(problem: Problem, batch: int = 4096) -> Iterator[Batch]:
    """Yield all diagrams of a problem, each isomorphism class once, in batches of at most `batch`.

    Nothing is kept: the memory does not depend on how many there are.

    Raises
    ------
    InvalidInput
        If the problem contradicts itself or is too large, or `batch` < 1.

    Examples
    --------
    >>> import numpy as np
    >>> vacuum = Problem(np.array([[3], [3]]), np.array([0, 0]), np.array([[0, 0]]))
    >>> (found,) = generate(vacuum)
    >>> found.lines[:, :, :2].tolist(), found.automorphisms.tolist()
    ([[[0, 0], [0, 1], [1, 1]], [[0, 1], [0, 1], [0, 1]]], [8, 12])
    """
    check_problem(problem)
    if batch < 1:
        raise InvalidInput(f"batch={batch}: give how many diagrams to hand out at once, >= 1")
    return _stream(problem, batch)


def _stream(problem: Problem, batch: int) -> Iterator[Batch]:
    if not problem.balanced or (problem.connected and not len(problem.slots)):
        return
    if not len(problem.slots):
        yield Batch(np.zeros((1, 0, 3), np.int16), np.ones(1, np.int64), np.ones(1, np.int64))
        return
    from feyn_nn.diagrams.engine.output import fill
    from feyn_nn.diagrams.engine.search import DONE

    tables = tables_of(problem)
    state, status = new_state(tables), -1
    while status != DONE:
        lines, numbers = np.empty((batch, problem.n_lines, 3), np.int16), np.empty((batch, 2), np.int64)
        n, exact = 0, {}
        while status != DONE and n < batch:
            more, status, _ = fill(tables, state, lines[n:], numbers[n:], STEPS)
            n += more
            if more and numbers[n - 1, 1] == 0:
                exact[n - 1] = exact_orders(problem, state, lines[n - 1])
        if n:
            yield Batch(lines[:n], *_orders(numbers[:n], exact))


def _orders(
    numbers: NDArray[np.int64], exact: dict[int, tuple[int, int]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Groups and |Aut|, with the exact numbers in place of those that one word cannot hold."""
    columns: NDArray[Any] = numbers.astype(object) if exact else numbers
    for row, both in exact.items():
        columns[row] = both
    return columns[:, 0], columns[:, 1]


def exact_orders(problem: Problem, state: State, lines: NDArray[np.int16]) -> tuple[int, int]:
    """Group and |Aut| of the diagram at which a search stands, of any size."""
    group = prod(state.factors[: state.n_factors].tolist())
    return group, group * factor_of_lines(problem, lines)


def factor_of_lines(problem: Problem, lines: NDArray[np.int16]) -> int:
    """The part of |Aut| that permutes and turns lines: m! for m equal ones, 2^s too for s undirected self-loops."""
    factor, ends = 1, np.asarray(problem.lines).tolist()
    for (a, b, t), times in Counter(map(tuple, lines.tolist())).items():
        factor *= factorial(times) * (2**times if a == b and ends[t][0] == ends[t][1] else 1)
    return factor


class Count(NamedTuple):
    """How many diagrams there are, and the sum of 1/|Aut| over them."""

    number: int
    symmetry_sum: Fraction


def count(problem: Problem) -> Count:
    """Count the diagrams of a problem by going through them, keeping none.

    Raises
    ------
    InvalidInput
        If the problem contradicts itself or is too large.

    Examples
    --------
    >>> import numpy as np
    >>> count(Problem(np.array([[3], [3]]), np.array([0, 0]), np.array([[0, 0]])))
    Count(number=2, symmetry_sum=Fraction(5, 24))
    """
    histogram = automorphism_histogram(problem)
    total = sum((Fraction(times, order) for order, times in histogram.items()), Fraction(0))
    return Count(sum(histogram.values()), total)


def automorphism_histogram(problem: Problem) -> Counter[int]:
    """How many diagrams have which |Aut|.

    Raises
    ------
    InvalidInput
        If the problem contradicts itself or is too large.
    """
    return sum(histogram_portions(problem), start=Counter[int]())


def histogram_portions(problem: Problem) -> Iterator[Counter[int]]:
    """Yield the histogram of |Aut| in portions of some tens of milliseconds each, for those who watch.

    Raises
    ------
    InvalidInput
        If the problem contradicts itself or is too large.
    """
    check_problem(problem)
    if not problem.balanced:
        return
    if not len(problem.slots):
        yield Counter[int]() if problem.connected else Counter({1: 1})
        return
    from feyn_nn.diagrams.engine.output import tally, write_lines
    from feyn_nn.diagrams.engine.search import DONE

    tables = tables_of(problem)
    state, status = new_state(tables), -1
    while status != DONE:
        keys, counts = np.zeros(512, np.int64), np.zeros(512, np.int64)
        entries, status = tally(tables, state, keys, counts, STEPS)
        used = np.flatnonzero(counts)
        portion = Counter(dict(zip(keys[used].tolist(), counts[used].tolist(), strict=True)))
        if entries < 0:
            lines = np.empty((problem.n_lines, 3), np.int16)
            write_lines(tables, state, lines)
            portion[exact_orders(problem, state, lines)[1]] += 1
        yield portion
