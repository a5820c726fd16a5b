"""How a layout without a fixed orientation is turned, so that its symmetries are seen."""

from __future__ import annotations

import cmath
import math
from typing import NamedTuple

import numpy as np

from feyn_nn.render.geometry import Point
from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Places

# Nearer than this to a mirror symmetry counts as one.
_TOLERANCE = 0.16


class Turned(NamedTuple):
    """Places as they are drawn, and how many mirror symmetries they have."""

    places: Places
    mirrors: int


def best_turn(places: Places, skeleton: Skeleton) -> Turned:
    """Return the places turned or mirrored as the legs allow.

    Every nearly exact symmetry is made exact.

    `places` and the result hold vertices and legs; self-loops point where there is room.
    """
    turned = [_symmetrised(turn, skeleton) for turn in _turns(places - places.mean(), skeleton)]
    return min(turned, key=lambda turn: _looks(turn[0], turn[1], skeleton))


def _turns(places: Places, skeleton: Skeleton) -> list[Places]:
    """Return the admissible turns and mirror images: legs keep their edges and their order."""
    left, right = skeleton.left, skeleton.right
    if len(left) > 1:
        return [places]
    if right:
        return [places, places.conj()]
    if left:
        (inwards,) = (places[a] - places[b] for a, b in skeleton.bundles if b == left[0])
        placed = places * inwards.conj() / abs(inwards)
        return [placed - 1j * placed[left[0]].imag, (placed - 1j * placed[left[0]].imag).conj()]
    if len(places) == 1:
        return [places]
    chords = [places[j] - places[i] for i in range(len(places)) for j in range(i)]
    directions = {
        round(cmath.phase(c) % (math.pi / 2), 3): c / abs(c) for c in reversed(chords) if abs(c) > 0.1
    }
    return [places * turn * c.conjugate() for c in directions.values() for turn in (1, -1, 1j, -1j)]


def _symmetrised(places: Places, skeleton: Skeleton) -> Turned:
    """Make every nearly exact mirror symmetry about the axes exact; return how many there are, self-loops included."""
    symmetries = 0
    for sign in (1, -1):
        centre = places.mean()
        partner = _partners(places, centre, sign)
        if partner is not None and _partners(skeleton.with_tips(places), centre, sign) is not None:
            places = (places + centre + sign * (places[partner] - centre).conj()) / 2
            symmetries += 1
    return Turned(places, symmetries)


def _partners(places: Places, centre: Point, sign: int) -> list[int] | None:
    """Which node stands nearly in the mirror image of each; None if not every one has its own."""
    image = centre + sign * (places - centre).conj()
    apart = np.abs(places[:, None] - image[None, :])
    partner: list[int] = apart.argmin(axis=1).tolist()
    exact = len(set(partner)) == len(places) and apart.min(axis=1).max(initial=0.0) < _TOLERANCE
    return partner if exact else None


def _looks(places: Places, symmetries: int, skeleton: Skeleton) -> tuple[float, ...]:
    """Symmetric before lopsided, wide before tall, self-loops above the lines; then any fixed choice."""
    tips = sum(petal.direction.imag for petal in skeleton.petals(places.tolist()))
    wide = np.ptp(places.imag) / max(np.ptp(places.real), 0.1)
    vertices = places[: skeleton.n_vertices]
    return (
        -symmetries,
        round(float(wide), 2),
        round(float(tips), 2),
        round(float((vertices.imag**3).sum()), 2),
        *np.round(vertices.real, 1).tolist(),
        *np.round(vertices.imag, 1).tolist(),
    )
