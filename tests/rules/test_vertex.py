"""The vertex as plain data, against cumulants and derivatives taken with no rule at all.

For a polynomial σ every Gaussian expectation is a polynomial in the entries of the metric (Isserlis), so the
oracle writes the joint cumulant of ω_p1 … ω_pk as such a polynomial and differentiates it with respect to the
entries G_γδ, γ ≤ δ, as the independent variables that they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache, reduce
from itertools import permutations
from math import prod

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn.rules import Expectation, Factor, unit_cumulant

N_LABELS = 3
PAIRS = [(a, b) for a in range(N_LABELS) for b in range(a, N_LABELS)]
RING, *GENERATORS = sympy.ring([f"G{a}{b}" for a, b in PAIRS], sympy.QQ)
METRIC = dict(zip(PAIRS, GENERATORS, strict=True))

Activation = tuple[Fraction, ...]  # coefficients of 1, z, z², …
LINEAR = (0, 1)
CUBIC = (0, 1, Fraction(1, 2), Fraction(-1, 3))
SHIFTED = (2, 1, Fraction(-1, 5))


@cache
def isserlis(labels: tuple[int, ...]):
    """E[z_a z_b …]: the sum over all pairings."""
    if not labels:
        return RING.one
    first, *rest = labels
    total = RING.zero
    for i, partner in enumerate(rest):
        total += METRIC[first, partner] * isserlis(tuple(rest[:i] + rest[i + 1 :]))
    return total


def mean(factors: dict[int, Activation]):
    """⟨Π_α f_α(z_α)⟩ for polynomials f_α, as a polynomial in the metric."""
    terms: dict[tuple[int, ...], Fraction] = {(): Fraction(1)}
    for label, coefficients in sorted(factors.items()):
        terms = {
            (*labels, *(label,) * power): value * Fraction(c)
            for labels, value in terms.items()
            for power, c in enumerate(coefficients)
            if c
        }
    total = RING.zero
    for labels, value in terms.items():
        total += sympy.QQ(value.numerator, value.denominator) * isserlis(labels)
    return total


def power(activation: Activation, exponent: int) -> Activation:
    result: list[Fraction] = [Fraction(1)]
    for _ in range(exponent):
        product = [Fraction(0)] * (len(result) + len(activation) - 1)
        for i, a in enumerate(result):
            for j, b in enumerate(activation):
                product[i + j] += a * b
        result = product
    return tuple(result)


def derivative(polynomial: Activation, order: int) -> Activation:
    for _ in range(order):
        polynomial = tuple(i * c for i, c in enumerate(polynomial))[1:]
    return polynomial


def joint_cumulant(outgoing, activation: Activation):
    """κ[ω_p1 …] from the moments, M(S) = Σ_{T ∋ first} κ(T) M(S - T)."""

    @cache
    def moment(chosen: tuple[int, ...]):
        powers = Counter(label for i in chosen for label in outgoing[i])
        return mean({label: power(activation, a) for label, a in powers.items()})

    @cache
    def kappa(chosen: tuple[int, ...]):
        first, *rest = chosen
        total = moment(chosen)
        for bits in range(2 ** len(rest) - 1):
            inside = tuple(r for i, r in enumerate(rest) if bits >> i & 1)
            outside = tuple(r for i, r in enumerate(rest) if not bits >> i & 1)
            total -= kappa((first, *inside)) * moment(outside)
        return total

    return kappa(tuple(range(len(outgoing))))


def expected(outgoing, incoming, activation: Activation):
    return reduce(
        lambda value, q: value.diff(METRIC[q]), incoming, joint_cumulant(tuple(outgoing), activation)
    )


pairs = st.sampled_from(PAIRS)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(pairs, min_size=1, max_size=3), st.lists(pairs, max_size=3), st.sampled_from([LINEAR, SHIFTED])
)
def test_any_vertex_of_a_polynomial_activation(outgoing, incoming, activation):
    check(outgoing, incoming, activation)


@pytest.mark.parametrize(
    ("outgoing", "incoming"),
    [
        ([(0, 0)], [(0, 0)]),
        ([(0, 1)], [(0, 0), (0, 1), (1, 1)]),
        ([(0, 0), (1, 1)], []),
        ([(0, 0), (0, 1)], [(0, 1), (0, 1)]),
        ([(0, 1), (0, 2)], [(1, 2), (0, 0)]),
        ([(0, 0), (0, 0), (0, 0)], [(0, 0), (0, 0)]),
        ([(0, 0)] * 4, [(0, 0)]),
    ],
)
def test_vertices_of_a_cubic_activation(outgoing, incoming):
    check(outgoing, incoming, CUBIC if len(outgoing) < 4 else (0, 1, 1))


def check(outgoing, incoming, activation) -> None:
    def value_of(expectation: Expectation):
        return mean({f.label: derivative(power(activation, f.power), f.derivatives) for f in expectation})

    rule = unit_cumulant(tuple(outgoing), tuple(incoming))
    total = RING.zero
    for monomial, coefficient in rule:
        factor = sympy.QQ(coefficient.numerator, coefficient.denominator)
        total += factor * prod(map(value_of, monomial), start=RING.one)
    assert total == expected(outgoing, incoming, activation)


def test_the_oracle_on_known_moments():
    g00, g01, g11 = METRIC[0, 0], METRIC[0, 1], METRIC[1, 1]
    assert joint_cumulant(((0, 0), (1, 1)), LINEAR) == 2 * g01**2
    assert joint_cumulant(((0, 0),) * 3, LINEAR) == 8 * g00**3
    assert isserlis((0, 0, 1, 1)) == g00 * g11 + 2 * g01**2
    assert derivative(power((1, 1), 2), 1) == (2, 2)


def one(label: int, power: int, derivatives: int = 0) -> Expectation:
    return (Factor(label, power, derivatives),)


def test_vertices_written_by_hand():
    assert unit_cumulant(((0, 0),)) == (((one(0, 2),), 1),)
    assert dict(unit_cumulant(((0, 0), (0, 0)))) == {(one(0, 4),): 1, (one(0, 2), one(0, 2)): -1}
    assert unit_cumulant(((0, 1),), ((0, 1),)) == ((((Factor(0, 1, 1), Factor(1, 1, 1)),), 1),)
    assert unit_cumulant(((0, 1),), ((1, 1),)) == ((((Factor(0, 1, 0), Factor(1, 1, 2)),), Fraction(1, 2)),)
    assert dict(unit_cumulant(((0, 0), (1, 1)), ((0, 0),))) == {
        ((Factor(0, 2, 2), Factor(1, 2, 0)),): Fraction(1, 2),
        tuple(sorted((one(0, 2, 2), one(1, 2)))): Fraction(-1, 2),
    }


def test_nothing_depends_on_inputs_that_are_not_there():
    assert unit_cumulant(((0, 0),), ((1, 1),)) == ()
    assert unit_cumulant(((0, 0), (0, 0)), ((0, 1),)) == ()
    assert unit_cumulant(((0, 1),), ((0, 1), (0, 2))) == ()


@settings(deadline=None)
@given(st.lists(pairs, min_size=1, max_size=3), st.lists(pairs, max_size=2))
def test_form_of_the_polynomial(outgoing, incoming):
    found = unit_cumulant(tuple(outgoing), tuple(incoming))
    for out in permutations(outgoing):
        for into in permutations(incoming):
            assert unit_cumulant(tuple(out), tuple(into)) == found
    assert [monomial for monomial, _ in found] == sorted({monomial for monomial, _ in found})
    content = Counter(label for pair in outgoing for label in pair)
    orders = Counter(label for pair in incoming for label in pair)
    for monomial, coefficient in found:
        assert coefficient != 0
        assert list(monomial) == sorted(monomial)
        factors = [factor for expectation in monomial for factor in expectation]
        powers, derivatives = Counter(), Counter()
        for factor in factors:
            powers[factor.label] += factor.power
            derivatives[factor.label] += factor.derivatives
        assert (powers, +derivatives) == (content, orders)
        for expectation in monomial:
            labels = [factor.label for factor in expectation]
            assert labels == sorted(set(labels))


# A smooth activation that is no polynomial: derivatives of the integral itself.


def tanh_derivative(exponent: int, order: int) -> Callable[[mpmath.mpf], mpmath.mpf]:
    """∂^order [tanh^exponent] as a polynomial in t = tanh z, t' = 1 - t²."""
    coefficients = [0] * exponent + [1]
    for _ in range(order):
        following = [0] * (len(coefficients) + 1)
        for i, c in enumerate(coefficients):
            if i:
                following[i - 1] += i * c
                following[i + 1] -= i * c
        coefficients = following
    return lambda z: mpmath.polyval(coefficients[::-1], mpmath.tanh(z))


def gaussian_mean(f: Callable[[mpmath.mpf], mpmath.mpf], variance: mpmath.mpf) -> mpmath.mpf:
    scale = mpmath.sqrt(variance)
    return mpmath.quad(lambda g: f(scale * g) * mpmath.npdf(g), [-12, -4, 0, 4, 12])


@pytest.mark.parametrize(("k", "m"), [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)])
def test_tanh_derivatives_as_finite_differences_of_the_integral(k, m):
    """κ_k of tanh² as a function of the variance, differentiated numerically by mpmath."""
    with mpmath.workdps(25):
        at = mpmath.mpf("0.8")

        def kappa(variance):
            moments = [
                gaussian_mean(lambda z, a=a: mpmath.tanh(z) ** (2 * a), variance) for a in range(1, k + 1)
            ]
            m1, m2, m3 = [*moments, 0, 0][:3]
            return [m1, m2 - m1**2, m3 - 3 * m2 * m1 + 2 * m1**3][k - 1]

        def value_of(expectation: Expectation):
            (factor,) = expectation
            return gaussian_mean(tanh_derivative(factor.power, factor.derivatives), at)

        found = mpmath.mpf(0)
        for monomial, coefficient in unit_cumulant(((0, 0),) * k, ((0, 0),) * m):
            weight = mpmath.mpf(coefficient.numerator) / coefficient.denominator
            found += weight * mpmath.fprod(map(value_of, monomial))
        assert abs(found - mpmath.diff(kappa, at, m)) < 1e-9
