"""Standard errors by formula: against numerical derivatives, exact variances and thousands of synthetic runs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from feyn_nn._core import set_partitions
from feyn_nn._core.observables import MetricObservable
from feyn_nn.montecarlo.accumulator import Accumulator, batch_covariance
from feyn_nn.montecarlo.k_statistics import KStatistics
from feyn_nn.montecarlo.measurement import Measurement, Plan
from feyn_nn.montecarlo.run import Journal, Run
from feyn_nn.montecarlo.schedule import batch_count

G00, G01, G11 = (0, 0), (0, 1), (1, 1)


def weighted_cumulant(monomial, values, weights):
    """A joint cumulant of the law that gives sample i the probability weights[i]."""
    return sum(
        (-1) ** (len(p) - 1)
        * math.factorial(len(p) - 1)
        * math.prod(np.sum(weights * np.prod(values[[monomial[a] for a in block]], axis=0)) for block in p)
        for p in set_partitions(range(len(monomial)))
    )


@pytest.mark.parametrize(
    "target",
    [
        {(0,): 1},
        {(0, 1): 1},
        {(0, 0, 1): 1},
        {(0, 0, 1, 1): 1},
        {(0, 0, 0, 1, 2): 1},
        {(0, 1): 2, (1, 1, 2): -3, (2,): 1},
    ],
)
def test_influence_is_the_derivative_of_the_cumulant(target):
    """ψ(x_i) = dκ/dε of (1 − ε) P + ε δ_{x_i}, by central differences."""
    values, n = np.random.default_rng(0).gamma(2.0, size=(3, 40)), 40
    plan, epsilon = KStatistics(targets=(target,)), 1e-5
    psi = np.zeros(n)
    for i in range(n):
        for sign in (1, -1):
            weights = np.full(n, (1 - sign * epsilon) / n)
            weights[i] += sign * epsilon
            psi[i] += sign * sum(c * weighted_cumulant(m, values, weights) for m, c in target.items())
    psi /= 2 * epsilon
    found = plan.influence.scatter(values, plan.basis.summed(values, n))
    assert found[0] == pytest.approx(np.sum(psi**2), rel=1e-6)


def test_an_empty_target_has_no_error():
    values = np.random.default_rng(1).normal(size=(1, 30))
    plan = KStatistics(targets=({}, {(0,): 1}))
    found = plan.influence.scatter(values, plan.basis.summed(values, 30))
    assert found[0] == 0.0
    assert found[1] == pytest.approx(29 * values.var(ddof=1))


class Synthetic:
    """Stands in for a sampler: three variables with known cumulants, two of them correlated and skewed."""

    def values(self, samples, seed, variables):
        rng = np.random.default_rng(seed)
        a, b, c = rng.gamma(9.0, size=(3, samples))
        rows = {G00: a, G01: a + b, G11: c + 1e6}
        return np.array([rows[variable.pairs[0]] for variable in variables])

    def terms(self, observable):
        raise AssertionError("metrics need no terms")


OBSERVABLES = tuple(
    MetricObservable(p) for p in ([G00], [G00, G00], [G00, G01], [G01, G01, G01], [G11] * 3, [G00, G11])
)
TRUTH = np.array([9.0, 9.0, 9.0, 36.0, 18.0, 0.0])  # κ_k of a gamma variable of shape 9 is 9 (k − 1)!
RUNS, SAMPLES = 2000, 3000


@pytest.fixture(scope="module")
def runs():
    """Means and standard errors by formula and by batches, each (runs, observables)."""
    measurement = Measurement(sampler=Synthetic(), plan=Plan(observables=OBSERVABLES, conditioned=True))
    statistics = measurement.plan.statistics
    found = []
    for seed in range(RUNS):
        run = Run(
            measurement=measurement,
            root=np.random.SeedSequence(seed),
            target=SAMPLES,
            journal=Journal(None, {}, SAMPLES),
        )
        state = run.go_on(Accumulator.empty(statistics.basis, len(OBSERVABLES)), workers=1)
        covariance = batch_covariance(statistics, state.batches)
        found.append(
            [statistics.estimates(state.total)[0], np.sqrt(state.variances()), np.sqrt(np.diag(covariance))]
        )
    return np.array(found).transpose(1, 0, 2)


def test_intervals_cover_the_truth_as_often_as_they_say(runs):
    """68% and 95% intervals of 2000 runs; each of 24 counts fails its binomial bounds with probability 4e-7."""
    means, formula, batch = runs
    for errors in (formula, batch):
        pulls = np.abs(means - TRUTH) / errors
        for width in (1.0, 1.959964):
            probability = 1 - 2 * scipy.stats.norm.sf(width)
            low, high = scipy.stats.binom.ppf([2e-7, 1 - 2e-7], RUNS, probability)
            covered = np.count_nonzero(pulls < width, axis=0)
            assert np.all((low <= covered) & (covered <= high))


def test_errors_by_formula_and_by_batch_agree_with_the_spread_of_the_runs(runs):
    """The variance of 2000 means is known to 3-4%; stated variances, averaged, must agree with it."""
    means, formula, batch = runs
    spread = means.var(axis=0, ddof=1)
    error = np.sqrt((2 + scipy.stats.kurtosis(means, axis=0)) / RUNS)
    assert np.all(error < 0.05)
    assert np.all(np.abs(np.mean(formula**2, axis=0) / spread - 1) < 5 * error)
    excess = (
        np.array([1.0, 1.0, 1.0, 1.2, 1.2, 16 / 15]) - 1
    )  # of k-statistics of 16 samples over those of many
    assert np.all(np.abs(np.mean(batch**2, axis=0) / spread - 1) < 5 * error + excess)


def test_errors_by_batch_are_those_by_formula_for_short_batches(runs):
    """Var k_ab = κ_aabb/n + (κ_aa κ_bb + κ_ab²)/(n − 1) exactly; in batches of n = 16, against large N."""
    _, formula, batch = runs
    ratio = batch**2 / formula**2
    joint, product = np.array([54.0, 54.0, 0.0]), np.array([2 * 81.0, 81.0 * 2 + 81.0, 81.0])
    exact = (joint + product * 16 / 15) / (joint + product)
    found = ratio[:, [1, 2, 5]]
    error = found.std(axis=0) / math.sqrt(RUNS)
    assert np.all(error < 0.005)
    assert np.all(np.abs(found.mean(axis=0) - exact) < 5 * error + 0.005)
    assert np.all(exact - 1 > 2 * (5 * error + 0.005))


def test_the_formula_is_less_noisy_than_the_batches(runs):
    _, formula, batch = runs
    assert np.all(formula[:, :2].std(axis=0) < batch[:, :2].std(axis=0))


def test_estimates_are_unbiased_over_the_runs(runs):
    means, _, _ = runs
    assert np.all(np.abs(means.mean(axis=0) - TRUTH) < 4.5 * means.std(axis=0) / math.sqrt(RUNS))
    assert batch_count(SAMPLES) > 128


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_gaussian_variances_are_the_exact_ones(order):
    """Var k_2 = 2σ⁴/(N−1), Var k_3 = 6σ⁶ N/((N−1)(N−2)), Var k_4 = 24σ⁸ N(N+1)/((N−1)(N−2)(N−3))."""
    n, copies = 2000, 300
    exact = [
        1 / n,
        2 / (n - 1),
        6 * n / ((n - 1) * (n - 2)),
        24 * n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)),
    ][order - 1]
    plan = KStatistics(targets=tuple({(i,) * order: 1} for i in range(copies)))
    values = np.random.default_rng(order).normal(size=(copies, n))
    stated = plan.influence.scatter(values, plan.basis.summed(values, n)) / (n - 1) / n
    assert np.mean(stated) == pytest.approx(exact, abs=5 * np.std(stated) / math.sqrt(copies) + 6 / n * exact)
    assert np.mean(stated) == pytest.approx(exact, rel=0.05)
