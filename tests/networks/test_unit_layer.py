"""Layers of one's own and the networks that hold them: settings, checks, copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from feyn_nn import MLP, Feedforward, Inputs, InvalidInput, UnitLayer, citation
from feyn_nn.networks import DenseLayer


class Gated(UnitLayer):
    latents = 2

    def unit(self, u, v):
        return np.tanh(u) * v


@dataclass(frozen=True, kw_only=True)
class Noisy(UnitLayer):
    noise: float
    shared = 1

    def unit(self, z, xi):
        return z * (1 + self.noise * xi)


def test_layers_compare_by_kind_and_settings():
    assert Gated(width=4) == Gated(width=4, scale=1, offset=0)
    assert Gated(width=4) != Gated(width=5)
    assert Noisy(width=4, noise=0.1) != Noisy(width=4, noise=0.2)
    assert hash(Noisy(width=4, noise=0.1)) == hash(Noisy(width=4, noise=0.1))


@pytest.mark.parametrize("change", [{"width": 0}, {"scale": -1.0}, {"offset": float("nan")}])
def test_malformed_settings_are_refused(change):
    with pytest.raises(InvalidInput):
        Gated(**{"width": 4, **change})


def test_a_unit_of_the_wrong_number_of_arrays_is_refused():
    class Short(UnitLayer):
        latents = 2

        def unit(self, u):
            return u

    with pytest.raises(InvalidInput, match="does not take 2 arrays"):
        Short(width=3)


def test_a_unit_that_is_not_elementwise_is_refused():
    class Mean(UnitLayer):
        def unit(self, z):
            return z.mean()

    with pytest.raises(InvalidInput, match="elementwise"):
        Mean(width=3).outputs([np.ones((2, 3))])


def test_a_network_of_layers_is_resized_and_written_down():
    net = Feedforward(
        [Noisy(width=4, noise=0.1), DenseLayer(width=6, activation="relu", scale=2.0, offset=0.1)],
        weight_variance=1.5,
    )
    assert net.depth == 3
    assert net.with_width(8).widths == (8, 12)
    assert net.with_width(8).with_width(4) == net
    with pytest.raises(InvalidInput, match="multiple of 2"):
        net.with_width(5)
    assert net.first_metric(Inputs([[1.0, 1.0]])).tolist() == [[1.5]]
    assert "1/n, n = n_1 = 4, with n_ℓ/n = 1, 3/2 kept" in str(net.conventions())
    assert "scale/n_ℓ" in str(net.conventions())
    assert net._repr_html_().count("<td>") == 2
    assert citation(net) == citation(MLP(depth=2, width=4, activation="relu"))
    first, second = net.to_dict()["layers"]
    assert first == {"kind": "Noisy", "width": 4, "scale": 1.0, "offset": 0.0, "noise": 0.1}
    assert second["activation"] == "relu"


@pytest.mark.parametrize("layers", [[], "tanh", [Gated], [3]])
def test_other_things_than_layers_are_refused(layers):
    with pytest.raises(InvalidInput, match="no list of layers"):
        Feedforward(layers)
