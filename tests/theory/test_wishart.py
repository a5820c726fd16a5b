"""Deep linear networks on several inputs: a chain of Wishart matrices, exact at every width.

Given Ĝ, the next metric is (C_W/n) Σ_j z_j z_jᵀ + C_b with z_j ~ N(0, Ĝ) independent, whose joint cumulants are
C_W^k n^{1-k} times the pairings of the 2k legs that hang together. A moment of degree k of one layer is therefore
a polynomial in the moments of degree ≤ k of the layer before, with powers of ε = 1/n that are carried here to
all orders in Fractions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod

import numpy as np
import pytest

import feyn_nn as fnn

Pair = tuple[int, int]
Monomial = tuple[Pair, ...]  # Ĝ_p1 Ĝ_p2 …, sorted
Series = dict[int, Fraction]  # power of ε -> coefficient


def partitions(items: list) -> Iterator[list[list]]:
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for smaller in partitions(rest):
        yield [[first], *smaller]
        for i in range(len(smaller)):
            yield [*smaller[:i], [first, *smaller[i]], *smaller[i + 1 :]]


def matchings(items: list) -> Iterator[list[tuple]]:
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for i, other in enumerate(rest):
        for remaining in matchings(rest[:i] + rest[i + 1 :]):
            yield [(first, other), *remaining]


@cache
def unit_cumulant(pairs: Monomial) -> tuple[tuple[Monomial, int], ...]:
    """κ(z_a z_b, z_c z_d, …) of one Gaussian neuron, in monomials of its metric: the connected matchings."""
    legs = [(i, label) for i, pair in enumerate(pairs) for label in pair]
    found: defaultdict[Monomial, int] = defaultdict(int)
    for matching in matchings(legs):
        reached = {0}
        for _ in pairs:
            for (i, _a), (j, _b) in matching:
                if i in reached or j in reached:
                    reached |= {i, j}
        if len(reached) == len(pairs):
            found[tuple(sorted(tuple(sorted((a, b))) for (_, a), (_, b) in matching))] += 1
    return tuple(found.items())


@cache
def conditional_moment(pairs: Monomial) -> tuple[tuple[Monomial, int, int, int], ...]:
    """E[Π Ĝ'_p | Ĝ] as terms (monomial of Ĝ, power of 1/n_ℓ, power of C_W, coefficient), for C_b = 0."""
    found: defaultdict[tuple[Monomial, int], int] = defaultdict(int)
    for blocks in partitions(list(pairs)):
        for terms in product(*(unit_cumulant(tuple(block)) for block in blocks)):
            monomial = tuple(sorted(pair for term, _ in terms for pair in term))
            coefficient = 1
            for _, count in terms:
                coefficient *= count
            found[monomial, len(pairs) - len(blocks)] += coefficient
    return tuple((m, power, len(pairs), c) for (m, power), c in found.items())


def moments(network: fnn.MLP, metric: list[list[Fraction]], pairs: Monomial) -> Series:
    """E[Π Ĝ^L_p] as a polynomial in ε, by pulling the monomial back through the layers, last one first."""
    polynomial: dict[tuple[Monomial, int], Fraction] = {(tuple(sorted(pairs)), 0): Fraction(1)}
    settings = list(
        zip(network.widths, network.weight_variances[1:], network.bias_variances[1:], strict=True)
    )
    for width, C_W, C_b in reversed(settings):
        ratio = Fraction(width, network.widths[0])
        before: defaultdict[tuple[Monomial, int], Fraction] = defaultdict(Fraction)
        for (monomial, power), value in polynomial.items():
            for kept in product((True, False), repeat=len(monomial)):  # Ĝ' = C_b + the Wishart part
                part = tuple(pair for pair, keep in zip(monomial, kept, strict=True) if keep)
                offset = Fraction(C_b) ** (len(monomial) - len(part))
                if not offset:
                    continue
                for other, more, scale, count in conditional_moment(part):
                    weight = value * offset * count * Fraction(C_W) ** scale * ratio**-more
                    before[other, power + more] += weight
        polynomial = before
    total: defaultdict[int, Fraction] = defaultdict(Fraction)
    for (monomial, power), value in polynomial.items():
        total[power] += value * prod(metric[a][b] for a, b in monomial)
    return total


def cumulant(network: fnn.MLP, metric: list[list[Fraction]], pairs: Monomial) -> Series:
    """κ(Ĝ_p1, …) = Σ_partitions (-1)^{b-1} (b-1)! Π_B E[Π_B Ĝ]."""
    total: defaultdict[int, Fraction] = defaultdict(Fraction)
    for blocks in partitions(list(pairs)):
        factor: Series = {0: Fraction([1, -1, 2, -6][len(blocks) - 1])}
        for block in blocks:
            following: defaultdict[int, Fraction] = defaultdict(Fraction)
            for (i, x), (j, y) in product(factor.items(), moments(network, metric, tuple(block)).items()):
                following[i + j] += x * y
            factor = following
        for power, value in factor.items():
            total[power] += value
    return total


METRICS = {
    "one": [[Fraction(3, 4)]],
    "two": [[Fraction(5, 4), Fraction(1, 2)], [Fraction(1, 2), Fraction(3, 4)]],
    "opposite": [[Fraction(1), Fraction(-2)], [Fraction(-2), Fraction(4)]],
    "three in two dimensions": [[1, 0, 1], [0, 1, 1], [1, 1, 2]],
    "one is zero": [[1, 0, Fraction(1, 2)], [0, 0, 0], [Fraction(1, 2), 0, 1]],
}
CUMULANTS = [
    (((0, 0),), 2),
    (((0, 1),), 2),
    (((0, 0), (0, 0)), 2),
    (((0, 0), (1, 1)), 2),
    (((0, 1), (0, 1)), 1),
    (((0, 0), (0, 1), (1, 1)), 1),
    (((0, 1), (0, 1), (0, 1)), 1),
    (((0, 0), (0, 1), (0, 1), (1, 1)), 0),
    (((0, 2),), 2),
    (((0, 1), (1, 2)), 1),
    (((0, 1), (0, 2), (1, 2)), 0),
]


def test_the_oracle_by_hand():
    """One layer: Cov(Ĝ_00, Ĝ_11) = 2 Ĝ_01²/n and κ_3(Ĝ_00, Ĝ_00, Ĝ_00) = 8 Ĝ_00³/n² (Wishart)."""
    network = fnn.MLP(depth=2, width=4, activation="linear")
    metric = METRICS["two"]
    assert cumulant(network, metric, ((0, 0), (1, 1)))[1] == 2 * metric[0][1] ** 2
    assert cumulant(network, metric, ((0, 0),) * 3)[2] == 8 * metric[0][0] ** 3
    assert cumulant(network, metric, ((0, 1), (0, 1)))[1] == metric[0][1] ** 2 + metric[0][0] * metric[1][1]


@pytest.mark.parametrize("biases", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("depth", [2, 3, 5, 12])
@pytest.mark.parametrize("name", METRICS)
def test_every_order_of_several_inputs(name, depth, biases):
    metric = METRICS[name]
    network = fnn.MLP(
        depth=depth,
        width=[10, 20, 5, 8][: depth - 1] if depth <= 5 else 10,
        activation="linear",
        weight_variance=1.25,
        bias_variance=0.25 if biases else 0.0,
    )
    inputs = fnn.Inputs.from_metric([[float(entry) for entry in row] for row in metric])
    kernel = fnn.infinite_width_kernel(network, inputs)
    size = float(np.abs(kernel).max())
    checked = 0
    for pairs, loops in CUMULANTS:
        if max(label for pair in pairs for label in pair) >= len(metric) or (depth > 5 and len(pairs) > 3):
            continue
        exact = cumulant(network, metric, pairs)
        if len(pairs) == 1:
            assert kernel[pairs[0]] == pytest.approx(float(exact[0]), rel=1e-12, abs=1e-13)
        evaluation = fnn.metric_cumulant(network, pairs=pairs, loops=loops).evaluate(inputs)
        for power, value in evaluation.coefficients.items():
            expected = exact.get(power, Fraction(0)) if power else Fraction(0)  # κ_1 is E[Ĝ] - K
            off = float(abs(Fraction(value) - expected))
            assert off <= 1e-10 * max(float(abs(expected)), 1e-3 * size ** len(pairs)), (pairs, power)
            assert off <= evaluation.errors[power], (pairs, power)
            checked += bool(expected)
    assert checked > 0


@pytest.mark.parametrize("neurons", [(0, 0, 0, 0), (0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 1)])
def test_four_legs_at_width_eight(neurons):
    """Through every order that a network of two hidden layers has: the sum at width 8 is the exact correlator."""
    network = fnn.MLP(depth=3, width=8, activation="linear")
    metric = METRICS["two"]
    legs = list(zip(neurons, (0, 1, 1, 0), strict=True))
    exact = Fraction(0)
    for i, j, k, m in [(0, 1, 2, 3), (0, 2, 1, 3), (0, 3, 1, 2)]:
        if neurons[i] == neurons[j] and neurons[k] == neurons[m]:
            pairs = tuple(tuple(sorted((legs[a][1], legs[b][1]))) for a, b in ((i, j), (k, m)))
            series = cumulant(network, metric, pairs)
            exact += sum(value * Fraction(1, 8) ** power for power, value in series.items())
            assert max(power for power, value in series.items() if value) == 2
    inputs = fnn.Inputs.from_metric([[float(entry) for entry in row] for row in metric])
    found = fnn.correlator(network, legs=legs, loops=1).evaluate(inputs).at(width=8)
    assert found == pytest.approx(float(exact), rel=1e-10, abs=1e-15)
    assert (exact == 0) == (neurons == (0, 1, 1, 1))


def test_six_legs_at_width_eight():
    """Fifteen pairings of one neuron's six legs; κ_3 of two hidden layers ends at ε⁴."""
    network = fnn.MLP(depth=3, width=8, activation="linear")
    metric = METRICS["two"]
    labels = (0, 0, 0, 1, 1, 1)
    exact, count = Fraction(0), 0
    for matching in matchings(list(range(6))):
        pairs = tuple(sorted((labels[a], labels[b]) for a, b in matching))
        series = cumulant(network, metric, pairs)
        assert max(power for power, value in series.items() if value) == 4
        exact += sum(value * Fraction(1, 8) ** power for power, value in series.items())
        count += 1
    assert count == 15
    correlator = fnn.correlator(network, legs=[(2, label) for label in labels], loops=2)
    assert sum(times for times, _ in correlator.terms) == 15
    inputs = fnn.Inputs.from_metric([[float(entry) for entry in row] for row in metric])
    assert correlator.evaluate(inputs).at() == pytest.approx(float(exact), rel=1e-10)


@pytest.mark.parametrize(
    ("neurons", "count"),
    [
        ((0,) * 8, 105),
        ((0, 1, 0, 1, 1, 0, 1, 0), 9),
        ((0, 0, 1, 0, 1, 0, 0, 0), 15),
        ((0, 1, 2, 0, 1, 2, 3, 3), 1),
    ],
)
def test_eight_legs_on_two_inputs(neurons, count):
    """Pairings of eight legs that join equal neurons: one hidden layer at width 8 in full, two at leading order."""
    metric, labels = METRICS["two"], (0, 0, 0, 1, 1, 1, 0, 1)
    inputs = fnn.Inputs.from_metric([[float(entry) for entry in row] for row in metric])
    joined = [m for m in matchings(list(range(8))) if all(neurons[a] == neurons[b] for a, b in m)]
    assert len(joined) == count
    terms = Counter(tuple(sorted(tuple(sorted((labels[a], labels[b]))) for a, b in m)) for m in joined)
    for depth in (2, 3):
        network = fnn.MLP(depth=depth, width=8, activation="linear")
        series = [(times, cumulant(network, metric, pairs)) for pairs, times in terms.items()]
        exact = sum(times * own[3] for times, own in series)
        assert depth == 3 or all(power == 3 for _, own in series for power, value in own.items() if value)
        found = fnn.correlator(network, legs=list(zip(neurons, labels, strict=True)), loops=0).evaluate(
            inputs
        )
        assert found.coefficients[3] == pytest.approx(float(exact), rel=1e-12)
