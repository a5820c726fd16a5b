"""Columns in which lines cross only where they must, where the most compact ones force more crossings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, product

from feyn_nn.render.columns import assignments
from feyn_nn.render.ordering import Layered, Order, best_orders, crossing_number, layered
from feyn_nn.render.subject import Annotated, Subject
from feyn_nn.render.sweep import Sweep, swept

# Assignments of columns tried before every vertex gets a column of its own.
_TRIED = 300


def untangled(diagram: Subject) -> tuple[Layered, list[Order]]:
    """Return the columns with the fewest crossings, of these the most compact ones, and their best orders.

    A layer step keeps its columns, which have a meaning of their own.
    """
    compact = layered(diagram)
    orders = best_orders(compact)
    forced = crossing_number(compact, orders[0])
    if forced == 0 or isinstance(diagram, Annotated):
        return compact, orders
    free = swept(compact.bundles, _legs(diagram), most=forced - 1)
    if free is None:
        return compact, orders
    return _most_compact(diagram, compact, free)


def _most_compact(diagram: Subject, compact: Layered, free: Sweep) -> tuple[Layered, list[Order]]:
    """The first columns that have an order with no more crossings than the sweep, and such orders."""
    for column in islice(_candidates(diagram, free), _TRIED):
        found = swept(compact.bundles, _legs(diagram), most=free.crossings, column=column)
        if found is not None:
            break
    else:
        column, found = _own_columns(diagram, free), free
    graph = layered(diagram, column)
    orders = best_orders(graph)
    if crossing_number(graph, orders[0]) > found.crossings:
        orders = [_order(graph, found)]
    return graph, orders


def _legs(diagram: Subject) -> range:
    v = len(diagram.vertices)
    return range(v, v + diagram.n_legs)


def _candidates(diagram: Subject, free: Sweep) -> Iterator[Sequence[int]]:
    """Yield columns, the most compact ones first; then groups of vertices that the sweep passes one after the other."""
    for last in range(len(diagram.vertices)):
        yield from assignments(diagram, last)
    yield from _grouped(diagram, free)


def _grouped(diagram: Subject, free: Sweep) -> Iterator[Sequence[int]]:
    backwards = [node for nodes in reversed(free.passed) for node in nodes]
    found: list[tuple[int, tuple[int, ...]]] = []
    for steps in product((0, 1), repeat=len(backwards) - 1):
        depth = dict(zip(backwards, accumulate((0, *steps)), strict=True))
        last = max(depth.values()) + 1
        column = (*(depth[node] for node in range(len(backwards))), *[last] * diagram.n_legs)
        if all(column[a] < column[b] for a, b in diagram.lines):
            found.append((sum(column[b] - column[a] for a, b in diagram.lines), column))
    yield from (column for _, column in sorted(found))


def _own_columns(diagram: Subject, free: Sweep) -> Sequence[int]:
    place = {node: len(free.passed) - 1 - i for i, nodes in enumerate(free.passed) for node in nodes}
    return [*(place[node] for node in range(len(place))), *[len(place)] * diagram.n_legs]


def _order(graph: Layered, found: Sweep) -> Order:
    """The order of the items of each column that a sweep through these columns has found."""
    columns = [graph.members[-1]]
    for cut, nodes in zip(found.cuts, found.passed, strict=True):
        here = graph.members[len(graph.members) - 1 - len(columns)]
        items = [strand[0] if strand[0] in nodes else _passing(graph, strand, here) for strand in cut]
        columns.append(tuple(dict.fromkeys(items)))
    return tuple(reversed(columns))


def _passing(graph: Layered, strand: tuple[int, int], here: Sequence[int]) -> int:
    """The place where a bundle passes a column."""
    return next(item for item in graph.chains[strand] if item in here)
