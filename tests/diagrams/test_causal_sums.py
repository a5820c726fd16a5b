"""Sums of causal diagrams against a moment algebra that knows no graphs.

With one input, every vertex value and every propagator one, and the sums over layers kept, the chain of metrics
is Δ' = N/n - 1 with N ~ Poisson(n e^Δ): log E[e^{tΔ'}|Δ] = n e^Δ (e^{t/n} - 1) - t has n^{1-k} e^Δ as its k-th
cumulant, whose derivatives at Δ = 0 are all n^{1-k} (PHYSICS, section 4). Moments of Δ are carried through the
layers as exact polynomials in ε = 1/n and Δ, where ε^a Δ^b is of the order of ε^{a + b/2}.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import combinations_with_replacement, permutations
from math import comb, factorial

import numpy as np
import pytest

from feyn_nn.actions import CausalAction, VertexKind
from feyn_nn.diagrams import Diagram, generate
from feyn_nn.kernels.recursion import cumulants, kinds_needed
from feyn_nn.kernels.transfer import diagram_value

Series = dict[int, Fraction]  # power of ε -> coefficient
Polynomial = dict[tuple[int, int], Fraction]  # (power of ε, power of Δ) -> coefficient

ORDERS = [(1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (4, 0), (4, 1)]
DEPTHS = (1, 2, 3, 4, 6)


# The moment algebra.


@lru_cache
def stirling(n: int, k: int) -> int:
    """The number of partitions of n things into k blocks."""
    if n == 0 or k == 0:
        return int(n == k)
    return k * stirling(n - 1, k) + stirling(n - 1, k - 1)


@lru_cache
def conditional_moment(p: int, cutoff: int) -> tuple[tuple[tuple[int, int], Fraction], ...]:
    """E[Δ'^p | Δ], from E[N^j] = Σ_i S(j, i) (n e^Δ)^i; terms of 2a + b > cutoff are left out."""
    total: defaultdict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for j in range(p + 1):
        for i in range(j + 1):
            for b in range(cutoff - 2 * (j - i) + 1):
                weight = comb(p, j) * (-1) ** (p - j) * stirling(j, i) * i**b
                total[j - i, b] += Fraction(weight, factorial(b))
    return tuple((powers, value) for powers, value in total.items() if value)


def moment(p: int, depth: int, order: int) -> Series:
    """E[(Δ^L)^p] through ε^order; Δ¹ = 0."""
    cutoff = 2 * order
    polynomial: Polynomial = {(0, p): Fraction(1)}
    for _ in range(depth - 1):
        following: defaultdict[tuple[int, int], Fraction] = defaultdict(Fraction)
        for (a, b), value in polynomial.items():
            for (more, b_before), weight in conditional_moment(b, cutoff - 2 * a):
                following[a + more, b_before] += value * weight
        polynomial = following
    return {a: polynomial.get((a, 0), Fraction(0)) for a in range(order + 1)}


def cumulant(p: int, depth: int, order: int) -> Series:
    """κ_p from the moments: m_p = Σ_q C(p-1, q-1) κ_q m_{p-q}."""
    total = moment(p, depth, order)
    for q in range(1, p):
        known, rest = cumulant(q, depth, order), moment(p - q, depth, order)
        for a in range(order + 1):
            product = sum(known[i] * rest[a - i] for i in range(a + 1))
            total[a] -= comb(p - 1, q - 1) * product
    return total


@lru_cache
def exact(legs: int, loops: int, depth: int) -> Fraction:
    return cumulant(legs, depth, legs - 1 + loops)[legs - 1 + loops]


# The diagrams.


@lru_cache(maxsize=None)
def placements(count: int, later: frozenset[tuple[int, int]], n_layers: int) -> int:
    """In how many ways `count` vertices fit in layers 1 … n_layers, the second of each pair behind the first."""

    def place(placed: tuple[int, ...]) -> int:
        v = len(placed)
        if v == count:
            return 1
        allowed = range(1, n_layers + 1)
        for a, b in later:
            if b == v and a < v:
                allowed = range(max(allowed.start, placed[a] + 1), allowed.stop)
            elif a == v and b < v:
                allowed = range(allowed.start, min(allowed.stop, placed[b]))
        return sum(place((*placed, layer)) for layer in allowed)

    return place(())


def with_one_for_every_value(diagram: Diagram, depth: int) -> Fraction:
    order = frozenset((a, b) for a, b in diagram.internal_lines)
    return diagram.symmetry_factor * placements(len(diagram.vertices), order, depth - 1)


@lru_cache
def diagrams(legs: int, loops: int) -> tuple[Diagram, ...]:
    return tuple(generate(CausalAction(), legs=legs, loops=loops))


def check_sums(found: Iterator[Diagram], legs: int, loops: int) -> None:
    totals = dict.fromkeys(DEPTHS, Fraction(0))
    for diagram in found:
        for depth in DEPTHS:
            totals[depth] += with_one_for_every_value(diagram, depth)
    assert totals == {depth: exact(legs, loops, depth) for depth in DEPTHS}


@pytest.mark.parametrize(("legs", "loops"), [*ORDERS, (1, 3), (3, 2)])
def test_diagrams_add_up_to_the_moment_algebra(legs, loops):
    check_sums(generate(CausalAction(), legs=legs, loops=loops), legs, loops)


def test_the_moment_algebra_against_results_by_hand():
    """Var N/n = 1/n after one layer; after two E[e^Δ] - 1 = n (e^{1/n} - 1) + … starts at 1/2n."""
    assert cumulant(2, 2, 3) == {0: 0, 1: 1, 2: 0, 3: 0}
    assert cumulant(3, 2, 3) == {0: 0, 1: 0, 2: 1, 3: 0}
    assert cumulant(1, 3, 2) == {0: 0, 1: Fraction(1, 2), 2: Fraction(1, 6) + Fraction(1, 8)}


def test_a_lost_symmetry_factor_would_be_seen():
    wrong = sum(placements(2, frozenset({(0, 1)}), 3) for _ in diagrams(1, 1))
    assert wrong == 2 * exact(1, 1, 4) != 0


# The two evaluations, on tables of ones and on random ones.


def symmetric(rng: np.random.Generator, kind: VertexKind, n_pairs: int) -> np.ndarray:
    """A random tensor, symmetric in the outgoing and in the incoming pairs."""
    table = np.empty((n_pairs,) * kind.valence)
    for out in combinations_with_replacement(range(n_pairs), kind.outgoing):
        for into in combinations_with_replacement(range(n_pairs), kind.incoming):
            value = rng.uniform(-1.0, 1.0)
            for o in set(permutations(out)):
                for i in set(permutations(into)):
                    table[o + i] = value
    return table


def layers_of_tables(legs, loops, depth, make):
    kinds = sorted(kinds_needed(legs, loops))
    first = {kind: make(kind) for kind in kinds if kind.incoming == 0}
    return [first] + [{kind: make(kind) for kind in kinds} for _ in range(depth - 2)]


@pytest.mark.parametrize("depth", [2, 3, 4, 7, 20])
@pytest.mark.parametrize(("legs", "loops"), [(1, 2), (1, 3), (2, 2), (3, 1), (3, 2), (4, 1)])
def test_the_recursion_on_tables_of_ones(legs, loops, depth):
    layers = layers_of_tables(legs, loops, depth, lambda kind: np.ones((1,) * kind.valence))
    found = [float(value.item()) for value in cumulants(layers, legs, loops, 1)]
    expected = [float(exact(legs, own, depth)) for own in range(loops + 1)]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize(("legs", "loops"), [(1, 1), (1, 2), (2, 0), (2, 1), (3, 0), (3, 1), (4, 0)])
def test_transfer_on_tables_of_ones(legs, loops, depth):
    layers = layers_of_tables(legs, loops, depth, lambda kind: np.ones((1,) * kind.valence))
    for diagram in diagrams(legs, loops):
        expected = float(with_one_for_every_value(diagram, depth))
        assert diagram_value(diagram, layers, 1).item() == pytest.approx(expected, rel=1e-13, abs=0.0)


@pytest.mark.parametrize(
    ("legs", "loops", "n_pairs", "depth"),
    [(1, 2, 1, 6), (1, 2, 2, 5), (1, 2, 3, 4), (2, 1, 1, 6), (2, 1, 2, 5), (2, 1, 3, 5), (3, 0, 3, 5)]
    + [(4, 0, 2, 4), (3, 1, 1, 4), (3, 1, 2, 4), (2, 2, 1, 5), (1, 3, 1, 5)],
)
def test_recursion_and_diagrams_agree_on_random_tables(legs, loops, n_pairs, depth):
    rng = np.random.default_rng([legs, loops, n_pairs, depth])
    layers = layers_of_tables(legs, loops, depth, lambda kind: symmetric(rng, kind, n_pairs))
    by_layers = cumulants(layers, legs, loops, n_pairs)
    for own in range(loops + 1):
        values = [diagram_value(d, layers, n_pairs) for d in diagrams(legs, own)]
        total = sum(values, start=np.zeros((n_pairs,) * legs))
        scale = max([1.0, *(float(np.abs(v).max()) for v in values)])
        assert by_layers[own].shape == (n_pairs,) * legs
        np.testing.assert_allclose(by_layers[own], total, rtol=0.0, atol=1e-12 * scale)
        assert not values or np.abs(total).max() > 1e-6


def test_legs_keep_their_places():
    """κ of (p, q, r) is symmetric, though single diagrams are not: legs that were mixed up would still add up."""
    rng = np.random.default_rng(7)
    layers = layers_of_tables(3, 0, 4, lambda kind: symmetric(rng, kind, 2))
    by_form: dict[Diagram, np.ndarray] = {d: diagram_value(d, layers, 2) for d in diagrams(3, 0)}
    unsymmetric = 0
    for diagram, value in by_form.items():
        v = len(diagram.vertices)
        for leg, home in ((t - v, s) for s, t in diagram.external_lines):
            other = (leg + 1) % 3
            together = home == next(s for s, t in diagram.external_lines if t - v == other)
            swapped = np.swapaxes(value, leg, other)
            if together:
                np.testing.assert_allclose(value, swapped, rtol=1e-12)
            else:
                unsymmetric += not np.allclose(value, swapped, rtol=1e-6)
    assert unsymmetric > 0
