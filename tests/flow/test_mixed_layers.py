"""Layers of different kinds, layer by layer, against networks of one kind and the diagrams' own sums."""

from __future__ import annotations

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn.flow import susceptibility, trace
from feyn_nn.flow.gaussian_slopes import GaussianSlopes
from feyn_nn.flow.unit_slope import perpendicular_slope
from feyn_nn.networks import DenseLayer, UnitLayer, activation

TWO = fnn.Inputs.from_metric([[0.7, 0.3], [0.3, 0.8]])


class Gated(UnitLayer):
    latents = 2

    def unit(self, u, v):
        return np.tanh(u) * v


TANH = DenseLayer(width=8, activation="tanh", scale=1.3, offset=0.1)
MIXED = fnn.Feedforward(
    [TANH, Gated(width=16), DenseLayer(width=8, activation="relu", scale=2.0, offset=0.0)]
)


def test_dense_layers_of_one_kind_are_an_mlp():
    """Tables by quadrature at each layer against Chebyshev series of the same vertices, all orders."""
    net = fnn.Feedforward([TANH] * 4)
    same = fnn.MLP(depth=5, width=8, activation="tanh", weight_variance=1.3, bias_variance=0.1)
    mine, theirs = trace(net, TWO), trace(same, TWO)
    for rank in (1, 2, 3, 4):
        np.testing.assert_allclose(mine.terms(rank), theirs.terms(rank), rtol=1e-8, atol=1e-12)
    for name, column in theirs.columns().items():
        np.testing.assert_allclose(mine.columns()[name], column, rtol=1e-8, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(
        susceptibility(net, TWO, layer=3).matrix, susceptibility(same, TWO, layer=3).matrix, rtol=1e-9
    )


def test_a_layer_of_ones_own():
    flow = trace(MIXED, TWO)
    e = fnn.metric_cumulant(MIXED, rank=2, loops=0).evaluate(TWO).coefficients[1]
    assert flow.several is not None
    np.testing.assert_allclose(flow.several.four_point_vertex[-1], e, rtol=1e-8)
    np.testing.assert_allclose(
        flow.four_point_coupling[-1] * flow.kernel[-1].diagonal() ** 2, e[[0, 2], [0, 2]], rtol=1e-8
    )
    one = fnn.metric_cumulant(MIXED, pairs=[(0, 0)], loops=2).evaluate(fnn.Inputs.from_metric([[0.7]]))
    for power in (1, 2):
        expected = one.coefficients[power] / flow.kernel[-1, 0, 0]
        assert flow.terms(1)[power, -1, 0] == pytest.approx(expected, rel=1e-7)
    z, w = np.polynomial.hermite_e.hermegauss(80)
    own = [
        w @ (K / np.cosh(np.sqrt(K) * z) ** 4 + np.tanh(np.sqrt(K) * z) ** 2) / w.sum()
        for K in flow.kernel[1].diagonal()
    ]
    np.testing.assert_allclose(flow.susceptibility_perpendicular[1], own, rtol=1e-9)
    step = 1e-5
    up, down = (fnn.infinite_width_kernel(MIXED, fnn.Inputs.from_metric([[0.7 + s]])) for s in (step, -step))
    slope = np.prod(flow.susceptibility_parallel[:3, 0])
    assert (up - down).item() / (2 * step) == pytest.approx(slope, rel=1e-7)
    assert len(flow.plot().axes) == 4
    assert "…), input 0 of 2" in repr(flow).splitlines()[0]


@pytest.mark.parametrize("kernel", [1e-5, 0.7, 300.0])
def test_the_slope_of_a_unit_is_that_of_its_activation(kernel):
    class Smooth(UnitLayer):
        shared = 1

        def unit(self, z, xi):
            return np.tanh(z) + xi

    class Kinked(UnitLayer):
        def unit(self, z):
            return np.maximum(z, 0.0)

    exact = GaussianSlopes(activation("tanh"))(kernel)[0].slope
    assert perpendicular_slope(Smooth(width=8), kernel) == pytest.approx(exact, rel=1e-9)
    assert perpendicular_slope(Kinked(width=8), kernel) == pytest.approx(0.5, rel=2e-3)


def test_units_that_jump_part_at_once():
    class Sign(UnitLayer):
        def unit(self, z):
            return np.sign(z)

    assert perpendicular_slope(Sign(width=8), 1.0) == np.inf


def test_a_kernel_that_vanishes_is_said_to():
    net = fnn.Feedforward([DenseLayer(width=8, activation="tanh", scale=1e-25, offset=0.0)] * 2)
    with pytest.raises(fnn.InvalidInput, match="at layer 3, where couplings"):
        trace(net, fnn.Inputs.from_metric([[1.0]]))
