from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput, as_legs, as_pair, as_pairs, pair_name, pairs_of


@pytest.mark.parametrize("n", range(6))
def test_all_unordered_pairs(n):
    found = pairs_of(range(n))
    assert len(found) == len(set(found)) == n * (n + 1) // 2
    assert found == tuple(sorted(found))
    assert all(0 <= a <= b < n for a, b in found)


def test_pairs_of_any_labels():
    assert pairs_of([2, 5]) == ((2, 2), (2, 5), (5, 5))


@settings(deadline=None)
@given(st.integers(0, 99), st.integers(0, 99))
def test_a_pair_is_unordered(a, b):
    assert as_pair((a, b)) == as_pair([b, a]) == as_pair(np.array([a, b])) == (min(a, b), max(a, b))
    assert all(type(label) is int for label in as_pair(np.array([a, b])))


def test_lists_keep_their_order():
    assert as_pairs([(1, 0), (0, 0)]) == ((0, 1), (0, 0))
    assert as_pairs(np.array([[1, 0], [0, 0]])) == ((0, 1), (0, 0))
    assert as_legs([(1, 0), (0, 0)]) == ((1, 0), (0, 0))  # neuron and input are not exchanged
    assert as_pairs(pair for pair in [(0, 0)]) == ((0, 0),)


@pytest.mark.parametrize(
    "pair", [(0,), (0, 1, 2), (), (0, -1), (0, 1.0), ("0", "1"), "01", 3, None, (True, False), (0, None)]
)
def test_what_is_no_pair(pair):
    for read in (as_pair, lambda p: as_pairs([p])):
        with pytest.raises(InvalidInput, match=r"pair of input labels such as \(0, 1\)"):
            read(pair)
    with pytest.raises(InvalidInput, match=r"field leg \(neuron, input label\) such as \(0, 1\)"):
        as_legs([pair])


@pytest.mark.parametrize(("read", "name"), [(as_pairs, "pairs"), (as_legs, "legs")])
def test_what_is_no_list(read, name):
    for wrong in (3, None, "00"):
        with pytest.raises(InvalidInput, match=f"{name}={wrong!r} is not a list; give for example {name}="):
            read(wrong)
    with pytest.raises(InvalidInput, match=f"{name} is empty"):
        read([])


def test_names():
    assert [pair_name(pair) for pair in [(0, 1), (9, 9), (3, 12)]] == ["01", "99", "3,12"]
