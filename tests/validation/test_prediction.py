"""The error of theory covers what its series leaves out, at every width, without any sampling noise.

Deep linear and ReLU networks on one input have exact cumulants at finite width: the metric is a
product of independent factors (C_W/n) Σ_j σ(g_j)².
"""

from __future__ import annotations

from fractions import Fraction
from math import comb, prod

import numpy as np
import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn._core import FieldObservable, MetricObservable, Powers
from feyn_nn.montecarlo import Simulation
from feyn_nn.validation.predict import predict
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.stack import Measured, Stack

ONE = fnn.Inputs.from_metric([[1.0]])
SERIES = [(2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (4, 0)]  # rank, loops
WIDTHS = (2, 3, 4, 6, 8, 16, 64, 256)
C_W = {"linear": Fraction(1), "relu": Fraction(2)}


def cumulants_of(moments: list[Fraction]) -> list[Fraction]:
    found: list[Fraction] = []
    for p, moment in enumerate(moments, start=1):
        known = (comb(p - 1, q - 1) * found[q - 1] * moments[p - q - 1] for q in range(1, p))
        found.append(moment - sum(known))
    return found


def moments_of(cumulants: list[Fraction]) -> list[Fraction]:
    found: list[Fraction] = []
    for p in range(1, len(cumulants) + 1):
        parts = (
            comb(p - 1, q - 1) * cumulants[q - 1] * (found[p - q - 1] if p > q else 1)
            for q in range(1, p + 1)
        )
        found.append(sum(parts, Fraction(0)))
    return found


def exact(activation: str, depth: int, n: int) -> list[Fraction]:
    """κ_1 … κ_4 of Ĝ^L at width n for Ĝ¹ = 1."""
    half = {"linear": Fraction(1), "relu": Fraction(1, 2)}[activation]
    unit = cumulants_of([half * prod(range(2 * p - 1, 0, -2)) for p in range(1, 5)])
    layer = moments_of([C_W[activation] ** q * Fraction(1, n) ** (q - 1) * unit[q - 1] for q in range(1, 5)])
    return cumulants_of([moment ** (depth - 1) for moment in layer])


def network(activation: str, depth: int) -> fnn.MLP:
    return fnn.MLP(depth=depth, width=8, activation=activation, weight_variance=float(C_W[activation]))


@pytest.mark.parametrize("depth", [2, 3, 4, 6, 10, 20])
@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_the_stated_error_covers_the_orders_left_out(activation, depth):
    """From networks far wider than deep to networks deeper than wide, where no truncation means anything."""
    series = [
        (rank, loops) for rank, loops in SERIES if depth < 20 or rank + loops < 4
    ]  # the others take long
    observables = [MetricObservable([(0, 0)] * rank) for rank, _ in series]
    predictions = predict(network(activation, depth), ONE, observables, [loops for _, loops in series])
    for n in WIDTHS:
        truth = exact(activation, depth, n)
        for (rank, loops), theory in zip(series, predictions, strict=True):
            off = abs(theory.value(n, theory.orders[-1]) - float(truth[rank - 1]))
            assert off <= 1.0001 * theory.error(n), (rank, loops, n)


def test_the_stated_error_is_not_idle():
    """Where the series converges it is the size of what is left out, not much more."""
    for activation, depth in [("linear", 6), ("relu", 4)]:
        observable = MetricObservable([(0, 0)] * 2)
        (theory,) = predict(network(activation, depth), ONE, [observable], [1])
        for n in (64, 256):
            off = abs(theory.value(n, 2) - float(exact(activation, depth, n)[1]))
            assert theory.error(n) < 1.1 * off


@pytest.mark.parametrize("depth", [2, 4, 10])
@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_infinitely_many_samples_leave_a_right_theory_right(activation, depth):
    """A measurement without any noise: χ² is what theory leaves out in units of its own error."""
    observables = tuple(MetricObservable([(0, 0)] * rank) for rank in (2, 3))
    predictions = predict(network(activation, depth), ONE, observables, [1, 1])
    runs = []
    for n in WIDTHS:
        truth = np.array([float(value) for value in exact(activation, depth, n)[1:3]])
        measured = Simulation(
            network=network(activation, depth),
            sampler="metric",
            n_samples=10**18,
            seed=0,
            observables=observables,
            mean=truth,
            covariance=np.diag((1e-15 * truth) ** 2),
            n_blocks=1000,
        )
        runs.append(Measured(sizes={"n": n}, simulation=measured))
    chi2, dof = Stack(predictions=predictions, measured=runs).chi2()
    assert dof == 2 * len(WIDTHS)
    assert scipy.stats.chi2.sf(chi2, dof) > 1e-4
    if depth > 2:  # without the order left out, the same measurement would refute it
        off = [
            (p.value(n, p.orders[-1]) - float(exact(activation, depth, n)[p.observable.order - 1]))
            / (1e-6 * p.value(n, p.orders[-1]))
            for p in predictions
            for n in WIDTHS
        ]
        assert np.sum(np.square(off)) > 1000


def test_an_omitted_coefficient_that_nearly_vanishes_by_chance():
    """κ_1 of this network has 1/n³ coefficient 0.0023 between -0.034 and 0.026: the error must not follow it down."""
    net = fnn.MLP(depth=4, width=8, activation="tanh", weight_variance=2.0, bias_variance=0.2)
    x = fnn.Inputs.from_metric([[1.3]])
    (theory,) = predict(net, x, [MetricObservable([(0, 0)])], [2])
    beyond = fnn.metric_cumulant(net, pairs=[(0, 0)], loops=4).evaluate(x).coefficients
    assert theory.left_out[0][Powers(n=3)] == pytest.approx(beyond[3], rel=1e-9)
    assert abs(beyond[3]) < 0.1 * min(abs(beyond[2]), abs(beyond[4]))
    for n in (4, 5, 6, 8, 12):
        assert abs(beyond[3] * n**-3.0 + beyond[4] * n**-4.0) < theory.error(n)
        assert abs(beyond[3] * n**-3.0 + beyond[4] * n**-4.0) > 1.5 * abs(beyond[3]) * n**-3.0


# What a prediction holds.


def test_a_mean_includes_the_kernel_and_its_error():
    net = fnn.MLP(depth=3, width=8, activation="tanh", weight_variance=1.5)
    x = fnn.Inputs([[1.0, 0.5], [0.25, 1.5]])
    mean, field = predict(net, x, [MetricObservable([(0, 1)]), FieldObservable([(0, 0), (0, 1)])], [1, 1])
    assert mean.orders == field.orders == [0, 1]
    assert mean.coefficients[Powers()] == fnn.infinite_width_kernel(net, x)[0, 1]
    assert mean.coefficients == field.coefficients
    assert mean.left_out == field.left_out
    assert 0 < mean.errors[Powers()] < 1e-13


def test_orders_and_the_first_omitted_one():
    net = fnn.MLP(depth=3, width=8, activation="tanh", weight_variance=1.5)
    observable = MetricObservable([(0, 0), (0, 0)])
    (short,), (long,) = (predict(net, ONE, [observable], [loops]) for loops in (0, 1))
    assert (short.orders, long.orders) == ([1], [1, 2])
    first, second = (long.coefficients[Powers(n=k)] for k in (1, 2))
    assert short.left_out[0][Powers(n=2)] == pytest.approx(second, rel=1e-12)
    assert short.value(5.0, 1) == pytest.approx(first / 5)
    assert long.value(5.0, 2) == long.value(5.0) == pytest.approx(first / 5 + second / 25)


def test_a_correlator_that_vanishes_is_exact():
    (theory,) = predict(
        fnn.MLP(depth=3, width=8, activation="tanh"), ONE, [FieldObservable([(0, 0)] * 3)], [1]
    )
    assert theory.value(10.0, theory.orders[-1]) == theory.error(10.0) == 0.0


@pytest.mark.parametrize("omitted", [1e3, 1e200])
def test_hopeless_series_have_large_finite_errors(omitted):
    theory = Prediction(
        observable=MetricObservable([(0, 0)]),
        coefficients={Powers(n=1): 1.0},
        errors={Powers(n=1): 0.0},
        left_out=({Powers(n=2): omitted},),
    )
    assert np.isfinite(theory.error(1.0))
    assert theory.error(1.0) > omitted


def test_terms_that_are_zero_but_for_rounding_tell_of_no_growth():
    one, two = Powers(key_dim=1), Powers(key_dim=2)
    theory = Prediction(
        observable=MetricObservable([(0, 0), (0, 0)]),
        coefficients={Powers(): 1.0, one: 1e-9},
        errors={Powers(): 0.0, one: 1e-8, two: 1e-5},
        left_out=({two: 1e-6},),
        parameter="key_dim",
    )
    assert theory.error({"key_dim": 1}) == pytest.approx(1e-8 + 1e-5 + 1e-6)
