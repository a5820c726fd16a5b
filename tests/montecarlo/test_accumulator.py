from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
import scipy.stats

from feyn_nn.montecarlo.accumulator import BlockMoments
from feyn_nn.montecarlo.k_statistics import KStatistics


def merged(estimates, weights):
    return reduce(BlockMoments.merge, map(BlockMoments.of, estimates, weights))


def test_equal_weights_give_the_mean_and_its_covariance():
    estimates = np.random.default_rng(0).normal(size=(50, 3))
    total = merged(estimates, [7] * 50)
    np.testing.assert_allclose(total.mean, estimates.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(total.covariance, np.cov(estimates.T) / 50, rtol=1e-12)
    assert (total.blocks, total.weight) == (50, 350)


def test_unequal_weights_give_the_weighted_mean_and_scatter():
    rng = np.random.default_rng(1)
    estimates, weights = rng.normal(size=(40, 2)), rng.integers(3, 9, size=40)
    total = merged(estimates, weights)
    mean = np.average(estimates, axis=0, weights=weights)
    scatter = (weights[:, np.newaxis] * (estimates - mean)).T @ (estimates - mean)
    np.testing.assert_allclose(total.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(total.scatter, scatter, rtol=1e-12)


def test_merging_halves_is_merging_one_by_one_far_from_zero():
    """Means near 1e9 are rounded to 1e-7 of the spread, and lose no more than that."""
    estimates = np.random.default_rng(2).normal(size=(30, 2)) + 1e9
    halves = merged(estimates[:11], [1] * 11).merge(merged(estimates[11:], [1] * 19))
    expected = np.cov(estimates.T) / 30
    np.testing.assert_allclose(halves.covariance, merged(estimates, [1] * 30).covariance, atol=1e-6 / 30)
    np.testing.assert_allclose(halves.covariance, expected, atol=1e-6 / 30)


def test_equal_blocks_have_no_spread():
    total = merged(np.full((9, 1), 0.1), [3, 4, 3, 4, 3, 4, 3, 4, 3])
    assert total.mean[0] == 0.1
    assert total.covariance[0, 0] == 0.0


@pytest.mark.parametrize(("order", "truth"), [(1, 1.0), (2, 1.0), (3, 2.0)])
def test_standard_errors_cover_the_truth_as_often_as_they_say(order, truth):
    """Exponential variables, 500 runs of 60 blocks; the count of covered runs is binomial.

    The bounds fail with probability 1e-5 if a pull is Student-t with 59 degrees of freedom.
    """
    n_runs, n_blocks = 500, 60
    rng = np.random.default_rng(order)
    plan = KStatistics(targets=tuple({(run,) * order: 1} for run in range(n_runs)))
    total = merged([plan(rng.exponential(size=(n_runs, 256))) for _ in range(n_blocks)], [256] * n_blocks)
    pulls = np.abs(total.mean - truth) / np.sqrt(np.diag(total.covariance))
    for width in (1.0, 2.0):
        covered = np.count_nonzero(pulls < width)
        probability = 1 - 2 * scipy.stats.t.sf(width, n_blocks - 1)
        low, high = scipy.stats.binom.ppf([5e-6, 1 - 5e-6], n_runs, probability)
        assert low <= covered <= high
