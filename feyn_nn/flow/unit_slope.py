"""χ_⊥ of a layer of one's own: how fast two nearby inputs part in units that are known by their outputs alone.

∂⟨h_0 h_1⟩/∂G_01 where the inputs coincide is Σ_k ⟨(∂h/∂z_k)²⟩ over the latents. A unit tells no derivatives, and
Stein's lemma needs inputs that differ; so h is differentiated by differences of six values: good to some 1e-12 where h
is smooth, to 1e-3 where it has kinks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.networks import UnitLayer

Array: TypeAlias = NDArray[np.float64]

_STEP = 1e-3  # of the scale of h, one, and of that of z, where it is less
_DIFFERENCES = ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60))  # of h(z + is) - h(z - is): h' to the sixth order
_JUMPS = 1.5
_TOLERANCE = 1e-12


@dataclass(frozen=True, kw_only=True)
class _Slope(UnitLayer):
    """The unit ∂h/∂z_k, by differences."""

    of: UnitLayer
    latent: int
    step: float

    @property
    def latents(self) -> int:  # type: ignore[override]
        """As many as `of` has."""
        return self.of.latents

    @property
    def shared(self) -> int:  # type: ignore[override]
        """As many as `of` has."""
        return self.of.shared

    def unit(self, *preactivations: Array) -> Array:
        """The difference quotient."""
        terms = (c * (self._at(i, preactivations) - self._at(-i, preactivations)) for i, c in _DIFFERENCES)
        return np.asarray(sum(terms)) / self.step

    def _at(self, steps: int, preactivations: tuple[Array, ...]) -> Array:
        moved = list(preactivations)
        moved[self.latent] = moved[self.latent] + steps * self.step
        return self.of.outputs(moved)


def perpendicular_slope(layer: UnitLayer, kernel: float) -> float:
    """Σ_k ⟨(∂h/∂z_k)²⟩ at K, which times C_W is χ_⊥; infinite where a unit jumps.

    Parameters
    ----------
    layer : UnitLayer
    kernel : float

    Examples
    --------
    >>> class Square(UnitLayer):
    ...     def unit(self, z):
    ...         return z**2
    >>> round(perpendicular_slope(Square(width=8), 0.5), 9)
    2.0
    """
    step = _STEP * min(1.0, kernel**0.5)
    coarse, fine = (_squared(layer, kernel, s) for s in (2.0 * step, step))
    return fine if fine <= _JUMPS * coarse else np.inf


def _squared(layer: UnitLayer, kernel: float, step: float) -> float:
    from feyn_nn.kernels.unit_moments import UnitMoments
    from feyn_nn.rules.moment import Moment

    request = [Moment(((0, 2),))]
    slopes = (_Slope(width=1, of=layer, latent=k, step=step) for k in range(layer.latents))
    metric = np.array([[kernel]])
    return sum(
        float(UnitMoments(slope, request).evaluate(metric, tolerance=_TOLERANCE).values[0])
        for slope in slopes
    )
