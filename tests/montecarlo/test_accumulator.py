from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from feyn_nn.montecarlo.accumulator import batch_covariance
from feyn_nn.montecarlo.k_statistics import KStatistics
from feyn_nn.montecarlo.monomials import PowerSums

PLAN = KStatistics(targets=({(0,): 1}, {(1,): 1}, {(0, 1): 1}))


def test_equal_batches_give_the_covariance_of_their_mean():
    values = np.random.default_rng(0).normal(size=(2, 50 * 7)) + np.array([[1e9], [0.0]])
    estimates = np.array([PLAN(values[:, i : i + 7]) for i in range(0, 350, 7)])
    found = batch_covariance(PLAN, PLAN.basis.summed(values, 7))
    np.testing.assert_allclose(found, np.cov(estimates.T) / 50, rtol=1e-6)


def test_unequal_batches_count_by_their_samples():
    values = np.random.default_rng(1).normal(size=(2, 47))
    estimates = np.array([PLAN(values[:, a:b]) for a, b in ((0, 10), (10, 20), (20, 30), (30, 47))])
    weights = np.array([10, 10, 10, 17])
    centred = estimates - np.average(estimates, axis=0, weights=weights)
    expected = (weights[:, np.newaxis] * centred).T @ centred / 3 / 47
    np.testing.assert_allclose(batch_covariance(PLAN, PLAN.basis.summed(values, 10)), expected, rtol=1e-10)


def test_equal_estimates_have_no_spread():
    values = np.full((2, 31), 0.1)
    assert not batch_covariance(PLAN, PLAN.basis.summed(values, 3)).any()


def test_the_covariance_of_unequal_batches_is_unbiased():
    """κ_1 of N(0, 1): the mean of 4000 stated variances is 1/N within five of its standard errors."""
    plan, rng, n = KStatistics(targets=tuple({(i,): 1} for i in range(4000))), np.random.default_rng(2), 29
    parts = [plan.basis.summed(rng.normal(size=(4000, size)), size) for size in (8, 8, 13)]
    variances = np.diag(batch_covariance(plan, PowerSums.joined(*parts)))
    error = variances.std() / np.sqrt(4000)
    assert abs(variances.mean() - 1 / n) < 5 * error < 0.1 / n
    assert scipy.stats.kstest(variances * 2 * n, scipy.stats.chi2(2).cdf).pvalue > 1e-5


@pytest.mark.parametrize("target", [{(0, 0): 1}, {(0, 1): 1, (1,): 2}])
def test_batches_of_many_samples_give_the_error_by_formula(target):
    """100 batches of 2000 samples: the two agree within five standard errors of the batches' variance."""
    values = np.random.default_rng(3).gamma(4.0, size=(2, 200_000))
    plan = KStatistics(targets=(target,))
    values = values[: plan.basis.variables]
    batches = plan.basis.summed(values, 2000)
    by_batches = batch_covariance(plan, batches)[0, 0]
    by_formula = plan.influence.scatter(values, plan.basis.merged(batches))[0] / 200_000**2
    assert by_batches == pytest.approx(by_formula, rel=5 * np.sqrt(2 / 99))
