"""A function of z that is one program between two kinks, and another between the next."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from feyn_nn.networks.removable import Program


class KinkedProgram(NamedTuple):
    """Programs between kinks.

    Parameters
    ----------
    kinks : tuple of float
        Ascending.
    programs : tuple of TaylorProgram or MendedProgram
        From left to right, one more than there are kinks.
    """

    kinks: tuple[float, ...]
    programs: tuple[Program, ...]

    def intervals(self) -> Iterator[tuple[Program, float, float]]:
        """Yield each program with the ends of its interval."""
        ends = (-math.inf, *self.kinks, math.inf)
        for program, (low, high) in zip(self.programs, pairwise(ends), strict=True):
            yield program, low, high

    def exact_derivatives(self, z: Any, order: int) -> list[Any]:
        """Derivatives 0 … `order` at one point that is no kink, by mpmath."""
        return self.programs[bisect_left(self.kinks, z)].exact_derivatives(z, order)

    def samples(self) -> list[float]:
        """Some points of every interval, those of the outermost ones near their kinks."""
        ends = (self.kinks[0] - 3.0, *self.kinks, self.kinks[-1] + 3.0)
        return [low + share * (high - low) for low, high in pairwise(ends) for share in (0.137, 0.42, 0.789)]
