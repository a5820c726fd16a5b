"""One diagram's value through depth: transfer over cuts, at a cost linear in depth.

A cut between two layers separates the vertices already placed from those still to come; its state is a tensor
over the pairs that the cut lines carry. From one layer to the next every cut line gets a propagator J, except
where the layer holds vertices that take it in. The sum over all layers of all vertices is then a product of
transfers, and no set of layers is ever listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.actions import VertexKind
from feyn_nn.diagrams import Diagram
from feyn_nn.kernels.contraction import Contraction

Array: TypeAlias = NDArray[np.float64]

_PROPAGATOR = VertexKind(1, 1)


class _Transition(NamedTuple):
    """From the cut behind the vertices `before` to the one behind `after` (bit masks), across one layer."""

    before: int
    after: int
    kinds: tuple[VertexKind, ...]
    contraction: Contraction


def diagram_value(diagram: Diagram, layers: Sequence[dict[VertexKind, Array]], n_pairs: int) -> Array:
    """1/|Aut| · Σ over layers of the vertices · Σ over pairs of Π V Π J: an array (n_pairs,)*legs.

    Parameters
    ----------
    diagram : Diagram
        Of the causal action.
    layers : sequence of dict
        The vertex tables of hidden layers 1 … L-1, in units of the first width.
    n_pairs : int
        The number of pairs of inputs.
    """
    transitions = _transitions(diagram)
    cuts: dict[int, Array] = {0: np.array(1.0)}
    for tables in layers:
        following: dict[int, Array] = {}
        for before, after, kinds, contraction in transitions:
            if before in cuts and all(kind in tables for kind in kinds):
                value = contraction([cuts[before], *(tables[kind] for kind in kinds)])
                following[after] = following[after] + value if after in following else value
        cuts = following
    everything = (1 << len(diagram.vertices)) - 1
    if everything not in cuts:
        return np.zeros((n_pairs,) * diagram.n_legs)
    lines = _cut(diagram, everything)
    order = sorted(range(len(lines)), key=lambda axis: diagram.lines[lines[axis]].target)
    return cuts[everything].transpose(order) / diagram.automorphisms


@lru_cache(maxsize=4096)
def _transitions(diagram: Diagram) -> tuple[_Transition, ...]:
    return tuple(
        _transition(diagram, before, placed)
        for before in _down_sets(diagram)
        for placed in _antichains(diagram, before)
    )


def _transition(diagram: Diagram, before: int, placed: tuple[int, ...]) -> _Transition:
    after = before | sum(1 << v for v in placed)
    old, new = _cut(diagram, before), _cut(diagram, after)
    passing = [line for line in old if line in new]
    offset = len(diagram.lines)  # a passing line has one axis on each side of its propagator
    kinds = [_PROPAGATOR] * len(passing) + [diagram.vertices[v] for v in placed]
    sources = [tuple(line + offset if line in passing else line for line in old)]
    sources += [(line, line + offset) for line in passing]
    for v in placed:
        leaving = tuple(i for i, line in enumerate(diagram.lines) if line.source == v)
        entering = tuple(i for i, line in enumerate(diagram.lines) if line.target == v)
        sources.append((*leaving, *entering))
    return _Transition(before, after, tuple(kinds), Contraction(tuple(sources), tuple(new)))


def _cut(diagram: Diagram, placed: int) -> tuple[int, ...]:
    """The lines that leave the placed vertices towards what is still to come."""
    count = len(diagram.vertices)
    return tuple(
        i
        for i, (source, target) in enumerate(diagram.lines)
        if placed >> source & 1 and not (target < count and placed >> target & 1)
    )


def _parents(diagram: Diagram) -> list[int]:
    parents = [0] * len(diagram.vertices)
    for source, target in diagram.internal_lines:
        parents[target] |= 1 << source
    return parents


def _antichains(diagram: Diagram, before: int) -> Iterator[tuple[int, ...]]:
    """Yield the sets of vertices that one layer may hold when those of `before` came earlier; none is one."""
    ready = [
        v for v, parents in enumerate(_parents(diagram)) if not before >> v & 1 and parents & ~before == 0
    ]
    for size in range(len(ready) + 1):
        yield from combinations(ready, size)


def _down_sets(diagram: Diagram) -> list[int]:
    parents = _parents(diagram)
    count = len(diagram.vertices)
    return [s for s in range(1 << count) if all(parents[v] & ~s == 0 for v in range(count) if s >> v & 1)]
