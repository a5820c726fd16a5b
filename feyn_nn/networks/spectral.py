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
_NODES_PER_RADIAN = 4  # of a wave where nodes are widest: Simpson's rule then errs by 2e-5 of it
_SMOOTHEST = 100.0  # a Matérn function: Bessel functions of a higher order overflow
_MOST_NODES = 4_000_001


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
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-((distance / self.length) ** 2) / 2))


@dataclass(frozen=True, kw_only=True)
class Matern:
    """The Matérn function of smoothness ν: a density ∝ (2ν/ℓ² + k²)^{-ν-D/2}, a multivariate Student t.

    ν = 1/2 is exp(-r/ℓ). It is the propagator of (-∂² + m²)^{ν+D/2} with m² = 2ν/ℓ².

    Parameters
    ----------
    length, smoothness : float
        ℓ and ν > 0, ν <= 100.
    """

    length: float
    smoothness: float

    def __post_init__(self) -> None:
        for name in ("length", "smoothness"):
            object.__setattr__(self, name, _positive(name, getattr(self, name)))
        if self.smoothness > _SMOOTHEST:
            raise InvalidInput(
                f"smoothness={self.smoothness:g} is too large; give at most {_SMOOTHEST:g}, or what it tends to,"
                f" Gaussian(length={self.length:g})"
            )

    def wave_vectors(self, count: int, dimension: int, rng: np.random.Generator) -> Array:
        """Draw `count` of them, shape (count, D)."""
        normal = rng.standard_normal((count, dimension)) / self.length
        chi2 = np.maximum(rng.chisquare(2 * self.smoothness, (count, 1)), 1e-300)  # it may underflow
        return np.asarray(normal / np.sqrt(chi2 / (2 * self.smoothness)))

    def two_point(self, distance: Array, dimension: int) -> Array:
        """2^{1-ν}/Γ(ν) x^ν K_ν(x) at x = √(2ν) r/ℓ, in any dimension."""
        import scipy.special

        nu = self.smoothness
        x = math.sqrt(2 * nu) * np.asarray(distance, dtype=np.float64) / self.length
        safe = np.where(x > 0, x, 1.0)
        bessel = scipy.special.kve(nu, safe)
        known = np.isfinite(bessel) & (x > 0)
        series = 1 - x**2 / (4 * nu - 4) if nu > 1 else 1.0  # it overflows at small x alone
        logarithm = (1 - nu) * math.log(2) - math.lgamma(nu) + nu * np.log(safe) - safe
        return np.asarray(np.where(known, np.exp(logarithm + np.log(np.where(known, bessel, 1.0))), series))


@dataclass(frozen=True, kw_only=True)
class Radial:
    """Any density of |k| up to a cutoff, drawn by inverting its tabulated distribution.

    Parameters
    ----------
    density : callable
        From |k|, an array, to a density in k-space that need not be normalised.
    cutoff : float
        No wave vector is longer.
    scale : float, optional
        The |k| up to which the density varies fastest, where it is far below the cutoff.

    Raises
    ------
    InvalidInput
        If the density is no function, or cutoff or scale are not > 0; where it is used, if it gives something else than
        finite numbers >= 0 or zero alone, or if the waves at a distance are too many to integrate.
    """

    density: Callable[[Array], Array]
    cutoff: float
    scale: float | None = None

    def __post_init__(self) -> None:
        if not callable(self.density):
            raise InvalidInput(f"density={shown(self.density)} is no function; give one of |k|, an array")
        object.__setattr__(self, "cutoff", _positive("cutoff", self.cutoff))
        if self.scale is not None:
            object.__setattr__(self, "scale", _positive("scale", self.scale))

    def wave_vectors(self, count: int, dimension: int, rng: np.random.Generator) -> Array:
        """Draw `count` of them, shape (count, D)."""
        k, weight = self.table(dimension)
        cumulative = np.concatenate([[0.0], np.cumsum((weight[1:] + weight[:-1]) / 2)])
        length = np.interp(rng.random(count) * cumulative[-1], cumulative, k)
        direction = rng.standard_normal((count, dimension))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        return np.asarray(length[:, np.newaxis] * direction)

    def two_point(self, distance: Array, dimension: int) -> Array:
        """The mean over all directions and lengths of k, by Simpson's rule with nodes enough for the farthest wave."""
        import scipy.integrate

        distances, place = np.unique(np.asarray(distance, dtype=np.float64), return_inverse=True)
        k, weight = self.table(dimension, float(distances.max(initial=0.0)))
        waves = [scipy.integrate.simpson(_isotropic_wave(r * k, dimension) * weight) for r in distances]
        return np.asarray(np.array(waves)[place] / scipy.integrate.simpson(weight)).reshape(
            np.shape(distance)
        )

    def table(self, dimension: int, farthest: float = 0.0) -> tuple[Array, Array]:
        """|k|, denser where it is small, and the density of |k| in the numbers of the nodes.

        Raises
        ------
        InvalidInput
            If the density is not what it should be, or waves at the farthest distance need too many nodes.
        """
        steps = _NODES - 1
        fastest = 2.0 if self.scale is None else math.asinh(self.cutoff / self.scale)
        needed = _NODES_PER_RADIAN * fastest * self.cutoff * farthest
        if needed > _MOST_NODES:
            raise InvalidInput(
                f"cutoff={self.cutoff:g} at a distance of {farthest:g} has too many waves to integrate; give a cutoff"
                f" below {_MOST_NODES / (_NODES_PER_RADIAN * fastest * farthest):.3g}"
            )
        u = np.linspace(0.0, 1.0, 2 * math.ceil(max(steps, needed) / 2) + 1)
        if self.scale is None:
            k, slope = self.cutoff * u**2, 2 * self.cutoff * u
        else:
            k, slope = self.scale * np.sinh(fastest * u), fastest * self.scale * np.cosh(fastest * u)
        weight = self._checked(k) * k ** (dimension - 1) * slope * u[1]
        if not weight.any():
            raise InvalidInput("the spectral density is zero everywhere below the cutoff")
        return k, weight

    def _checked(self, k: Array) -> Array:
        with np.errstate(all="ignore"):
            density = np.asarray(self.density(k), dtype=np.float64)
        if density.shape != k.shape or not np.isfinite(density).all() or (density < 0).any():
            raise InvalidInput(
                "the spectral density must give a finite number >= 0 for every |k| of an array, zero included"
            )
        return density


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

        _, weight = self._radial.table(dimension)
        sphere = 2 * math.pi ** (dimension / 2) / math.gamma(dimension / 2)
        return float(sphere / (2 * math.pi) ** dimension * scipy.integrate.simpson(weight))

    @property
    def _radial(self) -> Radial:
        return Radial(density=lambda k: 1 / (k**2 + self.mass**2), cutoff=self.cutoff, scale=self.mass)


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
