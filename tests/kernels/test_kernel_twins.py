"""Each compiled kernel beside a plain one."""

from __future__ import annotations

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
from numpy.typing import NDArray

from feyn_nn.kernels import gaussian_grid, half_line_moments, orthants, trapezoid_sums
from feyn_nn.kernels.gaussian_grid import GaussianGrid, gaussian_axis

RNG = np.random.default_rng(4)


def test_power_tables_against_products_of_polynomials() -> None:
    z = RNG.normal(size=600)
    series = np.polynomial.Polynomial([0.3, 1.0, -0.5, 0.2])
    derivatives = np.stack([series(z), *(series.deriv(k)(z) for k in range(1, 7))])
    shares = [(1, 0), (1, 3), (2, 2), (4, 0), (3, 6), (5, 4), (1, 6)]
    powers, orders = np.array(shares, np.intp).T.copy()
    table = trapezoid_sums.power_tables(derivatives, powers, orders)
    for row, (a, j) in zip(table, shares, strict=True):
        power = series**a
        np.testing.assert_allclose(row, (power.deriv(j) if j else power)(z), rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(trapezoid_sums.power_tables.py_func(derivatives, powers, orders), table)


def test_inner_sums() -> None:
    table, weights = RNG.normal(size=(5, 7, 300)), RNG.random(300)
    products = np.array([[0, 3], [4, 4], [2, 1]], np.intp)
    sums = trapezoid_sums.inner_sums(table, weights, products)
    for u, rows in enumerate(products):
        term = table[rows].prod(axis=0) * weights
        np.testing.assert_allclose(sums[0, u], term.sum(axis=1), rtol=1e-12)
        np.testing.assert_allclose(sums[1, u], np.abs(term).sum(axis=1), rtol=1e-13)


def test_add_outer_sums() -> None:
    table, weights = RNG.normal(size=(4, 700)), RNG.random(700)
    inner = RNG.normal(size=(2, 3, 700))
    products, inner_rows = np.array([[0, 1], [3, 3]], np.intp), np.array([2, 0], np.intp)
    totals = np.ones((2, 2))
    trapezoid_sums.add_outer_sums(totals, table, weights, products, inner, inner_rows)
    for t in range(2):
        product = table[products[t]].prod(axis=0) * weights
        assert totals[0, t] == pytest.approx(1.0 + product @ inner[0, inner_rows[t]], rel=1e-12)
        assert totals[1, t] == pytest.approx(1.0 + np.abs(product) @ inner[1, inner_rows[t]], rel=1e-12)


def test_interpolated_against_chebval() -> None:
    coefficients, points = RNG.normal(size=(3, 2, 6)), RNG.uniform(-1.0, 2.0, size=200)
    values = trapezoid_sums.interpolated(coefficients, -1.0, 1.0, points)
    for point, column in zip(points, values.T, strict=True):
        panel = math.floor(point + 1.0)
        expected = np.polynomial.chebyshev.chebval(2.0 * (point + 1.0 - panel) - 1.0, coefficients[panel].T)
        np.testing.assert_allclose(column, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("dimensions", [0, 1, 2, 3])
@pytest.mark.parametrize("even", [False, True])
def test_grid_integrates_even_polynomials(
    dimensions: int, even: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in (1 << 15, 50):  # in one slice, and in many
        monkeypatch.setattr(gaussian_grid, "MAX_SLICE", limit)
        grid = GaussianGrid(steps=(0.6, 0.7, 0.55)[:dimensions], radius=9.0, even=even)
        total, count = 0.0, 0
        for nodes, weights in grid.slices():
            assert np.all(np.linalg.norm(nodes, axis=1) <= 9.0001)
            total += float(weights @ (1.0 + (nodes**2).sum(axis=1) + nodes.prod(axis=1) ** 2))
            count += len(weights)
        assert total == pytest.approx(1.0 + dimensions + 1.0, rel=1e-13)
        assert count == pytest.approx(grid.size, rel=0.15)


def test_axis_is_symmetric_and_normalised() -> None:
    nodes, weights = gaussian_axis(0.5, 9.0)
    np.testing.assert_array_equal(nodes, -nodes[::-1])
    assert weights.sum() == pytest.approx(1.0, rel=1e-15)


def metric_of(n: int, seed: int) -> NDArray[np.float64]:
    features = np.random.default_rng(seed).normal(size=(n, n + 2))
    return np.asarray(features @ features.T)


def test_determinant_keeps_its_digits() -> None:
    a, b = 1.0 + 2.0**-30, 1.0 - 2.0**-30
    assert orthants.determinant(a, b, 1.0, 1.0) == -(2.0**-60)
    assert a * b - 1.0 == 0.0


@pytest.mark.parametrize("n", [2, 3, 4])
def test_orthants_add_up_to_one(n: int) -> None:
    metric = metric_of(n, n)
    total, bound = 0.0, 0.0
    for signs in itertools.product((1.0, -1.0), repeat=n):
        reflected = metric * np.outer(signs, signs)
        if n == 2:
            value, error = orthants.quadrant_moment(reflected, np.zeros((n, n)), 0, 0)
        elif n == 3:
            value, error = orthants.octant_probability(reflected, np.zeros((n, n)))
        else:
            value, error = orthants.orthant_probability(reflected, np.zeros((n, n)))
        total, bound = total + value, bound + error
    assert abs(total - 1.0) <= bound
    assert bound < 1e-13


@pytest.mark.parametrize("rho", [-0.33, 0.0, 0.2, 0.5, 0.9])
def test_equal_correlations_of_four(rho: float) -> None:
    # z_i = √ρ x + √(1-ρ) y_i: the probability is E[Φ(x √(ρ/(1-ρ)))^4]; for ρ = 1/2 it is 1/5
    metric = np.full((4, 4), rho) + (1.0 - rho) * np.eye(4)
    value, error = orthants.orthant_probability(metric, np.zeros((4, 4)))
    if rho >= 0.0:
        steep = mp.sqrt(mp.mpf(rho) / (1 - mp.mpf(rho)))
        exact = mp.quad(lambda x: mp.npdf(x) * mp.ncdf(steep * x) ** 4, [-12, -4, 0, 4, 12])
        assert abs(value - exact) <= error
    assert abs(value - 0.2) <= error if rho == 0.5 else 0.0 <= value < 0.5


def test_independent_halves_multiply() -> None:
    metric = np.zeros((4, 4))
    pairs = [metric_of(2, 1), metric_of(2, 2)]
    metric[:2, :2], metric[2:, 2:] = pairs
    value, error = orthants.orthant_probability(metric, np.zeros((4, 4)))
    quadrants = [orthants.quadrant_moment(pair, np.zeros((2, 2)), 0, 0)[0] for pair in pairs]
    assert abs(value - math.prod(quadrants)) <= error


def test_half_line_moments_of_one_call_and_of_many_agree() -> None:
    metric = metric_of(3, 0)
    exponents = [(0, 1, 2), (3, -1, 0), (-2, 1, 0), (2, 2, 2), (-1, -2, 4)]
    labels = np.tile(np.arange(3), len(exponents))
    flat = np.array(exponents, np.intp).ravel()
    starts, cuts = np.arange(0, 3 * len(exponents) + 1, 3), np.ones(len(flat), np.bool_)
    values, errors = half_line_moments.half_line_moments(metric, starts, labels, flat, cuts)
    for t, powers in enumerate(exponents):
        for order in itertools.permutations(range(3)):
            value, error = half_line_moments.half_line_moments(
                metric,
                np.array([0, 3]),
                np.array(order, np.intp),
                np.array([powers[i] for i in order], np.intp),
                np.ones(3, np.bool_),
            )
            assert abs(value[0] - values[t]) <= error[0] + errors[t]
