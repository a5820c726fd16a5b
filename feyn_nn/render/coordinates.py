"""How high everything stands in a causal drawing: a spring for every line, and a distance that none may go below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

from feyn_nn.render.ordering import Layered, Order

Heights: TypeAlias = dict[int, float]
Separation: TypeAlias = Callable[[int, int], float]

_SWEEPS = 400
# What becomes level moves, and others may then be nearly so.
_PASSES = 3
# The springs of the last gap are stiffer, so that the lines to the legs run level where they can.
_LEVEL = 6


def heights(graph: Layered, order: Order, separation: Separation) -> Heights:
    """Minimise Σ stiffness · (y_left - y_right)² with neighbours of a column at least `separation` apart.

    Column by column the problem is a weighted isotonic regression, solved exactly; repeated until nothing moves.
    But for a shift the energy is strictly convex, so the result is unique, and as symmetric as the order; the
    legs are centred about zero.
    """
    y = {item: place for items in order for item, place in zip(items, _even(items, separation), strict=True)}
    neighbours = _neighbours(graph)
    for sweep in range(_SWEEPS):
        moved = 0.0
        for items in order if sweep % 2 else order[::-1]:
            weights = [sum(w for _, w in neighbours[item]) for item in items]
            wanted = [
                sum(y[other] * w for other, w in neighbours[item]) / weight
                for item, weight in zip(items, weights, strict=True)
            ]
            places = _spread(wanted, weights, [separation(a, b) for a, b in pairwise(items)])
            moved = max([moved, *(abs(y[item] - place) for item, place in zip(items, places, strict=True))])
            y.update(zip(items, places, strict=True))
        if moved < 1e-4:
            break
    centre = (y[order[-1][0]] + y[order[-1][-1]]) / 2
    return {item: place - centre for item, place in y.items()}


def levelled(graph: Layered, y: Heights, reach: float) -> Heights:
    """Make lines level that rise by less than `reach`: what they join gets the height of its leg, or the mean."""
    for _ in range(_PASSES):
        y = _levelled_once(graph, y, reach)
    return y


def _levelled_once(graph: Layered, y: Heights, reach: float) -> Heights:
    group = {item: item for item in y}
    for gap in graph.gaps:
        for s in gap:
            if abs(y[s.left] - y[s.right]) < reach:
                old, new = group[s.left], group[s.right]
                group = {item: new if g == old else g for item, g in group.items()}
    found = dict(y)
    for g in set(group.values()):
        members = [item for item in y if group[item] == g]
        legs = [item for item in members if item in graph.members[-1]]
        level = y[legs[0]] if legs else sum(y[item] for item in members) / len(members)
        if max(abs(y[item] - level) for item in members) < reach:
            found |= dict.fromkeys(members, level)
    return found


def energy(graph: Layered, y: Heights) -> float:
    """Return Σ lines · (y_left - y_right)²."""
    return sum(s.lines * (y[s.left] - y[s.right]) ** 2 for gap in graph.gaps for s in gap)


def _neighbours(graph: Layered) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {item: [] for items in graph.members for item in items}
    for gap in graph.gaps:
        stiffness = _LEVEL if gap is graph.gaps[-1] else 1
        for s in gap:
            found[s.left].append((s.right, stiffness * s.lines))
            found[s.right].append((s.left, stiffness * s.lines))
    return found


def _even(items: Sequence[int], separation: Separation) -> list[float]:
    places = [0.0]
    for a, b in pairwise(items):
        places.append(places[-1] + separation(a, b))
    return [place - places[-1] / 2 for place in places]


def _spread(wanted: Sequence[float], weights: Sequence[float], apart: Sequence[float]) -> list[float]:
    """Return the places nearest to `wanted` that keep `apart`: pool adjacent violators."""
    offsets = [0.0]
    for gap in apart:
        offsets.append(offsets[-1] + gap)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, number of items
    for target, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, count = target - offset, float(weight), 1
        while blocks and blocks[-1][0] >= mean:
            m, t, c = blocks.pop()
            mean, total, count = (m * t + mean * total) / (t + total), t + total, c + count
        blocks.append((mean, total, count))
    means = [mean for mean, _, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
