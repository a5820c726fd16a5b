"""Resummation: more from a few orders of an asymptotic series than their plain sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import factorial
from typing import Any, TypeAlias

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, nearest
from feyn_nn._core.estimate import with_error

Array: TypeAlias = NDArray[np.float64]
Ratio: TypeAlias = tuple[Polynomial, Polynomial]
"""Numerator and denominator of a Padé approximant; the denominator is 1 at zero."""

_SAFETY = 2.0  # on the spread of approximants, which is itself a guess at their error
_NEAR = 2.0  # a pole that lies nearer than this many times the point itself is taken for a defect
_ROUNDING = 1e-13


@dataclass(frozen=True, kw_only=True, repr=False)
class Resummed:
    """The sum of a series at one width, guessed from its first orders.

    Made by :meth:`feyn_nn.Evaluation.resum`.

    Parameters
    ----------
    name : str
        What was summed.
    value : float
    error : float
        Twice the spread of neighbouring approximants, and what the coefficients' own errors do. No bound: a guess
        that held in every case where the sum is known exactly and the tests look.
    method : str
    width : float
        n, the width of the first hidden layer.
    approximants : dict of str to float
        The value of each approximant [L/M] that was compared, best first.
    truncated : float
        The plain sum of the same orders.
    """

    name: str
    value: float
    error: float
    method: str
    width: float
    approximants: Mapping[str, float]
    truncated: float

    def __repr__(self) -> str:
        rows = (f"  {name}  {value: .12g}" for name, value in self.approximants.items())
        return "\n".join(
            [
                f"{self.name} at n = {self.width:g}, {self.method}: {with_error(self.value, self.error)}",
                f"  plain sum  {self.truncated: .12g}",
                *rows,
            ]
        )


def resum(
    name: str, coefficients: Mapping[int, float], errors: Mapping[int, float], width: float, method: str
) -> Resummed:
    """Sum Σ_k coefficients[k]/n^k by approximants that agree with it order by order.

    Parameters
    ----------
    name : str
    coefficients, errors : dict of int to float
        By power of 1/n, without gaps.
    width : float
        n > 0.
    method : {"pade", "borel"}
        Padé approximants of the series; or of its Borel transform Σ c_k t^k/k!, which is then integrated,
        ∫ e^{-t} B(t/n) dt, for series whose coefficients grow like factorials.

    Raises
    ------
    InvalidInput
        If there are fewer than three orders, a coefficient is no number, the method is unknown, or the
        approximants have poles where they are wanted.
    """
    methods: dict[str, Callable[[Ratio, float], float | None]] = {"pade": _ratio, "borel": _laplace}
    if method not in methods:
        raise InvalidInput(f"method={method!r} is no way to sum a series; {nearest(str(method), methods)}")
    powers = sorted(coefficients)
    if any(np.ndim(coefficients[k]) for k in powers):
        raise InvalidInput(f"{name} is an array; resum one component, as pairs=[(0, 0), (0, 0)] gives it")
    series = np.array([float(coefficients[k]) for k in powers])
    spans = np.array([float(errors[k]) for k in powers])
    leading = int(np.argmax(np.abs(series) > spans)) if (np.abs(series) > spans).any() else len(series)
    if len(series) - leading < 3:
        raise InvalidInput(
            f"{name} has {len(series) - leading} orders that are not zero; give three at least, by more loops"
        )
    prefactor, point = float(width) ** -(powers[0] + leading), 1.0 / width
    used, sizes = series[leading:], spans[leading:]
    tail = _geometric_tail(used * point ** np.arange(len(used)))
    if tail is None:
        raise InvalidInput(
            f"the terms of {name} have one sign and still grow at n = {width:g}, where no approximant can tell how"
            " far; give a larger width or more loops"
        )
    found = dict(_approximants(used, point, method, methods[method]))
    if len(found) < 2:  # one alone has nothing to be compared with
        raise InvalidInput(
            f"the {method} approximants of {name} have poles near n = {width:g}; give a larger width or more loops"
        )
    best, *others = found.values()
    moved = [dict(_approximants(used + s * sizes, point, method, methods[method])) for s in (1.0, -1.0)]
    label = next(iter(found))
    own = max((abs(m.get(label, best) - best) for m in moved), default=0.0)
    spread = max((abs(best - other) for other in others), default=abs(best))
    return Resummed(
        name=name,
        value=prefactor * best,
        error=float(prefactor * (_SAFETY * spread + tail + own + _ROUNDING * abs(best))),
        method=method,
        width=float(width),
        approximants={k: prefactor * v for k, v in found.items()},
        truncated=prefactor * float(np.polynomial.polynomial.polyval(point, used)),
    )


def _geometric_tail(terms: Array) -> float | None:
    """What a series of one sign has still to come if its last ratio stays; 0 if signs change, None if it grows."""
    before, last = terms[-2:]
    if before * last <= 0.0:
        return 0.0
    ratio = last / before
    return abs(last) * ratio / (1.0 - ratio) if ratio < 1.0 else None


def _approximants(
    series: Array, point: float, method: str, value: Callable[[Ratio, float], float | None]
) -> Iterator[tuple[str, float]]:
    """Yield the approximants near the diagonal that use all orders, then one that uses all but the last."""
    coefficients = series / _factorials(len(series)) if method == "borel" else series
    last = len(series) - 1
    for order, degrees in ((last, _near_diagonal(last)), (last - 1, _near_diagonal(last - 1)[:1])):
        for below in degrees:
            ratio = _pade(coefficients[: order + 1], below)
            summed = None if ratio is None else value(ratio, point)
            if summed is not None and np.isfinite(summed):
                yield f"[{order - below}/{below}]", summed


def _near_diagonal(order: int) -> list[int]:
    """Degrees of denominators, nearest to half the order first."""
    middle = order // 2
    return [m for m in (middle, middle + 1, middle - 1) if 0 < m <= order]


def _factorials(count: int) -> Array:
    return np.array([float(factorial(k)) for k in range(count)])


def _pade(series: Sequence[float] | Array, below: int) -> Ratio | None:
    """P/Q with Q(0) = 1 and P - Q·series = O(ε^{order+1}); None where no such ratio exists."""
    above = len(series) - 1 - below
    padded = np.concatenate((np.zeros(below), np.asarray(series, dtype=np.float64)))
    rows = np.array(
        [[padded[below + above + i - j] for j in range(1, below + 1)] for i in range(1, below + 1)]
    )
    wanted = -np.array([padded[below + above + i] for i in range(1, below + 1)])
    scale = np.abs(rows).max(initial=0.0)
    if scale == 0.0:
        return None
    if np.linalg.matrix_rank(rows / scale, tol=1e-10) < below:
        # The series may be that of a simpler ratio: then this one is the same.
        return _pade(series[:-2], below - 1) if below > 1 and above > 0 else None
    bottom: Array = np.concatenate(([1.0], np.linalg.solve(rows, wanted)))
    top = np.convolve(bottom, series)[: above + 1]
    return Polynomial(top), Polynomial(bottom)


def _defective(ratio: Ratio, reach: float) -> bool:
    """Whether a pole lies on the positive axis within reach."""
    roots = ratio[1].roots()
    real = roots[np.abs(roots.imag) <= 1e-6 * np.abs(roots)].real
    return bool(((real > 0.0) & (real < reach)).any())


def _ratio(ratio: Ratio, point: float) -> float | None:
    if _defective(ratio, _NEAR * point):
        return None
    return float(ratio[0](point) / ratio[1](point))


def _laplace(ratio: Ratio, point: float) -> float | None:
    """∫₀^∞ e^{-t} P(tε)/Q(tε) dt; None if a pole lies on the way."""
    if _defective(ratio, np.inf):
        return None
    import mpmath

    top, bottom = ([float(c) for c in polynomial.coef[::-1]] for polynomial in ratio)

    def integrand(t: Any) -> Any:
        return mpmath.exp(-t) * mpmath.polyval(top, t * point) / mpmath.polyval(bottom, t * point)

    return float(mpmath.quad(integrand, [0, 1, 4, 16, 64]))
