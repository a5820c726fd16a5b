"""tanh against a moment algebra without graphs: truncated power series in ε and Δ, layer by layer.

Given Δ = Ĝ - K, the fluctuation Δ' of the next layer has the joint cumulants ε^{k-1} κ_k(Δ), Taylor series in
Δ. Monomials of the last Δ are pulled back through the layers, ε^a Δ^b being of the order ε^{a + b/2}. The Taylor
coefficients come from Hermite polynomials under the integral (Stein's lemma), never from derivatives of σ:
∂_G ⟨f⟩ moves the Gaussian, and ∂p/∂G_00 = ½ ∂_0² p, ∂p/∂G_01 = ∂_0 ∂_1 p. docs/theory/vertices.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from math import comb, factorial
from typing import Any

import mpmath
import numpy as np
import pytest

import feyn_nn as fnn

Exponents = tuple[int, ...]  # (a, b_1, b_2, …): ε^a Π Δ_i^{b_i}
Polynomial = dict[Exponents, Any]


def multiply(x: Polynomial, y: Polynomial, cutoff: int) -> Polynomial:
    total: defaultdict[Exponents, Any] = defaultdict(int)
    for i, a in x.items():
        for j, b in y.items():
            k = tuple(p + q for p, q in zip(i, j, strict=True))
            if 2 * k[0] + sum(k[1:]) <= cutoff:
                total[k] += a * b
    return total


def partitions(items: tuple[int, ...]) -> Iterator[list[tuple[int, ...]]]:
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for smaller in partitions(rest):
        yield [(first,), *smaller]
        for i in range(len(smaller)):
            yield [*smaller[:i], (first, *smaller[i]), *smaller[i + 1 :]]


class Layer:
    """E[Δ'_p1 Δ'_p2 … | Δ] of one layer as polynomials, from the unit's Taylor series ⟨ω_p1 ω_p2 …⟩(K + Δ)."""

    def __init__(
        self, taylor: Callable[[tuple[int, ...]], Polynomial], n: int, C_W: Any, ratio: Any, cutoff: int
    ):
        self.taylor, self.n, self.C_W, self.ratio, self.cutoff = taylor, n, C_W, ratio, cutoff
        self.cumulant, self.moment = lru_cache(None)(self._cumulant), lru_cache(None)(self._moment)

    def _cumulant(self, block: tuple[int, ...]) -> Polynomial:
        total: defaultdict[Exponents, Any] = defaultdict(int)
        for blocks in partitions(block):
            product: Polynomial = {
                (0,) * (self.n + 1): (-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1)
            }
            for part in blocks:
                product = multiply(product, self.taylor(part), self.cutoff)
            for k, value in product.items():
                total[k] += value
        k = len(block)
        scale = self.C_W**k * self.ratio ** (1 - k)
        shifted = {(e[0] + k - 1, *e[1:]): scale * value for e, value in total.items()}
        if k == 1:
            shifted.pop((0,) * (self.n + 1), None)  # Δ' is counted from the next kernel
        return {e: v for e, v in shifted.items() if 2 * e[0] + sum(e[1:]) <= self.cutoff}

    def _moment(self, items: tuple[int, ...]) -> Polynomial:
        total: defaultdict[Exponents, Any] = defaultdict(int)
        for blocks in partitions(items):
            product: Polynomial = {(0,) * (self.n + 1): 1}
            for block in blocks:
                product = multiply(product, self.cumulant(tuple(sorted(block))), self.cutoff)
            for k, value in product.items():
                total[k] += value
        return total


def moment(layers: list[Layer], items: tuple[int, ...], cutoff: int) -> list[Any]:
    """E[Π Δ^L] as a series in ε; the first layer's Δ is zero."""
    n = layers[0].n
    start = [0] * (n + 1)
    for item in items:
        start[1 + item] += 1
    polynomial: Polynomial = {tuple(start): 1}
    for layer in reversed(layers):
        before: Polynomial = defaultdict(int)
        for exponents, value in polynomial.items():
            powers = tuple(i for i, b in enumerate(exponents[1:]) for _ in range(b))
            shift = (exponents[0], *[0] * n)
            for k, more in multiply({shift: value}, layer.moment(powers), cutoff).items():
                before[k] += more
        polynomial = before
    return [polynomial.get((a, *[0] * n), 0) for a in range(cutoff // 2 + 1)]


def cumulant(layers: list[Layer], items: tuple[int, ...], order: int) -> list[Any]:
    """κ of the last Δ, through ε^order."""
    total: list[Any] = [0] * (order + 1)
    for blocks in partitions(items):
        series: list[Any] = [(-1) ** (len(blocks) - 1) * factorial(len(blocks) - 1)] + [0] * order
        for block in blocks:
            other = moment(layers, block, 2 * order)
            series = [sum(series[i] * other[k - i] for i in range(k + 1)) for k in range(order + 1)]
        total = [t + s for t, s in zip(total, series, strict=True)]
    return total


# One input: mpmath at thirty digits, all orders cheap.


@cache
def nodes() -> list[tuple[mpmath.mpf, mpmath.mpf]]:
    """Standard normal points and weights; the sum over equal steps converges like exp(-2π · ½π / (√K h))."""
    step = mpmath.mpf(1) / 20
    return [(k * step, step * mpmath.npdf(k * step)) for k in range(-260, 261)]


def one_input_layers(network: fnn.MLP, G: float, cutoff: int) -> tuple[list[Layer], mpmath.mpf]:
    K, layers = mpmath.mpf(G), []
    settings = zip(network.widths, network.weight_variances[1:], network.bias_variances[1:], strict=True)
    for width, C_W, C_b in settings:
        values = [mpmath.tanh(mpmath.sqrt(K) * g) ** 2 for g, _ in nodes()]
        hermite = [[mpmath.mpf(1), g] for g, _ in nodes()]
        for (g, _), row in zip(nodes(), hermite, strict=True):
            for m in range(1, 2 * cutoff):
                row.append(g * row[m] - m * row[m - 1])

        def taylor(block, K=K, values=values, hermite=hermite):
            # ∂^m_G ⟨f⟩ = ⟨f He_2m(g)⟩ / (2K)^m
            found = {}
            for m in range(cutoff + 1):
                terms = (w * v ** len(block) * row[2 * m]
                         for (_, w), v, row in zip(nodes(), values, hermite, strict=True))  # fmt: skip
                found[0, m] = mpmath.fsum(terms) / (2 * K) ** m / factorial(m)
            return found

        cached = lru_cache(None)(taylor)
        layers.append(Layer(cached, 1, C_W, mpmath.mpf(width) / network.widths[0], cutoff))
        K = C_b + C_W * cached((0,))[0, 0]
    return layers, K


@pytest.mark.parametrize(
    ("settings", "G"),
    [
        ({"depth": 4, "width": 10, "weight_variance": 1.6, "bias_variance": 0.1}, 1.25),
        ({"depth": 6, "width": (8, 16, 4, 8, 2), "weight_variance": 1.0}, 0.5),
        ({"depth": 2, "width": 7, "weight_variance": 2.5}, 3.0),
    ],
    ids=["depth 4", "unequal widths", "one hidden layer"],
)
def test_one_input(settings, G):
    network = fnn.MLP(activation="tanh", **settings)
    inputs = fnn.Inputs.from_metric([[G]])
    with mpmath.workdps(30):
        layers, K = one_input_layers(network, G, cutoff=6)
        assert fnn.infinite_width_kernel(network, inputs).item() == pytest.approx(float(K), rel=1e-12)
        for rank, loops in [(1, 2), (2, 2), (3, 1), (4, 0)]:
            order = rank - 1 + loops
            exact = cumulant(layers, (0,) * rank, order)
            found = fnn.metric_cumulant(network, pairs=[(0, 0)] * rank, loops=loops).evaluate(inputs)
            for power, value in found.coefficients.items():
                expected = float(exact[power])
                assert value == pytest.approx(expected, rel=1e-9, abs=1e-13), (rank, power)
                assert abs(value - expected) <= found.errors[power], (rank, power)
            assert all(abs(c) < 1e-20 for c in exact[: rank - 1])  # power counting: n^{1-p} comes first


# Two inputs: double precision on a fine grid of whitened coordinates.

PAIRS = [(0, 0), (0, 1), (1, 1)]


def hermites(inverse: np.ndarray, z: np.ndarray, most: int) -> dict[tuple[int, int], np.ndarray]:
    """(-1)^{i+j} ∂_0^i ∂_1^j p / p on a grid, p the Gaussian density, as polynomials in y = K⁻¹ z."""
    y = np.einsum("ab,bxy->axy", inverse, z)
    polynomials: dict[tuple[int, int], dict[tuple[int, int], float]] = {(0, 0): {(0, 0): 1.0}}
    for i in range(most + 1):
        for j in range(most + 1 - i):
            if (i, j) == (0, 0):
                continue
            axis = 0 if i else 1
            before = polynomials[(i - 1, j) if i else (i, j - 1)]
            after: defaultdict[tuple[int, int], float] = defaultdict(float)
            for (a, b), c in before.items():
                after[a + (axis == 0), b + (axis == 1)] += c
                if a:
                    after[a - 1, b] -= c * a * inverse[axis, 0]
                if b:
                    after[a, b - 1] -= c * b * inverse[axis, 1]
            polynomials[i, j] = after
    return {
        key: sum(c * y[0] ** a * y[1] ** b for (a, b), c in polynomial.items())
        for key, polynomial in polynomials.items()
    }


def two_input_layers(network: fnn.MLP, G: np.ndarray, cutoff: int) -> tuple[list[Layer], np.ndarray]:
    g = np.arange(-11, 11.01, 0.11)
    grid = np.array(np.meshgrid(g, g, indexing="ij"))
    weight = np.exp(-0.5 * (grid**2).sum(axis=0)) * (0.11**2 / (2 * np.pi))
    K, layers = np.array(G, dtype=float), []
    settings = zip(network.widths, network.weight_variances[1:], network.bias_variances[1:], strict=True)
    for width, C_W, C_b in settings:
        z = np.einsum("ab,bxy->axy", np.linalg.cholesky(K), grid)
        sigma, H = np.tanh(z), hermites(np.linalg.inv(K), z, 2 * cutoff)
        omega = [sigma[a] * sigma[b] for a, b in PAIRS]

        def taylor(block, omega=omega, H=H):
            f = weight * np.prod([omega[p] for p in block], axis=0)
            return {
                (0, i, j, k): float(np.sum(f * H[2 * i + j, j + 2 * k]))
                / (2 ** (i + k) * factorial(i) * factorial(j) * factorial(k))
                for i in range(cutoff + 1)
                for j in range(cutoff + 1 - i)
                for k in range(cutoff + 1 - i - j)
            }

        cached = lru_cache(None)(taylor)
        layers.append(Layer(cached, 3, C_W, width / network.widths[0], cutoff))
        means = [C_b + C_W * cached((p,))[0, 0, 0, 0] for p in range(3)]
        K = np.array([[means[0], means[1]], [means[1], means[2]]])
    return layers, K


@pytest.mark.parametrize(
    ("settings", "G"),
    [
        ({"depth": 4, "width": 10, "weight_variance": 1.6, "bias_variance": 0.1}, [[1.3, 0.5], [0.5, 0.9]]),
        ({"depth": 3, "width": (6, 9), "weight_variance": [1.0, 2.0, 1.5]}, [[1.0, -0.6], [-0.6, 1.4]]),
    ],
    ids=["depth 4", "unequal widths"],
)
def test_two_inputs_through_second_order(settings, G):
    network = fnn.MLP(activation="tanh", **settings)
    inputs = fnn.Inputs.from_metric(G)
    layers, K = two_input_layers(network, np.array(G), cutoff=4)
    np.testing.assert_allclose(fnn.infinite_width_kernel(network, inputs), K, rtol=1e-12)
    for items, loops in [
        ((0,), 2), ((1,), 2), ((0, 2), 1), ((1, 1), 1), ((0, 1), 1), ((0, 1, 2), 0), ((1, 1, 1), 0)
    ]:  # fmt: skip
        exact = cumulant(layers, items, 2)
        pairs = [PAIRS[item] for item in items]
        found = fnn.metric_cumulant(network, pairs=pairs, loops=loops).evaluate(inputs)
        for power, value in found.coefficients.items():
            assert value == pytest.approx(exact[power], rel=1e-9, abs=1e-11), (pairs, power)
        assert found.coefficients[2] != pytest.approx(0.0, abs=1e-4)


def test_the_algebra_by_hand():
    """σ(z) = z: ⟨z²⟩ = K + Δ gives κ_2 = 2K²/n and E[Ĝ'] = Ĝ; two layers add 4/n²."""

    def taylor(block):
        # ⟨z^{2k}⟩ = (2k-1)!! (1 + Δ)^k
        k = len(block)
        odd = factorial(2 * k) // (2**k * factorial(k))
        return {(0, j): odd * comb(k, j) for j in range(k + 1)}

    layers = [Layer(taylor, 1, 1, 1, 6)] * 2
    assert cumulant(layers, (0,), 3) == [0, 0, 0, 0]
    assert cumulant(layers, (0, 0), 3) == [0, 4, 4, 0]
