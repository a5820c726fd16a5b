"""Analytic activations against mpmath, Gauss–Legendre panels, and closed forms."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, partial

import mpmath as mp
import numpy as np
import pytest
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, pairings
from feyn_nn.kernels import trapezoid
from feyn_nn.kernels.expectations import ExpectationPlan, gaussian_expectations
from feyn_nn.networks import Activation, activation
from feyn_nn.rules import Expectation, Factor

TANH = activation("tanh")
Array = NDArray[np.float64]


def request(*shares: tuple[int, int]) -> Expectation:
    """Label 0, 1, … with (power, derivatives)."""
    return tuple(Factor(label, *share) for label, share in enumerate(shares))


def one(act: Activation, metric: object, wanted: Expectation) -> tuple[float, float]:
    values, errors = gaussian_expectations(act, metric, [wanted])  # type: ignore[arg-type]
    return float(values[0]), float(errors[0])


def _sin_derivatives(z: Array, order: int) -> Array:
    cycle = (np.sin(z), np.cos(z), -np.sin(z), -np.cos(z))
    return np.stack([cycle[k % 4] for k in range(order + 1)])


def _exp_derivatives(z: Array, order: int) -> Array:
    return np.stack([np.exp(z)] * (order + 1))


def _cubic_derivatives(z: Array, order: int) -> Array:
    series = np.polynomial.Polynomial([0.5, 1.0, -0.3, 0.2])
    return np.stack([series.deriv(k)(z) if k else series(z) for k in range(order + 1)])


def entire(name: str, derivatives: Callable[[Array, int], Array], parity: int = 0) -> Activation:
    return Activation(
        name=name,
        function=lambda z: derivatives(z, 0)[0],
        derivatives=derivatives,
        parity=parity,
        strip=math.inf,
        formula="?",
    )


SIN, EXP = entire("sin test", _sin_derivatives, -1), entire("exp test", _exp_derivatives)
CUBIC = entire("cubic test", _cubic_derivatives)


# --- ∂^j[tanh^a] without derivatives of tanh: integer polynomials in t ---------------------------------------


@cache
def tanh_polynomial(a: int, j: int) -> tuple[int, ...]:
    """Coefficients of ∂^j[t^a] in powers of t, from t' = 1 - t²."""
    row = [0] * a + [1]
    for _ in range(j):
        following = [0] * (len(row) + 1)
        for k in range(1, len(row)):
            following[k - 1] += k * row[k]
            following[k + 1] -= k * row[k]
        row = following
    return tuple(row)


def tanh_row(z: Array, a: int, j: int) -> NDArray[np.longdouble]:
    t = np.tanh(z.astype(np.longdouble))
    value = np.zeros_like(t)
    for c in reversed(tanh_polynomial(a, j)):
        value = value * t + c
    return value


def tanh_mp(z: mp.mpf, a: int, j: int) -> mp.mpf:
    return mp.polyval(list(reversed(tanh_polynomial(a, j))), mp.tanh(z))


def panels(reach: float) -> tuple[Array, Array]:
    """Gauss–Legendre panels for the standard normal, narrow enough for tanh(reach·g)."""
    x, w = np.polynomial.legendre.leggauss(20)
    count = math.ceil(24.0 / min(1.0, 0.9 / reach))
    width = 24.0 / count
    nodes = (-12.0 + width * (np.arange(count)[:, None] + (1 + x) / 2)).ravel()
    return nodes, np.tile(width / 2 * w, count) * np.exp(-(nodes**2) / 2) / math.sqrt(2 * math.pi)


def panel_reference(metric: Array, shares: Sequence[tuple[int, int]]) -> float:
    """One or two labels; the larger variance first, as what is left of the smaller one must be exact."""
    if len(shares) == 2 and metric[1, 1] > metric[0, 0]:
        return panel_reference(metric[::-1, ::-1], shares[::-1])
    s = math.sqrt(metric[0, 0])
    x, w = panels(s)
    first = tanh_row(s * x, *shares[0]) * w
    if len(shares) == 1:
        return float(first.sum())
    slope = metric[0, 1] / s
    a, b, c = (Fraction(float(x)) for x in (metric[0, 0], metric[0, 1], metric[1, 1]))
    rest = math.sqrt(max(c - b * b / a, 0))
    y, v = panels(max(rest, 1e-9))
    return float(first @ (tanh_row(slope * x[:, None] + rest * y, *shares[1]) @ v))


# --- tanh ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variance", [0.01, 0.3, 1.0, 4.0])
def test_one_label_tanh_against_mpmath(variance: float) -> None:
    shares = [(1, 1), (2, 0), (2, 2), (4, 4), (8, 0), (8, 8), (1, 7), (3, 5), (6, 2)]
    values, errors = gaussian_expectations(TANH, [[variance]], [request(share) for share in shares])
    with mp.workdps(30):
        s = mp.sqrt(mp.mpf(variance))
        for share, value, error in zip(shares, values, errors, strict=True):
            edges = [0, 1, 2, 3, 4, 6, 8, 14]
            exact = 2 * mp.quad(lambda g, share=share: mp.npdf(g) * tanh_mp(s * g, *share), edges)
            assert abs(value - exact) <= 1e-10 * abs(exact)
            assert abs(value - exact) <= error


@pytest.mark.parametrize(
    ("variances", "rho", "shares"),
    [
        ((1.0, 1.0), 0.5, ((1, 0), (1, 0))),
        ((0.3, 2.0), -0.5, ((2, 2), (1, 3))),
        ((2.0, 0.01), 0.99, ((3, 1), (1, 1))),
    ],
)
def test_two_label_tanh_against_mpmath(
    variances: tuple[float, float], rho: float, shares: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    across = rho * math.sqrt(math.prod(variances))
    metric = np.array([[variances[0], across], [across, variances[1]]])
    value, error = one(TANH, metric, request(*shares))
    with mp.workdps(18):
        s = mp.sqrt(metric[0, 0])
        slope = mp.mpf(metric[0, 1]) / s
        rest = mp.sqrt(mp.mpf(metric[1, 1]) - slope**2)
        quad = partial(mp.quad, method="gauss-legendre", maxdegree=4)
        sides = [-9, -6, -4, -2, 0, 2, 4, 6, 9]

        def inner(g: mp.mpf) -> mp.mpf:
            return quad(lambda y: mp.npdf(y) * tanh_mp(slope * g + rest * y, *shares[1]), sides)

        exact = 2 * quad(lambda g: mp.npdf(g) * tanh_mp(s * g, *shares[0]) * inner(g), [0, 2, 4, 6, 9])
        assert abs(value - exact) <= 1e-10 * abs(exact)
        assert abs(value - exact) <= error + 1e-15 * abs(exact)


@pytest.mark.parametrize("rho", [0.0, 0.5, -0.5, 0.99, 1.0, -1.0])
@pytest.mark.parametrize("variances", [(0.01, 0.01), (1.0, 1.0), (4.0, 0.3)])
def test_two_label_tanh_against_panels(rho: float, variances: tuple[float, float]) -> None:
    across = rho * math.sqrt(math.prod(variances))
    metric = np.array([[variances[0], across], [across, variances[1]]])
    shares = [
        ((1, 1), (1, 1)),
        ((2, 0), (2, 0)),
        ((1, 2), (3, 0)),
        ((4, 4), (2, 2)),
        ((8, 0), (8, 8)),
        ((1, 8), (7, 2)),
    ]
    values, errors = gaussian_expectations(TANH, metric, [request(*pair) for pair in shares])
    for pair, value, error in zip(shares, values, errors, strict=True):
        exact = panel_reference(metric, pair)
        assert abs(value - exact) <= 1e-10 * abs(exact) + 1e-14  # the last for what vanishes at rho = 0
        assert abs(value - exact) <= error + 1e-18


def test_repeated_and_vanishing_inputs() -> None:
    metric = np.array([[0.7, 0.7, 0.0], [0.7, 0.7, 0.0], [0.0, 0.0, 0.0]])
    wanted = [
        request((1, 0), (1, 0)),
        request((2, 1), (1, 2)),
        request((1, 1), (1, 1), (1, 1)),
        request((1, 0), (1, 0), (1, 0)),
    ]
    values, _ = gaussian_expectations(TANH, metric, wanted)
    alone, _ = gaussian_expectations(TANH, metric, [request((2, 0)), request((1, 1))])
    assert values[0] == pytest.approx(alone[0], rel=1e-14)
    s = math.sqrt(0.7)
    x, w = panels(s)
    product = tanh_row(s * x, 2, 1) * tanh_row(s * x, 1, 2)
    assert values[1] == pytest.approx(float(product @ w), rel=1e-12)
    squared = tanh_row(s * x, 1, 1) ** 2  # tanh'(0) = 1 for the input that vanishes
    assert values[2] == pytest.approx(float(squared @ w), rel=1e-13)
    assert values[3] == 0.0
    zero = gaussian_expectations(
        TANH, np.zeros((2, 2)), [request((1, 1), (1, 1)), request((2, 2)), request((1, 3))]
    )
    assert zero.values.tolist() == [1.0, 2.0, -2.0]


def test_errors_cover_the_truth_on_random_requests() -> None:
    rng = np.random.default_rng(11)
    for case in range(200):
        n = 1 + case % 2
        variances = 10 ** rng.uniform(-2, 0.7, size=n)
        rho = rng.choice([0.0, 0.5, -0.99, 1 - 1e-6, 1.0, rng.uniform(-1, 1)])
        metric = np.diag(variances)
        if n == 2:
            metric[0, 1] = metric[1, 0] = rho * math.sqrt(variances.prod())
        shares = [(int(rng.integers(1, 9)), int(rng.integers(0, 9))) for _ in range(n)]
        if sum(map(sum, shares)) % 2:
            shares[0] = (shares[0][0], shares[0][1] + 1)
        value, error = one(TANH, metric, request(*shares))
        exact = panel_reference(metric, shares)
        assert abs(value - exact) <= error, (metric.tolist(), shares)


def test_odd_products_vanish_exactly() -> None:
    assert one(TANH, np.eye(2), request((1, 0), (2, 0))) == (0.0, 0.0)
    assert one(TANH, np.eye(2), request((1, 1), (1, 2))) == (0.0, 0.0)


# --- closed forms at higher rank -------------------------------------------------------------------------------


def sin_exact(metric: Array, shares: Sequence[tuple[int, int]]) -> float:
    """sin^a = (2i)^{-a} Σ_k binom(a, k) (-1)^k e^{i(a - 2k)z}; each derivative a factor i(a - 2k)."""
    total = 0j
    for choice in itertools.product(*(range(a + 1) for a, _ in shares)):
        v = np.array([a - 2 * k for (a, _), k in zip(shares, choice, strict=True)])
        weight = 1.0 + 0j
        for (a, j), k, frequency in zip(shares, choice, v, strict=True):
            weight *= math.comb(a, k) * (-1) ** k / (2j) ** a * (1j * frequency) ** j
        total += weight * np.exp(-0.5 * v @ metric @ v)
    return total.real


def random_metric(n: int, rank: int, size: float = 1.0) -> Array:
    features = np.random.default_rng(10 * n + rank).normal(size=(n, rank))
    return np.asarray(size * features @ features.T / rank)


@pytest.mark.parametrize(("n", "rank"), [(1, 1), (2, 2), (3, 3), (3, 2), (4, 2), (4, 3), (4, 4), (5, 3)])
def test_sin_in_closed_form(n: int, rank: int) -> None:
    metric = random_metric(n, rank, 0.6)
    shares = [
        [(1, 0)] * n,
        [(1, 1)] * n,
        [(2, 2), *[(1, 1)] * (n - 1)],
        [(2, 1), (1, 2), *[(2, 0)] * (n - 2)][:n],
    ]
    shares = [pair for pair in shares if sum(a + j for a, j in pair) % 2 == 0]
    values, errors = gaussian_expectations(SIN, metric, [request(*pair) for pair in shares])
    for pair, value, error in zip(shares, values, errors, strict=True):
        exact = sin_exact(metric, pair)
        assert abs(value - exact) <= error
        assert error < 1e-11


@pytest.mark.parametrize(("n", "rank"), [(1, 1), (2, 1), (2, 2), (3, 3), (4, 4)])
def test_exp_which_grows(n: int, rank: int) -> None:
    metric = random_metric(n, rank, 0.8)
    powers = np.arange(1, n + 1)
    value, error = one(EXP, metric, request(*((int(a), 1) for a in powers)))
    exact = math.prod(powers) * math.exp(0.5 * powers @ metric @ powers)
    assert value == pytest.approx(exact, rel=1e-11)
    assert abs(value - exact) <= error


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_cubic_is_wick(n: int) -> None:
    metric = random_metric(n, n)
    coefficients = [0.5, 1.0, -0.3, 0.2]
    exact = 0.0
    for degrees in itertools.product(range(4), repeat=n):
        legs = [i for i, d in enumerate(degrees) for _ in range(d)]
        if len(legs) % 2 == 0:
            wick = sum(math.prod(metric[a, b] for a, b in pairing) for pairing in pairings(legs))
            exact += math.prod(coefficients[d] for d in degrees) * wick
    value, error = one(CUBIC, metric, request(*[(1, 0)] * n))
    assert value == pytest.approx(exact, rel=1e-12)
    assert abs(value - exact) <= error


def hermite_reference(metric: Array, shares: Sequence[tuple[int, int]], nodes: int) -> float:
    """Gauss–Hermite in every direction, another factor and another rule."""
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    w = w / math.sqrt(2 * math.pi)
    n = len(shares)
    eigenvalues, vectors = np.linalg.eigh(metric)
    factor = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
    grids = np.meshgrid(*[x] * n, indexing="ij")
    product: Array = np.ones([nodes] * n)
    for row, share in zip(factor, shares, strict=True):
        z = sum(c * grid for c, grid in zip(row, grids, strict=True))
        product = product * tanh_row(np.asarray(z), *share).astype(float)
    for _ in range(n):
        product = product @ w
    return float(product)


@pytest.mark.parametrize(
    ("shares", "size", "nodes"),
    [
        (((1, 1), (1, 1), (2, 0)), 0.3, 90),
        (((2, 2), (1, 3), (1, 0)), 0.1, 60),
        (((1, 0),) * 4, 0.1, 34),
        (((1, 1), (2, 0), (1, 1), (1, 2)), 0.03, 24),
    ],
)
def test_three_and_four_label_tanh_against_gauss_hermite(
    shares: tuple[tuple[int, int], ...], size: float, nodes: int
) -> None:
    shares = shares if sum(map(sum, shares)) % 2 == 0 else (*shares[:-1], (shares[-1][0], shares[-1][1] + 1))
    metric = random_metric(len(shares), len(shares), size)
    value, error = one(TANH, metric, request(*shares))
    exact = hermite_reference(metric, shares, nodes)
    assert value == pytest.approx(exact, rel=1e-10)
    assert error < 1e-11


def test_four_labels_in_two_independent_pairs() -> None:
    pair, other = np.array([[1.0, 0.6], [0.6, 0.8]]), np.array([[0.5, -0.2], [-0.2, 1.2]])
    metric = np.zeros((4, 4))
    metric[np.ix_([0, 2], [0, 2])] = pair
    metric[np.ix_([1, 3], [1, 3])] = other
    value, error = one(TANH, metric, request((1, 1), (2, 0), (1, 1), (2, 2)))
    exact = panel_reference(pair, [(1, 1), (1, 1)]) * panel_reference(other, [(2, 0), (2, 2)])
    assert abs(value - exact) <= error
    assert error < 1e-12


# --- limits ------------------------------------------------------------------------------------------------------


def test_a_sum_held_back_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    metric = random_metric(3, 3)
    wanted = request((1, 1), (2, 2), (1, 1))
    good, _ = one(TANH, metric, wanted)
    monkeypatch.setattr("feyn_nn.kernels.trapezoid.MAX_WORK", 3e3)
    trapezoid._evaluated.cache_clear()
    rough, error = one(TANH, metric, wanted)
    assert 1e-8 < error < 0.1
    assert abs(rough - good) <= error


@pytest.mark.parametrize("tolerance", [1e-3, 1e-5, 1e-7, 1e-9])
@pytest.mark.parametrize("n_labels", [1, 2, 3, 4])
def test_errors_are_honest_at_any_tolerance(n_labels: int, tolerance: float) -> None:
    shares = [(2, 2), (2, 4), (1, 1), (1, 1)]
    plan = ExpectationPlan(TANH, [request(*shares[:n_labels])])
    metric = random_metric(n_labels, n_labels)
    coarse, fine = plan.evaluate(metric, tolerance=tolerance), plan.evaluate(metric)
    assert abs(coarse.values[0] - fine.values[0]) <= coarse.errors[0] <= 100.0 * tolerance
    assert fine.errors[0] < 1e-11


def test_rough_values_tell_how_expectations_move() -> None:
    """Differences at metrics far closer than the rough rule is good, against the derivative that Price's rule gives."""
    wanted = [request((1, 0), (1, 0)), request((2, 0), (1, 1)), request((3, 0))]
    by_cross = [request((1, 1), (1, 1)), request((2, 1), (1, 2))]  # ∂/∂G_01 = ∂_0 ∂_1
    metric, step = random_metric(2, 2), 1e-9
    moved = metric + step * np.array([[0.0, 1.0], [1.0, 0.0]])
    slopes = gaussian_expectations(TANH, metric, by_cross).values
    rough = ExpectationPlan(TANH, wanted).rough([metric, moved])
    np.testing.assert_allclose((rough[1] - rough[0])[:2] / step, slopes, rtol=1e-3)
    assert rough[1][2] == rough[0][2]


def test_too_many_independent_inputs_are_refused_and_repeated_ones_are_not() -> None:
    wanted = [request(*[(1, 1)] * 7)]
    with pytest.raises(InvalidInput, match="7 independent inputs, more than the 6"):
        gaussian_expectations(TANH, np.eye(7), wanted)
    values, _ = gaussian_expectations(TANH, np.ones((7, 7)), wanted)
    x, w = panels(1.0)
    assert values[0] == pytest.approx(float((tanh_row(x, 1, 1) ** 7) @ w), rel=1e-13)


def test_an_integrand_that_outgrows_the_gaussian_is_refused() -> None:
    fast = entire("steep test", partial(_scaled_exp, 30.0))
    with pytest.raises(InvalidInput, match="grow faster than the Gaussian"):
        one(fast, [[4.0]], request((2, 0)))


def _scaled_exp(rate: float, z: Array, order: int) -> Array:
    return np.stack([rate**k * np.exp(rate * z) for k in range(order + 1)])


@pytest.mark.parametrize(("n", "limit"), [(1, 0.05), (2, 0.2), (3, 1.5)])
def test_several_hundred_requests_are_quick(n: int, limit: float) -> None:
    rows = list(itertools.product(range(1, 5), range(5)))
    wanted = [request(*shares) for shares in itertools.product(rows, repeat=n)][:600]
    plan = ExpectationPlan(TANH, wanted)
    metric = random_metric(n, n, 0.5)
    plan.evaluate(metric)
    start = time.perf_counter()
    plan.evaluate(metric)
    assert time.perf_counter() - start < limit  # about 0.002, 0.008 and 0.06 on an idle machine
