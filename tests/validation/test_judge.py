"""The verdict on synthetic measurements whose law is known: coverage, power, and independent algebra."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn._core import MetricObservable, Powers
from feyn_nn.montecarlo import Simulation
from feyn_nn.validation.judge import Judge, holm
from feyn_nn.validation.power import PROBABILITY, SIGNIFICANCE, critical, needed, power
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.stack import Measured

NETWORK = fnn.MLP(depth=2, width=8, activation="tanh")
WIDTHS = (8, 12, 16, 24)
BATCHES = 240
MIXING = np.array([[1.0, 0.0], [0.7, math.sqrt(1 - 0.49)]])  # two observables with correlation 0.7
ERRORS = {n: 1e-3 * np.array([1.0, 0.4]) * math.sqrt(8 / n) for n in WIDTHS}


def theory(which: int, kept: dict[int, float], left_out: float) -> Prediction:
    order = max(kept) + 1
    return Prediction(
        observable=MetricObservable([(which, which)] * (1 + which)),
        coefficients={Powers(n=k): c for k, c in kept.items()},
        errors={Powers(n=k): 0.0 for k in kept},
        left_out=({Powers(n=order): left_out}, {Powers(n=order + 1): 0.0}),
    )


THEORIES = [theory(0, {0: 1.0, 1: -0.5}, 0.3), theory(1, {1: 0.4, 2: 0.6}, 1.0)]


def campaign(rng: np.random.Generator, theories: list[Prediction] = THEORIES) -> list[Measured]:
    """Runs of a world in which each order left out is off by its size times a standard normal number."""
    sizes = rng.standard_normal(len(theories))
    runs = []
    for n in WIDTHS:
        truth = [p.value(n) + a * p.known_bias(n)[0] for p, a in zip(theories, sizes, strict=True)]
        root = (ERRORS[n][:, None] * MIXING)[: len(theories), : len(theories)]
        noise = root @ rng.standard_normal(len(theories))
        found = (root @ rng.standard_normal((len(theories), BATCHES))) * math.sqrt(BATCHES)
        simulation = Simulation(
            network=NETWORK, sampler="metric", n_samples=10**6, seed=0, n_blocks=BATCHES,
            observables=tuple(p.observable for p in theories), mean=np.array(truth) + noise,
            covariance=np.atleast_2d(np.cov(found)) / BATCHES, stderr=ERRORS[n][: len(theories)],
        )  # fmt: skip
        runs.append(Measured(sizes={"n": n}, simulation=simulation))
    return runs


@pytest.fixture(scope="module")
def judges() -> list[Judge]:
    rng = np.random.default_rng(1)
    return [Judge(predictions=THEORIES, measured=campaign(rng)) for _ in range(500)]


def test_p_values_of_right_theories_are_uniform(judges: list[Judge]) -> None:
    assert scipy.stats.kstest([judge.together[2] for judge in judges], "uniform").pvalue > 1e-5
    for i in range(2):
        single = [judge.judgements[i].p_value for judge in judges]
        assert scipy.stats.kstest(single, "uniform").pvalue > 1e-5


def test_the_verdict_keeps_its_significance(judges: list[Judge]) -> None:
    """Corrected p-values fall below 5 % in 5 % of all runs at most: 25 ± 5 of 500."""
    assert sum(judge.adjusted_p < 0.05 for judge in judges) < 25 + 5 * 5
    assert sum(min(j.adjusted_p for j in judge.judgements) < 0.05 for judge in judges) < 25 + 5 * 5


def test_pulls_of_fitted_coefficients_are_standard_normal(judges: list[Judge]) -> None:
    """Mean 0, spread 1, and the χ² that their full covariance makes of them."""
    pulls = np.array([[order.pull for j in judge.judgements for order in j.orders] for judge in judges])
    assert pulls.shape == (500, 4)
    assert np.all(np.abs(pulls.mean(axis=0)) < 5 / math.sqrt(500))
    assert np.all(np.abs(pulls.std(axis=0) - 1) < 5 / math.sqrt(1000))
    alone = [
        (order.predicted - order.alone) / order.alone_error for judge in judges
        for j in judge.judgements for order in j.orders
    ]  # fmt: skip
    assert abs(np.std(alone) - 1) < 5 / math.sqrt(1000)
    for name, dof in (("p_value", 4), ("residual_p_value", 4)):
        found = [getattr(judge.fit, name) for judge in judges]
        assert scipy.stats.kstest(found, "uniform").pvalue > 1e-5
        assert dof in (judges[0].fit.dof, judges[0].fit.residual_dof)


def test_the_fit_is_generalised_least_squares() -> None:
    """(XᵀV⁻¹X)⁻¹ XᵀV⁻¹ y with V written out as one matrix."""
    runs = campaign(np.random.default_rng(3))
    V = np.zeros((8, 8))
    X, y = np.zeros((8, 4)), np.zeros(8)
    shared = [np.zeros(8), np.zeros(8)]
    for r, run in enumerate(runs):
        n, own = run.sizes["n"], slice(2 * r, 2 * r + 2)
        batches = np.sqrt(np.diag(run.simulation.covariance))
        V[own, own] = run.simulation.covariance * np.outer(ERRORS[n] / batches, ERRORS[n] / batches)
        X[2 * r, :2], X[2 * r + 1, 2:] = (1.0, 1 / n), (1 / n, 1 / n**2)
        y[own] = run.simulation.mean
        shared[0][2 * r], shared[1][2 * r + 1] = 0.3 / n**2, 1.0 / n**3
    V += sum(np.outer(u, u) for u in shared)
    covariance = np.linalg.inv(X.T @ np.linalg.solve(V, X))
    fit = Judge(predictions=THEORIES, measured=runs).fit
    np.testing.assert_allclose(fit.fitted, covariance @ X.T @ np.linalg.solve(V, y), rtol=1e-9)
    np.testing.assert_allclose(fit.covariance, covariance * (BATCHES - 1) / (BATCHES - 2), rtol=1e-8)


def test_sizes_that_cannot_tell_two_coefficients_apart() -> None:
    runs = campaign(np.random.default_rng(3))[:1]
    judge = Judge(predictions=THEORIES, measured=runs)
    assert judge.fit.coefficients == ()
    assert all(order.fitted is None for j in judge.judgements for order in j.orders)
    assert all(math.isfinite(order.alone_error) for j in judge.judgements for order in j.orders)


@pytest.mark.parametrize("which", [0, 1])
def test_a_mistake_of_the_stated_size_is_caught_as_often_as_stated(which: int) -> None:
    """One observable: the power is exact. 400 runs: 380 ± 4.4 failures."""
    own = [THEORIES[which]]
    rng = np.random.default_rng(10 + which)
    powers = list(own[0].coefficients)[-1]
    caught = Judge(predictions=own, measured=campaign(rng, own)).judgements[0].orders[-1].caught
    wrong = [off_by(own[0], powers, caught)]
    fails = sum(
        Judge(predictions=wrong, measured=campaign(rng, own)).adjusted_p < SIGNIFICANCE for _ in range(400)
    )
    assert abs(fails - 400 * PROBABILITY) < 5 * math.sqrt(400 * PROBABILITY * (1 - PROBABILITY))


@pytest.mark.parametrize("size", [0.4, 0.7, 1.0])
def test_the_power_among_several_is_what_happens(size: float) -> None:
    """The stated power is a lower bound, that of the best single test; what happens is a little more."""
    rng = np.random.default_rng(int(10 * size))
    caught = Judge(predictions=THEORIES, measured=campaign(rng)).judgements[1].orders[1].caught
    wrong = [THEORIES[0], off_by(THEORIES[1], Powers(n=2), size * caught)]
    judges = [Judge(predictions=wrong, measured=campaign(rng)) for _ in range(300)]
    stated = np.mean([judge.power_against(THEORIES) for judge in judges])
    share = np.mean([judge.adjusted_p < SIGNIFICANCE for judge in judges])
    spread = math.sqrt(max(stated * (1 - stated), 1e-3) / 300)
    assert stated - 5 * spread < share < stated + 0.15 + 5 * spread
    if size == 1.0:
        assert stated > PROBABILITY - 0.02


def off_by(prediction: Prediction, powers: Powers, share: float) -> Prediction:
    changed = {p: c * (1 + share if p == powers else 1) for p, c in prediction.coefficients.items()}
    return replace(prediction, coefficients=changed)


def test_power_is_that_of_the_non_central_distribution() -> None:
    for dof, significance, probability in ((1, 0.05, 0.8), (5, 1e-4, 0.95), (40, 1e-5, 0.5)):
        limit = critical(dof, significance)
        assert limit == pytest.approx(scipy.stats.chi2.isf(significance, dof), rel=1e-9)
        off = needed(dof, significance, probability)
        assert scipy.stats.ncx2.sf(limit, dof, off) == pytest.approx(probability, abs=1e-6)
        assert power(off, dof, significance) == pytest.approx(probability, abs=1e-6)


def test_holm_against_its_definition() -> None:
    """Reject hypotheses one after the other while the smallest p-value left is below α over how many are left."""
    rng = np.random.default_rng(5)
    for _ in range(50):
        p_values = list(rng.uniform(size=6) ** 3)
        adjusted = holm(p_values)
        for alpha in (0.01, 0.05, 0.3):
            rejected, left = set(), sorted(range(6), key=p_values.__getitem__)
            while left and p_values[left[0]] <= alpha / len(left):
                rejected.add(left.pop(0))
            assert {i for i, p in enumerate(adjusted) if p <= alpha} == rejected
