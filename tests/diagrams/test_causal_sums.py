"""Sums of causal diagrams against a moment algebra that knows no graphs.

With one input, every vertex value and every propagator one, and the sums over layers kept, the chain of metrics
is Δ' = N/n - 1 with N ~ Poisson(n e^Δ): log E[e^{tΔ'}|Δ] = n e^Δ (e^{t/n} - 1) - t has n^{1-k} e^Δ as its k-th
cumulant, whose derivatives at Δ = 0 are all n^{1-k}. Moments of Δ are carried through the
layers as exact polynomials in ε = 1/n and Δ, where ε^a Δ^b is of the order of ε^{a + b/2}.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import cache
from itertools import combinations, combinations_with_replacement, permutations, product
from math import comb, factorial

import numpy as np
import pytest

from feyn_nn.actions import CausalAction, VertexKind
from feyn_nn.diagrams import Diagram, canonical_diagram, check_diagrams, generate
from feyn_nn.kernels.recursion import cumulants, kinds_needed
from feyn_nn.kernels.transfer import diagram_value

Series = dict[int, Fraction]  # power of ε -> coefficient
Polynomial = dict[tuple[int, int], Fraction]  # (power of ε, power of Δ) -> coefficient

ORDERS = [(1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (4, 0), (4, 1)]
DEPTHS = (1, 2, 3, 4, 6, 9)


# The moment algebra.


@cache
def stirling(n: int, k: int) -> int:
    """The number of partitions of n things into k blocks."""
    if n == 0 or k == 0:
        return int(n == k)
    return k * stirling(n - 1, k) + stirling(n - 1, k - 1)


@cache
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


@cache
def exact(legs: int, loops: int, depth: int) -> Fraction:
    return cumulant(legs, depth, legs - 1 + loops)[legs - 1 + loops]


# The diagrams.


@cache
def placements(count: int, later: frozenset[tuple[int, int]]) -> tuple[int, ...]:
    """In how many ways `count` vertices fit in 0, 1, 2, … layers, the second of each pair behind the first."""
    parents = [sum(1 << a for a, b in later if b == v) for v in range(count)]
    filled, found = {0: 1}, []
    for _ in range(max(DEPTHS)):
        found.append(filled.get((1 << count) - 1, 0))
        following: defaultdict[int, int] = defaultdict(int)
        for before, ways in filled.items():
            ready = [1 << v for v in range(count) if not before >> v & 1 and parents[v] & ~before == 0]
            for size in range(len(ready) + 1):
                for chosen in combinations(ready, size):
                    following[before + sum(chosen)] += ways
        filled = following
    return tuple(found)


def with_one_for_every_value(diagram: Diagram, depth: int) -> Fraction:
    order = frozenset((a, b) for a, b in diagram.internal_lines)
    return diagram.symmetry_factor * placements(len(diagram.vertices), order)[depth - 1]


@cache
def diagrams(legs: int, loops: int) -> tuple[Diagram, ...]:
    return tuple(generate(CausalAction(), legs=legs, loops=loops))


@pytest.mark.parametrize(("legs", "loops"), [*ORDERS, (1, 3), (3, 2)])
def test_diagrams_add_up_to_the_moment_algebra(legs, loops):
    totals = dict.fromkeys(DEPTHS, Fraction(0))
    for diagram in generate(CausalAction(), legs=legs, loops=loops):
        for depth in DEPTHS:
            totals[depth] += with_one_for_every_value(diagram, depth)
    assert totals == {depth: exact(legs, loops, depth) for depth in DEPTHS}


@pytest.mark.parametrize(("legs", "loops"), [(1, 1), (1, 2), (2, 0), (2, 1), (3, 0), (3, 1), (4, 0)])
def test_the_public_check_is_the_moment_algebra(legs, loops):
    """The vertices stand at the layers before the last."""
    check = check_diagrams(CausalAction(), legs=legs, loops=loops)
    for depth in DEPTHS:
        assert check.exact.at(layers=depth - 1) == exact(legs, loops, depth)


def test_the_moment_algebra_against_results_by_hand():
    """Var N/n = 1/n after one layer; after two E[e^Δ] - 1 = n (e^{1/n} - 1) + … starts at 1/2n."""
    assert cumulant(2, 2, 3) == {0: 0, 1: 1, 2: 0, 3: 0}
    assert cumulant(3, 2, 3) == {0: 0, 1: 0, 2: 1, 3: 0}
    assert cumulant(1, 3, 2) == {0: 0, 1: Fraction(1, 2), 2: Fraction(1, 6) + Fraction(1, 8)}


def test_the_tadpole_in_every_two_of_three_layers():
    (tadpole,) = diagrams(1, 1)
    assert exact(1, 1, 4) == with_one_for_every_value(tadpole, 4) == Fraction(3, 2)


@pytest.mark.parametrize("later", [{(0, 1)}, {(0, 1), (1, 2)}, {(0, 2), (1, 2), (0, 3)}, set()])
def test_placements_as_listed_one_by_one(later):
    count = 4
    for n_layers in range(5):
        listed = product(range(n_layers), repeat=count)
        expected = sum(all(at[a] < at[b] for a, b in later) for at in listed)
        assert placements(count, frozenset(later))[n_layers] == expected


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


@pytest.mark.parametrize(
    ("legs", "loops", "depth"),
    [(1, 2, depth) for depth in (2, 3, 4, 20)]
    + [(1, 3, 5), (2, 2, 3), (2, 2, 9), (3, 1, 3), (3, 1, 7), (3, 2, 3), (3, 2, 5), (4, 1, 4)],
)
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
    [
        (1, 2, 1, 6),
        (1, 2, 2, 5),
        (1, 2, 3, 4),
        (2, 1, 1, 6),
        (2, 1, 2, 5),
        (2, 1, 3, 5),
        (3, 0, 3, 5),
        (4, 0, 2, 4),
        (3, 1, 1, 4),
        (3, 1, 2, 4),
        (2, 2, 1, 4),
    ],
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


@pytest.mark.parametrize(("legs", "loops"), [(3, 0), (2, 1)])
def test_a_diagram_with_other_leg_labels_has_the_transposed_value(legs, loops):
    rng = np.random.default_rng(7)
    layers = layers_of_tables(legs, loops, 4, lambda kind: symmetric(rng, kind, 2))
    asymmetric = 0
    for diagram in diagrams(legs, loops):
        count, value = len(diagram.vertices), diagram_value(diagram, layers, 2)
        for new in permutations(range(legs)):
            lines = [(a, b if b < count else count + new[b - count]) for a, b in diagram.lines]
            other = canonical_diagram(CausalAction(), diagram.vertices, lines, legs)
            np.testing.assert_allclose(diagram_value(other, layers, 2).transpose(new), value, rtol=1e-12)
            asymmetric += not np.allclose(value.transpose(new), value, rtol=1e-6)
    assert asymmetric > 0
