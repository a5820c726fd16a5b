"""How correlations of attention fall with the number of heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from feyn_nn.validation.judgement import Judgement, Point


@dataclass(frozen=True, kw_only=True)
class HeadsLaw:
    """The power of heads with which an observable was measured to fall.

    Parameters
    ----------
    observable : str
    sizes : (value_dim, key_dim)
    heads : tuple of int
        The numbers of heads that were sampled.
    expected : int
        1 - k for a cumulant of k metrics.
    power, stderr : float
    """

    observable: str
    sizes: tuple[int, int]
    heads: tuple[int, ...]
    expected: int
    power: float
    stderr: float

    @property
    def pull(self) -> float:
        """(expected - power) / stderr."""
        return (self.expected - self.power) / self.stderr

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"pull": self.pull}


def heads_laws(judgements: Sequence[Judgement]) -> tuple[HeadsLaw, ...]:
    """κ ∝ heads^{-(k-1)} among runs that differ in heads alone, where every one of them is well seen."""
    return tuple(law for judgement in judgements for law in _laws(judgement))


def _laws(judgement: Judgement) -> Iterator[HeadsLaw]:
    expected = -max(powers["heads"] for powers in judgement.prediction.coefficients)
    if not expected:
        return
    groups: dict[tuple[int, int], list[Point]] = {}
    for point in judgement.points:
        key = int(point.sizes["value_dim"]), int(point.sizes["key_dim"])
        groups.setdefault(key, []).append(point)
    for sizes, points in groups.items():
        if len(points) > 1 and all(abs(point.measured) > 5 * point.stderr > 0 for point in points):
            power, stderr = _slope(points)
            yield HeadsLaw(
                observable=judgement.observable,
                sizes=sizes,
                heads=tuple(int(point.sizes["heads"]) for point in points),
                expected=expected,
                power=power,
                stderr=stderr,
            )


def _slope(points: Sequence[Point]) -> tuple[float, float]:
    """The slope of log |κ| against log heads and its standard error."""
    x = np.log([float(point.sizes["heads"]) for point in points])
    y = np.log([abs(point.measured) for point in points])
    weight = np.array([(point.measured / point.stderr) ** 2 for point in points])
    centred = x - (weight @ x) / weight.sum()
    spread = float(weight @ centred**2)
    return float(weight * centred @ y) / spread, spread**-0.5
