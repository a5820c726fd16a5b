"""Joint cumulants of the value metrics over the scores, as series in 1/key_dim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import factorial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import set_partitions
from feyn_nn.kernels.attention.geometry import ScoreGeometry
from feyn_nn.kernels.attention.hermite import truncated_product
from feyn_nn.kernels.attention.integration import Sampled, sampled_moments
from feyn_nn.kernels.attention.moments import MomentPlan, Monomial
from feyn_nn.kernels.attention.softmax import uniform_value_metrics

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreCumulants:
    """κ_q(M_p1, …, M_pq) over the scores.

    Parameters
    ----------
    plan : MomentPlan
    sampled : Sampled
    """

    plan: MomentPlan
    sampled: Sampled

    @cached_property
    def _places(self) -> dict[Monomial, int]:
        return {monomial: i for i, monomial in enumerate(self.plan.monomials)}

    def series(self, monomials: Indices) -> Floats:
        """Cumulants of (components, q) numbers of pairs, shape (estimates, weights, components).

        The second axis runs over the score rings of :data:`feyn_nn.kernels.attention.hermite.RINGS`.
        """
        total: Floats | float = 0.0
        for partition in set_partitions(range(monomials.shape[1])):
            b = len(partition)
            product = self._moments(monomials[:, list(partition[0])])
            for block in partition[1:]:
                product = truncated_product(product, self._moments(monomials[:, list(block)]))
            total = total + (-1) ** (b - 1) * factorial(b - 1) * product
        result = np.array(total)
        if monomials.shape[1] == 1:
            result[:, 0] += self.plan.centre[monomials[:, 0]]
        return result

    def _moments(self, monomials: Indices) -> Floats:
        moments, degree = self.sampled.moments, monomials.shape[1]
        if degree == 1:
            return moments.first[..., monomials[:, 0]]
        if degree == 2:
            return moments.second[..., monomials[:, 0], monomials[:, 1]]
        places = [self._places[tuple(row)] for row in np.sort(monomials, axis=1).tolist()]
        return moments.higher[..., places]


def score_cumulants(
    geometry: ScoreGeometry,
    pairs: Indices,
    *,
    monomials: Sequence[Monomial],
    degree: int,
    loops: int,
    key_dim: int,
    exact: bool = False,
    tolerance: float,
    max_nodes: int,
) -> ScoreCumulants:
    """Measure the moments that cumulants of the given pairs need.

    Parameters
    ----------
    geometry : ScoreGeometry
    pairs : array (pairs, 2)
        Rows of the geometry.
    monomials : sequence of tuples of int
        Moments of degree three and more that are needed, sorted numbers of pairs.
    degree : int
        The highest degree of a moment.
    loops, key_dim, exact, tolerance, max_nodes
        As in :func:`feyn_nn.kernels.attention.integration.sampled_moments`.
    """
    plan = MomentPlan(
        geometry=geometry,
        pairs=np.ascontiguousarray(pairs),
        monomials=tuple(monomials),
        degree=degree,
        loops=loops,
        centre=uniform_value_metrics(geometry, pairs),
    )
    plan = replace(plan, centre=plan.centre + _pilot(plan))
    sampled = sampled_moments(plan, key_dim=key_dim, exact=exact, tolerance=tolerance, max_nodes=max_nodes)
    return ScoreCumulants(plan=plan, sampled=sampled)


def _pilot(plan: MomentPlan) -> Floats:
    """A rough mean of M from its value at zero scores; exactly zero where M never changes."""
    if plan.geometry.dimension == 0:
        return np.zeros(len(plan.pairs))
    g = np.random.default_rng(0).standard_normal((512, *plan.geometry.shape))
    rough = replace(plan, degree=1, loops=0, monomials=())
    mean: Floats = rough.over([(g, np.full(512, 1 / 512))]).first[0]
    return mean
