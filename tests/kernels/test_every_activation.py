"""Gaussian expectations of every activation: closed forms, mpmath, and honest errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import mpmath as mp
import numpy as np
import pytest
import sympy
from numpy.typing import NDArray

from feyn_nn.kernels.expectations import gaussian_expectations
from feyn_nn.networks import activation
from feyn_nn.rules import Factor

SMOOTH = [
    "erf",
    "sin",
    "cos",
    "exp",
    "gelu",
    "swish",
    "softplus",
    "polynomial(0.5, 1, -0.25, 0.125)",
    "tanh(z)**3",
    "z*exp(-z**2/2)",
    "sqrt(1 + z**2)",
]
METRICS = [(1.0, 0.7, 0.4), (2.0, 0.3, -0.6), (0.05, 3.0, 0.2), (1.0, 1.0, 0.0), (1.0, 1.0, 1.0)]


def expect(name: str, metric: list[list[float]], *shares: tuple[int, int]) -> tuple[float, float]:
    request = tuple(Factor(label, *share) for label, share in enumerate(shares))
    values, errors = gaussian_expectations(activation(name), metric, [request])
    return float(values[0]), float(errors[0])


def rectified(a: float, b: float, c: float) -> float:
    s = math.sqrt(a * b)
    rho = max(-1.0, min(1.0, c / s))
    return s * (math.sqrt(1 - rho**2) + rho * (math.pi - math.acos(rho))) / (2 * math.pi)


def wick(m: int, n: int, a: float, b: float, c: float) -> float:
    """⟨x^m y^n⟩: k pairs across, the others among themselves."""
    total = 0.0
    for k in range(min(m, n) + 1):
        if (m - k) % 2 == 0 and (n - k) % 2 == 0:
            own = [math.factorial(r) / (2 ** (r // 2) * math.factorial(r // 2)) for r in (m - k, n - k)]
            ways = math.comb(m, k) * math.comb(n, k) * math.factorial(k) * own[0] * own[1]
            total += ways * c**k * a ** ((m - k) // 2) * b ** ((n - k) // 2)
    return total


def cubic(a: float, b: float, c: float) -> float:
    coefficients = [0.5, 1.0, -0.25, 0.125]
    return sum(
        p * q * wick(m, n, a, b, c) for m, p in enumerate(coefficients) for n, q in enumerate(coefficients)
    )


CLOSED: dict[str, Callable[[float, float, float], float]] = {
    "linear": lambda a, b, c: c,
    "relu": rectified,
    "leaky_relu(0.1)": lambda a, b, c: 0.01 * c + 0.09 * c + 0.81 * rectified(a, b, c),
    "Abs(z)": lambda a, b, c: 4 * rectified(a, b, c) - c,
    "erf": lambda a, b, c: 2 / math.pi * math.asin(2 * c / math.sqrt((1 + 2 * a) * (1 + 2 * b))),
    "sin": lambda a, b, c: math.exp(-(a + b) / 2) * math.sinh(c),
    "cos": lambda a, b, c: math.exp(-(a + b) / 2) * math.cosh(c),
    "exp": lambda a, b, c: math.exp((a + b) / 2 + c),
    "exp(-z/2)": lambda a, b, c: math.exp((a + b + 2 * c) / 8),
    "polynomial(0.5, 1, -0.25, 0.125)": cubic,
    "0.5 + z - z**2/4 + z**3/8": cubic,
}


@pytest.mark.parametrize("entries", METRICS)
@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms(name: str, entries: tuple[float, float, float]) -> None:
    a, b, c = entries
    value, error = expect(name, [[a, c], [c, b]], (1, 0), (1, 0))
    exact = CLOSED[name](a, b, c)
    size = math.sqrt(CLOSED[name](a, a, a) * CLOSED[name](b, b, b))
    assert abs(value - exact) <= 1e-12 * size
    assert abs(value - exact) <= error + 4e-16 * size  # the closed form is rounded as well


@pytest.mark.parametrize("variance", [0.01, 1.0, 9.0])
@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms_of_one_input(name: str, variance: float) -> None:
    value, _ = expect(name, [[variance]], (2, 0))
    assert value == pytest.approx(CLOSED[name](variance, variance, variance), rel=1e-12)


def derivative(name: str, power: int, order: int) -> Callable[[mp.mpf], mp.mpf]:
    """∂^j[σ^a] by sympy, which knows nothing of the recurrences under test."""
    z = sympy.Symbol("z", real=True)
    formula = sympy.sympify(activation(name).formula, locals={"z": z}, rational=True)
    row: Callable[[mp.mpf], mp.mpf] = sympy.lambdify(z, sympy.diff(formula**power, z, order), "mpmath")
    return row


@pytest.mark.parametrize("name", SMOOTH)
def test_one_input_against_mpmath(name: str) -> None:
    for power, order in [(1, 1), (2, 0), (2, 2), (3, 1), (4, 4)]:
        row = derivative(name, power, order)
        for variance in (0.3, 4.0):
            value, error = expect(name, [[variance]], (power, order))
            with mp.workdps(20):
                s = mp.sqrt(mp.mpf(variance))
                quad = partial(mp.quad, method="gauss-legendre", maxdegree=6)
                edges = [-12, -9, -7, -5, *np.arange(-4, 4.5, 0.5).tolist(), 5, 7, 9, 12, 20]
                exact = quad(lambda g, row=row, s=s: mp.npdf(g) * row(s * g), edges)
                size = quad(
                    lambda g, row=row, s=s: mp.npdf(g) * abs(row(s * g)), [-9, -4, -2, 0, 2, 4, 9, 20]
                )
            assert abs(value - exact) <= 1e-10 * max(abs(exact), mp.mpf("1e-3") * size), (
                power,
                order,
                variance,
            )
            assert abs(value - exact) <= error + 1e-16 * size


def panels(cells: int, half_width: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss–Legendre panels for the standard normal."""
    x, w = np.polynomial.legendre.leggauss(20)
    width = 2 * half_width / cells
    nodes = (-half_width + width * (np.arange(cells)[:, None] + (1 + x) / 2)).ravel()
    return nodes, np.tile(width / 2 * w, cells) * np.exp(-(nodes**2) / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("rho", [0.5, -0.9])
def test_two_inputs_against_panels(name: str, rho: float) -> None:
    a, b = 1.3, 0.6
    c = rho * math.sqrt(a * b)
    x, w = panels(40, 14.0)
    sigma = activation(name)
    first = math.sqrt(a) * x
    second = c / math.sqrt(a) * x[:, None] + math.sqrt(b - c * c / a) * x[None, :]
    for one, other in [((1, 1), (1, 1)), ((2, 0), (2, 0)), ((2, 2), (1, 1)), ((1, 3), (2, 1))]:
        value, error = expect(name, [[a, c], [c, b]], one, other)
        product = (row(sigma, first, *one)[:, None] * row(sigma, second, *other)) * w[:, None] * w
        exact, size = float(product.sum()), float(np.abs(product).sum())
        assert abs(value - exact) <= 1e-10 * max(abs(exact), 1e-3 * size)
        assert abs(value - exact) <= error + 1e-13 * size  # rounding of the reference


def row(sigma: object, z: NDArray[np.float64], power: int, order: int) -> NDArray[np.float64]:
    """∂^j[σ^a] as the product of a truncated Taylor series with itself."""
    table = sigma.derivatives(z, order)  # type: ignore[attr-defined]
    series = [table[k] / math.factorial(k) for k in range(order + 1)]
    product = series
    for _ in range(power - 1):
        product = [sum(product[i] * series[k - i] for i in range(k + 1)) for k in range(order + 1)]
    return product[order] * math.factorial(order)


@pytest.mark.parametrize(
    ("name", "one", "other", "degree"),
    [
        ("gelu", (1, 1), (2, 2), 3),
        ("z*exp(-z**2/2)", (2, 1), (1, 0), 4),  # a difference of large parts: the reference needs more nodes
        ("swish", (1, 0), (1, 2), 3),
    ],
)
def test_two_inputs_against_mpmath(
    name: str, one: tuple[int, int], other: tuple[int, int], degree: int
) -> None:
    value, error = expect(name, [[1.0, 0.5], [0.5, 0.75]], one, other)
    first, second = derivative(name, *one), derivative(name, *other)
    with mp.workdps(16):
        quad = partial(mp.quad, method="gauss-legendre", maxdegree=degree)
        rest = mp.sqrt(mp.mpf(0.5))
        edges = [-8, -5, -3, -1, 1, 3, 5, 8]

        def inner(g: mp.mpf) -> mp.mpf:
            return quad(lambda y: mp.npdf(y) * second(g / 2 + rest * y), edges)

        exact = quad(lambda g: mp.npdf(g) * first(g) * inner(g), edges)
    assert abs(value - exact) <= 1e-10 * abs(exact)
    assert error <= 1e-12


def test_narrow_strips_at_large_variance_fill_more_than_one_table() -> None:
    value, error = expect("tanh(12*z)**2", [[400.0]], (1, 0))
    x, w = panels(4000, 12.0)
    assert abs(value - float(np.tanh(240.0 * x) ** 2 @ w)) <= error + 1e-13
    assert error < 1e-10
