"""Value rings and score blobs against exact cumulants of a head whose weights take a few values."""

from itertools import product
from math import factorial, prod

import numpy as np
import pytest

from feyn_nn._core import Powers, pairings, set_partitions
from feyn_nn.diagrams.head_diagram import SCORE_RINGS, head_diagrams, ring_closures

ATOMS = 3
HEADS, CHANNELS = 2, 3


def atoms(labels):
    """M of a head that takes one of three values, with their probabilities."""
    rng = np.random.default_rng(5)
    factors = rng.standard_normal((ATOMS, labels, labels))
    return factors @ factors.transpose(0, 2, 1), np.array([0.5, 0.3, 0.2])


def wick(legs, M):
    """E of a product of Gaussians, brute force."""
    return sum(prod(M[a, b] for a, b in pairing) for pairing in pairings(legs))


def moment(pairs, M, weight):
    """E[Π Ĝ_p] of two heads of three channels: every assignment of metrics to units, brute force."""
    units = list(product(range(HEADS), range(CHANNELS)))
    total = 0.0
    for choice in product(units, repeat=len(pairs)):
        value = 1.0
        for head in range(HEADS):
            own = [(unit, pair) for unit, pair in zip(choice, pairs, strict=True) if unit[0] == head]
            value *= sum(
                w
                * prod(
                    wick([end for unit, pair in own if unit[1] == c for end in pair], M[i])
                    for c in range(CHANNELS)
                )
                for i, w in enumerate(weight)
            )
        total += value
    return total / (HEADS * CHANNELS) ** len(pairs)


def cumulant(items, expectation):
    return sum(
        (-1) ** (len(partition) - 1)
        * factorial(len(partition) - 1)
        * prod(expectation(list(b)) for b in partition)
        for partition in set_partitions(items)
    )


def by_diagrams(pairs, M, weight):
    def blob(segments):
        entries = [M[:, pairs[i][s], pairs[j][t]] for (i, s), (j, t) in segments]
        return cumulant(
            range(len(entries)), lambda block: float(weight @ prod((entries[i] for i in block), start=1.0))
        )

    total = 0.0
    for diagram in head_diagrams(len(pairs)):
        powers = diagram.powers
        size = HEADS ** -powers["heads"] * CHANNELS ** -powers["value_dim"]
        total += size * prod(blob(segments) for segments in diagram.blobs)
    return total


@pytest.mark.parametrize(
    "pairs",
    [
        [(0, 1)],
        [(0, 0), (1, 1)],
        [(0, 1), (0, 2)],
        [(0, 1), (0, 1), (2, 2)],
        [(0, 1), (0, 2), (1, 2)],
        [(0, 0), (0, 1), (1, 1), (0, 1)],
    ],
)
def test_the_sum_of_diagrams_is_the_exact_cumulant(pairs):
    M, weight = atoms(3)
    exact = cumulant(range(len(pairs)), lambda block: moment([pairs[i] for i in block], M, weight))
    assert by_diagrams(pairs, M, weight) == pytest.approx(exact, rel=1e-10)


def test_numbers_of_diagrams():
    assert [sum(1 for _ in head_diagrams(k)) for k in (1, 2, 3, 4)] == [1, 5, 59, 1233]
    assert [sum(1 for _ in ring_closures(k)) for k in (1, 2, 3, 4)] == [1, 3, 15, 105]
    assert sum(1 for _ in head_diagrams(2, loops=2)) == 4 * 5
    assert len({(d.rings, d.blobs) for d in head_diagrams(4)}) == 1233


def test_powers_are_read_off_the_rings():
    for diagram in head_diagrams(3, loops=2):
        assert diagram.powers["heads"] == 2
        assert diagram.powers["value_dim"] == 3 - len(diagram.rings)
        assert diagram.powers["key_dim"] == sum(size // 2 - 1 for size in diagram.score_rings)
        assert sorted(s for ring in diagram.rings for s in ring) == sorted(
            s for b in diagram.blobs for s in b
        )
    assert {d.powers for d in head_diagrams(1, loops=1)} == {Powers(), Powers(key_dim=1)}
    assert set(SCORE_RINGS.values()) == {0, 1, 2}


def test_a_diagram_says_what_it_is():
    diagram = next(d for d in head_diagrams(2, loops=1) if len(d.rings) == 2 and d.score_rings)
    assert diagram.name == "⟨M₁₁′ M₂₂′⟩ (4-ring)"
    assert "value ring of 1 leg: M₁₁′, ring of 1 leg: M₂₂′" in str(diagram)
