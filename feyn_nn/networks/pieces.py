"""A function that is smooth but for kinks or jumps at finitely many places."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.identity import identity

Array: TypeAlias = NDArray[np.float64]
Derivatives: TypeAlias = Callable[[Array, int], Array]

MAX_KINKS = 24
"""More kinks than this are refused: the cost of an expectation grows with a power of their number."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """σ as it is between its kinks.

    Parameters
    ----------
    kinks : tuple of float
        Where σ or one of its derivatives jumps, ascending.
    derivatives : tuple of callable
        One for each interval between kinks, from left to right, so one more than there are kinks:
        (z, order) -> (order + 1, *z.shape), analytic on its interval and across both ends.
    strip : float
        How far from its interval the nearest singularity of any piece lies; ``inf`` for polynomials.

    Raises
    ------
    InvalidInput
        If the kinks are not finite and ascending, or the pieces do not fit them.

    Examples
    --------
    >>> hat = Pieces.of_slopes((-1.0, 1.0))
    >>> hat(np.array([-2.0, 0.0, 3.0])).tolist()
    [2.0, 0.0, 3.0]
    """

    kinks: tuple[float, ...]
    derivatives: tuple[Derivatives, ...]
    strip: float = math.inf

    def __post_init__(self) -> None:
        steps = np.diff(np.array(self.kinks, dtype=np.float64))
        if not all(map(math.isfinite, self.kinks)) or (steps <= 0).any():
            raise InvalidInput(f"kinks={self.kinks!r} are not finite and ascending; give each once, sorted")
        if len(self.kinks) > MAX_KINKS:
            raise InvalidInput(f"{len(self.kinks)} kinks are too many; give at most {MAX_KINKS}")
        if len(self.derivatives) != len(self.kinks) + 1:
            raise InvalidInput(
                f"{len(self.derivatives)} pieces do not fit {len(self.kinks)} kinks; give one piece more than kinks"
            )
        if not self.strip > 0:
            raise InvalidInput(
                f"strip={self.strip!r} is no distance; give a number > 0, math.inf for polynomials"
            )

    @classmethod
    def of_slopes(cls, slopes: tuple[float, float]) -> Pieces:
        """Two straight lines that meet at zero."""
        return cls(kinks=(0.0,), derivatives=(_Line(slopes[0]), _Line(slopes[1])))

    def __eq__(self, other: object) -> bool:
        return self._parts == other._parts if isinstance(other, Pieces) else NotImplemented

    def __hash__(self) -> int:
        return hash((Pieces, self.kinks))

    @property
    def _parts(self) -> tuple[object, ...]:
        return (self.kinks, *map(identity, self.derivatives), self.strip)

    def __call__(self, z: Array) -> Array:
        """σ(z), elementwise; at a jump the mean of both sides."""
        value: Array = self.table(np.asarray(z, dtype=np.float64), 0)[0]
        return value

    def table(self, z: Array, order: int) -> Array:
        """Derivatives 0 … `order` at z off the kinks, there the mean of both sides: (order + 1, *z.shape)."""
        kinks = np.array(self.kinks)
        left = self.on(np.searchsorted(kinks, z, side="left"), z, order)
        at_kink = np.isin(z, kinks)
        if at_kink.any():
            points = z[at_kink]
            right = self.on(np.searchsorted(kinks, points, side="right"), points, order)
            left[:, at_kink] = (left[:, at_kink] + right) / 2
        return left

    def on(self, piece: NDArray[np.intp], z: Array, order: int) -> Array:
        """Derivatives 0 … `order` at z of the piece that is named for each point."""
        table = np.empty((order + 1, *z.shape))
        for number, derivatives in enumerate(self.derivatives):
            here = piece == number
            if here.all():
                return derivatives(z, order)
            if here.any():
                table[:, here] = derivatives(z[here], order)
        return table

    def sides(self, kink: int, order: int) -> tuple[Array, Array]:
        """Derivatives 0 … `order` just below and just above a kink, each of shape (order + 1,)."""
        place = np.array([self.kinks[kink]])
        below, above = (self.derivatives[kink + side](place, order)[:, 0] for side in (0, 1))
        return below, above


@dataclass(frozen=True)
class _Line:
    slope: float

    def __call__(self, z: Array, order: int) -> Array:
        table = np.zeros((order + 1, *z.shape))
        table[0] = self.slope * z
        table[1:2] = self.slope
        return table
