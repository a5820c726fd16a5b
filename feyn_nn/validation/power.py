"""The power of a χ² test: how likely a wrong theory is caught, and how wrong it must be to be caught."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import scipy.special

SIGNIFICANCE = 1e-4
"""The probability with which the verdict on a right theory is a fail."""

PROBABILITY = 0.95
"""With which probability a mistake of the stated size is caught."""


def critical(dof: int, significance: float) -> float:
    """χ² beyond which a test of this significance fails."""
    return float(scipy.special.chdtri(dof, significance))


def power(noncentrality: float, dof: int, significance: float = SIGNIFICANCE) -> float:
    """The probability that a χ² test fails a theory that is off by Δχ² = `noncentrality`.

    χ² then follows the non-central distribution, χ'²(dof, noncentrality).

    Examples
    --------
    >>> round(power(0.0, 3, 0.05), 6), round(power(25.0, 1, 0.05), 4)
    (0.05, 0.9988)
    """
    if dof == 0:
        return 0.0
    if not math.isfinite(noncentrality) or noncentrality > 1e6:
        return 1.0
    return 1.0 - float(scipy.special.chndtr(critical(dof, significance), dof, noncentrality))


@cache
def needed(dof: int, significance: float = SIGNIFICANCE, probability: float = PROBABILITY) -> float:
    """The Δχ² of a mistake that a χ² test catches with a probability.

    Examples
    --------
    >>> round(needed(1, 0.05, 0.8), 2)     # (1.96 + 0.84)²
    7.85
    """
    if dof == 0:
        return math.inf
    low, high = 0.0, 1.0
    while power(high, dof, significance) < probability:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle, dof, significance) < probability else (low, middle)
    return high


def levels(observables: int) -> tuple[float, float]:
    """The significance of the test of each observable and of the joint test.

    Half of the verdict's goes to the single tests, in equal parts, and half to the joint one; for one observable both
    are the same test.

    Examples
    --------
    >>> levels(1), levels(5)
    ((0.0001, 0.0001), (1e-05, 5e-05))
    """
    if observables == 1:
        return SIGNIFICANCE, SIGNIFICANCE
    return SIGNIFICANCE / 2 / observables, SIGNIFICANCE / 2


def smallest_caught(
    worths: Sequence[tuple[float, int]], observables: int, probability: float = PROBABILITY
) -> float:
    """The smallest relative error of a coefficient that the verdict catches with a probability.

    Parameters
    ----------
    worths : sequence of (float, int)
        Δχ² of the whole coefficient and degrees of freedom: in the test of its observable alone, and, if given, in
        the joint test. A relative error δ is worth δ² Δχ².
    observables : int
        How many there are; see `levels`.
    probability : float
    """
    ratios = (
        math.sqrt(needed(dof, level, probability) / worth) if worth > 0 else math.inf
        for (worth, dof), level in zip(worths, levels(observables), strict=False)
    )
    return min(ratios, default=math.inf)
