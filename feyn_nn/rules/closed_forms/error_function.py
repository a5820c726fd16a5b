"""σ = c erf(s z): expectations of up to three factors erf, and of all derivatives that leave no more.

erf(y) = ⟨sign(y + ξ)⟩ with ξ ~ N(0, ½), hence ⟨erf erf⟩ = (2/π) asin(2K₁₂ / √((1 + 2K₁₁)(1 + 2K₂₂))) (Williams 1997).
A derivative is a Gaussian, erf' = (2/√π) exp(-y²), that only changes the metric, K → K (1 + 2MK)^{-1} for M Gaussian
factors on the diagonal; powers of y go by Stein's lemma. Odd numbers of factors vanish, and four of them, an
orthant probability in four dimensions, have no closed form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import NamedTuple, TypeAlias

import sympy

from feyn_nn.networks import Activation
from feyn_nn.rules.closed_forms.formula import Z, formula
from feyn_nn.rules.expectation import Expectation, Factor

Metric: TypeAlias = Callable[[int, int], sympy.Expr]

_SLOPE = 2 / sympy.sqrt(sympy.pi)
_MOST_FACTORS = 3


class Power(NamedTuple):
    """erf(y)^factors exp(-gaussians y²) y^degree."""

    factors: int
    gaussians: int
    degree: int


State: TypeAlias = tuple[Power, ...]


def error_function_form(activation: Activation) -> Callable[[Expectation, Metric], sympy.Expr | None] | None:
    """What writes expectations of σ, if σ is c erf(s z); else None."""
    sigma = formula(activation)
    if sigma is None:
        return None
    amplitude, rest = sigma.as_independent(Z, as_Add=False)
    if not isinstance(rest, sympy.erf) or sympy.diff(rest.args[0], Z).has(Z) or rest.args[0].subs(Z, 0) != 0:
        return None
    return partial(_expectation, amplitude, sympy.diff(rest.args[0], Z))


def _expectation(
    amplitude: sympy.Expr, scale: sympy.Expr, expectation: Expectation, metric: Metric
) -> sympy.Expr | None:
    size = len(expectation)
    labels = [factor.label for factor in expectation]
    covariance = sympy.Matrix(size, size, lambda i, j: scale**2 * metric(labels[i], labels[j]))
    terms = [list(_powers(factor).items()) for factor in expectation]
    if any(
        sum(power.factors for power, _ in chosen) > _MOST_FACTORS and _is_even(chosen)
        for chosen in product(*terms)
    ):
        return None
    means = _Means(covariance)
    total = sympy.Integer(0)
    for chosen in product(*terms):
        total += sympy.Mul(*(c for _, c in chosen)) * means(tuple(power for power, _ in chosen))
    powers = sum(factor.power for factor in expectation)
    return amplitude**powers * scale ** sum(factor.derivatives for factor in expectation) * total


def _is_even(chosen: tuple[tuple[Power, sympy.Expr], ...]) -> bool:
    return sum(power.factors + power.degree for power, _ in chosen) % 2 == 0


def _powers(factor: Factor) -> dict[Power, sympy.Expr]:
    """∂^j[erf^a] as a sum of terms."""
    terms: dict[Power, sympy.Expr] = {Power(factor.power, 0, 0): sympy.Integer(1)}
    for _ in range(factor.derivatives):
        following: defaultdict[Power, sympy.Expr] = defaultdict(lambda: sympy.Integer(0))
        for (e, m, k), value in terms.items():
            if e:
                following[Power(e - 1, m + 1, k)] += e * _SLOPE * value
            if m:
                following[Power(e, m, k + 1)] -= 2 * m * value
            if k:
                following[Power(e, m, k - 1)] += k * value
        terms = dict(following)
    return terms


class _Means:
    """⟨Π erf^e exp(-m y²) y^k⟩ over N(0, covariance)."""

    def __init__(self, covariance: sympy.Matrix) -> None:
        self._covariance = covariance
        self._known: dict[State, sympy.Expr] = {}
        self._changed: dict[tuple[int, ...], tuple[sympy.Matrix, sympy.Expr]] = {}

    def __call__(self, state: State) -> sympy.Expr:
        if sum(power.factors + power.degree for power in state) % 2:
            return sympy.Integer(0)
        if state not in self._known:
            self._known[state] = self._mean(state)
        return self._known[state]

    def _mean(self, state: State) -> sympy.Expr:
        i = next((i for i, power in enumerate(state) if power.degree), None)
        numerators, determinant = self._reweighted(tuple(power.gaussians for power in state))
        if i is None:
            places = [j for j, power in enumerate(state) for _ in range(power.factors)]
            return _arcsine(places, numerators, determinant) / sympy.sqrt(determinant)
        less = _replaced(state, i, degree=state[i].degree - 1)
        total = sympy.Integer(0)
        for j, (e, m, k) in enumerate(less):
            if k:
                total += k * numerators[i, j] * self(_replaced(less, j, degree=k - 1))
            if e:
                total += (
                    e * _SLOPE * numerators[i, j] * self(_replaced(less, j, factors=e - 1, gaussians=m + 1))
                )
        return total / determinant

    def _reweighted(self, gaussians: tuple[int, ...]) -> tuple[sympy.Matrix, sympy.Expr]:
        """K adj(1 + 2MK) and det(1 + 2MK): their quotient is the metric that the Gaussians leave."""
        if gaussians not in self._changed:
            matrix = sympy.eye(len(gaussians)) + 2 * sympy.diag(*gaussians) * self._covariance
            numerators = (self._covariance * matrix.adjugate()).applyfunc(sympy.expand)
            self._changed[gaussians] = numerators, sympy.expand(matrix.det())
        return self._changed[gaussians]


def _replaced(state: State, i: int, **changes: int) -> State:
    return (*state[:i], state[i]._replace(**changes), *state[i + 1 :])


def _arcsine(places: list[int], numerators: sympy.Matrix, determinant: sympy.Expr) -> sympy.Expr:
    """⟨erf erf⟩ over N(0, numerators / determinant), or 1 for no factor at all."""
    if not places:
        return sympy.Integer(1)
    i, j = places
    first, second = (determinant + 2 * numerators[at, at] for at in places)
    scale = first if i == j else sympy.sqrt(first) * sympy.sqrt(second)
    return 2 / sympy.pi * sympy.asin(2 * numerators[i, j] / scale)
