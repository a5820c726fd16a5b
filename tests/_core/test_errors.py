from __future__ import annotations

import pytest

from feyn_nn._core import FeynNNError, InvalidInput, MissingExtra, nearest, require_extra

KNOWN = ["tanh", "relu", "linear"]


def test_one_base_for_all_errors():
    assert issubclass(InvalidInput, FeynNNError)
    assert issubclass(InvalidInput, ValueError)
    assert issubclass(MissingExtra, FeynNNError)
    assert issubclass(MissingExtra, ImportError)


@pytest.mark.parametrize(("typed", "meant"), [("tahn", "tanh"), ("rleu", "relu"), ("liner", "linear")])
def test_the_nearest_word(typed, meant):
    assert nearest(typed, KNOWN) == f"did you mean '{meant}'? Known: linear, relu, tanh"


@pytest.mark.parametrize("typed", ["", "xyz"])
def test_no_guess_where_nothing_is_near(typed):
    assert nearest(typed, iter(KNOWN)) == "Known: linear, relu, tanh"


def test_an_extra_that_is_there():
    import json.decoder

    assert require_extra("json.decoder", "data", "reading") is json.decoder


def test_an_extra_that_is_missing():
    with pytest.raises(MissingExtra) as caught:
        require_extra("no_such_package.part", "data", "reading the digits")
    expected = "reading the digits needs no_such_package; install it with: pip install 'feyn_nn[data]'"
    assert str(caught.value) == expected
    assert isinstance(caught.value.__cause__, ImportError)
