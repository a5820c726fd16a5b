from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn.montecarlo import _gaussian


def factorised(metrics):
    factors, order = np.empty_like(metrics), np.empty(metrics.shape[:2], dtype=np.int64)
    _gaussian.factorise(metrics, factors, order)
    return factors, order


def reassembled(factors, order):
    metrics = np.empty_like(factors)
    for metric, factor, p in zip(metrics, factors, order, strict=True):
        metric[np.ix_(p, p)] = factor @ factor.T
    return metrics


@settings(max_examples=80, deadline=None)
@given(n=st.integers(1, 6), rank=st.integers(0, 6), decades=st.integers(0, 12), seed=st.integers(0, 2**31))
def test_factors_reassemble_metrics_of_any_rank_and_scale(n, rank, decades, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(5, n, rank)) * 10.0 ** rng.uniform(-decades, 0, size=(5, n, 1))
    metrics = rows @ rows.transpose(0, 2, 1)
    factors, order = factorised(metrics)
    size = np.sqrt(np.einsum("saa,sbb->sab", metrics, metrics))
    assert np.all(np.abs(reassembled(factors, order) - metrics) <= 1e-13 * size)
    assert np.all(np.sort(order, axis=1) == np.arange(n))
    assert np.all(factors == np.tril(factors))


@pytest.mark.parametrize(
    "metric",
    [
        np.zeros((3, 3)),
        np.ones((3, 3)),
        np.diag([0.0, 2.0, 0.0]),
        np.outer([1.0, -2.0, 0.0], [1.0, -2.0, 0.0]),
        np.array([[1.0, 1.0, 0.5], [1.0, 1.0, 0.5], [0.5, 0.5, 1.0]]),
        np.array([[1.0, 1.0 + 1e-16], [1.0 + 1e-16, 1.0]]),
    ],
)
def test_singular_metrics_are_no_exception(metric):
    factors, order = factorised(metric[np.newaxis])
    np.testing.assert_allclose(reassembled(factors, order)[0], metric, atol=2e-15)


def test_the_number_of_noise_components_is_the_rank():
    factors, _ = factorised(np.ones((1, 4, 4)))
    assert np.count_nonzero(np.abs(factors[0]).max(axis=0)) == 1


SHAPES = [(1, 1), (1, 40), (2, 7), (3, 33), (4, 64), (5, 9), (6, 2), (7, 100), (11, 5)]


@pytest.mark.parametrize(("n", "neurons"), SHAPES)
def test_correlate_multiplies_by_the_factor(n, neurons):
    rng = np.random.default_rng(0)
    noise, factors = rng.normal(size=(5, n, neurons)), np.tril(rng.normal(size=(5, n, n)))
    expected = factors @ noise
    shared = factors[:1] @ noise
    other = noise.copy()
    _gaussian.correlate(noise, factors)
    _gaussian.correlate(other, factors[:1].copy())
    np.testing.assert_allclose(noise, expected, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(other, shared, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("n", "neurons"), SHAPES)
def test_gram_is_added_in_the_order_of_the_inputs(n, neurons):
    rng = np.random.default_rng(1)
    activations, order = rng.normal(size=(6, n, neurons)), np.array([rng.permutation(n) for _ in range(6)])
    gram = np.full((6, n, n), 0.25)
    _gaussian.add_gram(activations, order, 0.5, gram)
    for metric, rows, p in zip(gram, activations, order, strict=True):
        np.testing.assert_allclose(metric[np.ix_(p, p)], 0.25 + 0.5 * rows @ rows.T, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("n", "neurons"), SHAPES)
def test_weights_are_applied_to_each_network_or_to_shared_inputs(n, neurons):
    rng = np.random.default_rng(2)
    weights, hidden = rng.normal(size=(4, 7, neurons)), rng.normal(size=(4, n, neurons))
    out = np.empty((4, n, 9))[:, :, 1:8]
    _gaussian.apply_weights(weights, hidden, 0.5, out)
    np.testing.assert_allclose(out, 0.5 * hidden @ weights.transpose(0, 2, 1), rtol=1e-12, atol=1e-13)
    _gaussian.apply_weights(weights, hidden[:1].copy(), 0.5, out)
    np.testing.assert_allclose(out, 0.5 * hidden[:1] @ weights.transpose(0, 2, 1), rtol=1e-12, atol=1e-13)
