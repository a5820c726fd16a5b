from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput
from feyn_nn._core.observables import (
    FieldObservable,
    MetricObservable,
    field_observables,
    metric_observables,
    out_of_range,
)


def test_names():
    one, two = MetricObservable([(1, 1), (1, 0)]), FieldObservable([(0, 3), (11, 2)])
    assert (one.name, one.key) == ("κ₂(Ĝ₀₁, Ĝ₁₁)", "kappa(G01,G11)")
    assert one.latex == r"\kappa_{2}(\hat G_{01}, \hat G_{11})"
    assert (two.name, two.key, two.latex) == (
        "κ₂(z₀₃, z₁₁,₂)",
        "kappa(z03,z11_2)",
        r"\kappa_{2}(z_{03}, z_{11,2})",
    )
    assert (one.order, one.labels, two.order, two.labels, two.neurons) == (2, (0, 1), 2, (2, 3), (0, 11))


def test_order_does_not_matter():
    assert MetricObservable([(1, 0), (0, 0)]) == MetricObservable(((0, 0), (0, 1)))
    assert len({FieldObservable([(0, 0), (1, 1)]), FieldObservable([(1, 1), (0, 0)])}) == 1
    assert MetricObservable([(0, 0)]) != FieldObservable([(0, 0)])


def test_parts_are_observables_of_order_one():
    assert MetricObservable([(0, 1), (0, 0)]).parts() == (
        MetricObservable([(0, 0)]),
        MetricObservable([(0, 1)]),
    )
    assert FieldObservable([(4, 1)]).parts() == (FieldObservable([(4, 1)]),)


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        ([(0, 0), (0, 1)], [((0, 1),)]),
        ([(0, 0), (1, 1)], []),
        ([(0, 0)], []),
        ([(0, 0), (0, 1), (5, 2), (5, 3)], [((0, 1), (2, 3))]),
        ([(0, 0), (0, 1), (0, 2), (0, 3)], [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))]),
    ],
)
def test_pairings_join_equal_neurons(legs, expected):
    assert FieldObservable(legs).pairings() == expected


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=8))
def test_the_number_of_pairings_is_a_product_of_double_factorials(legs):
    counts = [sum(leg[0] == neuron for leg in legs) for neuron in range(3)]
    expected = math.prod(0 if n % 2 else math.prod(range(n - 1, 0, -2)) for n in counts)
    pairings = FieldObservable(legs).pairings()
    assert len(pairings) == expected
    labels = sorted(label for _, label in legs)
    assert all(sorted(label for pair in pairing for label in pair) == labels for pairing in pairings)


@pytest.mark.parametrize("read", [metric_observables, field_observables])
def test_one_or_several(read):
    kind = {metric_observables: MetricObservable, field_observables: FieldObservable}[read]
    one, two = kind([(0, 0), (1, 1)]), kind([(0, 1)])
    assert read([(0, 0), (1, 1)]) == (one,)
    assert read(((0, 0), (1, 1))) == (one,)
    assert read([[0, 0], [1, 1]]) == (one,)
    assert read(np.array([[0, 0], [1, 1]])) == (one,)
    assert read(pair for pair in [(0, 0), (1, 1)]) == (one,)
    assert read([[(0, 0), (1, 1)], [(0, 1)]]) == (one, two)
    assert read([[[0, 0], [1, 1]], [[0, 1]]]) == (one, two)
    assert read(one) == (one,)
    assert read([one, [(0, 1)]]) == (one, two)


@pytest.mark.parametrize(
    "given", [[], [[]], [[], [(0, 0)]], "ab", ["ab"], 3, None, [(0, 0, 0)], [[(0, 0)], (0, 0)], [1.5]]
)
def test_anything_else_is_refused(given):
    for read in (metric_observables, field_observables):
        with pytest.raises(InvalidInput):
            read(given)


def test_labels_beyond_the_inputs_are_named():
    observable = MetricObservable([(0, 2)])
    assert out_of_range(observable, 3) is None
    assert str(out_of_range(observable, 2)) == "input label 2 of κ₁(Ĝ₀₂) is out of range; give labels 0 to 1"
    assert (
        str(out_of_range(observable, 1))
        == "input label 2 of κ₁(Ĝ₀₂) is out of range; give label 0, the only one"
    )
