import copy
import dataclasses
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput
from feyn_nn.networks import MLP, Inputs, activation

VARIANCES = st.floats(0, 10, allow_subnormal=False)


@st.composite
def networks(draw):
    depth = draw(st.integers(1, 5))
    width = st.integers(1, 100)
    return MLP(
        depth=depth,
        width=draw(width | st.lists(width, min_size=depth - 1, max_size=depth - 1)),
        activation=draw(st.sampled_from(["linear", "relu", "tanh"])),
        weight_variance=draw(VARIANCES | st.lists(VARIANCES, min_size=depth, max_size=depth)),
        bias_variance=draw(VARIANCES | st.lists(VARIANCES, min_size=depth, max_size=depth)),
    )


def test_settings_are_given_once_or_per_layer():
    net = MLP(depth=3, width=8, activation="tanh", weight_variance=2)
    assert (net.depth, net.widths, net.activation) == (3, (8, 8), activation("tanh"))
    assert net.weight_variances == (2.0, 2.0, 2.0)
    assert net.bias_variances == (0.0, 0.0, 0.0)
    varied = MLP(depth=3, width=(8, 4), activation="tanh", weight_variance=(1, 2, 3), bias_variance=[0, 1, 0])
    assert varied.widths == (8, 4)
    assert varied.weight_variances == (1.0, 2.0, 3.0)
    assert varied.bias_variances == (0.0, 1.0, 0.0)
    assert varied.width_ratios == (1, Fraction(1, 2))
    assert MLP(depth=2, width=np.int64(3), activation="relu", weight_variance=np.float32(1)).widths == (3,)
    assert MLP(depth=3, width=np.array([3, 4]), activation="relu").widths == (3, 4)


def test_layers_carry_the_variances_of_the_weight_layer_that_reads_them():
    net = MLP(depth=3, width=(8, 4), activation="relu", weight_variance=(1, 2, 3), bias_variance=(4, 5, 6))
    first, second = net.layers
    assert (first.width, first.scale, first.offset) == (8, 2.0, 5.0)
    assert (second.width, second.scale, second.offset) == (4, 3.0, 6.0)
    assert first.activation == net.activation


def test_depth_one_has_no_hidden_layer():
    net = MLP(depth=1, activation="linear", weight_variance=2.0)
    assert net.widths == net.layers == net.width_ratios == ()
    assert net == MLP(depth=1, width=64, activation="linear", weight_variance=2.0)
    assert net.first_metric(Inputs([[2.0]])).tolist() == [[8.0]]
    with pytest.raises(InvalidInput, match="no hidden layer"):
        net.with_width(8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"depth": 0}, "depth=0 is too small; give an integer >= 1"),
        ({"depth": -3}, "depth=-3"),
        ({"depth": 2.0}, "depth=2.0 is not an integer"),
        ({"depth": True}, "not an integer"),
        ({"depth": None}, "not an integer"),
        ({"depth": 10**12}, "too large"),
        ({"width": 0}, "width=0 is too small"),
        ({"width": (4, 0)}, r"width\[1\]=0"),
        ({"width": (4, 4, 4)}, "has 3 entries for depth=3; give one integer, or depth - 1 = 2"),
        ({"width": ()}, "has 0 entries"),
        ({"width": "64"}, "give width=64"),
        ({"width": {"a": 1}}, "give width=64"),
        ({"width": 8.5}, "not an integer"),
        ({"width": np.array(8)}, "neither a number nor a list"),
        ({"weight_variance": -0.1}, "weight_variance=-0.1 is negative"),
        ({"weight_variance": (1, 1, -2)}, r"weight_variance\[2\]=-2.0 is negative"),
        ({"weight_variance": float("nan")}, "not finite"),
        ({"weight_variance": 10**400}, "not finite"),
        ({"bias_variance": float("inf")}, "bias_variance=inf is not finite"),
        ({"bias_variance": (1, 2)}, "has 2 entries for depth=3; give one number, or one for each of the 3"),
        ({"bias_variance": "a"}, "bias_variance"),
        ({"bias_variance": None}, "not a number"),
        ({"bias_variance": False}, "not a number"),
        ({"activation": "rlu"}, "did you mean 'relu'"),
    ],
)
def test_malformed_settings_are_refused_in_one_sentence(change, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        MLP(**{"depth": 3, "width": 8, "activation": "tanh", **change})
    assert "\n" not in str(caught.value)


def test_zero_variances_are_allowed():
    net = MLP(depth=2, width=3, activation="tanh", weight_variance=0, bias_variance=-0.0)
    assert net.weight_variances == net.bias_variances == (0.0, 0.0)
    assert "-0.0" not in repr(net)


def test_with_width_keeps_the_ratios():
    net = MLP(depth=4, width=(4, 6, 2), activation="tanh", weight_variance=1.5)
    wider = net.with_width(16)
    assert wider.widths == (16, 24, 8)
    assert wider.width_ratios == net.width_ratios
    assert wider.weight_variance == 1.5
    assert wider.with_width(4) == net
    with pytest.raises(InvalidInput, match="give a multiple of 2"):
        net.with_width(5)
    with pytest.raises(InvalidInput, match="too small"):
        net.with_width(0)
    assert MLP(depth=3, width=64, activation="relu").with_width(7).width == 7


def test_first_metric_is_the_scaled_overlap():
    x = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
    net = MLP(depth=2, width=4, activation="tanh", weight_variance=(1.5, 9.0), bias_variance=(0.2, 7.0))
    expected = [[0.2 + 1.5 * sum(a * b for a, b in zip(u, v, strict=True)) / 3 for v in x] for u in x]
    found = net.first_metric(Inputs(x))
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    assert np.array_equal(found, found.T)


def test_first_metric_that_was_given_is_kept():
    G = [[1.0, 0.25], [0.25, 2.0]]
    net = MLP(depth=2, width=4, activation="tanh", weight_variance=3.0, bias_variance=1.0)
    assert net.first_metric(Inputs.from_metric(G)).tolist() == G


def test_first_metric_that_overflows_is_refused():
    net = MLP(depth=2, width=4, activation="tanh", weight_variance=3.0)
    with pytest.raises(InvalidInput, match="overflows"):
        net.first_metric(Inputs([[1e200, 1.0], [-1e200, 1.0]]))


@given(networks())
@settings(deadline=None)
def test_networks_survive_every_copy(net):
    assert pickle.loads(pickle.dumps(net)) == net
    assert copy.deepcopy(net) == net
    assert dataclasses.replace(net) == net
    assert MLP.from_dict(net.to_dict()) == net
    assert eval(repr(net), {"MLP": MLP}) == net
    assert len(net.layers) == len(net.widths) == net.depth - 1
    spelled_out = MLP(
        depth=net.depth,
        width=net.widths,
        activation=net.activation,
        weight_variance=net.weight_variances,
        bias_variance=list(net.bias_variances),
    )
    assert spelled_out == net
    assert hash(spelled_out) == hash(net)


def test_networks_differ_when_a_setting_does():
    net = MLP(depth=3, width=8, activation="tanh", weight_variance=1.0)
    for change in ({"width": 9}, {"activation": "relu"}, {"weight_variance": 2.0}, {"bias_variance": 0.1}):
        assert dataclasses.replace(net, **change) != net
    with pytest.raises(dataclasses.FrozenInstanceError):
        net.depth = 4


def test_from_dict_names_the_key_that_is_wrong():
    table = {"kind": "mlp", "depth": 2, "width": 4, "activation": "tanh"}
    with pytest.raises(InvalidInput, match=r"network\.widht is not known; did you mean 'width'"):
        MLP.from_dict({**table, "widht": 5})
    with pytest.raises(InvalidInput, match=r"network\.depth is missing"):
        MLP.from_dict({"width": 4, "activation": "tanh"})
    with pytest.raises(InvalidInput, match="not a table"):
        MLP.from_dict(3)


def test_html_shows_the_settings():
    html = MLP(depth=3, width=(8, 4), activation="tanh")._repr_html_()
    assert "(8, 4)" in html
    assert "tanh" in html
