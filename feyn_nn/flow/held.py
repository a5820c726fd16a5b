"""Whether sampled networks hold their kernel: the pulls of all layers, and what is to be expected of the largest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from feyn_nn._core import Estimate
from feyn_nn._core.estimate import with_error

if TYPE_CHECKING:
    from feyn_nn.montecarlo.layer_means import LayerMeans

MOST_ROWS = 12


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Held:
    """How well sampled networks hold a kernel; made by :meth:`~feyn_nn.flow.Tuned.validate`.

    Parameters
    ----------
    kernel : float
        What is to be held.
    measured : LayerMeans
        E[Ĝ^ℓ] at layers 2 … L of one set of networks.

    Examples
    --------
    >>> from feyn_nn.flow.tune import tune
    >>> held = tune("relu", depth=3, width=100, kernel=1.0, bias_variance=0.0).validate(samples=1000, rng=0)
    >>> sorted(held.estimates), held.passes(1e-6)
    ([2, 3], True)
    """

    kernel: float
    measured: LayerMeans

    @property
    def estimates(self) -> dict[int, Estimate]:
        """E[Ĝ^ℓ] by layer."""
        return self.measured.estimates

    @property
    def pulls(self) -> dict[int, float]:
        """(K - measured)/σ by layer."""
        return {layer: estimate.pull(self.kernel) for layer, estimate in self.estimates.items()}

    @property
    def largest(self) -> float:
        """The largest modulus of a pull."""
        return max(map(abs, self.pulls.values()))

    @property
    def p_value_of_largest(self) -> float:
        """How often a kernel that is held exactly has a pull as large as the largest, at most.

        1 - (1 - p)^m for m layers, p the two-sided probability of a single one. Šidák (1967): Gaussian pulls that are
        correlated in whatever way exceed a bound at most so often, independent ones exactly so. Of a hundred layers one
        is beyond 3 standard errors in a quarter of all runs.
        """
        from scipy.special import erfc

        single = float(erfc(self.largest / np.sqrt(2.0)))
        return float(-np.expm1(len(self.pulls) * np.log1p(-min(single, 1.0 - 1e-16))))

    @property
    def mean_pull(self) -> float:
        """The pull of the mean over all layers, which sees a drift that no single layer does."""
        off = self.kernel - self.measured.mean
        return float(off.sum() / np.sqrt(self.measured.covariance.sum()))

    @property
    def chi_squared(self) -> float:
        """Of all layers with their correlations; L - 1 degrees of freedom."""
        off = self.kernel - self.measured.mean
        return float(off @ np.linalg.solve(self.measured.covariance, off))

    @property
    def p_value(self) -> float:
        """Of χ²."""
        from scipy.stats import chi2

        return float(chi2.sf(self.chi_squared, len(self.measured.mean)))

    def passes(self, significance: float = 1e-3) -> bool:
        """Whether neither χ² nor the largest pull is less probable than this."""
        return min(self.p_value, self.p_value_of_largest) > significance

    def __repr__(self) -> str:
        estimates, count = self.estimates, len(self.pulls)
        lines = [f"K = {self.kernel:g}, {self.measured.n_samples:,} networks, seed {self.measured.seed}:"]
        for row in np.unique(np.geomspace(1, count, MOST_ROWS).round()).astype(int).tolist():
            e = estimates[row + 1]
            lines.append(
                f"  layer {row + 1:>5}  {with_error(e.value, e.stderr)}  pull {e.pull(self.kernel):+.2f}"
            )
        return "\n".join([*lines, *self._verdict(count)])

    def _verdict(self, count: int) -> tuple[str, ...]:
        verdict = "held" if self.passes() else "not held"
        return (
            f"largest of {count} pulls {self.largest:.2f} (p = {self.p_value_of_largest:.2g}), of their mean"
            f" {self.mean_pull:+.2f}",
            f"χ² = {self.chi_squared:.1f} for {count} degrees of freedom, p = {self.p_value:.2g}: {verdict}",
        )
