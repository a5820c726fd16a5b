from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from feyn_nn._core import pairings, set_partitions

BELL = [1, 1, 2, 5, 15, 52, 203, 877, 4140]


def as_set(blocks):
    return frozenset(map(frozenset, blocks))


@pytest.mark.parametrize("n", range(9))
def test_set_partitions_are_counted_by_bell_and_all_different(n):
    found = list(set_partitions(range(n)))
    assert len(found) == BELL[n]
    assert len(set(map(as_set, found))) == BELL[n]
    for blocks in found:
        assert sorted(item for block in blocks for item in block) == list(range(n))
        assert all(blocks)
        assert all(list(block) == sorted(block) for block in blocks)
        assert [block[0] for block in blocks] == sorted(block[0] for block in blocks)


@pytest.mark.parametrize("n", range(6))
def test_set_partitions_by_exhaustion(n):
    """Every map from items to block numbers is a partition; as sets of sets they are the same."""
    maps = [()]
    for _ in range(n):
        maps = [(*m, block) for m in maps for block in range(n)]
    expected = {as_set([i for i in range(n) if m[i] == b] for b in set(m)) for m in maps}
    assert set(map(as_set, set_partitions(range(n)))) == expected


def test_equal_items_are_told_apart():
    assert Counter(set_partitions(("a", "a"))) == {(("a", "a"),): 1, (("a",), ("a",)): 1}
    assert list(pairings(("a", "a"))) == [(("a", "a"),)]
    assert len(list(pairings("aaaa"))) == 3


@pytest.mark.parametrize(
    ("n", "number"), [(0, 1), (1, 0), (2, 1), (3, 0), (4, 3), (6, 15), (8, 105), (10, 945)]
)
def test_pairings_are_counted_by_double_factorials_and_all_different(n, number):
    found = list(pairings(range(n)))
    assert len(found) == len(set(map(as_set, found))) == number
    for pairing in found:
        assert sorted(item for pair in pairing for item in pair) == list(range(n))
        assert all(a < b for a, b in pairing)


def test_pairings_by_exhaustion():
    orders = permutations(range(6))
    expected = {as_set([p[:2], p[2:4], p[4:]]) for p in orders}
    assert set(map(as_set, pairings(range(6)))) == expected


def test_any_sequence_will_do():
    assert list(set_partitions([])) == [()]
    assert list(pairings([])) == [()]
    assert list(pairings(["x", 1])) == [(("x", 1),)]
    assert list(set_partitions(["x", 1])) == [(("x", 1),), (("x",), (1,))]
