"""ReLU expectations of three and four inputs that are nearly dependent, against mpmath in 40 digits.

Inputs are rows of whole multiples of 2^-26, so that their metric is exact in double precision, and what is compared is
the same expectation. The reference lowers powers by Stein's lemma and finds orthant probabilities by letting all
correlations grow together, in plain floating point of many digits: no rational arithmetic, and another path.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache

import mpmath as mp
import numpy as np
import pytest
from numpy.typing import NDArray

from feyn_nn.kernels.exact_orthants import determinant, exact_orthant
from feyn_nn.kernels.expectations import gaussian_expectations
from feyn_nn.networks import Activation, activation
from feyn_nn.networks.activations import piecewise_linear
from feyn_nn.rules import Expectation, Factor

Array = NDArray[np.float64]
Matrix = tuple[tuple[mp.mpf, ...], ...]
Shares = tuple[tuple[int, int], ...]

RELU = activation("relu")
LEAKY = piecewise_linear("leaky test", (0.25, 1.5), formula="Max(z/4, 3*z/2)")
DIGITS = 40

THREE: tuple[Shares, ...] = (
    ((1, 0),) * 3,
    ((1, 1),) * 3,
    ((2, 0), (1, 1), (1, 0)),
    ((1, 2), (1, 1), (1, 1)),
    ((2, 3), (1, 0), (1, 1)),
)
FOUR: tuple[Shares, ...] = (
    ((1, 0),) * 4,
    ((1, 1),) * 4,
    ((1, 1), (1, 1), (1, 0), (1, 0)),
    ((2, 0), (2, 0), (2, 0), (2, 0)),
    ((1, 2), (1, 1), (1, 1), (1, 0)),
)


def directions(rng: np.random.Generator, dimensions: Sequence[int]) -> list[Array]:
    """One vector for each number of leading coordinates that it may use, of length about one half."""
    rows = []
    for dimension in dimensions:
        row = np.zeros(4)
        row[:dimension] = rng.normal(size=dimension)
        rows.append(0.55 * row / np.linalg.norm(row))
    return rows


def on_a_line(rng: np.random.Generator, signs: Sequence[int]) -> list[Array]:
    (line,) = directions(rng, [4])
    return [sign * rng.uniform(0.6, 1.1) * line for sign in signs]


NEARLY: dict[str, Callable[[np.random.Generator], list[Array]]] = {
    "three in a plane": lambda rng: directions(rng, [2, 2, 2]),
    "three on a line": lambda rng: on_a_line(rng, [1, 1, 1]),
    "two opposite and a third": lambda rng: on_a_line(rng, [1, -1]) + directions(rng, [4]),
    "four in a space of three": lambda rng: directions(rng, [3, 3, 3, 3]),
    "four in a plane": lambda rng: directions(rng, [2, 2, 2, 2]),
    "four on a line, one opposite": lambda rng: on_a_line(rng, [1, -1, 1, 1]),
    "two pairs": lambda rng: on_a_line(rng, [1, 1]) + on_a_line(rng, [1, 1]),
    "a pair and two": lambda rng: on_a_line(rng, [1, 1]) + directions(rng, [4, 4]),
}


def nearly(name: str, apart: int) -> Array:
    """An exact metric of inputs 2^-apart away from being dependent."""
    rng = np.random.default_rng([apart, list(NEARLY).index(name)])
    rows = np.array(NEARLY[name](rng))
    rows = np.round((rows + 2.0**-apart * rng.normal(size=rows.shape)) * 2.0**26) / 2.0**26
    metric: Array = rows @ rows.T
    return metric


def as_matrix(metric: Array) -> Matrix:
    return tuple(tuple(mp.mpf(x) for x in row) for row in metric.tolist())


def conditioned(G: Matrix, i: int) -> Matrix:
    rest = [j for j in range(len(G)) if j != i]
    return tuple(tuple(G[a][b] - G[a][i] * G[b][i] / G[i][i] for b in rest) for a in rest)


def cosine(G: Matrix, i: int, j: int) -> mp.mpf:
    return max(min(G[i][j] / mp.sqrt(G[i][i] * G[j][j]), mp.mpf(1)), mp.mpf(-1))


@lru_cache(maxsize=256)
def orthant(G: Matrix) -> mp.mpf:
    n = len(G)
    if n < 4:
        angles = [mp.acos(cosine(G, i, j)) for j in range(n) for i in range(j)]
        return [
            1,
            mp.mpf(1) / 2,
            (mp.pi - sum(angles)) / (2 * mp.pi),
            (2 * mp.pi - sum(angles)) / (4 * mp.pi),
        ][n]

    def slope(t: mp.mpf) -> mp.mpf:
        grown = tuple(tuple(x if i == j else t * x for j, x in enumerate(row)) for i, row in enumerate(G))
        total = mp.mpf(0)
        for i, j in itertools.combinations(range(4), 2):
            left = conditioned(conditioned(grown, j), i)
            density = G[i][j] / (2 * mp.pi * mp.sqrt(G[i][i] * G[j][j] - grown[i][j] ** 2))
            total += density * (mp.mpf(1) / 4 + mp.asin(cosine(left, 0, 1)) / (2 * mp.pi))
        return total

    places = [0, *(1 - mp.mpf(10) ** -k for k in range(1, 19, 3)), 1]
    return mp.mpf(1) / 16 + mp.quad(slope, places, maxdegree=4)


@lru_cache(maxsize=4096)
def moment(G: Matrix, p: tuple[int, ...]) -> mp.mpf:
    """E[Π h_p(z)], h_p = z^p θ(z)/p! and h_{-1-s} the s-th derivative of δ."""
    n = len(p)
    if (i := next((i for i in range(n) if p[i] < 0), None)) is not None:
        return delta_moment(G, p, i)
    if not any(p):
        return orthant(G)
    i = max(range(n), key=lambda label: p[label])
    lowered = [tuple(q - (k == i) - (k == j) for k, q in enumerate(p)) for j in range(n)]
    return sum(G[i][j] * moment(G, lowered[j]) for j in range(n)) / p[i]


def delta_moment(G: Matrix, p: tuple[int, ...], i: int) -> mp.mpf:
    """E[δ^{(s)}(z_i) R] = (-1)^s d^s/dc^s (φ(c) E[R | z_i = c]) at c = 0."""
    s, v = -1 - p[i], G[i][i]
    others = [j for j in range(len(p)) if j != i]
    total = mp.mpf(0)
    for k in range(s % 2, s + 1, 2):
        m = (s - k) // 2
        density = (-1) ** m * mp.fac(2 * m) / (mp.fac(m) * (2 * v) ** m) / mp.sqrt(2 * mp.pi * v)
        for orders in itertools.product(range(k + 1), repeat=len(others)):
            if sum(orders) == k:
                weight = mp.fac(k)
                for j, order in zip(others, orders, strict=True):
                    weight *= (G[j][i] / v) ** order / mp.fac(order)
                lowered = tuple(p[j] - order for j, order in zip(others, orders, strict=True))
                total += mp.binomial(s, k) * density * weight * moment(conditioned(G, i), lowered)
    return (-1) ** s * total


def request(shares: Shares) -> Expectation:
    return tuple(Factor(label, *share) for label, share in enumerate(shares))


@pytest.mark.parametrize("apart", [9, 20])
@pytest.mark.parametrize("name", NEARLY)
def test_relu_expectations_of_nearly_dependent_inputs(name: str, apart: int) -> None:
    metric = nearly(name, apart)
    sizes = np.sqrt(metric.diagonal())
    wanted = THREE if len(metric) == 3 else FOUR
    values, errors = gaussian_expectations(RELU, metric, [request(shares) for shares in wanted])
    for shares, value, error in zip(wanted, values.tolist(), errors.tolist(), strict=True):
        with mp.workdps(DIGITS):
            exact = moment(as_matrix(metric), tuple(a - j for a, j in shares))
            exact *= mp.fprod(mp.fac(a) for a, _ in shares)
            missed = float(abs(value - exact))
        size = max(
            float(abs(exact)), float(np.prod([s ** (a - j) for s, (a, j) in zip(sizes, shares, strict=True)]))
        )
        assert missed <= error
        assert error <= 1e-12 * size


@pytest.mark.parametrize("act", [RELU, LEAKY])
def test_four_inputs_in_a_space_of_three(act: Activation) -> None:
    """Rounding leaves some 1e-16 of the fourth direction in the metric; the reference has none of it."""
    rows = np.random.default_rng(3).normal(size=(4, 3))
    below, above = act.slopes or (0.0, 0.0)
    value, error = gaussian_expectations(act, rows @ rows.T, [request(((1, 0),) * 4)])
    with mp.workdps(DIGITS):
        exact = mp.mpf(0)
        for signs in itertools.product((1, -1) if below else (1,), repeat=4):
            turned = [[mp.mpf(x) * sign for x in row] for row, sign in zip(rows.tolist(), signs, strict=True)]
            G = tuple(tuple(mp.fdot(one, other) for other in turned) for one in turned)
            exact += mp.fprod(above if sign > 0 else -below for sign in signs) * moment(G, (1, 1, 1, 1))
        missed = abs(float(value[0] - exact))
    size = float(np.prod(np.linalg.norm(rows, axis=1)))
    assert missed <= 1e-13 * size
    assert error[0] <= 1e-12 * size


def test_determinants_of_rationals() -> None:
    matrix = np.random.default_rng(0).integers(-9, 10, size=(4, 4))
    exact = [[Fraction(int(x)) for x in row] for row in matrix]
    assert determinant(exact) == round(float(np.linalg.det(matrix)))


def test_orthants_do_not_depend_on_scales() -> None:
    rows = np.random.default_rng(1).integers(-9, 10, size=(4, 5))
    exact = [[Fraction(int(x)) for x in row] for row in rows @ rows.T]
    stretched = [
        [x * Fraction(7, 3) ** (20 * (i + j)) for j, x in enumerate(row)] for i, row in enumerate(exact)
    ]
    assert exact_orthant(stretched)[0] == pytest.approx(exact_orthant(exact)[0], abs=1e-15)
