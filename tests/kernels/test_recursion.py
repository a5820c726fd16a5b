"""The terms of one layer's step, against a plain enumeration of labelled blocks and blobs."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import factorial, prod

import networkx
import numpy as np
import pytest

from feyn_nn._core import set_partitions
from feyn_nn.actions import VertexKind
from feyn_nn.kernels.recursion import Order, kinds_needed, labellings, orders_needed, step_terms


def plain_terms(rank: int, loops: int) -> Counter:
    """Every set partition with every multiset of blobs that connects it, by the definition."""
    found: Counter = Counter()
    for blocks in set_partitions(range(rank)):
        n, budget = len(blocks), loops + len(blocks) - 1
        blobs = [b for b in product(range(budget + 2), repeat=n) if 1 <= sum(b) <= budget + 1]
        for count in range(budget + 1):
            for chosen in combinations_with_replacement(blobs, count):
                if sum(max(sum(b) - 1, 1) for b in chosen) > budget or (rank == 1 and not chosen):
                    continue
                graph = networkx.Graph()
                graph.add_nodes_from(range(n))
                for i, blob in enumerate(chosen):
                    graph.add_edges_from((b, f"blob {i}") for b in range(n) if blob[b])
                if networkx.is_connected(graph):
                    weight = Fraction(1, prod(factorial(c) for b in chosen for c in b))
                    weight /= prod(factorial(m) for m in Counter(chosen).values())
                    own = sum(sum(b) - 1 for b in chosen) - n + 1
                    sizes = tuple(sorted(map(len, blocks), reverse=True))
                    found[sizes, tuple(sorted(map(sum, chosen))), weight, own] += 1
    return found


@pytest.mark.parametrize(("rank", "loops"), [(1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (3, 0), (3, 1), (4, 0)])
def test_terms_are_those_of_the_definition(rank, loops):
    """Each term stands for as many labelled ones as there are set partitions of its sizes."""
    found: Counter = Counter()
    for term in step_terms(rank, loops):
        weight = Fraction(term.weight).limit_denominator(10**6)
        legs = tuple(sorted(map(sum, term.blobs)))
        found[term.sizes, legs, weight, term.loops] += len(labellings(term.sizes))
    assert found == plain_terms(rank, loops)


@pytest.mark.parametrize(
    ("rank", "loops", "count"),
    [(1, 2, 6), (1, 4, 25), (2, 1, 11), (2, 3, 155), (3, 2, 444), (4, 1, 628), (5, 0, 351), (6, 0, 4832)],
)
def test_pinned_numbers_of_terms(rank, loops, count):
    terms = step_terms(rank, loops)
    assert len(terms) == len(set(terms)) == count
    assert [term.loops for term in terms] == sorted(term.loops for term in terms)


@pytest.mark.parametrize("sizes", [(1,), (2,), (1, 1), (2, 1), (3, 1), (2, 2), (2, 1, 1), (1, 1, 1, 1)])
def test_labellings(sizes):
    """One for each set partition; a tensor with block b's labels on axes b gets them on the partition's own."""
    rank = sum(sizes)
    partitions = [p for p in set_partitions(range(rank)) if sorted(map(len, p), reverse=True) == list(sizes)]
    found = labellings(sizes)
    assert len(found) == len(set(found)) == len(partitions)
    ends = np.cumsum(sizes)
    block_of_axis = [int(np.searchsorted(ends, axis, side="right")) for axis in range(rank)]
    seen = set()
    for axes in found:
        # label i of the result is axis axes[i] of the term
        blocks = [tuple(i for i in range(rank) if block_of_axis[axes[i]] == b) for b in range(len(sizes))]
        seen.add(frozenset(blocks))
    assert seen == {frozenset(p) for p in partitions}


def test_what_a_step_needs():
    assert orders_needed(1, 1) == (Order(1, 0), Order(1, 1), Order(2, 0))
    assert orders_needed(2, 0) == (Order(1, 0), Order(2, 0))
    assert kinds_needed(2, 0) == {VertexKind(1, 1), VertexKind(2, 0)}
    assert kinds_needed(1, 1) == {VertexKind(1, 1), VertexKind(2, 0), VertexKind(1, 2)}


@pytest.mark.parametrize(("rank", "loops"), [(r, n - r) for n in range(1, 7) for r in range(1, n + 1)])
def test_the_vertices_needed_are_those_of_the_terms(rank, loops):
    highest = dict(sorted(orders_needed(rank, loops)))
    met = {kind for q, own in highest.items() for term in step_terms(q, own) for kind in term.kinds}
    assert kinds_needed(rank, loops) == met | {VertexKind(1, 1)}
