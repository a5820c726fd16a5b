"""The search for places of the nodes of an undirected diagram: springs from many starts, then single steps."""

from __future__ import annotations

import numpy as np

from feyn_nn.render.aesthetics import Aesthetics
from feyn_nn.render.constraints import constrained
from feyn_nn.render.mirrors import Symmetriser, Symmetry
from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Matrix, Places, Stress, random_places

# Random starts, those with one vertex in the middle of the others, and how many of the results are improved: of places
# without and with a symmetry.
_FREE_STARTS, _STARTS = (24, 4, 8), (8, 1, 3)
# Self-loops find their place among the lines and hardly push them.
_TIP_WEIGHT = 0.2
# A vertex drawn into the middle of the others: by how much, where lines would cross otherwise.
_INWARDS = 0.58
# Steps by which single nodes are moved to better places, directions tried, and rounds.
_STEPS, _DIRECTIONS, _ROUNDS = (0.24, 0.08), 8, 4
# What a crossing costs where it is known that there need be none.
_DEAR = 200.0


class Embedding:
    """Searches places for vertices, legs and tips of one skeleton, all of the same cost: stress, and faults of lines.

    Parameters
    ----------
    skeleton : Skeleton
    planar : bool
        Whether it is known that lines need not cross; then crossings are to be avoided at any price.
    """

    def __init__(self, skeleton: Skeleton, *, planar: bool = False) -> None:
        self._skeleton = skeleton
        self._stress = Stress(skeleton.distances[None], _importance(skeleton))
        self._aesthetics = Aesthetics(skeleton, _DEAR) if planar else Aesthetics(skeleton)

    def cost(self, places: Places) -> Matrix:
        """Return what each of several places costs, shape (n_starts, n_nodes + n_tips) to (n_starts,)."""
        return np.round(self._stress(places) + self._aesthetics(places), 3)

    def price(self, places: Places) -> float:
        """Return what places of vertices and legs cost; self-loops point where there is room."""
        return float(self.cost(self._skeleton.with_tips(places)[None])[0])

    def best(self, wanted: Symmetry) -> Places:
        """Return good places that have a symmetry, shape (n_found, n_nodes + n_tips)."""
        return self.improved(self._relaxed(wanted), wanted)

    def _relaxed(self, wanted: Symmetry) -> Places:
        """The best different results of all starts: with the wanted distances, and with one vertex in the middle."""
        distances = self._skeleton.distances
        starts, inward, improved = _STARTS if wanted.mirrors else _FREE_STARTS
        scale = np.ones((starts + inward * self._skeleton.n_vertices, len(distances)))
        for v in range(self._skeleton.n_vertices):
            first = starts + inward * v
            scale[first : first + inward, [v, *(mirror.image[v] for mirror in wanted.mirrors)]] = _INWARDS
        places = random_places(*scale.shape) * float(distances.max()) + 2 * self._skeleton.abscissae
        symmetrised = Symmetriser([wanted] * len(scale), len(distances))
        found = Stress(
            distances * scale[:, :, None] * scale[:, None, :], _importance(self._skeleton)
        ).minimised(places, lambda places: constrained(symmetrised(places), self._skeleton))
        costs = self.cost(found)
        above = np.round(found.imag.sum(axis=1) - found[:, 0].imag * len(distances), 1)
        order = np.lexsort((above, costs))
        first_of_kind = np.unique(costs[order], return_index=True)[1]
        return np.asarray(found[order[np.sort(first_of_kind)[:improved]]])

    def improved(self, places: Places, wanted: Symmetry) -> Places:
        """Move single nodes, and their images with them, as long as that costs less, all results at once."""
        circle = np.exp(2j * np.pi * np.arange(_DIRECTIONS) / _DIRECTIONS)
        steps = np.concatenate([[0], *(step * circle for step in _STEPS)])
        count, n = places.shape
        moves = [wanted.moves(node, steps, n) for node in range(n)]
        for _ in range(_ROUNDS):
            for tries in moves:
                flat = constrained((places[:, None, :] + tries).reshape(-1, n), self._skeleton)
                best = self.cost(flat).reshape(count, -1).argmin(axis=1)
                places = flat.reshape(count, -1, n)[np.arange(count), best]
        return places


def _importance(skeleton: Skeleton) -> Matrix:
    n = len(skeleton.distances)
    importance = np.ones((n, n))
    importance[skeleton.n_nodes :, :] *= _TIP_WEIGHT
    importance[:, skeleton.n_nodes :] *= _TIP_WEIGHT
    for i, root in enumerate(skeleton.roots, start=skeleton.n_nodes):
        importance[root, i] = importance[i, root] = 1.0
    return importance
