import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.networks import DenseLayer, Plate, activation


def test_a_dense_layer_is_one_plate_of_neurons():
    layer = DenseLayer(width=5, activation="relu", scale=2, offset=0)
    assert layer.plates == (Plate(name="width", size=5),)
    assert layer.activation is activation("relu")
    assert (layer.scale, layer.offset) == (2.0, 0.0)
    assert layer == DenseLayer(width=5, activation=activation("relu"), scale=2.0, offset=0.0)
    assert hash(layer) == hash(DenseLayer(width=5, activation="relu", scale=2.0, offset=-0.0))


@pytest.mark.parametrize(
    "change",
    [{"width": 0}, {"scale": -1.0}, {"offset": float("nan")}, {"activation": "rule"}, {"width": 2.0}],
)
def test_a_malformed_layer_is_refused(change):
    with pytest.raises(InvalidInput):
        DenseLayer(**{"width": 5, "activation": "relu", "scale": 1.0, "offset": 0.0, **change})
