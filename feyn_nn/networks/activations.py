"""Activations: σ, its derivatives, and what theory needs to know of its shape.

An activation is data, not a branch. To add one, register it once::

    register(Activation(name="sin", function=np.sin, derivatives=sin_derivatives,
                        parity=-1, strip=math.inf, formula="sin(z)"))

After that ``MLP(activation="sin")``, specifications and every evaluation know it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput, nearest

Slopes: TypeAlias = tuple[float, float]
Derivatives: TypeAlias = Callable[[NDArray[np.float64], int], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Activation:
    """The function σ that a neuron applies to its preactivation z.

    Activations are equal when their names are.

    Parameters
    ----------
    name : str
        What a user types, such as ``"tanh"``.
    function : callable
        z -> σ(z), elementwise.
    derivatives : callable
        (z, order) -> array of shape (order + 1, *z.shape) holding σ, σ', …, σ^(order) at z. A kinked σ gives
        those off the kink, and there the mean of both sides.
    slopes : (float, float), optional
        (a₋, a₊) if σ(z) = a₋ z for z < 0 and a₊ z for z > 0, homogeneous of degree one; None otherwise.
    parity : int
        +1 for an even σ, -1 for an odd one, 0 for neither.
    strip : float
        Half-width of the strip about the real axis in which σ is analytic: π/2 for tanh, ``inf`` for an
        entire function, 0.0 for a kinked one. It sets how fast a trapezoidal rule converges.
    formula : str
        σ as sympy text in z, such as ``"tanh(z)"``.

    Raises
    ------
    InvalidInput
        If a part is missing or out of range.

    Examples
    --------
    >>> activation("relu")(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    name: str
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    derivatives: Derivatives
    slopes: Slopes | None = None
    parity: int = 0
    strip: float
    formula: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise InvalidInput(f"name={self.name!r} does not name an activation; give a word such as 'tanh'")
        if not callable(self.function) or not callable(self.derivatives):
            raise InvalidInput(f"activation {self.name!r} lacks a callable; give function= and derivatives=")
        if self.parity not in (-1, 0, 1):
            raise InvalidInput(
                f"parity={self.parity!r} is not known; give +1 (even), -1 (odd) or 0 (neither)"
            )
        if not self.strip >= 0:
            raise InvalidInput(
                f"strip={self.strip!r} is no width; give a number >= 0, math.inf if σ is entire"
            )
        if self.slopes is not None and (len(self.slopes) != 2 or not all(map(math.isfinite, self.slopes))):
            raise InvalidInput(f"slopes={self.slopes!r} are not two finite numbers; give (below 0, above 0)")

    def __call__(self, z: ArrayLike) -> NDArray[np.float64]:
        """σ(z), elementwise, of the shape of z."""
        return self.function(np.asarray(z, dtype=np.float64))

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, Activation) else NotImplemented

    def __hash__(self) -> int:
        return hash((Activation, self.name))

    def __repr__(self) -> str:
        return f"Activation({self.name!r})"


_REGISTRY: dict[str, Activation] = {}


def register(new: Activation) -> Activation:
    """Make `new` known under its name, and return it.

    Raises
    ------
    InvalidInput
        If the name is taken, or `new` is no Activation.
    """
    if not isinstance(new, Activation):
        raise InvalidInput(f"{new!r} is not an Activation; give register(Activation(name=…, …))")
    if new.name in _REGISTRY:
        raise InvalidInput(
            f"activation {new.name!r} exists already; choose another name, or unregister it first"
        )
    _REGISTRY[new.name] = new
    return new


def unregister(name: str) -> None:
    """Forget the activation called `name`.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    del _REGISTRY[activation(name).name]


def known_activations() -> tuple[str, ...]:
    """The names that ``activation=`` accepts, in alphabetical order."""
    return tuple(sorted(_REGISTRY))


def activation(given: str | Activation) -> Activation:
    """The activation of that name; an Activation is returned as it is, registered or not.

    Raises
    ------
    InvalidInput
        If no activation has this name; the message names those that exist.

    Examples
    --------
    >>> activation("tanh").formula
    'tanh(z)'
    """
    if isinstance(given, Activation):
        return given
    if not isinstance(given, str):
        raise InvalidInput(
            f"activation={given!r} is not a name; give one of {', '.join(known_activations())}"
        )
    if given not in _REGISTRY:
        raise InvalidInput(f"activation {given!r} is not known; {nearest(given, known_activations())}")
    return _REGISTRY[given]


def piecewise_linear(name: str, slopes: Slopes, *, formula: str, function: Any = None) -> Activation:
    """σ(z) = a₋ z below zero and a₊ z above, for `slopes` (a₋, a₊).

    Parameters
    ----------
    name, formula
        As in `Activation`.
    slopes : (float, float)
        a₋ and a₊; where they are equal, or opposite, parity and strip follow.
    function : callable, optional
        A faster way to write σ than the general one.

    Examples
    --------
    >>> piecewise_linear("leaky", (0.1, 1.0), formula="Max(z/10, z)")(-2.0).item()
    -0.2
    """
    below, above = float(slopes[0]), float(slopes[1])
    return Activation(
        name=name,
        function=function or partial(_broken_line, (below, above)),
        derivatives=partial(_broken_line_derivatives, (below, above)),
        slopes=(below, above),
        parity=int(below == -above) - int(below == above),
        strip=math.inf if below == above else 0.0,
        formula=formula,
    )


def _broken_line(slopes: Slopes, z: NDArray[np.float64]) -> NDArray[np.float64]:
    below, above = slopes
    return z * np.where(z < 0, below, above)


def _broken_line_derivatives(slopes: Slopes, z: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    below, above = slopes
    table = np.zeros((order + 1, *z.shape))
    table[0] = _broken_line(slopes, z)
    if order >= 1:
        table[1] = below + (above - below) * np.heaviside(z, 0.5)
    return table


def _rectified(z: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(z, 0.0)


def _tanh_derivatives(z: NDArray[np.float64], order: int) -> NDArray[np.float64]:
    """The derivatives of tanh, σ^(m) = sech²(z) Q_m(tanh z), stable in the tails and at any order in use.

    Q_m is summed over Chebyshev polynomials: its powers of t alternate in sign and would cancel near |t| = 1.
    sech² comes from exp(-2|z|), so that the tails keep their relative precision.
    """
    t = np.tanh(z)
    table = np.empty((order + 1, *z.shape))
    table[0] = t
    if order >= 1:
        decay = np.exp(-2.0 * np.abs(z))
        chebyshev = np.polynomial.chebyshev.chebvander(t.ravel(), order - 1)
        table[1:] = (_tanh_coefficients(order) @ chebyshev.T).reshape(order, *z.shape)
        table[1:] *= 4.0 * decay / (1.0 + decay) ** 2
    return table


@lru_cache(maxsize=64)
def _tanh_coefficients(order: int) -> NDArray[np.float64]:
    """Chebyshev coefficients of Q_1 … Q_order, one polynomial a row: shape (order, order)."""
    rows = np.zeros((order, order))
    for row, powers in zip(rows, _tanh_polynomials(order), strict=True):
        row[: len(powers)] = [float(c) for c in _chebyshev_series(powers)]
    rows.setflags(write=False)
    return rows


def _tanh_polynomials(order: int) -> list[list[int]]:
    """Integer coefficients of Q_1 … Q_order in powers of t: Q_1 = 1, Q_{m+1} = (1 - t²) Q_m' - 2t Q_m."""
    polynomials = [[1]]
    for m in range(1, order):
        following = [0] * (m + 1)
        for k, c in enumerate(polynomials[-1]):
            if k:
                following[k - 1] += k * c
            following[k + 1] -= (k + 2) * c
        polynomials.append(following)
    return polynomials


def _chebyshev_series(powers: list[int]) -> list[Fraction]:
    """The polynomial Σ c_k t^k in Chebyshev polynomials, exactly: t^k = 2^{1-k} Σ' binom(k, (k-j)/2) T_j."""
    series = [Fraction(0)] * len(powers)
    for k, c in enumerate(powers):
        for j in range(k % 2, k + 1, 2):
            series[j] += Fraction(c * math.comb(k, (k - j) // 2) * (1 if j == 0 else 2), 2**k)
    return series


register(piecewise_linear("linear", (1.0, 1.0), formula="z", function=np.positive))
register(piecewise_linear("relu", (0.0, 1.0), formula="Max(0, z)", function=_rectified))
register(
    Activation(
        name="tanh",
        function=np.tanh,
        derivatives=_tanh_derivatives,
        parity=-1,
        strip=math.pi / 2,
        formula="tanh(z)",
    )
)
