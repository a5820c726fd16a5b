"""Diagrams as expressions: their numbers, written out in full, against transfer on tables made another way.

The tables come from exact polynomials in the metric (polynomial σ) or from Hermite's form of the metric
derivatives (tanh), ∂^m ⟨f⟩ = ⟨f He_2m(z/√G)⟩ / (2G)^m; the expressions hold derivatives of powers of σ.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import cache
from math import comb, factorial

import mpmath
import numpy as np
import pytest
import sympy

from feyn_nn._core import pairs_of
from feyn_nn.actions import CausalAction, VertexKind
from feyn_nn.diagrams import generate
from feyn_nn.kernels.transfer import diagram_value
from feyn_nn.rules import algebra
from feyn_nn.rules.algebra import (
    GaussianExpectation,
    cumulant_expression,
    diagram_expression,
    explicit,
    pair_number,
)

WIDTHS = (7, 5, 11, 3)  # of hidden layers 1, 2, …
WEIGHT_VARIANCES = (None, Fraction(3, 2), Fraction(4, 5), Fraction(7, 5), Fraction(2, 3))  # of layers 2, 3, …
BIAS_VARIANCE = Fraction(1, 10)


@cache
def diagrams(legs, loops):
    return tuple(generate(CausalAction(), legs=legs, loops=loops))


def numbered_pairs(n_inputs):
    """All pairs in the order of their numbers."""
    return sorted(pairs_of(range(n_inputs)), key=pair_number)


def number(expression, expectation) -> float:
    """The value of an expression that is written out; `expectation` maps (layer, factors) to a number."""
    expression = expression.replace(
        GaussianExpectation,
        lambda layer, *factors: expectation(int(layer), tuple(tuple(map(int, f)) for f in factors)),
    )
    expression = expression.subs({algebra.Width(i + 1): n for i, n in enumerate(WIDTHS)})
    variances = {
        algebra.WeightVariance(i + 1): sympy.Rational(c.numerator, c.denominator)
        for i, c in enumerate(WEIGHT_VARIANCES)
        if c is not None
    }
    value = expression.subs(variances)
    assert value.is_number, value
    return float(value)


# A polynomial activation: exact rationals, any number of inputs.


SIGMA = (Fraction(0), Fraction(1), Fraction(1, 4), Fraction(-1, 9))  # z + z²/4 - z³/9


@cache
def metric_ring(n_inputs):
    pairs = numbered_pairs(n_inputs)
    ring, *generators = sympy.ring([f"G{a}{b}" for a, b in pairs], sympy.QQ)
    return ring, dict(zip(pairs, generators, strict=True))


@cache
def isserlis(labels, n_inputs):
    ring, metric = metric_ring(n_inputs)
    if not labels:
        return ring.one
    first, *rest = labels
    total = ring.zero
    for i, partner in enumerate(rest):
        total += metric[min(first, partner), max(first, partner)] * isserlis(
            (*rest[:i], *rest[i + 1 :]), n_inputs
        )
    return total


def polynomial(power, derivatives):
    """∂^derivatives [σ^power], lowest coefficient first."""
    z = sympy.Symbol("z")
    sigma = sum(sympy.Rational(c.numerator, c.denominator) * z**i for i, c in enumerate(SIGMA))
    return sympy.Poly(sympy.diff(sigma**power, z, derivatives), z).all_coeffs()[::-1]


@cache
def mean(factors, n_inputs):
    """⟨Π_α ∂^j[σ_α^a]⟩ as a polynomial in the metric."""
    terms = {(): sympy.Integer(1)}
    for label, power, derivatives in factors:
        terms = {
            labels + (label,) * i: value * c
            for labels, value in terms.items()
            for i, c in enumerate(polynomial(power, derivatives))
            if c
        }
    ring, _ = metric_ring(n_inputs)
    return sum(
        (sympy.QQ(v.p, v.q) * isserlis(labels, n_inputs) for labels, v in terms.items()), start=ring.zero
    )


@cache
def joint_cumulant(outgoing, n_inputs):
    """κ[ω_p1 …] from the moments, as a polynomial in the metric."""
    first, *rest = outgoing
    total = _moment(outgoing, n_inputs)
    for bits in range(2 ** len(rest) - 1):
        inside = tuple(r for i, r in enumerate(rest) if bits >> i & 1)
        outside = tuple(r for i, r in enumerate(rest) if not bits >> i & 1)
        total -= joint_cumulant((first, *inside), n_inputs) * _moment(outside, n_inputs)
    return total


def _moment(pairs, n_inputs):
    powers = Counter(label for pair in pairs for label in pair)
    return mean(tuple((label, a, 0) for label, a in sorted(powers.items())), n_inputs)


@cache
def kernels(n_inputs, depth):
    """K^1 … K^{L-1}, each a tuple of exact numbers in the order of the pairs."""
    pairs = numbered_pairs(n_inputs)
    found = [tuple(sympy.QQ(a == b) + sympy.QQ(1, 3 + a + 2 * b) for a, b in pairs)]
    for layer in range(1, depth - 1):
        scale = WEIGHT_VARIANCES[layer]
        found.append(
            tuple(
                sympy.QQ(BIAS_VARIANCE.numerator, BIAS_VARIANCE.denominator)
                + sympy.QQ(scale.numerator, scale.denominator) * joint_cumulant((p,), n_inputs)(*found[-1])
                for p in pairs
            )
        )
    return found


@cache
def exact_tables(n_inputs, depth, kinds):
    """V_{k,m} of each layer, n^{1-k} included."""
    pairs = numbered_pairs(n_inputs)
    _, metric = metric_ring(n_inputs)
    layers = []
    for layer, kernel in enumerate(kernels(n_inputs, depth), start=1):
        scale, width = float(WEIGHT_VARIANCES[layer]), float(WIDTHS[layer - 1])
        tables = {}
        for kind in sorted(kinds | {VertexKind(1, 1)}):
            table = np.empty((len(pairs),) * kind.valence)
            for index in np.ndindex(table.shape):
                value = joint_cumulant(tuple(sorted(pairs[i] for i in index[: kind.outgoing])), n_inputs)
                for i in sorted(index[kind.outgoing :]):
                    value = value.diff(metric[pairs[i]])
                table[index] = float(value(*kernel))
            tables[kind] = scale**kind.outgoing * width ** (1 - kind.outgoing) * table
        layers.append(tables)
    return layers


def check_exact(diagram, n_inputs, depth, pairs):
    layers = exact_tables(n_inputs, depth, frozenset(diagram.vertices))
    by_transfer = diagram_value(diagram, layers, len(numbered_pairs(n_inputs)))

    def expectation(layer, factors):
        value = mean(factors, n_inputs)(*kernels(n_inputs, depth)[layer - 1])
        return sympy.Rational(value.numerator, value.denominator)

    found = number(explicit(diagram_expression(diagram, depth=depth, pairs=pairs)), expectation)
    expected = by_transfer[tuple(pair_number(p) for p in pairs)]
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert abs(expected) > 1e-9 or depth - 1 < longest_path(diagram)


def longest_path(diagram):
    """The number of vertices in a row, hence of layers that the diagram needs."""
    length = [1] * len(diagram.vertices)
    for _ in diagram.vertices:
        for source, target in diagram.internal_lines:
            length[target] = max(length[target], length[source] + 1)
    return max(length)


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
@pytest.mark.parametrize(("legs", "loops"), [(1, 1), (2, 0), (2, 1), (3, 0)])
def test_one_input_in_exact_numbers(legs, loops, depth):
    for diagram in diagrams(legs, loops):
        check_exact(diagram, 1, depth, [(0, 0)] * legs)


def test_one_input_at_two_loops():
    for diagram in diagrams(1, 2)[::3]:
        check_exact(diagram, 1, 4, [(0, 0)])


@pytest.mark.parametrize(
    ("legs", "loops", "pairs"),
    [
        (2, 0, [(0, 0), (1, 1)]),
        (2, 0, [(0, 1), (1, 0)]),
        (1, 1, [(0, 1)]),
        (1, 1, [(1, 1)]),
        (3, 0, [(1, 1), (0, 1), (0, 0)]),
    ],
)
def test_two_inputs_in_exact_numbers(legs, loops, pairs):
    for diagram in diagrams(legs, loops):
        check_exact(diagram, 2, 3, pairs)


def test_a_cumulant_is_the_sum_of_its_diagrams():
    pairs = [(0, 0)] * 2
    whole = explicit(cumulant_expression(diagrams(2, 1), depth=3, pairs=pairs))
    parts = [explicit(diagram_expression(d, depth=3, pairs=pairs)) for d in diagrams(2, 1)]
    assert sympy.expand(whole - sympy.Add(*parts)) == 0
    assert sympy.expand(whole) != 0
    assert cumulant_expression([], depth=3) == 0


# tanh, one input.


def tanh_power_derivative(exponent, order):
    coefficients = [0] * exponent + [1]
    for _ in range(order):
        following = [0] * (len(coefficients) + 1)
        for i, c in enumerate(coefficients):
            if i:
                following[i - 1] += i * c
                following[i + 1] -= i * c
        coefficients = following
    return coefficients[::-1]


def gaussian_mean(f):
    return mpmath.quad(lambda g: f(g) * mpmath.npdf(g), [-11, -4, 0, 4, 11])


def taylor_of_moment(power, metric, order):
    """⟨tanh^power⟩ at G + δ as a series in δ, by Hermite polynomials."""
    root = mpmath.sqrt(metric)
    return [
        gaussian_mean(lambda g, m=m: mpmath.tanh(root * g) ** power * hermite_e(2 * m, g))
        / ((2 * metric) ** m * factorial(m))
        for m in range(order + 1)
    ]


def hermite_e(n, x):
    before, value = mpmath.mpf(0), mpmath.mpf(1)
    for i in range(n):
        before, value = value, x * value - i * before
    return value


def tanh_tables(metric, scale, width, kinds):
    largest, order = max(k.outgoing for k in kinds), max(k.incoming for k in kinds)
    moments = [None] + [taylor_of_moment(2 * a, metric, order) for a in range(1, largest + 1)]
    cumulants = [None]
    for k in range(1, largest + 1):  # m_k = Σ_q C(k-1, q-1) κ_q m_{k-q}, as series in δ
        series = list(moments[k])
        for q in range(1, k):
            for i in range(order + 1):
                for j in range(order + 1 - i):
                    series[i + j] -= comb(k - 1, q - 1) * cumulants[q][i] * moments[k - q][j]
        cumulants.append(series)
    return {
        kind: np.full(
            (1,) * kind.valence,
            float(cumulants[kind.outgoing][kind.incoming] * factorial(kind.incoming))
            * scale**kind.outgoing
            * width ** (1 - kind.outgoing),
        )
        for kind in kinds
    }, moments[1][0]


def test_tanh_with_one_input():
    chosen = [
        *diagrams(1, 1),
        *diagrams(2, 0),
        *diagrams(3, 0)[::3],
        *diagrams(2, 1)[::4],
        *diagrams(1, 2)[:3],
    ]
    kinds = {kind for diagram in chosen for kind in diagram.vertices} | {VertexKind(1, 1)}
    depth, metrics, layers = 4, [mpmath.mpf("0.9")], []
    for layer in range(1, depth):
        scale = WEIGHT_VARIANCES[layer]
        tables, second = tanh_tables(metrics[-1], float(scale), float(WIDTHS[layer - 1]), kinds)
        layers.append(tables)
        metrics.append(
            mpmath.mpf(BIAS_VARIANCE.numerator) / BIAS_VARIANCE.denominator
            + mpmath.mpf(scale.numerator) / scale.denominator * second
        )

    @cache
    def expectation(layer, factors):
        ((_, power, derivatives),) = factors
        coefficients = tanh_power_derivative(power, derivatives)
        root = mpmath.sqrt(metrics[layer - 1])
        value = gaussian_mean(lambda g: mpmath.polyval(coefficients, mpmath.tanh(root * g)))
        return sympy.Float(str(value), 17)

    for diagram in chosen:
        expression = explicit(diagram_expression(diagram, depth=depth, pairs=[(0, 0)] * diagram.n_legs))
        expected = diagram_value(diagram, layers, 1).item()
        assert number(expression, expectation) == pytest.approx(expected, rel=1e-9, abs=1e-16)
