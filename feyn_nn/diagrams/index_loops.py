"""Closed index loops: how an index, or the sign of a fermion, runs through a diagram.

Each line of a field with an index is a strand. A vertex joins the strands that end in it two by two, in all ways
with the same weight; a strand that closes is a loop. Vertices are passed one by one, and ways that leave the same
ends joined are added up on the way, so that the cost grows with the number of strands that are open at a time and
not with the number of ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import permutations
from operator import index
from typing import TypeAlias

from feyn_nn._core import InvalidInput, pairings
from feyn_nn._core.polynomial import Polynomial
from feyn_nn.actions import Field
from feyn_nn.diagrams.diagram import Diagram

End: TypeAlias = tuple[int, int]  # line, and 0 where it begins or 1 where it ends
Strands: TypeAlias = frozenset[tuple[End, End]]
Loops: TypeAlias = dict[int, int]  # in how many ways so many loops close
LegPairing: TypeAlias = tuple[tuple[int, int], ...]


def index_polynomial(diagram: Diagram, contracted: Iterable[tuple[int, int]] | None = None) -> Polynomial:
    """Σ over the ways of all indices through a diagram of Π over closed loops of the loop's factor.

    The factor of a loop is N for an index of size N, -1 for a fermion, -N for both. A vertex is the mean over its
    pairings, so that N = 1 gives one way. The sign of the permutation that joins external fermion legs is left
    out, since it belongs to the order in which the legs are written.

    Parameters
    ----------
    diagram : Diagram
    contracted : iterable of (int, int), optional
        External legs whose indices are set equal and summed over, closing their strands; all legs with an index
        are named, each once. By default nothing is summed, and every leg carries the same component, as in
        ⟨φ₁φ₁φ₁φ₁⟩.

    Raises
    ------
    InvalidInput
        If `contracted` holds no pairs of legs, does not name each leg with an index once, or joins legs of different
        indices.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tadpole,) = fnn.generate(fnn.actions.o_n(), legs=2, loops=1)
    >>> print(tadpole.index_polynomial(), "and", tadpole.index_polynomial([(0, 1)]))
    1/3 N + 2/3 and 1/3 N² + 2/3 N
    """
    closed = None if contracted is None else _pairs(contracted)
    if closed is not None:
        _check(diagram, closed)
    total = Polynomial.constant(1)
    for field in diagram.action.fields:
        if field.routed:
            own = [] if closed is None else [(a, b) for a, b in closed if diagram.legs[a] in field.ends]
            structure = index_structure(diagram, field)
            total = total * sum(
                (weight * _closed(field, pairs, own) for pairs, weight in structure.items()),
                start=Polynomial(),
            )
    return total


def index_structure(diagram: Diagram, field: Field) -> dict[LegPairing, Polynomial]:
    """The tensor Σ (polynomial) Π δ that a diagram is in the indices of its external legs, for one field.

    Returns
    -------
    dict
        For each way of joining the legs of this field in pairs, the polynomial of the loops that close.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> from feyn_nn.diagrams.index_loops import index_structure
    >>> theory = fnn.actions.o_n()
    >>> (vertex,) = fnn.generate(theory, legs=4, loops=0)
    >>> {pairs: str(weight) for pairs, weight in index_structure(vertex, theory.fields[0]).items()}
    {((0, 1), (2, 3)): '1/3', ((0, 2), (1, 3)): '1/3', ((0, 3), (1, 2)): '1/3'}
    """
    lines = [i for i, name in enumerate(diagram.fields) if name == field.name]
    states: dict[Strands, Loops] = {frozenset(((i, 0), (i, 1)) for i in lines): {0: 1}}
    n_ways = 1
    for v in range(len(diagram.vertices)):
        starts = [(i, 0) for i in lines if diagram.lines[i].source == v]
        stops = [(i, 1) for i in lines if diagram.lines[i].target == v]
        ways = list(_ways(field, starts, stops))
        states = _passed(states, ways)
        n_ways *= len(ways)
    found = {_leg_pairs(diagram, strands): loops for strands, loops in states.items()}
    return {pairs: _polynomial(field, loops) * Fraction(1, n_ways) for pairs, loops in sorted(found.items())}


def _polynomial(field: Field, loops: Loops) -> Polynomial:
    total, power = Polynomial(), Polynomial.constant(1)
    for n in range(max(loops) + 1):
        total, power = total + power * loops.get(n, 0), power * field.loop_factor
    return total


def _ways(field: Field, starts: list[End], stops: list[End]) -> Iterator[tuple[tuple[End, End], ...]]:
    """The ways to join the ends of lines at a vertex: any two of a real field, a stop and a start of a directed one."""
    if not field.directed:
        yield from pairings([*starts, *stops])
        return
    for order in permutations(starts):
        yield tuple(zip(stops, order, strict=True))


def _passed(states: dict[Strands, Loops], ways: list[tuple[tuple[End, End], ...]]) -> dict[Strands, Loops]:
    """Join the ends at one vertex in all ways, and add up the ways that leave the same strands."""
    found: dict[Strands, Loops] = {}
    for strands, weights in states.items():
        for way in ways:
            joined, closed = _joined(strands, way)
            there = found.setdefault(joined, {})
            for loops, n in weights.items():
                there[loops + closed] = there.get(loops + closed, 0) + n
    return found


def _joined(strands: Strands, way: tuple[tuple[End, End], ...]) -> tuple[Strands, int]:
    """The strands when these ends are joined, and the number of loops that close."""
    partner = {end: other for a, b in strands for end, other in ((a, b), (b, a))}
    loops = 0
    for a, b in way:
        far_a, far_b = partner.pop(a), partner.pop(b)
        if far_a == b:
            loops += 1
        else:
            partner[far_a], partner[far_b] = far_b, far_a
    return frozenset((a, b) for a, b in partner.items() if a < b), loops


def _leg_pairs(diagram: Diagram, strands: Strands) -> LegPairing:
    count = len(diagram.vertices)

    def leg(end: End) -> int:
        line, side = end
        return diagram.lines[line][side] - count

    return tuple(sorted((min(leg(a), leg(b)), max(leg(a), leg(b))) for a, b in strands))


def _closed(field: Field, pairs: LegPairing, contracted: list[tuple[int, int]]) -> Polynomial:
    """The factor of the loops that strands between legs form with the pairs of legs that are contracted."""
    total, root = Polynomial.constant(1), {leg: leg for pair in pairs for leg in pair}
    for a, b in [*pairs, *contracted]:
        old, new = root[a], root[b]
        if old == new:
            total = total * field.loop_factor
        root = {leg: new if r == old else r for leg, r in root.items()}
    return total


def _pairs(contracted: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    try:
        return [(index(a), index(b)) for a, b in contracted]
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"contracted={contracted!r}: give pairs of legs, such as [(0, 1)]") from error


def _check(diagram: Diagram, contracted: list[tuple[int, int]]) -> None:
    indexed = {end: field for field in diagram.action.fields if field.index for end in field.ends}
    wanted = [i for i, leg in enumerate(diagram.legs) if leg in indexed]
    if sorted(leg for pair in contracted for leg in pair) != wanted:
        raise InvalidInput(
            f"contracted={contracted}: indices sit on the legs {wanted}; name each once, in pairs such as (0, 1)"
        )
    for a, b in contracted:
        one, two = diagram.legs[a], diagram.legs[b]
        if indexed[one] != indexed[two] or (indexed[one].directed and one == two):
            raise InvalidInput(
                f"contracted={contracted}: a leg {one} and a leg {two} have no index in common"
            )
