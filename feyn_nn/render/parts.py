"""Parts of an undirected diagram that are joined to the rest in one or two vertices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import NamedTuple

from feyn_nn.render.mirrors import Mirror, mirrors, symmetries
from feyn_nn.render.skeleton import Skeleton


class Part(NamedTuple):
    """A part of a diagram.

    Parameters
    ----------
    roots : tuple of int
        The one or two vertices in which it is joined to the rest.
    nodes : tuple of int
        Its other vertices, and legs.
    shape : Skeleton
        The roots, the other vertices in their order, and a leg at each root after those of the part.
    """

    roots: tuple[int, ...]
    nodes: tuple[int, ...]
    shape: Skeleton


def pendants(skeleton: Skeleton) -> list[Part]:
    """Return the largest parts without legs that hang on one vertex; a diagram without legs has none."""
    return _apart(_without_legs(skeleton, 1))


def links(skeleton: Skeleton) -> list[Part]:
    """Return the largest parts without legs, joined to the rest in two vertices, that have a mirror symmetry."""
    return _apart(part for part in _without_legs(skeleton, 2) if len(symmetries(part.shape)) > 1)


def sides(skeleton: Skeleton) -> list[Part]:
    """Return the largest parts on one vertex that have a mirror symmetry, all legs of one side and no others."""
    found: list[Part] = []
    for legs in (skeleton.left, skeleton.right):
        even = (part for part in _with_legs(skeleton, legs) if leg_mirror(part))
        found += [part for part in [next(even, None)] if part and len(legs) > 1]
    return found


def limbs(skeleton: Skeleton) -> list[Part]:
    """Return the largest parts on one vertex that have vertices and a single leg, where there are several legs."""
    legs = range(skeleton.n_vertices, skeleton.n_nodes)
    largest = (next(_with_legs(skeleton, [leg]), None) for leg in legs)
    return [part for part in largest if part and len(part.nodes) > 1 and skeleton.n_legs > 2]


def leg_mirror(part: Part) -> Mirror | None:
    """Return the mirror that exchanges the legs of a side and leaves its root in place, if there is one."""
    v, n = part.shape.n_vertices, part.shape.n_nodes
    return next(mirrors(part.shape, [*range(n - 2, v - 1, -1), n - 1], 1), None)


def _with_legs(skeleton: Skeleton, legs: list[int]) -> Iterator[Part]:
    """Yield the parts on one vertex that have these legs and no others, the largest first."""
    yield from _largest_first(
        skeleton,
        [
            ((root,), nodes)
            for root in range(skeleton.n_vertices)
            for nodes in _components_without((root,), skeleton)
            if [node for node in nodes if node >= skeleton.n_vertices] == legs
        ],
    )


def _without_legs(skeleton: Skeleton, n_roots: int) -> Iterator[Part]:
    """Yield the parts without legs that are smaller than the diagram, the largest first."""
    yield from _largest_first(
        skeleton,
        [
            (roots, nodes)
            for roots in combinations(range(skeleton.n_vertices), n_roots)
            for nodes in _components_without(roots, skeleton)
            if max(nodes) < skeleton.n_vertices
            and all(any((min(r, n), max(r, n)) in skeleton.bundles for n in nodes) for r in roots)
            and (skeleton.n_legs > n_roots or len(nodes) < skeleton.n_vertices - n_roots)
        ]
        if skeleton.n_legs
        else [],
    )


def _largest_first(
    skeleton: Skeleton, found: list[tuple[tuple[int, ...], tuple[int, ...]]]
) -> Iterator[Part]:
    for roots, nodes in sorted(found, key=lambda part: (-len(part[1]), part)):
        yield Part(roots, nodes, _shape(roots, nodes, skeleton))


def _apart(parts: Iterable[Part]) -> list[Part]:
    """Those that have no vertex in common with parts before them, but for roots."""
    chosen: list[Part] = []
    for part in parts:
        inner = {node for other in chosen for node in other.nodes}
        roots = {node for other in chosen for node in other.roots}
        if not {*part.nodes} & (inner | roots) and not {*part.roots} & inner:
            chosen.append(part)
    return chosen


def _components_without(removed: tuple[int, ...], skeleton: Skeleton) -> list[tuple[int, ...]]:
    """The connected parts that are left when vertices are taken away."""
    part = {node: node for node in range(skeleton.n_nodes) if node not in removed}
    for a, b in skeleton.bundles:
        if a in part and b in part and part[a] != part[b]:
            part = {node: part[a] if p == part[b] else p for node, p in part.items()}
    return [tuple(node for node in part if part[node] == p) for p in sorted(set(part.values()))]


def _shape(roots: tuple[int, ...], nodes: tuple[int, ...], skeleton: Skeleton) -> Skeleton:
    v = len([node for node in nodes if node < skeleton.n_vertices]) + len(roots)
    place = {node: i for i, node in enumerate((*roots, *nodes))}
    legs = [(i, len(place) + i) for i in range(len(roots))]
    inner = [(place[a], place[b]) for a, b in skeleton.pairs if a in place and b in place]
    return Skeleton(
        n_vertices=v,
        n_legs=len(place) + len(roots) - v,
        pairs=tuple(sorted([*legs, *((min(pair), max(pair)) for pair in inner)])),
        roots=tuple(sorted(place[r] for r in skeleton.roots if r in nodes)),
    )
