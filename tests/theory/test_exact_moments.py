"""Deep linear and ReLU networks against their exact moments, all orders of 1/n.

With one direction of input and no biases, the metric is a product of independent factors, one for each layer:
Ĝ = G Π_ℓ (C_W/n_ℓ) Σ_j σ(g_j)². Their moments are polynomials in ε = 1/n with rational coefficients, so the
moments of Ĝ and its cumulants are expanded here in Fractions, without diagrams and without Gaussian integrals.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb, prod

import numpy as np
import pytest

import feyn_nn as fnn

Series = list[Fraction]  # coefficients of ε^0, ε^1, …

ORDER = 4


def times(a: Series, b: Series) -> Series:
    return [sum((a[i] * b[k - i] for i in range(k + 1)), Fraction(0)) for k in range(ORDER + 1)]


def cumulants_of(moments: list[Series]) -> list[Series]:
    """κ_1, κ_2, … from m_1, m_2, …: m_p = Σ_q C(p-1, q-1) κ_q m_{p-q}."""
    found: list[Series] = []
    for p, moment in enumerate(moments, start=1):
        rest = list(moment)
        for q in range(1, p):
            product = times(found[q - 1], moments[p - q - 1])
            rest = [r - comb(p - 1, q - 1) * x for r, x in zip(rest, product, strict=True)]
        found.append(rest)
    return found


def double_factorial(k: int) -> int:
    return prod(range(k, 0, -2))


def unit_moments(activation: str) -> list[Fraction]:
    """⟨σ(g)^{2p}⟩ for p = 1 … 4: (2p-1)!!, half of it for ReLU."""
    half = {"linear": 1, "relu": Fraction(1, 2)}[activation]
    return [half * Fraction(double_factorial(2 * p - 1)) for p in range(1, 5)]


def factor_moments(activation: str, ratio: Fraction, C_W: Fraction) -> list[Series]:
    """E[F^k], k = 1 … 4, of F = (C_W/n_ℓ) Σ_j σ(g_j)², n_ℓ = ratio · n: a sum of independent terms."""
    units = cumulants_of([[m] + [Fraction(0)] * ORDER for m in unit_moments(activation)])
    cumulants = []
    for q, unit in enumerate(units, start=1):
        series = [Fraction(0)] * (ORDER + 1)
        series[q - 1] = C_W**q * ratio ** (1 - q) * unit[0]
        cumulants.append(series)
    moments: list[Series] = []
    one = [Fraction(1)] + [Fraction(0)] * ORDER
    for p in range(1, 5):
        total = [Fraction(0)] * (ORDER + 1)
        for q in range(1, p + 1):
            before = moments[p - q - 1] if p > q else one
            product = times(cumulants[q - 1], before)
            total = [t + comb(p - 1, q - 1) * x for t, x in zip(total, product, strict=True)]
        moments.append(total)
    return moments


def exact_cumulants(network: fnn.MLP, first: Fraction) -> list[Series]:
    """κ_1 … κ_4 of Ĝ^L for one input with Ĝ¹ = first, each as a series in ε."""
    moments = [[first**k] + [Fraction(0)] * ORDER for k in range(1, 5)]
    for n, C_W in zip(network.widths, network.weight_variances[1:], strict=True):
        factors = factor_moments(network.activation.name, Fraction(n, network.widths[0]), Fraction(C_W))
        moments = [times(m, f) for m, f in zip(moments, factors, strict=True)]
    return cumulants_of(moments)


def check(evaluation: fnn.Evaluation, exact: Series, scale: float) -> None:
    """1e-10 relative, zeros to 1e-10 of the scale, and the stated error covers the true one."""
    for power, value in evaluation.coefficients.items():
        expected = exact[power]
        off = abs(Fraction(float(value)) - expected)
        tolerance = 1e-10 * float(abs(expected)) if expected else 1e-10 * scale
        assert off <= tolerance, (evaluation.name, power, float(value), float(expected))
        assert float(off) <= evaluation.errors[power], (evaluation.name, power)


def check_all(network: fnn.MLP, inputs: fnn.Inputs, first: Fraction, loops: dict[int, int]) -> None:
    exact = exact_cumulants(network, first)
    K = float(exact[0][0])
    assert fnn.infinite_width_kernel(network, inputs)[0, 0] == pytest.approx(K, rel=1e-12)
    exact[0][0] = Fraction(0)  # κ_1 stands for E[Ĝ] - K
    for rank, most in loops.items():
        cumulant = fnn.metric_cumulant(network, pairs=[(0, 0)] * rank, loops=most)
        check(cumulant.evaluate(inputs), exact[rank - 1], K**rank)


NETWORKS = [
    {"activation": "linear"},
    {"activation": "relu", "weight_variance": 2.0},
    {"activation": "linear", "weight_variance": 1.125},
    {"activation": "relu", "weight_variance": 1.875},
]


def test_the_moments_by_hand():
    """E[Ĝ²] = G² Π (1 + 2/n_ℓ) for linear; ReLU: (C_W/n)² (n ⟨r⁴⟩ + n(n-1) ⟨r²⟩²) = C_W² (1/4 + (3/2 - 1/4)/n)."""
    linear = factor_moments("linear", Fraction(1, 2), Fraction(1))
    assert linear[1][:3] == [1, 4, 0]
    assert linear[2][:4] == [1, 12, 32, 0]  # (1 + 2ε')(1 + 4ε') with ε' = 2ε
    assert linear[3][:4] == [1, 24, 44 * 4, 48 * 8]
    assert factor_moments("relu", Fraction(1), Fraction(2))[1][:3] == [1, 5, 0]


@pytest.mark.parametrize("depth", [2, 3, 10, 50])
@pytest.mark.parametrize("settings", NETWORKS, ids=lambda s: "-".join(map(str, s.values())))
def test_one_input_through_second_order(settings, depth):
    network = fnn.MLP(depth=depth, width=64, **settings)
    check_all(network, fnn.Inputs([[1.0, 0.5]]), *_first(network, [1.0, 0.5]), {1: 2, 2: 1, 3: 0})


@pytest.mark.parametrize("depth", [2, 3, 6])
@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_one_input_through_fourth_order(activation, depth):
    network = fnn.MLP(depth=depth, width=16, activation=activation, weight_variance=1.5)
    first = Fraction(3, 4)
    check_all(network, fnn.Inputs.from_metric([[0.75]]), first, {1: 4, 2: 3, 3: 2, 4: 1})


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_unequal_widths_and_a_variance_for_each_layer(activation):
    network = fnn.MLP(
        depth=6,
        width=(12, 8, 24, 6, 30),
        activation=activation,
        weight_variance=[0.75, 2.0, 1.25, 1.5, 0.5, 3.0],
    )
    check_all(network, fnn.Inputs([[2.0, 1.0]]), Fraction(3, 4) * Fraction(5, 2), {1: 2, 2: 2, 3: 1})
    wider = network.with_width(24)
    pairs = [(0, 0), (0, 0)]
    narrow, wide = (
        fnn.metric_cumulant(net, pairs=pairs, loops=1).evaluate(fnn.Inputs([[2.0, 1.0]])).coefficients
        for net in (network, wider)
    )
    assert narrow == wide  # only ratios of widths enter the coefficients


def _first(network: fnn.MLP, x: list[float]) -> tuple[Fraction]:
    squares = sum(Fraction(entry) ** 2 for entry in x) / len(x)
    return (Fraction(network.weight_variances[0]) * squares,)


# Several inputs along one ray: Ĝ_ab = c_a c_b Ĝ_00, for linear networks with either sign.


@pytest.mark.parametrize("depth", [2, 4, 7, 25])
@pytest.mark.parametrize(
    ("activation", "factors"),
    [("linear", [1, 2, -1]), ("linear", [1, 1, -2]), ("relu", [1, 2, Fraction(1, 4)]), ("relu", [1, 1, 3])],
)
def test_inputs_along_one_ray(activation, factors, depth):
    x = np.array([1.0, 0.5, -2.0])
    inputs = fnn.Inputs([x * float(c) for c in factors])
    network = fnn.MLP(depth=depth, width=10, activation=activation, weight_variance=1.75)
    exact = exact_cumulants(network, *_first(network, x.tolist()))
    exact[0][0] = Fraction(0)
    K = fnn.infinite_width_kernel(network, fnn.Inputs([x]))[0, 0]
    for pairs, loops in [
        ([(0, 1)], 2), ([(0, 1), (0, 2)], 1), ([(0, 0), (1, 2)], 1), ([(1, 1), (2, 2), (0, 2)], 0)
    ]:  # fmt: skip
        scale = prod(Fraction(factors[label]) for pair in pairs for label in pair)
        series = [scale * c for c in exact[len(pairs) - 1]]
        cumulant = fnn.metric_cumulant(network, pairs=pairs, loops=loops)
        check(cumulant.evaluate(inputs), series, abs(float(scale)) * K ** len(pairs))


def test_all_pairs_along_one_ray_as_an_array():
    factors = [1, -2, 0, Fraction(1, 2)]
    inputs = fnn.Inputs([[float(c), 2 * float(c)] for c in factors])
    network = fnn.MLP(depth=5, width=10, activation="linear", weight_variance=1.25)
    variance = exact_cumulants(network, *_first(network, [1.0, 2.0]))[1]
    found = fnn.metric_cumulant(network, rank=2, loops=1).evaluate(inputs)
    products = [float(factors[a] * factors[b]) for a in range(4) for b in range(a, 4)]
    for power in (1, 2):
        expected = float(variance[power]) * np.outer(products, products)
        np.testing.assert_allclose(found.coefficients[power], expected, rtol=1e-10, atol=1e-14)


def test_relu_on_opposite_inputs():
    """relu(z) relu(-z) = 0: Ĝ² has Ĝ_01 = 0 and Cov(Ĝ_00, Ĝ_11) = -(C_W G/2)²/n.

    One layer on, z_0 and z_1 are independent given Ĝ², and with A, B = Ĝ²_00, Ĝ²_11
    E[Ĝ_01] = C_W E√(AB)/2π, E√(AB) = ½C_W G (1 - ¼ (Var A + Var B - 2 Cov)/(2 (½C_W G)²) + …).
    """
    C_W, G = 1.5, 2.0
    inputs = fnn.Inputs.from_metric([[G, -G], [-G, G]])
    two = fnn.MLP(depth=2, width=9, activation="relu", weight_variance=C_W)
    kernel = fnn.infinite_width_kernel(two, inputs)
    np.testing.assert_allclose(kernel, [[C_W * G / 2, 0.0], [0.0, C_W * G / 2]], atol=1e-15)
    variance = fnn.metric_cumulant(two, rank=2, loops=1).evaluate(inputs).coefficients
    expected = (C_W * G) ** 2 * np.array([[1.25, 0.0, -0.25], [0.0, 0.0, 0.0], [-0.25, 0.0, 1.25]])
    np.testing.assert_allclose(variance[1], expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(variance[2], 0.0, atol=1e-14)

    three = fnn.MLP(depth=3, width=9, activation="relu", weight_variance=C_W)
    mean = fnn.metric_cumulant(three, pairs=[(0, 1)], loops=1).evaluate(inputs)
    half = C_W * G / 2
    root = half * -(2 * 1.25 * (C_W * G) ** 2 + 2 * 0.25 * (C_W * G) ** 2) / (8 * half**2)
    assert mean.coefficients[1] == pytest.approx(C_W / (2 * np.pi) * root, rel=1e-10)
    # Ĝ³_00 and Ĝ³_11 are independent given A and B: Cov(Ĝ³_00, Ĝ³_11) = (C_W/2)² Cov(A, B), all orders
    covariance = fnn.metric_cumulant(three, pairs=[(0, 0), (1, 1)], loops=1).evaluate(inputs)
    assert covariance.coefficients[1] == pytest.approx(-0.25 * (C_W * G) ** 2 * (C_W / 2) ** 2, rel=1e-10)
    assert covariance.coefficients[2] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_eight_legs_at_width_eight(activation):
    """κ₈(z) = 105 κ₄(Ĝ): for three layers κ₄ ends at 1/n⁶, so the sum through three loops is exact at any width."""
    net = fnn.MLP(depth=3, width=8, activation=activation, weight_variance=2.0)
    correlator = fnn.correlator(net, legs=[(0, 0)] * 8, loops=3)
    assert sum(count for count, _ in correlator.terms) == 105
    unit = cumulants_of([[m] + [Fraction(0)] * ORDER for m in unit_moments(activation)])
    layer = [Fraction(2) ** q * unit[q - 1][0] * Fraction(1, 8) ** (q - 1) for q in range(1, 5)]
    one = moments_from(layer)  # of one layer's factor; two layers are independent
    exact = cumulants_from([m * m for m in one])[3]
    assert correlator.evaluate(fnn.Inputs.from_metric([[1.0]])).at() == pytest.approx(
        105 * float(exact), rel=1e-12
    )


def moments_from(cumulants: list[Fraction]) -> list[Fraction]:
    moments = [Fraction(1)]
    for p in range(1, len(cumulants) + 1):
        moments.append(sum(comb(p - 1, q - 1) * cumulants[q - 1] * moments[p - q] for q in range(1, p + 1)))
    return moments[1:]


def cumulants_from(moments: list[Fraction]) -> list[Fraction]:
    found: list[Fraction] = []
    for p, moment in enumerate(moments, start=1):
        found.append(
            moment - sum(comb(p - 1, q - 1) * found[q - 1] * moments[p - q - 1] for q in range(1, p))
        )
    return found
