from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput, seed_sequence, spawned


def state(sequence):
    return sequence.generate_state(8).tolist()


@settings(deadline=None)
@given(st.integers(0, 2**128), st.integers(1, 8))
def test_children_are_those_of_numpy(seed, count):
    expected = np.random.SeedSequence(seed).spawn(count)
    found = [spawned(seed_sequence(seed), i) for i in range(count)]
    assert list(map(state, found)) == list(map(state, expected))


def test_grandchildren_and_pool_size_too():
    root = np.random.SeedSequence(5, spawn_key=(3, 1), pool_size=8)
    expected = [grandchild for child in root.spawn(3) for grandchild in child.spawn(2)]
    found = [spawned(spawned(root, i), j) for i in range(3) for j in range(2)]
    assert list(map(state, found)) == list(map(state, expected))
    assert all(sequence.pool_size == 8 for sequence in found)


def test_children_do_not_depend_on_siblings_made_before():
    root = seed_sequence(11)
    before = state(spawned(root, 4))
    root.spawn(10)
    assert state(spawned(root, 4)) == before
    assert len({tuple(state(spawned(root, i))) for i in range(50)}) == 50


def test_every_source():
    assert state(seed_sequence(3)) == state(np.random.SeedSequence(3)) == state(seed_sequence(np.int64(3)))
    given_sequence = np.random.SeedSequence(9)
    assert seed_sequence(given_sequence) is given_sequence
    assert state(seed_sequence(None)) != state(seed_sequence(None))


def test_a_generator_gives_a_fresh_seed_and_moves_on():
    one, two = np.random.default_rng(1), np.random.default_rng(1)
    first, second = seed_sequence(one), seed_sequence(one)
    assert first.entropy != second.entropy
    assert [first.entropy, second.entropy] == [seed_sequence(two).entropy, seed_sequence(two).entropy]


@pytest.mark.parametrize("source", [-1, 1.5, "7", True, [1, 2], np.float64(3.0)])
def test_what_is_no_source(source):
    with pytest.raises(InvalidInput, match="int >= 0"):
        seed_sequence(source)
