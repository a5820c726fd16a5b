"""Every diagram once, with its |Aut|: against pairings counted, listed and sorted by hand."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings

from feyn_nn.diagrams.engine import automorphism_histogram, canonical, count, generate
from tests.diagrams.engine.problems import brute_force, causal, problems, scalar, wick_sum


def listed(problem, batch=4096):
    return [
        (tuple(map(tuple, lines)), order)
        for found in generate(problem, batch)
        for lines, order in zip(found.lines.tolist(), found.automorphisms.tolist(), strict=True)
    ]


@settings(max_examples=400, deadline=None)
@given(problems(most_lines=9))
def test_symmetry_factors_add_up_to_the_number_of_pairings(problem):
    found = count(problem)
    assert found.symmetry_sum == wick_sum(problem)
    diagrams = listed(problem, batch=7)
    assert len({lines for lines, _ in diagrams}) == len(diagrams) == found.number
    assert Counter(order for _, order in diagrams) == automorphism_histogram(problem)


@settings(max_examples=150, deadline=None)
@given(problems(most_lines=5, connected=True))
def test_the_diagrams_are_those_of_the_plain_way(problem):
    assume(len(problem.slots) <= 6)
    slow = brute_force(problem) if problem.balanced else {}
    assert Counter(slow.values()) == automorphism_histogram(problem)
    fast = dict(listed(problem))
    assert len(fast) == len(slow)
    assert {
        tuple(map(tuple, canonical(problem, lines).lines.tolist())): n for lines, n in slow.items()
    } == fast


@pytest.mark.parametrize(
    "problem",
    [
        scalar([3, 3, 4], 0),
        scalar([3, 3], 2),
        scalar([3, 3, 3], 3, labelled=False),
        scalar([4, 4], 2, connected=False),
        scalar([10], 0),
        scalar([9, 3], 0),
        scalar([12], 0, connected=False),
        causal([(2, 0), (2, 0), (1, 2), (1, 2)], 2),
        causal([(3, 0), (1, 2), (1, 2)], 1),
        causal([(2, 1), (2, 0), (1, 2)], 2),
    ],
)
def test_some_problems_by_hand(problem):
    slow = brute_force(problem)
    assert {
        tuple(map(tuple, canonical(problem, lines).lines.tolist())): n for lines, n in slow.items()
    } == dict(listed(problem))


@pytest.mark.parametrize(
    ("valences", "legs"), [([3] * 6, 2), ([4] * 5, 2), ([3, 3, 4, 4], 2), ([6, 6, 6], 2), ([3] * 8, 0)]
)
def test_a_leg_more_or_less_keeps_the_pairings(valences, legs):
    for labelled in (True, False):
        problem = scalar(valences, legs, labelled=labelled, connected=False)
        assert count(problem).symmetry_sum == wick_sum(problem)


def test_what_cannot_be_joined():
    assert count(scalar([3, 4], 0)) == (0, Fraction(0))
    assert list(generate(scalar([3, 3, 3], 0))) == []
    assert list(generate(causal([(2, 0), (2, 0)], 2))) == []


def test_nothing_is_one_diagram_but_no_connected_one():
    nothing = scalar([], 0, connected=False)
    (batch,) = generate(nothing)
    assert batch.lines.shape == (1, 0, 3)
    assert count(nothing) == (1, Fraction(1))
    assert canonical(nothing, []).automorphisms == 1
    assert list(generate(scalar([], 0))) == []
    assert count(scalar([], 0)) == (0, Fraction(0))
    assert count(scalar([], 2)) == (1, Fraction(1))
