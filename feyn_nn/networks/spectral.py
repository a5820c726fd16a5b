"""Spectral densities: how often a random Fourier feature has which wave vector, and the two-point function it makes."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.networks.checks import shown

Array: TypeAlias = NDArray[np.float64]

_NODES = 4001  # of the tables of a radial density


class SpectralDensity(Protocol):
    """A rotation-invariant probability density of wave vectors k in D dimensions."""

    def wave_vectors(self, count: int, dimension: int, rng: np.random.Generator) -> Array:
        """Draw `count` of them, shape (count, D)."""

    def two_point(self, distance: Array, dimension: int) -> Array:
        """E cos(k·r) at |r| = distance; 1 at zero."""


@dataclass(frozen=True, kw_only=True)
class Gaussian:
    """exp(-r²/2ℓ²): wave vectors are normal with standard deviation 1/ℓ.

    Parameters
    ----------
    length : float
        ℓ > 0.

    Examples
    --------
    >>> float(Gaussian(length=2.0).two_point(np.array([2.0]), 3)[0]) == math.exp(-0.5)
    True
    """

    length: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", _positive("length", self.length))

    def wave_vectors(self, count: int, dimension: int, rng: np.random.Generator) -> Array:
        """Draw `count` of them, shape (count, D)."""
        return rng.standard_normal((count, dimension)) / self.length

    def two_point(self, distance: Array, dimension: int) -> Array:
        """exp(-r²/2ℓ²), in any dimension."""
        return np.asarray(np.exp(-((distance / self.length) ** 2) / 2))


@dataclass(frozen=True, kw_only=True)
class Matern:
    """The Matérn function of smoothness ν: a density ∝ (2ν/ℓ² + k²)^{-ν-D/2}, a multivariate Student t.

    ν = 1/2 is exp(-r/ℓ). It is the propagator of (-∂² + m²)^{ν+D/2} with m² = 2ν/ℓ².

    Parameters
    ----------
    length, smoothness : float
        ℓ and ν > 0.
    """

    length: float
    smoothness: float

    def __post_init__(self) -> None:
        for name in ("length", "smoothness"):
            object.__setattr__(self, name, _positive(name, getattr(self, name)))

    def wave_vectors(self, count: int, dimension: int, rng: np.random.Generator) -> Array:
        """Draw `count` of them, shape (count, D)."""
        normal = rng.standard_normal((count, dimension)) / self.length
        return np.asarray(
            normal / np.sqrt(rng.chisquare(2 * self.smoothness, (count, 1)) / (2 * self.smoothness))
        )

    def two_point(self, distance: Array, dimension: int) -> Array:
        """2^{1-ν}/Γ(ν) x^ν K_ν(x) at x = √(2ν) r/ℓ, in any dimension."""
        import scipy.special

        nu = self.smoothness
        x = math.sqrt(2 * nu) * np.asarray(distance, dtype=np.float64) / self.length
        safe = np.where(x > 0, x, 1.0)
        value = 2 ** (1 - nu) / math.gamma(nu) * safe**nu * scipy.special.kv(nu, safe)
        return np.asarray(np.where(x > 0, value, 1.0))


@dataclass(frozen=True, kw_only=True)
class Radial:
    """Any density of |k| up to a cutoff, drawn by inverting its tabulated distribution.

    Parameters
    ----------
    density : callable
        From |k|, an array, to a density in k-space that need not be normalised.
    cutoff : float
        No wave vector is longer.
    """

    density: Callable[[Array], Array]
    cutoff: float

    def __post_init__(self) -> None:
        if not callable(self.density):
            raise InvalidInput(f"density={shown(self.density)} is no function; give one of |k|, an array")
        object.__setattr__(self, "cutoff", _positive("cutoff", self.cutoff))

    def wave_vectors(self, count: int, dimension: int, rng: np.random.Generator) -> Array:
        """Draw `count` of them, shape (count, D)."""
        k, weight = self._table(dimension)
        cumulative = np.concatenate([[0.0], np.cumsum((weight[1:] + weight[:-1]) / 2 * np.diff(k))])
        length = np.interp(rng.random(count) * cumulative[-1], cumulative, k)
        direction = rng.standard_normal((count, dimension))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        return np.asarray(length[:, np.newaxis] * direction)

    def two_point(self, distance: Array, dimension: int) -> Array:
        """The mean over all directions and lengths of k, by Simpson's rule."""
        import scipy.integrate

        k, weight = self._table(dimension)
        waves = _isotropic_wave(np.multiply.outer(np.asarray(distance, dtype=np.float64), k), dimension)
        total = scipy.integrate.simpson(weight, x=k)
        return np.asarray(scipy.integrate.simpson(waves * weight, x=k, axis=-1) / total)

    def _table(self, dimension: int) -> tuple[Array, Array]:
        """|k|, denser where it is small, and the density of |k| there."""
        k = self.cutoff * np.linspace(0.0, 1.0, _NODES) ** 2
        density = np.asarray(self.density(k), dtype=np.float64)
        if density.shape != k.shape or not np.isfinite(density).all() or (density < 0).any():
            raise InvalidInput(
                "the spectral density must give a finite number >= 0 for every |k| of an array"
            )
        weight = density * k ** (dimension - 1)
        if not weight.any():
            raise InvalidInput("the spectral density is zero everywhere below the cutoff")
        return k, weight


@dataclass(frozen=True, kw_only=True)
class FreeMassive:
    """The propagator of a free field of mass m: density ∝ 1/(k² + m²) for |k| below a cutoff.

    The coincident point needs the cutoff from two dimensions on. The two-point function is scaled to 1 there;
    :meth:`coincident` is what it was scaled by.

    Parameters
    ----------
    mass, cutoff : float
        Both > 0.

    Examples
    --------
    >>> one = FreeMassive(mass=1.0, cutoff=500.0)
    >>> abs(float(one.two_point(np.array([1.0]), 1)[0]) - math.exp(-1)) < 2e-3
    True
    """

    mass: float
    cutoff: float

    def __post_init__(self) -> None:
        for name in ("mass", "cutoff"):
            object.__setattr__(self, name, _positive(name, getattr(self, name)))

    def wave_vectors(self, count: int, dimension: int, rng: np.random.Generator) -> Array:
        """Draw `count` of them, shape (count, D)."""
        return self._radial.wave_vectors(count, dimension, rng)

    def two_point(self, distance: Array, dimension: int) -> Array:
        """∫ d^Dk e^{ik·r}/(k² + m²) below the cutoff, over its value at r = 0."""
        return self._radial.two_point(distance, dimension)

    def coincident(self, dimension: int) -> float:
        """∫ d^Dk/(2π)^D 1/(k² + m²) below the cutoff: the variance that makes it the propagator itself."""
        import scipy.integrate

        k, weight = self._radial._table(dimension)
        sphere = 2 * math.pi ** (dimension / 2) / math.gamma(dimension / 2)
        return float(sphere / (2 * math.pi) ** dimension * scipy.integrate.simpson(weight, x=k))

    @property
    def _radial(self) -> Radial:
        return Radial(density=lambda k: 1 / (k**2 + self.mass**2), cutoff=self.cutoff)


def _isotropic_wave(x: Array, dimension: int) -> Array:
    """The mean of e^{ik·r} over directions at x = |k||r|: Γ(D/2) (2/x)^{D/2-1} J_{D/2-1}(x)."""
    import scipy.special

    order = dimension / 2 - 1
    safe = np.where(x > 1e-8, x, 1.0)
    value = math.gamma(dimension / 2) * (2 / safe) ** order * scipy.special.jv(order, safe)
    return np.asarray(np.where(x > 1e-8, value, 1.0))


def _positive(name: str, value: Any) -> float:
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not 0 < float(value) < math.inf:
        raise InvalidInput(f"{name}={shown(value)} is not allowed; give a number > 0, such as {name}=1.0")
    return float(value)
