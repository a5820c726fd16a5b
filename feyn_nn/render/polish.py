"""The last touch to places of an undirected diagram: parts get the shape they have alone, lines become level."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from feyn_nn.render.constraints import apart, constrained, snapped
from feyn_nn.render.parts import limbs, links, pendants, sides
from feyn_nn.render.reshaping import evened, hung, upright
from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.stress import Places
from feyn_nn.render.turning import Turned, best_turn

# How much more places may cost after a step than before it, and than after the cheapest way to do it.
_SLACK, _PREFERENCE = 3.0, 2.0
# How far apart the ends of lines may be that are made level or upright, in lengths of a line.
_REACHES = (0.2, 0.07)


class Polish:
    """Polishes places of vertices and legs of one skeleton, in steps that cost little and keep its mirror symmetries.

    Parameters
    ----------
    skeleton : Skeleton
    price : callable
        What places cost.
    drawn : callable
        Places for the nodes of the skeleton of a part, drawn alone.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        price: Callable[[Places], float],
        drawn: Callable[[Skeleton], Places],
    ) -> None:
        self._skeleton, self._price, self._drawn = skeleton, price, drawn
        self._links, self._sides = links(skeleton), sides(skeleton)
        self._limbs, self._pendants = limbs(skeleton), pendants(skeleton)

    def __call__(self, turned: Turned) -> Turned:
        """Return polished places, without the steps that would lose a mirror symmetry of the whole."""
        for step in (self._straight, self._even, self._upright, self._level, self._hang, self._upright):
            tried = step(turned.places)
            if tried is not turned.places:
                after = best_turn(tried, self._skeleton)
                turned = after if after.mirrors >= turned.mirrors else turned
        return turned

    def _even(self, places: Places) -> Places:
        for part in self._links:
            places = self._first(places, sorted(evened(places, part), key=self._price))
        return places

    def _upright(self, places: Places) -> Places:
        for part in self._sides:
            places = self._first(places, [upright(places, part)])
        return places

    def _straight(self, places: Places) -> Places:
        for part in self._limbs:
            places = self._first(places, hung(places, part, self._skeleton, self._drawn))
        return places

    def _hang(self, places: Places) -> Places:
        for part in self._pendants:
            places = self._first(places, hung(places, part, self._skeleton, self._drawn))
        return places

    def _level(self, places: Places) -> Places:
        return self._first(places, [snapped(places, self._skeleton, reach) for reach in _REACHES])

    def _first(self, places: Places, tried: Iterable[Places]) -> Places:
        """The first that costs hardly more, and in which no nodes coincide."""
        good = [(self._price(new), new) for new in map(self._settled, tried) if apart(new)]
        cheapest = min((price for price, _ in good), default=0.0)
        limit = min(self._price(places) + _SLACK, cheapest + _PREFERENCE)
        return next((new for price, new in good if price <= limit), places)

    def _settled(self, places: Places) -> Places:
        """With the legs at their edges."""
        return np.asarray(constrained(places[None], self._skeleton)[0]) if self._skeleton.right else places
