"""Dense layers and attention, layer by layer, against what is computed of each shorter stack."""

from __future__ import annotations

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn.networks import DenseLayer


def test_every_prefix_of_a_stack():
    dense = DenseLayer(width=48, activation="tanh", scale=1.6, offset=0.1)
    attention = fnn.MultiHeadAttention(heads=6, key_dim=24, value_dim=16, coupling=0.8, output_variance=1.3)
    net = fnn.Sequential([dense, attention, dense])
    tokens = fnn.Tokens(np.random.default_rng(2).standard_normal((1, 2, 4)))
    found = fnn.flow.trace(net, tokens)
    assert found.kernel.shape == (4, 2, 2)
    np.testing.assert_array_equal(found.kernel[0], tokens.metric)
    for length in (1, 2, 3):
        part = fnn.Sequential(net.layers[:length])
        np.testing.assert_allclose(found.kernel[length], fnn.infinite_width_kernel(part, tokens), rtol=1e-12)
        covariance = fnn.metric_cumulant(part, rank=2, loops=0).evaluate(tokens).at()
        np.testing.assert_allclose(found.covariance[length], covariance, rtol=1e-9)
        variances = covariance[[0, 2], [0, 2]] / found.kernel[length].diagonal() ** 2
        np.testing.assert_allclose(found.coupling[length], variances, rtol=1e-9)
    assert (found.spectral_radius > 0).all()
    assert found.correlation[:, 0, 0] == pytest.approx(1.0)
    assert len(repr(found).splitlines()) == 5
    data = found.to_xarray()
    assert float(data["kernel"].sel(layer=2)[0, 1]) == found.kernel[2, 0, 1]
    assert data["covariance"].shape == (4, 3, 3)
    assert [len(ax.get_lines()) for ax in found.plot().axes] == [2, 1, 2, 2]


def test_susceptibility_of_a_stack():
    """Dense layers are those of an MLP at the same metric; J of attention is the derivative of its kernel map."""
    metric = np.array([[0.9, 0.3], [0.3, 0.7]])
    dense = DenseLayer(width=8, activation="tanh", scale=1.4, offset=0.1)
    tokens = fnn.Tokens(np.linalg.cholesky(metric)[None] * np.sqrt(2))
    np.testing.assert_allclose(tokens.metric, metric, rtol=1e-14)
    mlp = fnn.MLP(depth=4, width=8, activation="tanh", weight_variance=1.4, bias_variance=0.1)
    x = fnn.Inputs.from_metric(metric)
    for layer in (1, 3):
        found = fnn.flow.susceptibility(fnn.Sequential([dense] * 3), tokens, layer=layer)
        np.testing.assert_allclose(
            found.matrix, fnn.flow.susceptibility(mlp, x, layer=layer).matrix, rtol=1e-9
        )
    attention = fnn.MultiHeadAttention(heads=2, key_dim=4, value_dim=4, coupling=0.8)
    stack = fnn.Sequential([attention])
    found, step = fnn.flow.susceptibility(stack, tokens), 1e-4
    for column, (a, b) in enumerate(found.pairs):
        moved = []
        for sign in (step, -step):
            own = metric.copy()
            own[a, b] = own[b, a] = metric[a, b] + sign
            near = fnn.Tokens(np.linalg.cholesky(own)[None] * np.sqrt(2))
            moved.append(fnn.infinite_width_kernel(stack, near)[np.triu_indices(2)])
        np.testing.assert_allclose(
            found.matrix[:, column], (moved[0] - moved[1]) / (2 * step), rtol=1e-6, atol=1e-7
        )
    assert "on 3 pairs" in repr(found)
    with pytest.raises(fnn.InvalidInput, match="layer=2 is too large"):
        fnn.flow.susceptibility(stack, tokens, layer=2)


def test_what_has_no_flow():
    with pytest.raises(fnn.InvalidInput, match="not Tokens"):
        fnn.flow.trace(
            fnn.Sequential([DenseLayer(width=4, activation="tanh", scale=1.0, offset=0.0)]),
            fnn.Inputs([[1.0]]),
        )
    with pytest.raises(fnn.InvalidInput, match="no hidden layer; give an MLP of depth >= 2"):
        fnn.flow.susceptibility(fnn.MLP(depth=1, activation="tanh"), fnn.Inputs([[1.0]]))
