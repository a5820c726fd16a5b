"""Kinked and linear activations against mpmath, closed kernels, and brute force."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Sequence
from functools import cache

import mpmath as mp
import numpy as np
import pytest
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, pairings
from feyn_nn.kernels.expectations import ExpectationPlan, gaussian_expectations
from feyn_nn.networks import Activation, activation
from feyn_nn.networks.activations import piecewise_linear
from feyn_nn.rules import Expectation, Factor

RELU, LINEAR = activation("relu"), activation("linear")
LEAKY = piecewise_linear("leaky test", (0.25, 1.5), formula="Max(z/4, 3*z/2)")
CORRELATIONS = [0.0, 0.5, -0.5, 0.99, -0.99, 1 - 1e-6, 1e-6 - 1, 1 - 1e-11]


def request(*shares: tuple[int, int]) -> Expectation:
    """Label 0, 1, … with (power, derivatives)."""
    return tuple(Factor(label, *share) for label, share in enumerate(shares))


def two_label_metric(rho: float, a: float = 1.3, b: float = 0.7) -> NDArray[np.float64]:
    return np.array([[a, rho * math.sqrt(a * b)], [rho * math.sqrt(a * b), b]])


def one(act: Activation, metric: object, wanted: Expectation) -> tuple[float, float]:
    values, errors = gaussian_expectations(act, metric, [wanted])  # type: ignore[arg-type]
    return float(values[0]), float(errors[0])


# --- one and two labels ------------------------------------------------------------------------------------


@pytest.mark.parametrize("variance", [1e-8, 0.3, 1.0, 25.0])
@pytest.mark.parametrize("power", range(1, 9))
def test_one_label_relu(variance: float, power: int) -> None:
    for j in range(power + 5):
        value, error = one(RELU, [[variance]], request((power, j)))
        with mp.workdps(40):
            G = mp.mpf(variance)
            if j <= power:
                m = power - j
                exact = mp.ff(power, j) * G ** (mp.mpf(m) / 2) * mp.mpf(2) ** (mp.mpf(m) / 2 - 1)
                exact *= mp.gamma(mp.mpf(m + 1) / 2) / mp.sqrt(mp.pi)
            else:
                s = j - power - 1  # δ^{(s)}: the s-th derivative of the density at 0, in units of √G
                exact = mp.factorial(power) * (-1) ** s / mp.sqrt(G) ** (s + 1) * mp.diff(mp.npdf, 0, s)
            assert abs(value - exact) <= max(1e-13 * abs(exact), 1e-30)
            assert abs(value - exact) <= error + mp.mpf("1e-30")


def angular(a: int, b: int, metric: NDArray[np.float64]) -> mp.mpf:
    """⟨relu^a relu^b⟩ in polar coordinates."""
    G00, G11, G01 = (mp.mpf(float(metric[i])) for i in ((0, 0), (1, 1), (0, 1)))
    w = mp.pi - mp.acos(G01 / mp.sqrt(G00 * G11))
    angle = mp.quad(lambda x: (mp.sin(w * x) / w) ** a * (mp.sin(w - w * x) / w) ** b, [0, 0.5, 1]) * w ** (
        a + b + 1
    )
    radius = mp.mpf(2) ** (mp.mpf(a + b) / 2) * mp.gamma(mp.mpf(a + b) / 2 + 1) / (2 * mp.pi)
    return mp.sqrt(G00) ** a * mp.sqrt(G11) ** b * radius * angle


@pytest.mark.parametrize("rho", CORRELATIONS)
def test_two_label_relu_against_polar_integrals(rho: float) -> None:
    metric = two_label_metric(rho)
    for a, b in [(1, 1), (2, 1), (2, 2), (1, 3), (4, 2), (3, 5), (12, 14)]:
        value, error = one(RELU, metric, request((a, 0), (b, 0)))
        with mp.workdps(40):
            exact = angular(a, b, metric)
            assert abs(value - exact) <= 1e-13 * exact
            assert abs(value - exact) <= error


def arc_cosine(n: int, G00: mp.mpf, G11: mp.mpf, G01: mp.mpf) -> mp.mpf:
    """⟨relu^n relu^n⟩ = (G00 G11)^{n/2} J_n(θ) / 2π (Cho and Saul 2009)."""
    theta = mp.acos(G01 / mp.sqrt(G00 * G11))
    s, c = mp.sin(theta), mp.cos(theta)
    angle = {1: s + (mp.pi - theta) * c, 2: 3 * s * c + (mp.pi - theta) * (1 + 2 * c * c)}[n]
    return (G00 * G11) ** (mp.mpf(n) / 2) * angle / (2 * mp.pi)


@pytest.mark.parametrize("rho", CORRELATIONS)
@pytest.mark.parametrize("n", [1, 2])
def test_derivatives_are_those_of_the_arc_cosine_kernels(rho: float, n: int) -> None:
    metric = two_label_metric(rho)
    for k, m0, m1 in [(1, 0, 0), (2, 0, 0), (3, 0, 0), (1, 1, 0), (0, 1, 1), (2, 1, 1), (3, 0, 1), (1, 2, 2)]:
        value, error = one(RELU, metric, request((n, k + 2 * m0), (n, k + 2 * m1)))
        with mp.workdps(60):
            point = tuple(mp.mpf(float(metric[i])) for i in ((0, 0), (1, 1), (0, 1)))
            exact = 2 ** (m0 + m1) * mp.diff(lambda *G: arc_cosine(n, *G), point, (m0, m1, k))
            assert abs(value - exact) <= 1e-12 * abs(exact) + mp.mpf("1e-40")
            assert abs(value - exact) <= error + mp.mpf("1e-40")


# --- a recursive twin with many digits, by another route ---------------------------------------------------


def compositions(total: int, parts: int) -> list[tuple[int, ...]]:
    if parts == 0:
        return [()] if total == 0 else []
    return [(k, *rest) for k in range(total + 1) for rest in compositions(total - k, parts - 1)]


def exact_moment(G: Sequence[Sequence[mp.mpf]], p: tuple[int, ...]) -> mp.mpf:
    """E[Π h_{p_i}(z_i)] for cut powers: conditioning by the Leibniz rule, then Stein's lemma."""
    n = len(p)
    if n == 0:
        return mp.mpf(1)
    i = int(np.argmin(p))
    rest = [j for j in range(n) if j != i]
    if p[i] < 0:
        s, total = -1 - p[i], mp.mpf(0)
        beta = [G[i][j] / G[i][i] for j in rest]
        within = [[G[a][b] - G[i][a] * G[i][b] / G[i][i] for b in rest] for a in rest]
        for j in range(s + 1):
            m = s - j
            if m % 2:
                continue
            density = (-1) ** (m // 2) * mp.fac2(m - 1) / (mp.sqrt(2 * mp.pi * G[i][i]) * G[i][i] ** (m // 2))
            for k in compositions(j, n - 1):
                weight = mp.mpf(math.factorial(j)) / math.prod(map(math.factorial, k))
                for slope, count in zip(beta, k, strict=True):
                    weight *= slope**count
                lowered = tuple(p[r] - count for r, count in zip(rest, k, strict=True))
                total += math.comb(s, j) * density * weight * exact_moment(within, lowered)
        return (-1) ** s * total
    i = int(np.argmax(p))
    if p[i] > 0:
        total = mp.mpf(0)
        for j in range(n):
            lowered = list(p)
            lowered[i] -= 1
            lowered[j] -= 1
            total += G[i][j] * exact_moment(G, tuple(lowered))
        return total / p[i]
    return exact_orthant(G)


def exact_orthant(G: Sequence[Sequence[mp.mpf]]) -> mp.mpf:
    n = len(G)
    rho = [[G[i][j] / mp.sqrt(G[i][i] * G[j][j]) for j in range(n)] for i in range(n)]
    arcs = sum(mp.asin(rho[i][j]) for i, j in itertools.combinations(range(n), 2))
    if n <= 3:
        return mp.mpf(2) ** -n + arcs / (2 ** (n - 1) * mp.pi)
    return _plackett(tuple(rho[i][j] for i, j in itertools.combinations(range(4), 2)))


@cache
def _plackett(upper: tuple[mp.mpf, ...]) -> mp.mpf:
    """Four labels: dP/dt along t·ρ, with the arcsine of what is left after conditioning on each pair."""
    rho = dict(zip(itertools.combinations(range(4), 2), upper, strict=True))
    full = [[mp.mpf(1) if i == j else rho[min(i, j), max(i, j)] for j in range(4)] for i in range(4)]

    def slope(t: mp.mpf) -> mp.mpf:
        total = mp.mpf(0)
        for i, j in rho:
            k, m = (x for x in range(4) if x not in (i, j))
            q = t * full[i][j]
            left = 1 - q * q

            def within(a: int, b: int, i: int = i, j: int = j, q: mp.mpf = q, left: mp.mpf = left) -> mp.mpf:
                direct = full[a][b] if a == b else t * full[a][b]
                u, v, x, y = t * full[i][a], t * full[j][a], t * full[i][b], t * full[j][b]
                return direct - (u * x + v * y - q * (u * y + v * x)) / left

            r = within(k, m) / mp.sqrt(within(k, k) * within(m, m))
            total += full[i][j] / (2 * mp.pi * mp.sqrt(left)) * (mp.mpf(1) / 4 + mp.asin(r) / (2 * mp.pi))
        return total

    return mp.mpf(1) / 16 + mp.quad(slope, [0, mp.mpf(1) / 2, 1])


def random_metric(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Sizes and smallest eigenvalues over many orders of magnitude."""
    features = rng.normal(size=(n, n)) * 10.0 ** rng.uniform(-4, 0, size=n)
    scale = 10.0 ** rng.uniform(-2, 1, size=n)
    return np.asarray((features @ features.T) * np.outer(scale, scale))


@pytest.mark.parametrize("n", [2, 3])
def test_errors_cover_the_truth_on_random_metrics(n: int) -> None:
    rng = np.random.default_rng(n)
    checked = 0
    while checked < 150:
        metric = random_metric(rng, n)
        shares = tuple((int(rng.integers(1, 4)), int(rng.integers(0, 4))) for _ in range(n))
        try:
            value, error = one(RELU, metric, request(*shares))
        except InvalidInput:  # singular to rounding
            continue
        with mp.workdps(60):
            exact = exact_moment(
                [[mp.mpf(float(x)) for x in row] for row in metric], tuple(a - j for a, j in shares)
            )
            exact *= math.prod(math.factorial(a) for a, _ in shares)
            assert abs(value - exact) <= error + 1e-300, (metric.tolist(), shares, value, error)
        checked += 1


@pytest.mark.parametrize(
    "shares", [((1, 0),) * 4, ((1, 0), (2, 0), (1, 1), (1, 0)), ((1, 1),) * 4, ((1, 2), *((2, 1),) * 3)]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_four_labels_against_many_digits(shares: tuple[tuple[int, int], ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(4, 5))
    metric = features @ features.T
    value, error = one(RELU, metric, request(*shares))
    with mp.workdps(20):
        exact = exact_moment(
            [[mp.mpf(float(x)) for x in row] for row in metric], tuple(a - j for a, j in shares)
        )
        exact *= math.prod(math.factorial(a) for a, _ in shares)
        assert abs(value - exact) <= 1e-12 * abs(exact)
        assert abs(value - exact) <= error


# --- three and four labels by plain quadrature over the orthant --------------------------------------------


def orthant_quadrature(metric: NDArray[np.float64], powers: Sequence[int], nodes: int = 70) -> float:
    """⟨Π relu(z_i)^{a_i}⟩: density on a box, Gauss–Legendre in each direction."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    n = len(powers)
    inverse = np.linalg.inv(metric)
    axes, weights = [], []
    for variance in np.diag(metric):
        reach = 9.0 * math.sqrt(variance)
        axes.append(reach * (1 + x) / 2)
        weights.append(reach / 2 * w)
    grids = np.meshgrid(*axes, indexing="ij")
    exponent = sum(inverse[i, j] * grids[i] * grids[j] for i in range(n) for j in range(n))
    density = np.exp(-0.5 * exponent) / math.sqrt((2 * math.pi) ** n * np.linalg.det(metric))
    for axis, power in zip(grids, powers, strict=True):
        density = density * axis**power
    for weight in reversed(weights):
        density = density @ weight
    return float(density)


@pytest.mark.parametrize(
    ("powers", "nodes"), [((1, 1, 1), 70), ((2, 1, 3), 70), ((1, 1, 1, 1), 44), ((2, 1, 2, 1), 44)]
)
def test_three_and_four_labels_against_quadrature(powers: tuple[int, ...], nodes: int) -> None:
    n = len(powers)
    rng = np.random.default_rng(5)
    features = rng.normal(size=(n, 3 * n))
    metric = features @ features.T / (3 * n)
    value, error = one(RELU, metric, request(*((a, 0) for a in powers)))
    reference = orthant_quadrature(metric, powers, nodes)
    assert value == pytest.approx(reference, rel=1e-10)
    assert error < 1e-12 * value


# --- whole powers, and both kinds together -----------------------------------------------------------------


@pytest.mark.parametrize("powers", [(2,), (8,), (1, 1), (2, 4), (3, 3), (1, 2, 3), (2, 1, 1, 2)])
def test_linear_is_wick(powers: tuple[int, ...]) -> None:
    n = len(powers)
    metric = random_metric(np.random.default_rng(n), n)
    for orders in itertools.product(*(range(min(a, 2) + 2) for a in powers)):
        legs = [i for i, (a, j) in enumerate(zip(powers, orders, strict=True)) for _ in range(a - j)]
        front = math.prod(math.perm(a, j) for a, j in zip(powers, orders, strict=True))  # 0 when j > a
        terms = (
            [math.prod(metric[a, b] for a, b in pairing) for pairing in pairings(legs)]
            if len(legs) % 2 == 0
            else []
        )
        value, error = one(LINEAR, metric, request(*zip(powers, orders, strict=True)))
        exact = front * math.fsum(terms)
        assert abs(value - exact) <= 1e-14 * front * math.fsum(map(abs, terms))
        assert abs(value - exact) <= error + 1e-15 * abs(exact)


def test_both_slopes_by_quadrant() -> None:
    # ⟨σ_0 σ_1⟩ is a sum over the four quadrants; each is relu's after reflection
    rho, (below, above) = 0.4, (0.25, 1.5)
    metric = two_label_metric(rho)
    same = one(RELU, metric, request((1, 0), (1, 0)))[0]
    mixed = one(RELU, two_label_metric(-rho), request((1, 0), (1, 0)))[0]
    value, _ = one(LEAKY, metric, request((1, 0), (1, 0)))
    assert value == pytest.approx((above**2 + below**2) * same - 2 * above * below * mixed, rel=1e-14)
    for a, b in [(2, 1), (3, 2), (1, 4)]:
        quadrants = 0.0
        for signs in itertools.product((1, -1), repeat=2):
            slopes = [above if s > 0 else -below for s in signs]
            part = one(RELU, two_label_metric(rho * math.prod(signs)), request((a, 0), (b, 0)))[0]
            quadrants += slopes[0] ** a * slopes[1] ** b * part
        assert one(LEAKY, metric, request((a, 0), (b, 0)))[0] == pytest.approx(quadrants, rel=1e-13)


def test_three_labels_with_both_slopes_by_octant() -> None:
    features = np.random.default_rng(8).normal(size=(3, 4))
    metric = features @ features.T
    octants = 0.0
    for signs in itertools.product((1, -1), repeat=3):
        slopes = [1.5 if s > 0 else -0.25 for s in signs]
        part = one(RELU, metric * np.outer(signs, signs), request((1, 0), (2, 0), (1, 0)))[0]
        octants += slopes[0] * slopes[1] ** 2 * slopes[2] * part
    value, error = one(LEAKY, metric, request((1, 0), (2, 0), (1, 0)))
    assert value == pytest.approx(octants, rel=1e-13)
    assert abs(value - octants) < 10 * error


def test_too_many_kinks_are_refused_at_once() -> None:
    with pytest.raises(
        InvalidInput, match=r"couples 5 distinct inputs through 'relu'.*at most 4 distinct inputs"
    ):
        ExpectationPlan(RELU, [request(*((1, 0),) * 5)])
    assert one(LINEAR, np.eye(6), request(*((2, 0),) * 6))[0] == 1.0


def test_several_hundred_requests_take_milliseconds() -> None:
    shares = itertools.product(itertools.product(range(1, 6), range(4)), repeat=2)
    plan = ExpectationPlan(RELU, [request(*pair) for pair in shares])
    metric = two_label_metric(0.3)
    plan.evaluate(metric)
    start = time.perf_counter()
    for _ in range(5):
        plan.evaluate(metric)
    assert len(plan) == 400
    assert (time.perf_counter() - start) / 5 < 0.1  # about 0.0003 on an idle machine
