"""The mirror symmetries that a drawing of an undirected diagram can have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations, islice, product
from typing import NamedTuple

import numpy as np

from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Places

# Mirrors of each axis, and symmetries of a drawing, that are tried.
_MIRRORS, _GROUPS = 6, 16


class Mirror(NamedTuple):
    """A mirror: the node that each node is mapped to, and what it makes of the plane.

    With `sign` 1 it turns the plane upside down, with -1 it exchanges left and right.
    """

    image: tuple[int, ...]
    sign: int

    def __call__(self, places: Places) -> Places:
        """Return where the nodes would stand in the mirror image, which is the same if the places are symmetric."""
        return self.sign * places[..., self.image].conj()


class Symmetry(NamedTuple):
    """No, one or two mirrors: a symmetry that places of nodes may have."""

    mirrors: tuple[Mirror, ...] = ()

    def moves(self, node: int, steps: Places, n_nodes: int) -> Places:
        """Return moves of a node by each of the steps, and of its images likewise, shape (n_steps, n_nodes)."""
        moved = np.zeros((len(steps), n_nodes), dtype=np.complex128)
        moved[:, node] = steps
        for mirror in self.mirrors:
            seen = mirror(moved)
            moved = np.where((moved != 0) & (seen != 0), (moved + seen) / 2, moved + seen)
        return moved


class Symmetriser:
    """Maps several places to the nearest ones that have a given symmetry each.

    Parameters
    ----------
    wanted : sequence of Symmetry, length n_starts
    n_nodes : int
    """

    def __init__(self, wanted: Sequence[Symmetry], n_nodes: int) -> None:
        self._images = np.tile(np.arange(n_nodes), (2, len(wanted), 1))
        self._signs = np.zeros((2, len(wanted), 1))
        for start, symmetry in enumerate(wanted):
            for i, mirror in enumerate(symmetry.mirrors):
                self._images[i, start], self._signs[i, start] = mirror.image, mirror.sign

    def __call__(self, places: Places) -> Places:
        """Return symmetric places, shape (n_starts, n_nodes)."""
        centre = places.mean(axis=1, keepdims=True)
        places = places - centre
        for image, sign in zip(self._images, self._signs, strict=True):
            seen = sign * np.take_along_axis(places, image, axis=1).conj()
            places = np.where(sign == 0, places, (places + seen) / 2)
        return np.asarray(places + centre)


@lru_cache(maxsize=256)
def symmetries(skeleton: Skeleton) -> tuple[Symmetry, ...]:
    """Return the symmetries that places of vertices, legs and tips may have, the trivial one first.

    Legs stay at their edges: a mirror exchanges those of one side, or one side with the other.
    """
    left, right = skeleton.left, skeleton.right
    level = list(islice(mirrors(skeleton, [*left[::-1], *right[::-1]], 1), _MIRRORS))
    if not left:
        pairs = combinations(level, 2)
        both = [(a, Mirror(b.image, -1)) for a, b in pairs if _go_together(a, b)]
        single = [(mirror,) for mirror in level]
    else:
        halves = len(left) == len(right)
        upright = list(islice(mirrors(skeleton, [*right, *left], -1), _MIRRORS)) if halves else []
        both = [(a, b) for a, b in product(level, upright) if _go_together(a, b)]
        single = [(mirror,) for mirror in (*level, *upright)]
    return Symmetry(), *map(Symmetry, [*both, *single][:_GROUPS])


def _go_together(a: Mirror, b: Mirror) -> bool:
    """Whether places may have both mirrors: nodes with the same image in both stand in the centre, so one at most."""
    commute = all(a.image[b.image[node]] == b.image[a.image[node]] for node in range(len(a.image)))
    return commute and sum(x == y for x, y in zip(a.image, b.image, strict=True)) <= 1


def mirrors(skeleton: Skeleton, legs: Sequence[int], sign: int) -> Iterator[Mirror]:
    """Yield the mirrors that map the legs to `legs`, and whose axis has room for what stays in place.

    Parameters
    ----------
    skeleton : Skeleton
    legs : sequence of int
        The image of each leg, those of the left side first.
    sign : {1, -1}
        Whether the mirrors turn the plane upside down, or exchange left and right.
    """
    n = skeleton.n_nodes + len(skeleton.roots)
    lines = dict(skeleton.bundles)
    lines |= {(root, tip): 0 for tip, root in enumerate(skeleton.roots, start=skeleton.n_nodes)}
    lines |= {(b, a): number for (a, b), number in lines.items()}
    neighbours = {a: [b for b in range(n) if (a, b) in lines] for a in range(n)}
    kind = [(node < skeleton.n_vertices, node < skeleton.n_nodes, len(neighbours[node])) for node in range(n)]

    def fits(image: dict[int, int], a: int, b: int) -> bool:
        """Whether `a` and `b` may be images of each other, next to the pairs that are chosen already."""
        if kind[a] != kind[b]:
            return False
        known = {**image, a: b, b: a}
        return all(lines.get((x, c)) == lines.get((y, known[c])) for x, y in ((a, b), (b, a)) for c in known)

    def extend(image: dict[int, int]) -> Iterator[dict[int, int]]:
        a = next((node for node in range(n) if node not in image), None)
        if a is None:
            yield image
            return
        free = [b for b in range(a, n) if b not in image]
        for b in free if a < skeleton.n_nodes else _representatives(a, free, neighbours):
            new = {**image, a: b, b: a}
            if fits(image, a, b) and not (a == b and _is_crowded(a, new, neighbours)):
                yield from extend(new)

    start: dict[int, int] = {}
    for a, b in zip([*skeleton.left, *skeleton.right], legs, strict=True):
        if not fits(start, a, b):
            return
        start |= {a: b, b: a}
    for image in extend(start):
        if _fits_axis(image, neighbours):
            yield Mirror(tuple(image[node] for node in range(n)), sign)


def _representatives(tip: int, free: Sequence[int], neighbours: dict[int, list[int]]) -> list[int]:
    """Images of a tip to try: itself, and the first one at each root, since all at one root are alike."""
    first = {tuple(neighbours[b]): b for b in reversed(free) if b != tip}
    return [tip, *sorted(first.values())]


def _is_crowded(node: int, image: dict[int, int], neighbours: dict[int, list[int]]) -> bool:
    """Whether a node that stays in place, or one joined to it, has more than two others beside it on the axis."""

    def beside(node: int) -> list[int]:
        return [other for other in neighbours[node] if image.get(other) == other]

    return any(len(beside(each)) > 2 for each in (node, *beside(node)))


def _fits_axis(image: dict[int, int], neighbours: dict[int, list[int]]) -> bool:
    """Whether the lines between nodes that stay in place can be drawn along one axis."""
    fixed = [node for node in image if image[node] == node]
    links = [(a, b) for a, b in combinations(fixed, 2) if b in neighbours[a]]
    part = {node: node for node in fixed}
    for a, b in links:
        if part[a] == part[b]:
            return False
        part = {node: part[a] if p == part[b] else p for node, p in part.items()}
    return all(sum(node in link for link in links) <= 2 for node in fixed)
