"""How fast an activation grows: what decides whether Gaussian expectations, and whether a sum over orders, exist."""

from __future__ import annotations

import math
from dataclasses import dataclass

from feyn_nn._core import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Growth:
    """A bound |σ(z)| ≲ |z|^degree · exp(rate·|z|) at large |z|, on the side where σ grows faster.

    Anything that grows faster than every such bound has moments that are infinite at some variance, and is no
    activation.

    Parameters
    ----------
    degree : float
        0 for a bounded σ, 1 for one that grows like a straight line.
    rate : float
        1 for exp(z), 0 for whatever grows no faster than a power.

    Raises
    ------
    InvalidInput
        If one of them is negative or not finite.

    Examples
    --------
    >>> str(Growth()), str(Growth(degree=3)), str(Growth(rate=2))
    ('bounded', '|z|^3', 'exp(2|z|)')
    """

    degree: float = 0.0
    rate: float = 0.0

    def __post_init__(self) -> None:
        for name in ("degree", "rate"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InvalidInput(f"{name}={value!r} is no growth; give a finite number >= 0")

    @property
    def is_exponential(self) -> bool:
        """Whether σ outgrows every power: its expectation over a Gaussian of random variance can be infinite."""
        return self.rate > 0

    def __str__(self) -> str:
        power = "" if self.degree == 0 else "|z|" if self.degree == 1 else f"|z|^{self.degree:g}"
        if not self.rate:
            return power or "bounded"
        factor = f"exp({'' if self.rate == 1 else f'{self.rate:g}'}|z|)"
        return f"{power} {factor}".strip()
