"""Numbers of diagrams that others have counted, and sums that zero-dimensional field theory gives."""

import json
from collections import Counter
from fractions import Fraction
from itertools import combinations_with_replacement
from math import factorial, prod
from pathlib import Path

import pytest

from feyn_nn.diagrams.engine import automorphism_histogram, canonical, count, generate
from tests.diagrams.engine.problems import causal, causal_contents, scalar

DATA = Path(__file__).parents[2] / "data"
PINNED = json.loads((DATA / "diagram_counts.json").read_text())
KNOWN = json.loads((DATA / "engine_counts.json").read_text())


def problem(valence, legs, loops, **options):
    vertices, rest = divmod(2 * (loops - 1) + legs, valence - 2)
    assert rest == 0
    return scalar([valence] * vertices, legs, **options)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["what"])
def test_known_numbers(known):
    for k, number in enumerate(known["numbers"], start=1):
        vertices = known["vertices"] * (known["step"] * k) + known.get("also", [])
        asked = scalar(
            vertices, known.get("legs", 0), labelled=known.get("labelled", True), **known.get("options", {})
        )
        assert count(asked).number == number


VALENCES = {"phi3": (3,), "phi4": (4,), "phi6": (6,), "phi34": (3, 4)}


def contents(theory, legs, loops):
    """One problem for each multiset of vertices."""
    if theory == "causal":
        yield from (causal(kinds, legs) for kinds in causal_contents(legs, loops))
        return
    for n in range(2 * (loops - 1) + legs + 1):
        for valences in combinations_with_replacement(VALENCES[theory], n):
            if sum(k - 2 for k in valences) == 2 * (loops - 1) + legs:
                yield scalar(valences, legs)


@pytest.mark.parametrize("pinned", PINNED, ids=lambda pinned: "{action}-{legs}-{loops}".format(**pinned))
def test_theories_pinned_elsewhere(pinned):
    found = [count(problem) for problem in contents(pinned["action"], pinned["legs"], pinned["loops"])]
    assert sum(one.number for one in found) == pinned["number"]
    assert sum(one.symmetry_sum for one in found) == Fraction(pinned["symmetry_sum"])


def connected_sum(valence, most):
    """Coefficient n of log Σ_n t^n (pairings of n vertices)/(n! (k!)^n), n up to `most`."""
    z = []
    for n in range(most + 1):
        ends, odd = divmod(valence * n, 2)
        pairs = 0 if odd else factorial(2 * ends) // (2**ends * factorial(ends))
        z.append(Fraction(pairs, factorial(n) * factorial(valence) ** n))
    w = [Fraction(0)]
    for n in range(1, most + 1):
        w.append(z[n] - sum((Fraction(m, n) * w[m] * z[n - m] for m in range(1, n)), Fraction(0)))
    return w


@pytest.mark.parametrize(("valence", "most"), [(3, 12), (4, 8), (5, 6), (6, 5), (8, 4), (12, 3)])
def test_connected_vacuum_diagrams_are_the_logarithm_of_all(valence, most):
    for n, exact in enumerate(connected_sum(valence, most)):
        if n:
            assert count(scalar([valence] * n, 0)).symmetry_sum == exact


@pytest.mark.parametrize("legs", range(5))
def test_labelled_legs_split_up_by_permutations_of_interchangeable_ones(legs):
    free = automorphism_histogram(scalar([3] * (legs % 2 + 4), legs, labelled=False))
    fixed = automorphism_histogram(scalar([3] * (legs % 2 + 4), legs))
    assert sum(Fraction(n, order) for order, n in fixed.items()) == factorial(legs) * sum(
        Fraction(n, order) for order, n in free.items()
    )


def test_a_histogram_is_what_the_stream_holds():
    asked = problem(4, 2, 4)
    streamed = Counter(n for batch in generate(asked, 10) for n in batch.automorphisms.tolist())
    assert streamed == automorphism_histogram(asked)
    assert len(streamed) > 5


def test_groups_too_large_for_a_word_are_exact():
    """A vertex with 40 interchangeable legs, and one with 30 self-loops: 40! and 2^30 30!."""
    (star,) = generate(scalar([40], 40, labelled=False))
    assert star.automorphisms.tolist() == star.vertex_group.tolist() == [factorial(40)]
    (rose,) = generate(scalar([60], 0))
    assert (rose.vertex_group.tolist(), rose.automorphisms.tolist()) == ([1], [2**30 * factorial(30)])
    assert automorphism_histogram(scalar([60], 0)) == {2**30 * factorial(30): 1}
    assert count(scalar([2] * 2, 0)).symmetry_sum == Fraction(1, 4)


def test_large_and_small_groups_in_one_stream():
    asked = scalar([25, 25], 0)
    orders = [n for batch in generate(asked, 4) for n in batch.automorphisms.tolist()]
    by_hand = [
        factorial(m) * 2 * prod(2**s * factorial(s) for s in [(25 - m) // 2] * 2) for m in range(1, 26, 2)
    ]
    assert sorted(orders) == sorted(by_hand)
    assert count(asked).symmetry_sum == sum(Fraction(1, n) for n in by_hand)


def test_one_vertex_may_carry_many_equal_trees():
    """A star of stars of self-loops: its group, 8! 2!^8, could not be listed for each order that is tried."""
    problem = scalar([8] + [3] * 24, 0)
    lines = [(v, 24, 0) for v in range(8)]
    lines += [(v, 8 + 2 * v + twin, 0) for v in range(8) for twin in (0, 1)]
    lines += [(w, w, 0) for w in range(8, 24)]
    found = canonical(problem, lines)
    assert found.vertex_group == factorial(8) * 2**8
    assert found.automorphisms == found.vertex_group * 2**16
