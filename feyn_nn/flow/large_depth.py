"""What a critical network tends to at great depth: powers of ℓ and their coefficients.

About a critical fixed point the kernel of one input obeys K' - K = a |K - K*|^{1+p} to leading order, and its
cumulants the recursion of :mod:`feyn_nn.kernels.single_input` with J → 1, V_{2,0} → w. Powers of ℓ solve it:

- K* = 0, K^p → 1/(p|a|ℓ), V_{2,0} = vK², J = 1 - (1+1/p)/ℓ, V_{1,2} = -(1+p)/(ℓK), V_{1,3} = -(1+p)(p-1)/(ℓK²),
  V_{2,1} = 2vK, V_{2,2} = 2v: the couplings V/K² = xℓ, κ₃/K³ = sℓ², κ₄/K⁴ = qℓ³ and K^{1}/K = cℓ have x = v/3,
  5s = 6vx - 3(1+p)x², 7q = 12vs + 12vx² - (1+p)(12sx + 4(p-1)x³), c = -(1+p)x/4.
- a line of fixed points, J = 1 and V_{1,m} = 0: x = v, s = 3v², q = 16v³, c = 0.
- K* > 0, half-stable, K* - K → 1/(aℓ), J = 1 - 2/ℓ, V_{1,2} = 2a: V = wℓ/5, κ₃ = 2aw²ℓ³/75, κ₄ = 16a²w³ℓ⁵/1625,
  K^{1} = awℓ²/20.

(Roberts, Yaida & Hanin 2022, chapter 5, have K and V of the three classes.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sympy

_SHORT = 10
"""Longer closed forms are not printed; `exact` has them."""

EXPONENTS_AT_ZERO = {"four_point": 1.0, "six_point": 2.0, "eight_point": 3.0, "correction": 1.0}
EXPONENTS_HALF_STABLE = {"four_point": 1.0, "six_point": 3.0, "eight_point": 5.0, "correction": 2.0}


@dataclass(frozen=True, kw_only=True)
class PowerLaw:
    """A quantity that tends to coefficient·ℓ^exponent, ℓ the number of hidden layers.

    Parameters
    ----------
    coefficient : float
    exponent : float
    error : float
        Of the coefficient, absolute.
    exact : sympy expression, optional
        The coefficient in closed form, where σ has one.

    Examples
    --------
    >>> law = PowerLaw(coefficient=5.0, exponent=1.0, error=0.0)
    >>> law(100), str(law)
    (500.0, '5·ℓ^1')
    """

    coefficient: float
    exponent: float
    error: float
    exact: sympy.Expr | None = None

    def __call__(self, depth: float) -> float:
        """coefficient·depth^exponent."""
        return float(self.coefficient * depth**self.exponent)

    def number(self, digits: int) -> str:
        """The coefficient as text: in closed form where that is short."""
        written = "" if self.exact is None else str(self.exact)
        return written if 0 < len(written) <= _SHORT else f"{self.coefficient:.{digits}g}"

    def __str__(self) -> str:
        number = self.number(6)
        return number if self.exponent == 0 or self.coefficient == 0 else f"{number}·ℓ^{self.exponent:g}"


@dataclass(frozen=True, kw_only=True)
class LargeDepth(Mapping[str, PowerLaw]):
    """Leading behaviour behind ℓ hidden layers, by quantity.

    Parameters
    ----------
    kernel : PowerLaw
        K for K* = 0, the distance |K - K*| at a half-stable point, K/K¹ = 1 on a line of fixed points.
    four_point, six_point, eight_point : PowerLaw
        V/K², κ₃/K³, κ₄/K⁴: coefficients of 1/n, 1/n², 1/n³.
    correction : PowerLaw
        K^{1}/K, the coefficient of 1/n.
    kernel_series : sympy expression, optional
        K as a series in 1/ℓ, the logarithm included, where its coefficients have a closed form.

    Examples
    --------
    >>> from feyn_nn.flow.criticality import criticality
    >>> laws = criticality("tanh").best().large_depth
    >>> {name: str(law.exact) for name, law in laws.items()}
    {'kernel': '1/2', 'four_point': '2/3', 'six_point': '16/15', 'eight_point': '96/35', 'correction': '-1/3'}
    """

    kernel: PowerLaw
    four_point: PowerLaw
    six_point: PowerLaw
    eight_point: PowerLaw
    correction: PowerLaw
    kernel_series: sympy.Expr | None = None

    def __getitem__(self, name: str) -> PowerLaw:
        if name not in tuple(self):
            raise KeyError(name)
        law: PowerLaw = getattr(self, name)
        return law

    def __iter__(self) -> Iterator[str]:
        return iter(("kernel", "four_point", "six_point", "eight_point", "correction"))

    def __len__(self) -> int:
        return 5

    def __str__(self) -> str:
        names = ("K", "V/K²", "κ₃/K³", "κ₄/K⁴", "K^{1}/K")
        return ", ".join(f"{name} → {self[key]}" for name, key in zip(names, self, strict=True))


def vanishing_kernel(a: float, p: float, v: float, error: float) -> LargeDepth:
    """K* = 0 with K' = K + aK^{1+p}, a < 0, and V_{2,0} = vK².

    Parameters
    ----------
    a, p, v : float
    error : float
        Relative, of a and v.

    Examples
    --------
    >>> print(vanishing_kernel(-2.0, 1.0, 2.0, 0.0))
    K → 0.5·ℓ^-1, V/K² → 0.666667·ℓ^1, κ₃/K³ → 1.06667·ℓ^2, κ₄/K⁴ → 2.74286·ℓ^3, K^{1}/K → -0.333333·ℓ^1
    """
    kernel = (1.0 / (p * abs(a))) ** (1.0 / p)
    laws = _laws(couplings_at_zero(p, v), EXPONENTS_AT_ZERO, 4.0 * error)
    return LargeDepth(
        kernel=PowerLaw(coefficient=kernel, exponent=-1.0 / p, error=error * kernel / p), **laws
    )


def couplings_at_zero(p: Any, v: Any) -> dict[str, Any]:
    """The coefficients x, s, q, c of the module's text; numbers or sympy expressions alike."""
    x = v / 3
    s = (6 * v * x - 3 * (1 + p) * x**2) / 5
    q = (12 * v * s + 12 * v * x**2 - (1 + p) * (12 * s * x + 4 * (p - 1) * x**3)) / 7
    return {"four_point": x, "six_point": s, "eight_point": q, "correction": -(1 + p) * x / 4}


def fixed_line(v: float, error: float) -> LargeDepth:
    """Every K is a fixed point: V_{2,0} = vK², and nothing else drives the flow.

    Examples
    --------
    >>> print(fixed_line(5.0, 0.0).six_point)
    75·ℓ^2
    """
    kernel = PowerLaw(coefficient=1.0, exponent=0.0, error=0.0)
    return LargeDepth(kernel=kernel, **_laws(couplings_on_a_line(v), EXPONENTS_AT_ZERO, 3.0 * error))


def couplings_on_a_line(v: Any) -> dict[str, Any]:
    """The coefficients on a line of fixed points; numbers or sympy expressions alike."""
    return {"four_point": v, "six_point": 3 * v**2, "eight_point": 16 * v**3, "correction": 0 * v}


def half_stable(kernel: float, a: float, w: float, error: float) -> LargeDepth:
    """K* > 0 with K' = K + a(K - K*)², reached from the side on which it attracts, and V_{2,0}(K*) = w.

    Parameters
    ----------
    kernel, a, w : float
    error : float
        Relative, of a and w.
    """
    distance = PowerLaw(coefficient=1.0 / abs(a), exponent=-1.0, error=error / abs(a))
    found = couplings_half_stable(kernel, a, w)
    return LargeDepth(kernel=distance, **_laws(found, EXPONENTS_HALF_STABLE, 5.0 * error))


def couplings_half_stable(kernel: Any, a: Any, w: Any) -> dict[str, Any]:
    """The coefficients about a half-stable K*; numbers or sympy expressions alike."""
    return {
        "four_point": w / 5 / kernel**2,
        "six_point": 2 * a * w**2 / 75 / kernel**3,
        "eight_point": 16 * a**2 * w**3 / 1625 / kernel**4,
        "correction": a * w / 20 / kernel,
    }


def _laws(found: Mapping[str, float], exponents: Mapping[str, float], error: float) -> dict[str, PowerLaw]:
    return {
        name: PowerLaw(coefficient=value, exponent=exponents[name], error=error * abs(value))
        for name, value in found.items()
    }
