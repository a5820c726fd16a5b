from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import Powers

names = st.sampled_from(["width", "heads", "key_dim", "d_v"])
powers = st.dictionaries(names, st.integers(-3, 3)).map(lambda exponents: Powers(**exponents))


@settings(deadline=None)
@given(powers, powers, powers)
def test_powers_form_an_abelian_group(a, b, c):
    assert a * b == b * a
    assert (a * b) * c == a * (b * c)
    assert a * Powers() == a
    inverse = Powers(**{name: -power for name, power in a.items()})
    assert a * inverse == Powers()


@settings(deadline=None)
@given(powers, powers)
def test_exponents_add(a, b):
    product = a * b
    for name in ("width", "heads", "key_dim", "d_v", "never"):
        assert product[name] == a[name] + b[name]


@settings(deadline=None)
@given(powers, powers)
def test_equality_and_hash(a, b):
    same = all(a[name] == b[name] for name in {*a, *b})
    assert (a == b) == same
    assert not same or hash(a) == hash(b)
    assert eval(repr(a)) == a
    assert pickle.loads(pickle.dumps(a)) == copy.deepcopy(a) == a


@settings(deadline=None)
@given(powers)
def test_a_mapping_of_what_is_not_zero(a):
    assert list(a) == sorted(a)
    assert len(a) == len(list(a)) == len(a.items())
    assert all(a[name] for name in a)
    for name in ("width", "never"):
        assert (name in a) == (name in list(a))


def test_zero_is_the_same_as_not_named():
    assert Powers(heads=1, key_dim=0) == Powers(heads=1)
    assert hash(Powers(heads=1, key_dim=0)) == hash(Powers(heads=1))
    assert Powers(heads=1)["key_dim"] == 0
    assert "key_dim" not in Powers(heads=1, key_dim=0)
    assert not Powers()


def test_nothing_else_is_equal():
    assert Powers(width=1) != {"width": 1}
    assert Powers() != 0


def test_the_order_of_names_does_not_show():
    assert repr(Powers(width=2, heads=-1)) == repr(Powers(heads=-1, width=2)) == "Powers(heads=-1, width=2)"


def test_powers_do_not_change():
    with pytest.raises(TypeError):
        Powers(width=1)["width"] = 2
