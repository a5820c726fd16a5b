from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput, set_partitions
from feyn_nn.montecarlo.k_statistics import KStatistics, k_statistic_coefficient

ATOMS = [(Fraction(-1), Fraction(2)), (Fraction(1, 2), Fraction(1)), (Fraction(3), Fraction(-1, 3))]
WEIGHTS = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]


def by_the_formula(samples, monomial):
    """Σ_σ c_σ Π S_C in the arithmetic of the samples, every partition kept, nothing shifted."""
    return sum(
        k_statistic_coefficient([len(block) for block in partition], len(samples))
        * math.prod(sum(math.prod(x[monomial[a]] for a in block) for x in samples) for block in partition)
        for partition in set_partitions(range(len(monomial)))
    )


def exact_cumulant(monomial):
    def moment(block):
        return sum(w * math.prod(x[monomial[a]] for a in block) for x, w in zip(ATOMS, WEIGHTS, strict=True))

    return sum(
        (-1) ** (len(p) - 1) * math.factorial(len(p) - 1) * math.prod(moment(block) for block in p)
        for p in set_partitions(range(len(monomial)))
    )


@pytest.mark.parametrize(
    ("monomial", "n_samples"),
    [
        ((0,), 2),
        ((0, 1), 2),
        ((0, 0), 4),
        ((0, 0, 1), 3),
        ((0, 1, 1), 4),
        ((0, 0, 1, 1), 4),
        ((1, 1, 1, 1), 5),
        ((0, 0, 1, 1, 1), 5),
    ],
)
def test_exactly_unbiased_over_every_sample_of_a_discrete_law(monomial, n_samples):
    mean = sum(
        math.prod(WEIGHTS[i] for i in drawn) * by_the_formula([ATOMS[i] for i in drawn], monomial)
        for drawn in itertools.product(range(3), repeat=n_samples)
    )
    assert mean == exact_cumulant(monomial) != 0


@settings(max_examples=60, deadline=None)
@given(
    monomial=st.lists(st.integers(0, 2), min_size=1, max_size=6).map(lambda m: tuple(sorted(m))),
    extra=st.integers(0, 5),
    seed=st.integers(0, 2**31),
)
def test_compiled_plan_is_the_formula(monomial, extra, seed):
    values = np.random.default_rng(seed).integers(-8, 9, size=(3, len(monomial) + extra)) / 4
    exact = by_the_formula([[Fraction(v) for v in column] for column in values.T], monomial)
    scale = max(1.0, np.abs(values).max()) ** len(monomial)
    assert KStatistics(targets=({monomial: 1},))(values)[0] == pytest.approx(
        float(exact), rel=1e-12, abs=1e-12 * scale
    )


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_univariate_agrees_with_scipy(order):
    values = np.random.default_rng(1).gamma(2.0, size=57)
    found = KStatistics(targets=({(0,) * order: 1},))(values[np.newaxis])[0]
    assert found == pytest.approx(scipy.stats.kstat(values, order), rel=1e-12)


def test_long_blocks_are_summed_in_pieces_without_a_seam():
    values = np.random.default_rng(2).normal(size=(40, 4096))
    pairs = list(itertools.combinations_with_replacement(range(40), 2))
    found = KStatistics(targets=tuple({pair: 1} for pair in pairs))(values)
    np.testing.assert_allclose(found, [np.cov(values)[pair] for pair in pairs], rtol=1e-11, atol=1e-13)


def test_a_mean_of_a_hundred_million_costs_no_digits():
    values = np.random.default_rng(3).integers(0, 64, size=(2, 500)).astype(float)
    plan = KStatistics(targets=({(0, 0, 1, 1): 1}, {(0, 1): 1}, {(0,): 1}))
    near, far = plan(values), plan(values + 1e8)
    np.testing.assert_allclose(far[:2], near[:2], rtol=1e-12)
    assert far[2] == near[2] + 1e8


def test_constants_are_exactly_zero():
    values = np.full((2, 77), 0.1)
    found = KStatistics(targets=({(0, 1): 1}, {(0, 0, 0): 1}, {(0,): 1}))(values)
    assert found.tolist() == [0.0, 0.0, 0.1]


def test_targets_are_sums_of_cumulants():
    values = np.random.default_rng(4).normal(size=(3, 200))
    single = KStatistics(targets=({(0, 1): 1}, {(1, 1, 2): 1}, {(2,): 1}))(values)
    total = KStatistics(targets=({(0, 1): 2, (1, 1, 2): -3, (2,): 1}, {}))(values)
    assert total[0] == pytest.approx(single @ [2, -3, 1], rel=1e-13)
    assert total[1] == 0.0


def test_orders_beyond_ten_are_refused():
    assert KStatistics(targets=({(0,) * 10: 1},))(np.ones((1, 20)))[0] == 0.0
    with pytest.raises(InvalidInput, match="order 11 was asked for; orders 1 to 10"):
        KStatistics(targets=({(0,) * 11: 1},))
