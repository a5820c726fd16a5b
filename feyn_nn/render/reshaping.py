"""Places in which one part of an undirected diagram has the symmetry, or the whole shape, that it has alone."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from feyn_nn.render.mirrors import symmetries
from feyn_nn.render.parts import Part, leg_mirror
from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Places


def upright(places: Places, part: Part) -> Places:
    """Return places in which a side is mirror symmetric about the level of its root."""
    mirror = leg_mirror(part)
    assert mirror is not None
    nodes = [*part.roots, *part.nodes]
    here = places[nodes] - places[nodes[0]]
    moved = places.copy()
    moved[nodes] = places[nodes[0]] + (here + here[list(mirror.image[: len(nodes)])].conj()) / 2
    return moved


def hung(
    places: Places, part: Part, skeleton: Skeleton, drawn: Callable[[Skeleton], Places]
) -> Iterator[Places]:
    """Yield places in which the part on one vertex has the shape `drawn`, the best first.

    It points into the middle of its gap, up, down or sideways, or where it did.
    """
    (root,) = part.roots
    here = places[list(part.nodes)] - places[root]
    template = drawn(part.shape)
    shape = (template - template[0])[1 : len(part.nodes) + 1]
    if part.shape.right:  # then the root stands at the right of its leg
        shape = -shape
    way = (here * shape.conj()).sum()
    middles = _middles_of_gaps(places, part, skeleton)
    middles.sort(key=lambda middle: -(middle.conjugate() * way).real)
    for ways in (*([middle] for middle in middles), (1, 1j, -1, -1j), [way / abs(way) if way else 1]):
        tried = [turned * direction for direction in ways for turned in (shape, shape.conj())]
        moved = places.copy()
        moved[list(part.nodes)] = places[root] + min(tried, key=lambda t: float(np.abs(t - here).sum()))
        yield moved


def _middles_of_gaps(places: Places, part: Part, skeleton: Skeleton) -> list[complex]:
    """The directions into the gaps between the other lines of the vertex that a part hangs on."""
    (root,) = part.roots
    others = [a + b - root for a, b in skeleton.bundles if root in (a, b)]
    ways = [cmath.phase(places[other] - places[root]) for other in others if other not in part.nodes]
    angles = sorted(round(way, 6) for way in ways)
    return [cmath.rect(1.0, (a + b) / 2) for a, b in pairwise([*angles, angles[0] + math.tau])]


def evened(places: Places, part: Part) -> Iterator[Places]:
    """Yield places in which the part between two vertices has a mirror symmetry that its lines allow."""
    nodes = [*part.roots, *part.nodes]
    middle = places[list(part.roots)].mean()
    along = places[part.roots[1]] - middle
    for wanted in symmetries(part.shape)[1:]:
        even = (places[nodes] - middle) / along
        for image, sign in wanted.mirrors:
            even = (even + sign * even[list(image[: len(nodes)])].conj()) / 2
        moved = places.copy()
        moved[nodes] = middle + along * even
        yield moved
