"""Canonical form and automorphisms of a diagram that is given by its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import index
from typing import Any, TypeAlias

from feyn_nn._core import InvalidInput
from feyn_nn.actions import Action, Vertex, VertexKind, leg_names
from feyn_nn.diagrams.contents import Contents, ordered
from feyn_nn.diagrams.diagram import Diagram
from feyn_nn.diagrams.engine import canonical

FieldLine: TypeAlias = tuple[int, int, str]


def canonical_diagram(
    action: Action,
    vertices: Sequence[Vertex | VertexKind | str],
    lines: Iterable[tuple[int, int] | FieldLine],
    legs: int | Sequence[str],
    *,
    leg_groups: Sequence[int] | None = None,
) -> Diagram:
    """Bring a diagram into canonical form and find its automorphisms.

    Parameters
    ----------
    action : Action
    vertices : sequence of Vertex, VertexKind or str
        Nodes 0 … V-1, as `action.vertex` knows them.
    lines : iterable of (source, target) or (source, target, field)
        Leg i is node V+i; parallel lines are repeated. The field may be left out where there is one.
    legs : int or sequence of str
        The external legs, as :func:`feyn_nn.generate` takes them.
    leg_groups : sequence of int, optional
        Legs of one group may be exchanged; none by default.

    Raises
    ------
    InvalidInput
        If the theory has no such vertex; if a line is no pair of nodes; if the lines do not use each leg of each
        vertex, and each external leg, exactly once; or if the lines of a causal theory run in a circle.

    Examples
    --------
    >>> from feyn_nn.actions import VertexKind, phi4
    >>> print(canonical_diagram(phi4(), [VertexKind(4)], [(0, 1), (0, 0), (2, 0)], 2))
    1/2  [v0=φ^4]  v0–v0 v0–leg0 v0–leg1
    """
    names = leg_names(action, legs)
    found = [action.vertex(key) for key in vertices]
    ends = [_with_field(action, line) for line in lines]
    given = list(range(len(names)) if leg_groups is None else leg_groups)
    groups = tuple(given.index(group) for group in given)  # each named by its first leg
    _check(action, found, ends, names)
    _check_groups(names, groups)
    order = ordered(action, found)
    place = {v: i for i, v in enumerate([*order, *range(len(found), len(found) + len(names))])}
    contents = Contents(action=action, vertices=tuple(found[v] for v in order), legs=names, groups=groups)
    rows = contents.rows((place[a], place[b], field) for a, b, field in ends)
    return _canonical(contents, rows)


def labelled(diagram: Diagram, permutations: int) -> Diagram:
    """One of the diagrams with labelled legs that a diagram with interchangeable ones stands for.

    Parameters
    ----------
    diagram : Diagram
        With some legs in groups.
    permutations : int
        The number of permutations that keep the groups; `permutations` |Aut labelled| / |Aut| diagrams differ.
    """
    contents = Contents(
        action=diagram.action,
        vertices=diagram.interactions,
        legs=diagram.legs,
        groups=tuple(range(diagram.n_legs)),
    )
    lines = ((a, b, name) for (a, b), name in zip(diagram.lines, diagram.fields, strict=True))
    found = _canonical(contents, contents.rows(lines))
    return found.standing_for(permutations * found.automorphisms // diagram.automorphisms)


def _canonical(contents: Contents, rows: list[tuple[int, int, int]]) -> Diagram:
    found = canonical(contents.problem(connected=False), rows)
    return contents.diagram(found.lines.tolist(), found.automorphisms)


def _with_field(action: Action, line: Any) -> FieldLine:
    fields = [field.name for field in action.fields]
    try:
        source, target, *named = line
        ends = index(source), index(target)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"line {line!r}: give the numbers of two nodes, and the field if any") from error
    if not named and len(fields) > 1:
        raise InvalidInput(f"line {tuple(line)} does not say which field it is; add one of {fields}")
    name = (*named, *fields)[0]
    if len(named) > 1 or name not in fields:
        raise InvalidInput(f"line {tuple(line)} names no field of {action.name}; its fields are {fields}")
    return *ends, str(name)


def _check(
    action: Action, vertices: Sequence[Vertex], lines: Sequence[FieldLine], legs: Sequence[str]
) -> None:
    count = len(vertices) + len(legs)
    ends = {field.name: field.ends for field in action.fields}
    used: list[Counter[str]] = [Counter() for _ in range(count)]
    for source, target, name in lines:
        if not (0 <= source < count and 0 <= target < count):
            raise InvalidInput(f"line {source}-{target} names a node outside 0 … {count - 1}")
        used[source][ends[name][0]] += 1
        used[target][ends[name][1]] += 1
    offered = [Counter(vertex.legs) for vertex in vertices] + [Counter([leg]) for leg in legs]
    for node, (has, wanted) in enumerate(zip(used, offered, strict=True)):
        if has != wanted:
            raise InvalidInput(
                f"node {node} offers {_words(wanted)} but its lines use {_words(has)}; use every leg exactly once"
            )
    if action.acyclic and _has_circle(lines, count):
        raise InvalidInput(f"lines run in a circle; in {action.name} they only run forward")


def _check_groups(legs: Sequence[str], groups: Sequence[int]) -> None:
    fields = dict(zip(groups, legs, strict=False))
    if len(groups) != len(legs) or any(fields[g] != leg for g, leg in zip(groups, legs, strict=True)):
        raise InvalidInput(
            f"leg_groups={list(groups)} for legs {list(legs)}: give one number for each leg, equal ones only for "
            "legs of one field"
        )


def _words(ends: Counter[str]) -> str:
    return " and ".join(f"{n} leg{'s' * (n != 1)} {end}" for end, n in sorted(ends.items())) or "no leg"


def _has_circle(lines: Sequence[FieldLine], count: int) -> bool:
    """Whether some vertices are still there when those that nothing enters have been removed in turn."""
    left = set(range(count))
    while sources := left - {target for source, target, _ in lines if source in left}:
        left -= sources
    return bool(left)
