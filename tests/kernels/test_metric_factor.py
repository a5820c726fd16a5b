"""F Fᵀ gives the metric back, at any rank."""

from __future__ import annotations

import numpy as np
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.kernels.metric_factor import MetricFactor, symmetric_metric


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
def test_factor_has_the_rank_of_the_metric_and_gives_it_back(rank: int, scale: float) -> None:
    features = np.random.default_rng(rank).normal(size=(5, rank))
    metric = scale * features @ features.T
    factor = MetricFactor.of(metric)
    assert factor.rank == rank
    assert factor.matrix.shape == (5, rank)
    np.testing.assert_allclose(
        factor.matrix @ factor.matrix.T, metric, atol=2e-15 * metric.max(initial=1e-300)
    )


def test_only_the_last_pivot_depends_on_the_last_coordinate_at_full_rank() -> None:
    features = np.random.default_rng(0).normal(size=(4, 6))
    factor = MetricFactor.of(features @ features.T)
    assert np.flatnonzero(factor.matrix[:, -1]).tolist() == [factor.pivots[-1]]
    assert sorted(factor.pivots) == [0, 1, 2, 3]


def test_repeated_and_vanishing_labels() -> None:
    metric = np.array(
        [[2.0, 0.0, 2.0, -4.0], [0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 2.0, -4.0], [-4.0, 0.0, -4.0, 8.0]]
    )
    factor = MetricFactor.of(metric)
    assert factor.rank == 1
    np.testing.assert_allclose(factor.matrix @ factor.matrix.T, metric, rtol=1e-15)


def test_variances_of_very_different_size_each_keep_their_own_precision() -> None:
    metric = np.array([[1.0, 0.5e-10], [0.5e-10, 1e-20]])
    factor = MetricFactor.of(metric)
    assert factor.rank == 2
    np.testing.assert_allclose(factor.matrix @ factor.matrix.T, metric, rtol=1e-14)


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ([1.0, 2.0], r"shape \(2,\)"),
        ([[1.0, 0.0]], r"shape \(1, 2\)"),
        ([[1.0]], "covers 1 labels but label 1"),
        ([[1.0, np.nan], [np.nan, 1.0]], "not finite"),
        ([[1.0, 0.5], [0.4, 1.0]], "not symmetric"),
        ([[1.0, 1.5], [1.5, 1.0]], "not positive semi-definite"),
    ],
)
def test_what_is_no_metric_is_refused(metric: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        symmetric_metric(metric, 2)  # type: ignore[arg-type]


def test_a_metric_larger_than_needed_and_off_by_rounding_is_taken() -> None:
    taken = symmetric_metric([[1.0, 1.0, 0.1], [1.0 + 1e-15, 1.0, 0.1], [0.1, 0.1, 0.0101]], 2)
    np.testing.assert_array_equal(taken, taken.T)
