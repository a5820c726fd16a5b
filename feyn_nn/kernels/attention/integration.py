"""Moments to a wanted precision, with an error that can be propagated through what is made of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.kernels.attention.hermite import KEY_POWERS, n_weights
from feyn_nn.kernels.attention.moments import MomentPlan, Moments
from feyn_nn.kernels.attention.nodes import Replicate, grid, grid_size

Floats: TypeAlias = NDArray[np.float64]

GRID_DIMENSIONS = 4
GRID_TOLERANCE = 1e-10
LARGEST_GRID = 3 << 20  # of a cube, of which the sphere holds a third in four dimensions
REPLICATES = 32  # with fewer, five standard errors would be too little too often
FIRST_POINTS = 32  # of each, at g and at -g
MOST_NUMBERS = 1 << 31  # random numbers: half a minute


@dataclass(frozen=True, kw_only=True, eq=False)
class Sampled:
    """Moments along a leading axis that tells their error.

    Parameters
    ----------
    moments : Moments
        The best estimate first. Then either one coarser, or as many with one replicate left out each.
    """

    moments: Moments

    def judged(self, values: Floats) -> tuple[Floats, Floats]:
        """Value and error of something computed from each of the moments, shape (estimates, …).

        With replicates the jackknife's standard error, and its correction of the bias that products of means have;
        otherwise the change from the coarser grid.
        """
        best, others = values[0], values[1:]
        n = len(others)
        if n == 0:
            return best, np.zeros_like(best)
        if n == 1:
            return best, np.abs(best - others[0])
        centre = others.mean(axis=0)
        corrected = np.where(np.ptp(values, axis=0) > 0, n * best - (n - 1) * centre, best)
        spread: Floats = np.sqrt((n - 1) / n * ((others - centre) ** 2).sum(axis=0))
        return corrected, spread


def sampled_moments(
    plan: MomentPlan, *, key_dim: int, exact: bool = False, tolerance: float, max_nodes: int
) -> Sampled:
    """Moments whose error is below `tolerance` in units of the spread of M, or what `max_nodes` allow.

    Parameters
    ----------
    plan : MomentPlan
    key_dim : int
        At which the terms of the series are judged, and whose law is taken where `exact`.
    exact : bool
        Sample the scores at this key_dim, instead of expanding in 1/key_dim.
    tolerance : float
    max_nodes : int
    """
    dimension = plan.geometry.dimension
    if dimension == 0:
        return Sampled(moments=Moments.stacked([plan.over([(plan.geometry.zero_scores, np.ones(1))])]))
    if not exact and dimension <= GRID_DIMENSIONS:
        found = _on_grid(plan, key_dim, tolerance)
        if found is not None:
            return found
    return _on_points(plan, key_dim, exact, tolerance, max_nodes)


def _on_grid(plan: MomentPlan, key_dim: int, tolerance: float) -> Sampled | None:
    """Shrink the steps until two grids agree to rounding; None where no affordable grid comes near `tolerance`."""
    step, coarse = 1.0, plan.over(grid(plan.geometry.shape, 1.0))
    worst = before = np.inf
    while worst > GRID_TOLERANCE and grid_size(plan.geometry.dimension, step / sqrt(2)) <= LARGEST_GRID:
        step, before = step / sqrt(2), worst
        fine = plan.over(grid(plan.geometry.shape, step))
        pair, coarse = Moments.stacked([fine, coarse]), fine
        worst = _worst(plan, pair, key_dim, lambda values: np.abs(values[0] - values[1]))
    slow = max(worst, before)  # where jumps keep grids from converging, two may agree by chance
    return Sampled(moments=pair) if worst <= GRID_TOLERANCE or slow <= 0.1 * tolerance else None


def _on_points(plan: MomentPlan, key_dim: int, exact: bool, tolerance: float, max_nodes: int) -> Sampled:
    """Double the points of every replicate until the standard errors are small enough, or all are used."""
    law = key_dim if exact else None
    sequences = [Replicate(plan.geometry.variances, law, i) for i in range(REPLICATES)]
    affordable = min(max_nodes, 2 * MOST_NUMBERS // plan.geometry.dimension) // (2 * REPLICATES)
    used = fresh = FIRST_POINTS
    with ThreadPoolExecutor(_threads()) as pool:

        def more(points: int) -> list[Moments]:
            return list(pool.map(lambda own: plan.over(own.blocks(points), sampled=True), sequences))

        parts = more(fresh)
        while _worst(plan, Moments.stacked(parts), key_dim, _standard_error) > tolerance:
            fresh = min(used, (affordable - used) // FIRST_POINTS * FIRST_POINTS)
            if fresh <= 0:
                break
            share = fresh / (used + fresh)
            added = more(fresh)
            parts = [
                old.scaled(1 - share).plus(new.scaled(share)) for old, new in zip(parts, added, strict=True)
            ]
            used += fresh
    total = parts[0]
    for part in parts[1:]:
        total = total.plus(part)
    rest = [total.plus(part.scaled(-1.0)).scaled(1 / (REPLICATES - 1)) for part in parts]
    return Sampled(moments=Moments.stacked([total.scaled(1 / REPLICATES), *rest]))


def _standard_error(values: Floats) -> Floats:
    error: Floats = values.std(axis=0, ddof=1) / sqrt(len(values))
    return error


def _worst(plan: MomentPlan, parts: Moments, key_dim: int, error: Callable[[Floats], Floats]) -> float:
    """The largest error of a moment at this key_dim, in units of the spreads of its factors; of means, the largest."""
    powers = np.array(KEY_POWERS[: n_weights(plan.loops)])
    size = float(key_dim) ** -powers[:, np.newaxis]
    if plan.degree > 1:
        spread = np.sqrt(np.diag(np.abs(parts.second[:, 0].mean(axis=0))))
    else:
        spread = np.full(len(plan.pairs), np.abs(plan.centre).max())
    inverse = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    worst = float((size * error(parts.first) * inverse).sum(axis=0).max())
    if plan.degree > 1:
        second = (size[..., np.newaxis] * error(parts.second)).sum(axis=0)
        worst = max(worst, float((second * np.outer(inverse, inverse)).max()))
    if plan.monomials:
        filled = np.append(inverse, 1.0)  # -1 stands for no factor
        units = filled[plan.packed].prod(axis=1)
        worst = max(worst, float((size * error(parts.higher) * units).sum(axis=0).max()))
    return worst


def _threads() -> int:
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
