"""A Monte Carlo figure and what must be said with it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A measured number with its standard error, sample count and seed.

    Parameters
    ----------
    value : float
        The unbiased estimate.
    stderr : float
        Its standard error.
    n_samples : int
        How many sampled networks it rests on.
    seed : int
        The entropy that the random numbers were drawn from; the same seed gives the same value.

    Examples
    --------
    >>> estimate = Estimate(value=1.02, stderr=0.01, n_samples=10_000, seed=0)
    >>> round(estimate.pull(1.0), 6)
    -2.0
    """

    value: float
    stderr: float
    n_samples: int
    seed: int

    def pull(self, theory: float, theory_error: float = 0.0) -> float:
        """(theory - value) / σ, σ² the sum of both squared errors.

        An exact agreement of two exact numbers is a pull of zero.
        """
        difference, sigma = theory - self.value, math.hypot(self.stderr, theory_error)
        if sigma == 0.0:
            return 0.0 if difference == 0.0 else math.copysign(math.inf, difference)
        return difference / sigma

    def __str__(self) -> str:
        return f"{with_error(self.value, self.stderr)} ({self.n_samples:,} samples, seed {self.seed})"

    def _repr_html_(self) -> str:
        shown = with_error(self.value, self.stderr)
        return f"<b>{shown}</b> <small>({self.n_samples:,} samples, seed {self.seed})</small>"


def with_error(value: float, stderr: float) -> str:
    """Write a number and its standard error with two digits of the error: ``0.01234 ± 0.00056``.

    Examples
    --------
    >>> with_error(0.0123412, 0.000563)
    '0.01234 ± 0.00056'
    """
    if not (math.isfinite(value) and math.isfinite(stderr)) or stderr <= 0:
        return f"{value:.6g} ± {stderr:.2g}"
    digits = 1 - math.floor(math.log10(stderr))
    if not -6 <= digits <= 12:
        return f"{value:.6e} ± {stderr:.1e}"
    return f"{value:.{max(digits, 0)}f} ± {stderr:.{max(digits, 0)}f}"
