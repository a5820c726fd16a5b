"""Correlators of the field: pairings of metric cumulants."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import feyn_nn as fnn

NET = fnn.MLP(depth=3, width=8, activation="tanh", weight_variance=1.5, bias_variance=0.2)
X = fnn.Inputs([[1.0, 0.5], [0.25, 1.5]])


def terms(legs):
    """Pairs of metric components with how often each is met."""
    correlator = fnn.correlator(NET, legs=legs, loops=0)
    return Counter({tuple(sorted(term.pairs)): count for count, term in correlator.terms})


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        ([(0, 0), (0, 1)], {((0, 1),): 1}),
        ([(0, 0), (1, 1)], {}),
        ([(0, 0)] * 4, {((0, 0), (0, 0)): 3}),
        ([(0, 0), (0, 0), (0, 1), (0, 1)], {((0, 0), (1, 1)): 1, ((0, 1), (0, 1)): 2}),
        ([(0, 0), (0, 0), (1, 1), (1, 1)], {((0, 0), (1, 1)): 1}),
        ([(0, 0), (1, 0), (0, 1), (1, 1)], {((0, 1), (0, 1)): 1}),
        ([(0, 0), (0, 0), (0, 1), (1, 1)], {}),
        ([(3, 0)] * 6, {((0, 0), (0, 0), (0, 0)): 15}),
        ([(0, 0)] * 4 + [(1, 1)] * 2, {((0, 0), (0, 0), (1, 1)): 3}),
        ([(0, 0)] * 2 + [(1, 1)] * 2 + [(2, 0)] * 2, {((0, 0), (0, 0), (1, 1)): 1}),
        ([(0, 0)], {}),
        ([(0, 0)] * 3, {}),
        ([(0, 0)] * 5, {}),
    ],
)
def test_pairings_join_equal_neurons(legs, expected):
    assert terms(legs) == expected


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_four_point_function_is_the_sum_over_pairings(activation):
    net = fnn.MLP(depth=3, width=8, activation=activation, weight_variance=1.5, bias_variance=0.2)
    legs = [(0, 0), (0, 0), (0, 1), (0, 1)]
    found = fnn.correlator(net, legs=legs, loops=1).evaluate(X)
    one = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1).evaluate(X)
    other = fnn.metric_cumulant(net, pairs=[(0, 1), (0, 1)], loops=1).evaluate(X)
    for power in (1, 2):
        expected = one.coefficients[power] + 2 * other.coefficients[power]
        assert found.coefficients[power] == pytest.approx(expected, rel=1e-13)
        assert found.errors[power] == pytest.approx(one.errors[power] + 2 * other.errors[power], rel=1e-9)
    by_diagrams = fnn.correlator(net, legs=legs, loops=1).evaluate(X, by="diagrams")
    assert by_diagrams.coefficients == pytest.approx(found.coefficients, rel=1e-10)


def test_the_two_point_function_includes_the_kernel():
    kernel = fnn.infinite_width_kernel(NET, X)
    shift = fnn.metric_cumulant(NET, pairs=[(0, 1)], loops=2).evaluate(X)
    found = fnn.correlator(NET, legs=[(4, 1), (4, 0)], loops=2).evaluate(X)
    assert list(found.coefficients) == list(found.errors) == [0, 1, 2]
    assert found.coefficients[0] == kernel[0, 1]
    assert 0 < found.errors[0] < 1e-13
    for power in (1, 2):
        assert found.coefficients[power] == shift.coefficients[power]
    assert found.at() == pytest.approx(kernel[0, 1] + shift.at(), rel=1e-14)


def test_the_two_point_function_through_no_loops_is_the_kernel():
    found = fnn.correlator(NET, legs=[(0, 1), (0, 1)], loops=0).evaluate(X)
    assert found.coefficients == {0: fnn.infinite_width_kernel(NET, X)[1, 1]}


@pytest.mark.parametrize(
    ("legs", "powers"),
    [
        ([(0, 0)], [0, 1]),
        ([(0, 0), (1, 0)], [0, 1]),
        ([(0, 0)] * 3, [0, 1]),
        ([(0, 0)] * 5, [1, 2]),
        ([(0, 0), (0, 0), (0, 0), (1, 0)], [1, 2]),
    ],
)
def test_what_no_pairing_allows_is_zero(legs, powers):
    correlator = fnn.correlator(NET, legs=legs, loops=1)
    found = correlator.evaluate(X)
    assert found.coefficients == dict.fromkeys(powers, 0.0)
    assert found.errors == dict.fromkeys(powers, 0.0)
    assert found.at(width=10) == 0.0
    assert len(list(correlator.diagrams)) == 0
    assert correlator.expression == 0


def test_legs_commute():
    legs = [(0, 0), (1, 1), (0, 1), (1, 0)]
    one = fnn.correlator(NET, legs=legs, loops=1).evaluate(X).coefficients
    for other in ([legs[i] for i in order] for order in ([3, 2, 1, 0], [1, 0, 3, 2], [0, 3, 1, 2])):
        found = fnn.correlator(NET, legs=other, loops=1).evaluate(X).coefficients
        assert found == pytest.approx(one, rel=1e-12)


def test_neurons_are_exchangeable():
    one, other = (
        fnn.correlator(NET, legs=[(a, 0), (a, 1), (b, 0), (b, 0)], loops=1).evaluate(X).coefficients
        for a, b in [(0, 1), (17, 5)]
    )
    assert one == other


def test_diagrams_and_expression_of_a_correlator():
    correlator = fnn.correlator(NET, legs=[(0, 0), (0, 0), (0, 1), (0, 1)], loops=1)
    assert len(list(correlator.diagrams)) == 16
    first, second = (term.expression for _, term in correlator)
    assert correlator.expression == sum(
        count * e for (count, _), e in zip(correlator, (first, second), strict=True)
    )
    two_point = fnn.correlator(NET, legs=[(0, 0), (0, 1)], loops=1)
    assert "K^{" in two_point.latex()
    assert len(list(two_point.diagrams)) == 1


def test_formulas_in_a_notebook():
    net = fnn.MLP(depth=3, width=8, activation="tanh")
    four = fnn.correlator(net, legs=[(0, 0)] * 4, loops=1)
    assert four._repr_latex_() == rf"$\displaystyle {four.latex()}$"
    assert r"+ \frac{3}{2} \sum" in four.latex()
    assert fnn.correlator(net, legs=[(0, 0)] * 3, loops=1)._repr_latex_() == r"$\displaystyle 0$"
    assert fnn.correlator(net, legs=[(0, 0)] * 4, loops=2)._repr_latex_() is None  # 538 diagrams


def test_six_and_eight_legs_of_tanh_at_width_32():
    """Six legs of two neurons on two inputs, eight of one: 1/n⁴ and more is below a tenth of a standard error."""
    net = fnn.MLP(depth=5, width=32, activation="tanh")
    x = fnn.Inputs.from_metric([[2.0, 0.8], [0.8, 1.5]])
    legs = [[(0, 0), (0, 0), (1, 0), (1, 0), (1, 1), (1, 1)], [(0, 0)] * 8]
    measured = fnn.simulate(net, x, legs=legs, samples=250_000, rng=8, progress=False)
    for own, estimate, least in zip(legs, measured.values(), (50.0, 8.0), strict=True):
        theory = fnn.correlator(net, legs=own, loops=1).evaluate(x).at()
        assert abs(estimate.pull(theory)) < 4.5
        assert theory > least * estimate.stderr


def test_connected_means_connected():
    """Σ over pairings is what remains of the moments: measured on explicit networks, to four standard errors."""
    legs = [(0, 0), (0, 0), (1, 1), (1, 1)]
    how = {"sampler": "weights", "conditioned": False}  # conditioning would sum the same pairings
    measured = fnn.simulate(NET.with_width(6), X, legs=legs, samples=200_000, rng=5, **how)
    (estimate,) = measured.values()
    theory = fnn.correlator(NET, legs=legs, loops=1).evaluate(X).at(width=6)
    without = fnn.correlator(NET, legs=legs, loops=0).evaluate(X).at(width=6)
    assert abs(estimate.pull(theory)) < 4.5
    assert np.sign(theory) == np.sign(without)


def test_labels_out_of_range():
    with pytest.raises(
        fnn.InvalidInput, match=r"label 2 of κ₂\(z₀₂, z₀₂\) is out of range; give labels 0 to 1"
    ):
        fnn.correlator(NET, legs=[(0, 2), (0, 2)], loops=0).evaluate(X)
    with pytest.raises(fnn.InvalidInput, match="label 2"):  # even where it vanishes
        fnn.correlator(NET, legs=[(0, 2)], loops=0).evaluate(X)


@pytest.mark.parametrize(
    ("legs", "says"),
    [
        ([], "legs is empty"),
        ([(0, 0, 0)], "is not a field leg"),
        ([(0, -1), (0, 0)], "is not a field leg"),
        ([(0.5, 0), (0, 0)], "is not a field leg"),
        ("ab", "is not a list"),
        (None, "is not a list"),
        (3, "is not a list"),
    ],
)
def test_malformed_legs(legs, says):
    with pytest.raises(fnn.InvalidInput, match=says):
        fnn.correlator(NET, legs=legs, loops=0)


@pytest.mark.parametrize("loops", [-1, 0.5, "1", None, True])
def test_malformed_loops(loops):
    with pytest.raises(fnn.InvalidInput, match="loops="):
        fnn.correlator(NET, legs=[(0, 0), (0, 0)], loops=loops)
