"""Which column of a causal drawing each vertex stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from feyn_nn.render.subject import Subject

# Assignments looked at before the search settles for moving one vertex at a time.
_LIMIT = 4000


def columns(diagram: Subject) -> tuple[int, ...]:
    """Return the column of every node: sources of the longest path in column 0, legs in the last one.

    Lines run from left to right. Where a vertex has a choice, it stands where the lines are shortest in sum,
    and among these where the columns are filled most evenly.
    """
    order = _causal_order(diagram)
    late = _ranges(diagram, order)[1]
    relaxed = (*_relaxed(diagram, order, late), *[max(late, default=-1) + 1] * diagram.n_legs)
    return next(assignments(diagram), relaxed)


def assignments(diagram: Subject, more: int = 0) -> Iterator[tuple[int, ...]]:
    """Yield every assignment that has `more` columns than are needed, the best first; none if there are too many."""
    order = _causal_order(diagram)
    early, late = _ranges(diagram, order, more)
    last = max(early, default=-1) + 1 + more

    def cost(column: Sequence[int]) -> tuple[int, int, Sequence[int]]:
        length = sum(column[b] - column[a] for a, b in diagram.lines)
        return length, sum(column.count(c) ** 2 for c in set(column)), column

    if prod(b - a + 1 for a, b in zip(early, late, strict=True)) <= _LIMIT:
        found = ((*place, *[last] * diagram.n_legs) for place in _assignments(diagram, order, early, late))
        yield from sorted(found, key=cost)


def _causal_order(diagram: Subject) -> list[int]:
    """Vertices, each after all that feed it."""
    v = len(diagram.vertices)
    waiting = [0] * v
    for _, b in diagram.lines:
        if b < v:
            waiting[b] += 1
    ready = [node for node in range(v) if waiting[node] == 0]
    order: list[int] = []
    while ready:
        node = ready.pop(0)
        order.append(node)
        for a, b in diagram.lines:
            if a == node and b < v:
                waiting[b] -= 1
                if waiting[b] == 0:
                    ready.append(b)
    return order


def _ranges(diagram: Subject, order: Sequence[int], more: int = 0) -> tuple[list[int], list[int]]:
    """The first and the last column that each vertex may stand in."""
    v = len(diagram.vertices)
    early = [0] * v
    for node in order:
        for a, b in diagram.lines:
            if a == node and b < v:
                early[b] = max(early[b], early[a] + 1)
    late = [max(early, default=0) + more] * v
    for node in reversed(order):
        for a, b in diagram.lines:
            if a == node and b < v:
                late[a] = min(late[a], late[b] - 1)
    return early, late


def _assignments(
    diagram: Subject, order: Sequence[int], early: Sequence[int], late: Sequence[int]
) -> Iterator[tuple[int, ...]]:
    place = list(early)
    feeding = {node: [a for a, b in diagram.lines if b == node] for node in order}

    def extend(i: int) -> Iterator[tuple[int, ...]]:
        if i == len(order):
            yield tuple(place)
            return
        node = order[i]
        first = max([early[node], *(place[a] + 1 for a in feeding[node])])
        for column in range(first, late[node] + 1):
            place[node] = column
            yield from extend(i + 1)

    return extend(0)


def _relaxed(diagram: Subject, order: Sequence[int], late: Sequence[int]) -> tuple[int, ...]:
    """Start with every vertex as late as it can be; pull those back that more lines enter than leave."""
    place = list(late)
    for node in order:
        feeding = [place[a] + 1 for a, b in diagram.lines if b == node]
        leaving = sum(a == node for a, _ in diagram.lines)
        if len(feeding) > leaving:
            place[node] = max(feeding)
    return tuple(place)
