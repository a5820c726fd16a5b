"""Two straight lines that meet at zero: ReLU and leaky ReLU, with derivatives of any order.

With h_e(z) = z^e θ(z) / e! for e ≥ 0 and h_{-1-k} = δ^{(k)}, h_e' = h_{e-1} and z h_{e-1} = e h_e, so that Stein's
lemma lowers every power, e ⟨h_e g⟩ = K_αα ⟨h_{e-2} g⟩ + Σ_β K_αβ ⟨h_{e-1} ∂_β g⟩, down to steps and δ functions. Those
are Gaussian densities at zero and orthant probabilities, ¼ + asin(ρ)/2π for two inputs, ⅛ + Σ asin(ρ)/4π for three:
the arc-cosine kernels (Cho and Saul 2009) and all their derivatives. Four steps at once have no closed form.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations, product
from math import factorial
from typing import NamedTuple, TypeAlias

import sympy

from feyn_nn.networks import Activation
from feyn_nn.rules.closed_forms.formula import exact
from feyn_nn.rules.expectation import Expectation, Factor

Metric: TypeAlias = Callable[[int, int], sympy.Expr]

_MOST_STEPS = 3


class Power(NamedTuple):
    """h_exponent of one input, or z^exponent / exponent! where it is not cut at zero."""

    label: int
    exponent: int
    cut: bool

    def lowered(self, by: int = 1) -> Power:
        """Its derivative."""
        return self._replace(exponent=self.exponent - by)


State: TypeAlias = tuple[Power, ...]
Sum: TypeAlias = dict[State, sympy.Expr]


def piecewise_linear_form(
    activation: Activation,
) -> Callable[[Expectation, Metric], sympy.Expr | None] | None:
    """What writes expectations of σ, if σ is made of two slopes; else None."""
    if activation.slopes is None:
        return None
    below, above = map(exact, activation.slopes)
    return partial(_expectation, below, above)


def _expectation(
    below: sympy.Expr, above: sympy.Expr, expectation: Expectation, metric: Metric
) -> sympy.Expr | None:
    total: defaultdict[State, sympy.Expr] = defaultdict(lambda: sympy.Integer(0))
    reduce = _Reduction(metric)
    for chosen in product(*(_powers(below, above, factor) for factor in expectation)):
        weight = sympy.Mul(*(w for _, w in chosen))
        for state, value in reduce(tuple(power for power, _ in chosen)).items():
            total[state] += weight * value
    if any(sum(power.exponent == 0 for power in state) > _MOST_STEPS for state in total):
        return None
    return sympy.Add(*(sympy.factor(value) * _base(state, metric) for state, value in total.items()))


def _powers(below: sympy.Expr, above: sympy.Expr, factor: Factor) -> Iterator[tuple[Power, sympy.Expr]]:
    """∂^j[σ^a] = ∂^j [a₋^a z^a + (a₊^a - a₋^a) z^a θ(z)]."""
    label, power, derivatives = factor
    whole, cut = below**power, above**power - below**power
    for weight, is_cut in ((whole, False), (cut, True)):
        if weight != 0:
            yield Power(label, power - derivatives, is_cut), weight * factorial(power)


class _Reduction:
    """Expectations as sums over those of steps and δ functions, with polynomials in K (and 1/K) for weights."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._known: dict[State, Sum] = {}

    def __call__(self, state: State) -> Sum:
        kept = tuple(power for power in state if power.cut or power.exponent)
        if any(power.exponent < 0 and not power.cut for power in kept):
            return {}
        if kept not in self._known:
            self._known[kept] = self._reduced(kept)
        return self._known[kept]

    def _reduced(self, state: State) -> Sum:
        if any(power.exponent > 0 for power in state):
            return self._summed(self._by_stein(state))
        if any(power.exponent < -1 for power in state):
            return self._summed(self._by_density(state))
        return {state: sympy.Integer(1)}

    def _by_stein(self, state: State) -> Iterator[tuple[State, sympy.Expr]]:
        i = max(range(len(state)), key=lambda at: state[at].exponent)
        label, exponent, _ = state[i]
        yield _replaced(state, i, by=2), self._metric(label, label) / exponent
        for j, other in enumerate(state):
            if j != i:
                lower = _replaced(_replaced(state, i), j)
                yield lower, self._metric(label, other.label) / exponent

    def _by_density(self, state: State) -> Iterator[tuple[State, sympy.Expr]]:
        """One derivative less on a δ: it meets another one in the density, or moves the mean of a step."""
        i = min(range(len(state)), key=lambda at: state[at].exponent)
        deltas = [j for j, power in enumerate(state) if power.exponent < 0]
        inverse = _matrix(state, deltas, deltas, self._metric).inv()
        row = deltas.index(i)
        stripped = _replaced(state, i, by=-1)
        for column, j in enumerate(deltas):
            left = -1 - stripped[j].exponent
            if left:
                yield _replaced(stripped, j, by=-1), -left * inverse[row, column]
        for h, power in enumerate(state):
            if power.exponent == 0:
                shift = sum(
                    self._metric(power.label, state[j].label) * inverse[row, c] for c, j in enumerate(deltas)
                )
                yield _replaced(stripped, h), -shift

    def _summed(self, parts: Iterator[tuple[State, sympy.Expr]]) -> Sum:
        total: defaultdict[State, sympy.Expr] = defaultdict(lambda: sympy.Integer(0))
        for state, weight in parts:
            for base, value in self(state).items():
                total[base] += sympy.expand(weight * value)
        return dict(total)


def _replaced(state: State, i: int, by: int = 1) -> State:
    return (*state[:i], state[i].lowered(by), *state[i + 1 :])


def _matrix(state: State, rows: list[int], columns: list[int], metric: Metric) -> sympy.Matrix:
    return sympy.Matrix(
        len(rows), len(columns), lambda i, j: metric(state[rows[i]].label, state[columns[j]].label)
    )


def _base(state: State, metric: Metric) -> sympy.Expr:
    """⟨Π δ(z) Π θ(z)⟩: the density of some inputs at zero times the orthant probability of the others given that."""
    deltas = [i for i, power in enumerate(state) if power.exponent == -1]
    steps = [i for i, power in enumerate(state) if power.exponent == 0]
    covariance = _matrix(state, steps, steps, metric)
    if not deltas:
        return _orthant(covariance)
    at_zero = _matrix(state, deltas, deltas, metric)
    across = _matrix(state, steps, deltas, metric)
    density = 1 / sympy.sqrt((2 * sympy.pi) ** len(deltas) * sympy.expand(at_zero.det()))
    return density * _orthant((covariance - across * at_zero.inv() * across.T).applyfunc(sympy.together))


def _orthant(covariance: sympy.Matrix) -> sympy.Expr:
    """P(all > 0) of up to three centred Gaussians."""
    size = covariance.shape[0]
    angles = [
        sympy.asin(covariance[i, j] / sympy.sqrt(covariance[i, i] * covariance[j, j]))
        for i, j in combinations(range(size), 2)
    ]
    return (
        sympy.Rational(1, 2**size) + sympy.Add(*angles) / (2 ** (size - 1) * sympy.pi)
        if size
        else sympy.Integer(1)
    )
