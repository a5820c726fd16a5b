"""The joint fit: against weighted least squares by hand, and beside observables that are sums of others."""

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn._core import Powers

NET = fnn.MLP(depth=3, width=8, activation="tanh", weight_variance=1.5, bias_variance=0.1)
X = fnn.Inputs([[1.0, 0.5], [0.25, 1.5]])
PAIRS = [[(0, 0), (1, 1)], [(0, 1), (0, 1)]]
ASKED = {"loops": 1, "widths": (12, 18, 24, 36), "samples": 20_000, "rng": 3}


def test_one_observable_is_fitted_by_weighted_least_squares() -> None:
    report = fnn.validate(NET, X, pairs=PAIRS[0], **ASKED)
    (own,) = report.judgements
    n = np.array([point.sizes["n"] for point in own.points])
    measured = np.array([point.measured for point in own.points])
    biases = np.array([own.prediction.known_bias(width) for width in n])
    rest = np.array([own.prediction.remainder(width) + own.prediction.numerical_error(width) for width in n])
    errors = np.array([point.stderr for point in own.points])
    covariance = np.diag(errors**2 + rest**2) + biases @ biases.T
    design = np.array([1.0 / n, 1.0 / n**2]).T
    information = design.T @ np.linalg.solve(covariance, design)
    by_hand = np.linalg.solve(information, design.T @ np.linalg.solve(covariance, measured))
    np.testing.assert_allclose(report.fit.fitted, by_hand, rtol=1e-6)
    np.testing.assert_allclose(report.fit.covariance, np.linalg.inv(information), rtol=1e-6)


def test_a_sum_of_others_says_nothing_new() -> None:
    """κ₄(z₀₀, z₀₀, z₀₁, z₀₁) = κ₂(Ĝ₀₀, Ĝ₁₁) + 2 κ₂(Ĝ₀₁, Ĝ₀₁), in every sample."""
    alone = fnn.validate(NET, X, pairs=PAIRS, **ASKED)
    beside = fnn.validate(NET, X, pairs=PAIRS, legs=[(0, 0), (0, 0), (0, 1), (0, 1)], **ASKED)
    assert beside.dof == alone.dof
    assert beside.fit.coefficients == alone.fit.coefficients
    np.testing.assert_allclose(beside.fit.fitted, alone.fit.fitted, rtol=1e-6)
    np.testing.assert_allclose(beside.fit.errors, alone.fit.errors, rtol=1e-6)
    field = beside.judgements[2]
    for order in field.orders:
        assert order.fitted is not None
        assert order.fitted_error is not None
        assert order.fitted_error < 20 * order.alone_error
        parts = [alone.fit.of(own.observable, order.powers) for own in alone.judgements]
        total = parts[0][0] + 2 * parts[1][0]  # type: ignore[index]
        assert order.fitted == pytest.approx(total, abs=order.fitted_error)
    assert beside.fit.of(field.observable, Powers(n=1)) is None
