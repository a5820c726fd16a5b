"""The layout of a causal diagram: depth runs from left to right, the legs stand at the right edge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from feyn_nn.render.coordinates import Heights, energy, heights, levelled
from feyn_nn.render.geometry import Path, Point, bent, spline
from feyn_nn.render.ordering import Layered, Order, crossing_number
from feyn_nn.render.placement import Layout, Spacing, flaws, wedges
from feyn_nn.render.subject import Annotated, Subject
from feyn_nn.render.untangling import untangled

# How far parallel lines bend apart, as a fraction of their length: the roundest that touches nothing is taken.
_SAGS = (0.24, 0.19, 0.15, 0.12, 0.1, 0.07, 0.05)
# Flatter ones are not taken only because of wedges.
_ROUND, _THIN = 0.12, 99.0
# How much wider the rows get before a flaw is accepted.
_STRETCHES = (1.0, 1.25, 1.5, 1.8)
# How large wedges may be before the rows get wider still.
_MERGED = {1.0: 0.4, 1.25: 0.8, 1.5: math.inf, 1.8: math.inf}
# Lines that rise by less than this, in rows, become level.
_NEARLY_LEVEL = 0.16
# Columns move apart until no line is steeper than this.
_STEEPEST = 1.35
# Orders whose heights are computed, out of all with the fewest crossings.
_COMPARED = 6


def causal_layout(diagram: Subject, spacing: Spacing) -> Layout:
    """Lay out a directed diagram.

    Vertices stand in columns, ordered with the fewest crossings; lines are springs, so that the drawing is
    compact and keeps its mirror symmetry; long lines pass between the vertices of the columns they cross.
    """
    graph, found = untangled(diagram)
    orders = sorted(found, key=lambda order: _rank_stress(graph, order))[:_COMPARED]
    forced = crossing_number(graph, orders[0])
    best: tuple[tuple[int, int, float], Layout] | None = None
    for stretch in _STRETCHES:
        y = _settled(graph, orders, spacing, stretch)
        for sag in _SAGS if max(graph.bundles.values()) > 1 else _SAGS[:1]:
            candidate = _layout(diagram, graph, y, spacing, sag)
            touched, crossed = flaws(
                diagram, _obstacles(diagram, candidate, spacing), candidate.paths, spacing.radius
            )
            score = (
                touched,
                crossed,
                wedges(diagram, candidate.paths, 1.6 * spacing.radius) if sag >= _ROUND else _THIN,
            )
            if best is None or score < best[0]:
                best = score, candidate
        if best is not None and best[0][:2] <= (0, forced) and best[0][2] < _MERGED[stretch]:
            break
    assert best is not None
    return replace(best[1], crossings=best[0][1])


def _obstacles(diagram: Subject, layout: Layout, spacing: Spacing) -> list[Point]:
    """The nodes, and the names of plates under those that have one."""
    plates = diagram.plates if isinstance(diagram, Annotated) else ()
    names = [at + 1j * spacing.label for at, name in zip(layout.positions, plates, strict=False) if name]
    return [*layout.positions, *names]


def _settled(graph: Layered, orders: Sequence[Order], spacing: Spacing, stretch: float) -> Heights:
    """The heights of the best order: mirror symmetric if one is, then with the least energy."""
    strands = graph.strands
    widest = dict.fromkeys(range(graph.n_nodes), 1)
    for ends, number in graph.bundles.items():
        widest |= {item: max(widest[item], number) for item in ends}

    def separation(a: int, b: int) -> float:
        room = sum((0.25 + 0.2 * strands[i]) if i in strands else 0.4 + 0.1 * widest[i] for i in (a, b))
        return stretch * spacing.row * room

    settled = [
        levelled(graph, heights(graph, order, separation), _NEARLY_LEVEL * spacing.row) for order in orders
    ]
    return min(settled, key=lambda y: (_lopsided(graph, y), round(energy(graph, y), 2)))


def _rank_stress(graph: Layered, order: Order) -> float:
    rank = {item: 2 * i - len(items) + 1 for items in order for i, item in enumerate(items)}
    return sum(s.lines * (rank[s.left] - rank[s.right]) ** 2 for gap in graph.gaps for s in gap)


def _lopsided(graph: Layered, y: Heights) -> bool:
    """Whether turning the drawing upside down, the names of legs aside, gives another drawing."""

    def seen(sign: int) -> set[tuple[int, int, int, int]]:
        return {
            (c, round(sign * y[s.left]), round(sign * y[s.right]), s.lines)
            for c, gap in enumerate(graph.gaps)
            for s in gap
        }

    return seen(1) != seen(-1)


def _layout(diagram: Subject, graph: Layered, y: Heights, spacing: Spacing, sag: float) -> Layout:
    xs = _column_places(graph, y, spacing)
    point = {item: complex(xs[c], y[item]) for c, items in enumerate(graph.members) for item in items}
    courses = {
        ends: _strands([point[item] for item in chain], graph.bundles[ends], sag, spacing)
        for ends, chain in graph.chains.items()
    }
    return Layout(
        positions=tuple(point[node] for node in range(len(diagram.vertices) + diagram.n_legs)),
        paths=tuple(courses[a, b].pop(0) for a, b in diagram.lines),
        columns=tuple(xs),
    )


def _column_places(graph: Layered, y: Heights, spacing: Spacing) -> list[float]:
    xs = [0.0]
    for gap in graph.gaps:
        rise = max(abs(y[s.left] - y[s.right]) for s in gap)
        crowd = max((s.lines for s in gap), default=1)
        xs.append(xs[-1] + max(spacing.column * (1 + 0.12 * max(crowd - 2, 0)), rise / _STEEPEST))
    return xs


def _strands(points: Sequence[Point], number: int, sag: float, spacing: Spacing) -> list[Path]:
    """The courses of parallel lines, from top to bottom, bent apart about the course of one."""
    places = [i - (number - 1) / 2 for i in range(number)]
    if len(points) == 2:
        start, end = points
        spread = 2 * sag * abs(end - start) / max(number - 1, 1) * (1.0 if number == 2 else 1.2)
        return [bent(start, end, place * spread) for place in places]
    gap = 0.4 * spacing.row
    return [
        spline([points[0], *(p + 1j * place * gap for p in points[1:-1]), points[-1]]) for place in places
    ]
