"""The layout of an undirected diagram: legs at the left and right edges, everything else where it has room."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from feyn_nn.render.constraints import apart
from feyn_nn.render.courses import lines_between
from feyn_nn.render.embedding import Embedding
from feyn_nn.render.geometry import Path, Point, is_straight
from feyn_nn.render.mirrors import Symmetriser, Symmetry, symmetries
from feyn_nn.render.placement import Layout, Spacing
from feyn_nn.render.planar import nearly_planar_places, planar_places
from feyn_nn.render.polish import Polish
from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Places
from feyn_nn.render.subject import Subject
from feyn_nn.render.turning import Turned, best_turn

# How many places with 2, 1 and no mirror symmetries are drawn if none is flawless.
_COMPARED = 8
# How many times as many rounds a drawing without crossings gets to relax.
_PLANAR_ROUNDS = 5
# How much larger such a drawing is made if bundles and self-loops still cross other lines.
_LARGER = 1.4
# What a mirror symmetry is worth, next to the stress, and how much dearer than the best places others may be.
_SYMMETRY, _DEAREST = 0.5, 8.0
# How far a line may be from its mirror image, in the units of the picture: places are rounded to a tenth.
_EXACT = 0.5
# What each bent line, and each pair of lines too close at a vertex, costs.
_BLEMISH = 1.0


def undirected_layout(diagram: Subject, spacing: Spacing) -> Layout:
    """Lay out an undirected diagram.

    Legs stand at the edges: the first half at the left, the others at the right, from top to bottom. Distances
    follow those along the lines (stress majorisation from fixed starts), with and without each mirror symmetry that
    the diagram has; then single nodes move to where lines cross less, keep clear of nodes and meet at wider angles.
    Of all results the one with fewest flaws is taken, then the most symmetric one, then the best by these measures.
    """
    skeleton = Skeleton.of(diagram)
    mirrors = max(len(symmetry.mirrors) for symmetry in symmetries(skeleton))
    best: tuple[tuple[float, ...], Layout] | None = None

    def most_crossings() -> int:
        return 0 if best is None else best[1].crossings

    for places, kept, price in chain(_candidates(skeleton), _planar_candidates(skeleton, most_crossings)):
        if best is not None and not any(best[0][:-1]) and price >= best[0][-1]:
            break
        points = [_rounded(complex(p) * spacing.column) for p in places]
        (*flaws, wedges), paths = lines_between(points, diagram, skeleton, spacing)
        blemishes = wedges + _bends(diagram, paths, skeleton)
        shown = _mirrors_shown(points, paths) if kept else 0
        found = *flaws, max(mirrors - shown, 0), price + _BLEMISH * blemishes
        if best is None or found < best[0]:
            best = found, Layout(positions=tuple(points), paths=paths, crossings=flaws[1])
    assert best is not None
    return best[1]


def _mirrors_shown(points: Sequence[Point], paths: Sequence[Path]) -> int:
    """How many mirror symmetries about the axes the lines have."""
    if not paths:
        return 2
    x, y = [p.real for p in points], [p.imag for p in points]
    centre = complex(min(x) + max(x), min(y) + max(y)) / 2
    lines = np.array([(path[0] + path[-1], sum(path) / len(path)) for path in paths]) - [2 * centre, centre]
    images = (sign * lines.conj() for sign in (1, -1))
    off = (np.abs(image[:, None] - lines[None]).max(axis=2).min(axis=1).max(initial=0.0) for image in images)
    return sum(bool(distance < _EXACT) for distance in off)


class Candidate(NamedTuple):
    """Places as they are drawn, how many mirror symmetries they have, and what they cost before their polish."""

    places: Places
    mirrors: int
    price: float


def _bends(diagram: Subject, paths: Sequence[Path], skeleton: Skeleton) -> int:
    """How many lines that have no parallel ones had to bend."""
    ends = [(min(a, b), max(a, b)) for a, b in diagram.lines]
    return sum(
        skeleton.bundles.get(pair) == 1 and not is_straight(path)
        for pair, path in zip(ends, paths, strict=True)
    )


@lru_cache(maxsize=256)
def _candidates(skeleton: Skeleton) -> list[Candidate]:
    """Return good places for vertices and legs, the most symmetric first, of these the cheapest.

    They do not depend on the theme's spacing.
    """
    if skeleton.n_nodes <= 1:
        return [Candidate(np.zeros(skeleton.n_nodes, dtype=np.complex128), 2, 0.0)]
    embedding = Embedding(skeleton)
    found: list[Candidate] = []
    for wanted in symmetries(skeleton):
        for places in filter(apart, embedding.best(wanted)):
            turned = best_turn(places[: skeleton.n_nodes], skeleton)
            found.append(Candidate(*turned, embedding.price(turned.places)))
    found.sort(key=lambda candidate: candidate.price - _SYMMETRY * candidate.mirrors)
    limit = found[0].price - _SYMMETRY * found[0].mirrors + _DEAREST
    good = [candidate for candidate in found if candidate.price - _SYMMETRY * candidate.mirrors <= limit]
    alike = ([candidate for candidate in good if candidate.mirrors == n] for n in (2, 1, 0))
    chosen = [candidate for group in alike for candidate in group[:_COMPARED]]
    polish = _polish(skeleton, embedding)
    rough = [Turned(*candidate[:2]) for candidate in chosen]
    polished = [Candidate(*polish(turned), c.price) for turned, c in zip(rough, chosen, strict=True)]
    return [*sorted(polished, key=lambda c: (-c.mirrors, c.price)), *_dear(*rough)]


def _polish(skeleton: Skeleton, embedding: Embedding) -> Polish:
    return Polish(skeleton, embedding.price, drawn=lambda part: _candidates(part)[0].places)


def _planar_candidates(skeleton: Skeleton, crossings: Callable[[], int]) -> Iterator[Candidate]:
    """Yield places that come from a drawing without crossings; if there is none, from one with fewer than before."""
    if skeleton.n_legs == 0 or not skeleton.n_vertices:
        return
    planar = planar_places(skeleton)
    found = nearly_planar_places(skeleton, crossings() - 1) if planar is None else [planar]
    usual, strict = Embedding(skeleton), Embedding(skeleton, planar=True)
    polish = _polish(skeleton, usual)
    for start in found:
        for wanted in symmetries(skeleton)[1:]:
            (symmetric,) = Symmetriser([wanted], len(start))(start[None])
            relaxed = [*_turned(_relaxed(symmetric, strict, wanted)[::-1], skeleton)]
            yield from _dear(*map(polish, relaxed[:1]), *relaxed)
        stages = _relaxed(start, usual, Symmetry())
        relaxed = [*_turned([stages[-1], stages[1], start], skeleton)]
        yield from _dear(*map(polish, relaxed[:2]), *relaxed)
        if planar is not None and crossings():
            strictly = [*_turned(_relaxed(start, strict, Symmetry())[::-1], skeleton)]
            yield from _dear(*strictly)
            yield from _dear(*(Turned(_LARGER * places, mirrors) for places, mirrors in strictly))


def _dear(*turned: Turned) -> Iterator[Candidate]:
    """Candidates that are taken only if all others have flaws that they do not have."""
    return (Candidate(*each, math.inf) for each in turned)


def _relaxed(start: Places, embedding: Embedding, wanted: Symmetry) -> list[Places]:
    """The start, and what it becomes in further and further rounds."""
    stages = [start]
    for _ in range(_PLANAR_ROUNDS):
        stages.append(embedding.improved(stages[-1][None], wanted)[0])
    return stages


def _turned(stages: Sequence[Places], skeleton: Skeleton) -> Iterator[Turned]:
    return (best_turn(stage[: skeleton.n_nodes], skeleton) for stage in stages if apart(stage))


def _rounded(point: Point) -> Point:
    """To a tenth, so that the last digits of a machine's arithmetic are not seen."""
    return complex(round(point.real, 1), round(point.imag, 1))
