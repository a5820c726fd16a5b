"""Diagrams that differ by legs of the same pair alone, written once: no value is lost."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from feyn_nn.actions import CausalAction, VertexKind
from feyn_nn.diagrams import generate
from feyn_nn.kernels.transfer import diagram_value
from feyn_nn.rules.folding import folded


def tables(kinds, n_pairs, rng):
    """Random vertices, symmetric in their outgoing and in their incoming pairs."""
    found = {}
    for kind in sorted(kinds | {VertexKind(1, 1)}):
        raw = rng.normal(size=(n_pairs,) * kind.valence)
        out, into = range(kind.outgoing), range(kind.outgoing, kind.valence)
        found[kind] = sum(raw.transpose((*a, *b)) for a, b in product(permutations(out), permutations(into)))
    return found


@pytest.mark.parametrize(
    ("pairs", "loops", "count"),
    [
        ([(0, 0), (0, 0)], 1, 9),
        ([(0, 0), (0, 1)], 1, 15),
        ([(0, 0)] * 3, 0, 3),
        ([(0, 1), (0, 0), (0, 1)], 0, 5),
        ([(0, 0)] * 4, 0, 13),
        (None, 0, 1),
    ],
)
def test_the_sum_stays(pairs, loops, count):
    legs = len(pairs) if pairs else 2
    diagrams = list(generate(CausalAction(), legs=legs, loops=loops))
    groups = folded(diagrams, pairs)
    assert len(groups) == count
    assert sum(number for _, number in groups) == len(diagrams)
    rng = np.random.default_rng(3)
    layers = [tables({k for d in diagrams for k in d.vertices}, 2, rng) for _ in range(3)]
    at = tuple(0 if pair == (0, 0) else 1 for pair in pairs or [(0, 0), (0, 1)])
    values = {diagram: diagram_value(diagram, layers, 2)[at] for diagram in diagrams}
    assert sum(number * values[d] for d, number in groups) == pytest.approx(sum(values.values()), rel=1e-11)
