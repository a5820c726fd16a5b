"""Phases over (C_b, C_W) against closed forms and plain iteration."""

from __future__ import annotations

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn.flow import phase_diagram

BIASES, WEIGHTS = np.array([0.0, 0.02, 0.3]), np.array([0.3, 0.99, 1.3, 2.5])


def test_sin_in_closed_form():
    """⟨sin²⟩ = (1 - e^{-2K})/2, ⟨cos²⟩ = (1 + e^{-2K})/2, ⟨cos² - sin²⟩ = e^{-2K}."""
    found = phase_diagram("sin", bias_variance=BIASES, weight_variance=WEIGHTS)
    K = found.fixed_point
    np.testing.assert_allclose(BIASES[:, None] + WEIGHTS * (1 - np.exp(-2 * K)) / 2, K, atol=1e-9)
    np.testing.assert_allclose(found.susceptibility_parallel, WEIGHTS * np.exp(-2 * K), rtol=1e-5)
    np.testing.assert_allclose(
        found.susceptibility_perpendicular, WEIGHTS * (1 + np.exp(-2 * K)) / 2, rtol=1e-5
    )
    assert (K[0, :2] == 0.0).all()
    np.testing.assert_array_equal(found.ordered, found.susceptibility_perpendicular < 1)
    edge = found.edge()
    np.testing.assert_allclose(edge[:, 1] * (1 + np.exp(-2 * edge[:, 2])) / 2, 1, rtol=1e-9)
    np.testing.assert_allclose(
        edge[:, 0] + edge[:, 1] * (1 - np.exp(-2 * edge[:, 2])) / 2, edge[:, 2], atol=1e-9
    )


@pytest.mark.parametrize("name", ["tanh", "gelu"])
def test_the_point_that_a_deep_network_reaches(name):
    found = phase_diagram(name, bias_variance=[0.05, 0.2], weight_variance=[0.8, 1.5], kernel=0.6)
    for i, C_b in enumerate(found.bias_variance.tolist()):
        for j, C_W in enumerate(found.weight_variance.tolist()):
            net = fnn.MLP(depth=400, width=8, activation=name, weight_variance=C_W, bias_variance=C_b)
            flow = fnn.flow.trace(net, fnn.Inputs.from_metric([[0.6]]))
            assert found.fixed_point[i, j] == pytest.approx(flow.kernel[-1, 0, 0], rel=1e-7)
            assert found.susceptibility_parallel[i, j] == pytest.approx(
                flow.susceptibility_parallel[-2, 0], rel=1e-6
            )
            assert found.susceptibility_perpendicular[i, j] == pytest.approx(
                flow.susceptibility_perpendicular[-2, 0], rel=1e-6
            )


def test_relu_has_no_end_in_chaos():
    found = phase_diagram("relu", bias_variance=[0.1], weight_variance=[1.0, 3.0])
    assert found.fixed_point[0].tolist() == pytest.approx([0.2, np.inf])
    np.testing.assert_allclose(found.susceptibility_parallel, [[0.5, 1.5]], rtol=1e-9)
    np.testing.assert_allclose(found.correlation_length_parallel, [1 / np.log([2, 1.5])], rtol=1e-9)


def test_correlation_length_of_two_inputs():
    """1 - c falls like χ_⊥^ℓ in the ordered phase: its e-fold depth is ξ_⊥."""
    net = fnn.MLP(depth=41, width=8, activation="tanh", weight_variance=1.2, bias_variance=0.3)
    x = fnn.Inputs.from_metric([[0.6, 0.3], [0.3, 0.7]])
    apart = 1 - fnn.flow.trace(net, x).correlation[:, 0, 1]
    found = phase_diagram("tanh", bias_variance=[0.3], weight_variance=[1.2])
    measured = 10 / np.log(apart[20] / apart[30])
    assert found.correlation_length_perpendicular[0, 0] == pytest.approx(measured, rel=1e-3)


def test_default_grid_and_picture():
    found = phase_diagram("tanh")
    assert found.fixed_point.shape == (200, 200)
    assert np.isfinite(found.fixed_point).all()
    assert found.ordered[0, 0]
    assert not found.ordered[0, -1]
    assert "200 × 200" in repr(found)
    assert len(found.plot().axes) == 4  # both lengths, a scale for each
    assert found.critical_points[0].weight_variance == pytest.approx(1.0, rel=1e-14)


def test_the_edge_of_gelu_repels_below_its_half_stable_point():
    """Along χ_⊥ = 1, χ_∥ - 1 = C_W⟨σσ''⟩ changes its sign where the critical point is."""
    found = phase_diagram("gelu", bias_variance=[0.1, 0.5], weight_variance=[1.0, 1.9])
    point = found.critical_points[1]
    _, C_W, K, parallel = found.edge().T
    beyond = point.fixed_point < K
    assert beyond.any()
    assert (parallel[beyond] < 1).all()
    assert (parallel[~beyond] > 1).all()
    with pytest.raises(fnn.InvalidInput, match="places=-5"):
        found.edge(-5)
    assert C_W[beyond][0] == pytest.approx(point.weight_variance, rel=1e-2)


def test_a_jump_has_no_slopes():
    with pytest.raises(fnn.InvalidInput, match=r"jumps at z = 0, so that its slopes .* do not exist"):
        phase_diagram("sign(z)", bias_variance=[0.1], weight_variance=[1.0])


def test_axes_are_put_in_order():
    found = phase_diagram("relu", bias_variance=[0.2, 0.1], weight_variance=[1.5, 1.0, 1.0])
    assert (found.bias_variance.tolist(), found.weight_variance.tolist()) == ([0.1, 0.2], [1.0, 1.5])
    np.testing.assert_allclose(found.fixed_point, [[0.2, 0.4], [0.4, 0.8]])
    assert len(found.plot().axes) == 4


@pytest.mark.parametrize(
    "bad", [{"bias_variance": [-1.0]}, {"weight_variance": "wide"}, {"weight_variance": []}, {"kernel": 0.0}]
)
def test_bad_axes(bad):
    with pytest.raises(fnn.InvalidInput, match="give"):
        phase_diagram("tanh", **bad)
