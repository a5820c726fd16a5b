"""What places of an undirected diagram must keep to: legs stand at the edges, the spine is level."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Matrix, Places

# The least distance of the legs of one side, and of legs from the outermost vertex.
_LEG_ROW, _LEG_OUT = 1.0, 0.7
# Legs whose middle is nearer than this to the level of the spine are centred about it.
_NEARLY = 0.35
# Coordinates that differ by less than this are made equal, and nodes nearer than this coincide.
_SNAP, _COINCIDE = 0.07, 0.05


def constrained(places: Places, skeleton: Skeleton) -> Places:
    """Bring the legs to the edges, each side in a vertical row, and put the spine on one level.

    Parameters
    ----------
    places : array, shape (n_starts, n_nodes)
        Several places at once; nodes after the legs are left alone.
    skeleton : Skeleton
    """
    left, right, spine = skeleton.left, skeleton.right, skeleton.spine
    if not right:
        return _straightened(places, spine)
    places = places.copy()
    level = places[:, spine or [*left, *right]].imag.mean(axis=1)
    places[:, spine] = places[:, spine].real + 1j * level[:, None]
    for side, outwards in ((left, -1), (right, 1)):
        x = outwards * places[:, side].real.mean(axis=1)
        if skeleton.n_vertices:
            x = np.maximum(x, (outwards * places[:, : skeleton.n_vertices].real).max(axis=1) + _LEG_OUT)
        middle = places[:, side].imag.mean(axis=1)
        middle = np.where(np.abs(middle - level) < _NEARLY, level, middle)
        row = np.maximum(_LEG_ROW, _slope(places[:, side]))
        y = middle[:, None] + (np.arange(len(side)) - (len(side) - 1) / 2) * row[:, None]
        places[:, side] = outwards * x[:, None] + 1j * y
    return places


def _straightened(places: Places, spine: list[int]) -> Places:
    """Turn the places until the spine is horizontal, and put its nodes on one line."""
    if len(spine) < 3:
        return places
    along = places[:, spine[-1]] - places[:, spine[0]]
    places = places * (along.conj() / np.maximum(np.abs(along), 1e-9))[:, None]
    places[:, spine] = places[:, spine].real + 1j * places[:, spine].imag.mean(axis=1)[:, None]
    return places


def _slope(side: Places) -> Matrix:
    """How far apart the legs of one side stand: the slope of a straight line through their heights."""
    rows = np.arange(side.shape[1]) - (side.shape[1] - 1) / 2
    return np.asarray((side.imag * rows).sum(axis=1) / max(float((rows**2).sum()), 0.5))


def snapped(places: Places, skeleton: Skeleton, reach: float) -> Places:
    """Make nearly level and nearly upright lines so, and put vertices that are nearly on one level exactly there.

    Parameters
    ----------
    places : array, shape (n_nodes,)
    skeleton : Skeleton
    reach : float
        How far apart the ends of such a line may be.
    """
    x, y = (_merged(values, skeleton, reach) for values in (places.real, places.imag))
    return np.asarray(x + 1j * y)


def _merged(values: Matrix, skeleton: Skeleton, reach: float) -> Matrix:
    """Give vertices with nearly the same value their mean, or that of a leg among them."""
    group = list(range(len(values)))
    nodes = np.argsort(values, kind="stable").tolist()
    pairs = [
        (abs(values[a] - values[b]), a, b) for a, b in skeleton.bundles if abs(values[a] - values[b]) < reach
    ]
    pairs += [(values[b] - values[a], a, b) for a, b in pairwise(nodes) if values[b] - values[a] < _SNAP]
    for _, a, b in sorted(pairs):
        both = [node for node in nodes if group[node] in (group[a], group[b])]
        if values[both[-1]] - values[both[0]] < reach:
            group = [group[a] if g == group[b] else g for g in group]
    merged = values.copy()
    for g in set(group):
        members = [node for node in nodes if group[node] == g]
        legs = [node for node in members if node >= skeleton.n_vertices]
        vertices = [node for node in members if node < skeleton.n_vertices]
        merged[vertices] = values[legs].mean() if legs else values[members].mean()
    return merged


def apart(places: Places) -> bool:
    """Whether no two nodes coincide, as they may where many of them lie within one triangle."""
    i, j = np.triu_indices(len(places), 1)
    return bool(np.abs(places[i] - places[j]).min(initial=1.0) > _COINCIDE)
