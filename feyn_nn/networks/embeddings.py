"""Random Fourier features: points of space as tokens with a Euclidean-invariant two-point function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput, RandomSource, seed_sequence
from feyn_nn.networks.checks import integer, shown, variance
from feyn_nn.networks.metrics import real_array
from feyn_nn.networks.spectral import SpectralDensity
from feyn_nn.networks.tokens import Tokens

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RandomFeatures:
    """Tokens e_f(x) = √(2 variance) cos(k_f·x + b_f), wave vectors from a spectral density, phases uniform.

    The token structure: token t of input i stands at a point x_it of D-dimensional space, and all tokens are seen
    through the same features. Their metric e(x)·e(y)/features tends to variance · G(|x - y|), G the Fourier transform
    of the density, with an error of order features^{-1/2} (Rahimi & Recht 2007).

    Parameters
    ----------
    density : SpectralDensity
        ``Gaussian(length=…)``, ``Matern(length=…, smoothness=…)``, ``FreeMassive(mass=…, cutoff=…)``,
        ``Radial(density=…, cutoff=…)`` of :mod:`feyn_nn.networks.spectral`, or one of the user's own.
    features : int
    variance : float
        The two-point function at coincident points.

    Raises
    ------
    InvalidInput
        If the density is none, features < 1, or the variance negative.

    Examples
    --------
    >>> from feyn_nn.networks.spectral import Gaussian
    >>> embedding = RandomFeatures(density=Gaussian(length=1.0), features=512)
    >>> embedding.tokens([[[0.0], [1.0], [2.0]]], rng=0)
    <Tokens: 1 input × 3 tokens, 512 random features>
    """

    density: SpectralDensity
    features: int
    variance: float = 1.0

    def __post_init__(self) -> None:
        for method in ("wave_vectors", "two_point"):
            if isinstance(self.density, type) or not callable(getattr(self.density, method, None)):
                raise InvalidInput(
                    f"density={shown(self.density)} has no method {method}; give for example Gaussian(length=1.0)"
                )
        object.__setattr__(self, "features", integer("features", self.features, least=1))
        object.__setattr__(self, "variance", variance("variance", self.variance))

    def tokens(self, positions: ArrayLike, rng: RandomSource = 0) -> Tokens:
        """The features at these points, shape (n_inputs, n_tokens, D).

        Raises
        ------
        InvalidInput
            If the positions are not of that shape, or not finite; or the user's own density draws something else.
        """
        points = _checked_positions(positions)
        generator = np.random.default_rng(seed_sequence(rng))
        waves = np.asarray(self.density.wave_vectors(self.features, points.shape[2], generator))
        if waves.shape != (self.features, points.shape[2]) or not np.isfinite(waves).all():
            raise InvalidInput(
                f"the density drew wave vectors of shape {waves.shape}; let it draw finite ones of shape"
                f" {(self.features, points.shape[2])}"
            )
        phases = generator.uniform(0, 2 * np.pi, self.features)
        values = np.sqrt(2 * self.variance) * np.cos(points @ waves.T + phases)
        return Tokens(values).described(f"{self.features} random features")

    def limit(self, positions: ArrayLike) -> Tokens:
        """The same points with infinitely many features: tokens known by the two-point function alone.

        Raises
        ------
        InvalidInput
            As :meth:`tokens` does.
        """
        points = _checked_positions(positions)
        flat = points.reshape(-1, points.shape[2])
        metric = self.two_point(np.linalg.norm(flat[:, np.newaxis] - flat, axis=2), points.shape[2])
        return Tokens.from_metric((metric + metric.T) / 2, points.shape[1])

    def two_point(self, distance: ArrayLike, dimension: int) -> Array:
        """Variance · G(distance) in so many dimensions.

        Raises
        ------
        InvalidInput
            If a distance is negative or not finite, or the dimension < 1.
        """
        r = np.asarray(distance, dtype=np.float64)
        if not (np.isfinite(r) & (r >= 0)).all():
            raise InvalidInput(f"distance={shown(distance)} is not allowed; give finite numbers >= 0")
        D = integer("dimension", dimension, least=1)
        return np.asarray(self.variance * self.density.two_point(r, D))


def _checked_positions(positions: Any) -> Array:
    points = real_array("positions", positions)
    if points.ndim != 3 or not points.size:
        raise InvalidInput(f"positions have shape {points.shape}; give (n_inputs, n_tokens, dimensions)")
    if not np.isfinite(points).all():
        raise InvalidInput("positions hold a NaN or an infinity; give finite numbers alone")
    return points
