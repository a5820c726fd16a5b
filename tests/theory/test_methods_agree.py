"""Diagram by diagram or layer by layer, as one pair or as an array, in whatever order: the same numbers."""

from __future__ import annotations

from itertools import combinations_with_replacement, permutations

import numpy as np
import pytest

import feyn_nn as fnn

ORDERS = [(1, 2), (2, 1), (3, 0)]

INPUTS = {
    "one": [[1.0, 0.5]],
    "two": [[1.0, 0.5], [0.25, 1.5]],
    "three": [[1.0, 0.5, 0.0], [0.25, 1.5, 0.5], [-0.5, 0.25, 1.0]],
    "repeated": [[1.0, 0.5], [0.25, 1.5], [1.0, 0.5]],
    "along one ray": [[1.0, 0.5], [2.0, 1.0], [0.25, 1.5]],
    "opposite": [[1.0, 0.5], [-1.0, -0.5], [0.25, 1.5]],
    "one is zero": [[1.0, 0.5], [0.0, 0.0]],
    "all zero": [[0.0, 0.0], [0.0, 0.0]],
    "three in two dimensions": [[1.0, 0.5], [0.25, 1.5], [-0.75, 1.0]],
}


def network(activation: str, biases: bool, depth: int = 4) -> fnn.MLP:
    return fnn.MLP(
        depth=depth,
        width=[8, 16, 4, 8, 12][: depth - 1],
        activation=activation,
        weight_variance=1.5,
        bias_variance=0.25 if biases else 0.0,
    )


@pytest.mark.parametrize("biases", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
@pytest.mark.parametrize("name", INPUTS)
def test_diagrams_add_up_to_the_recursion(name, activation, biases):
    net, x = network(activation, biases), fnn.Inputs(INPUTS[name])
    scale = max(1e-3, float(np.abs(fnn.infinite_width_kernel(net, x)).max()))
    for rank, loops in ORDERS if x.n_inputs < 3 else [(1, 1), (2, 1), (3, 0)]:
        cumulant = fnn.metric_cumulant(net, rank=rank, loops=loops)
        by_layers, by_diagrams = (cumulant.evaluate(x, by=way) for way in ("recursion", "diagrams"))
        n_pairs = x.n_inputs * (x.n_inputs + 1) // 2
        assert list(by_layers.coefficients) == list(by_diagrams.coefficients)
        for power in by_layers.coefficients:
            one, other = by_layers.coefficients[power], by_diagrams.coefficients[power]
            assert one.shape == other.shape == by_layers.errors[power].shape == (n_pairs,) * rank
            assert np.isfinite(one).all()
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12 * scale**rank)
            difference = np.abs(one - other)
            assert (difference <= by_layers.errors[power] + by_diagrams.errors[power]).all()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_two_loops_of_the_variance_diagram_by_diagram(activation):
    net, x = network(activation, biases=True, depth=5), fnn.Inputs(INPUTS["one"])
    cumulant = fnn.metric_cumulant(net, pairs=[(0, 0), (0, 0)], loops=2)
    one, other = cumulant.evaluate(x), cumulant.evaluate(x, by="diagrams")
    for power in (1, 2, 3):
        assert one.coefficients[power] == pytest.approx(other.coefficients[power], rel=1e-10)


def test_single_diagrams_add_up():
    net, x = network("tanh", biases=False), fnn.Inputs(INPUTS["two"])
    cumulant = fnn.metric_cumulant(net, pairs=[(0, 0), (0, 1)], loops=1)
    totals = {1: 0.0, 2: 0.0}
    for diagram, value in cumulant.diagram_values(x):
        totals[1 + diagram.loops] += value
        assert diagram.powers == fnn.Powers(width=1 + diagram.loops)
    assert totals == pytest.approx(dict(cumulant.evaluate(x).coefficients), rel=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
@pytest.mark.parametrize("name", ["two", "three in two dimensions", "opposite"])
def test_arrays_hold_the_numbers_of_single_pairs(name, activation):
    net, x = network(activation, biases=True), fnn.Inputs(INPUTS[name])
    pairs = [(a, b) for a in range(x.n_inputs) for b in range(a, x.n_inputs)]
    for rank, loops in [(1, 2), (2, 1), (3, 0)]:
        arrays = fnn.metric_cumulant(net, rank=rank, loops=loops).evaluate(x)
        for places in list(combinations_with_replacement(range(len(pairs)), rank))[::5]:
            chosen = [pairs[place] for place in places]
            single = fnn.metric_cumulant(net, pairs=chosen, loops=loops).evaluate(x)
            for power, value in single.coefficients.items():
                assert isinstance(value, float)
                scale = np.abs(arrays.coefficients[power]).max()
                expected = arrays.coefficients[power][places]
                assert value == pytest.approx(expected, rel=1e-10, abs=1e-12 * scale)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_arrays_are_symmetric(activation):
    x = fnn.Inputs(INPUTS["three"])
    for rank, loops in [(2, 1), (3, 0)]:
        found = fnn.metric_cumulant(network(activation, biases=True), rank=rank, loops=loops).evaluate(x)
        for value in found.coefficients.values():
            scale = np.abs(value).max()
            for axes in permutations(range(rank)):
                np.testing.assert_allclose(value, value.transpose(axes), rtol=1e-11, atol=1e-12 * scale)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_inputs_in_another_order(activation):
    """Relabelling inputs, and which one of a pair is named first, changes nothing."""
    net, rows = network(activation, biases=True), np.array(INPUTS["three"])
    order = [2, 0, 1]
    x, relabelled = fnn.Inputs(rows), fnn.Inputs(rows[order])
    at = {label: order.index(label) for label in range(3)}
    for pairs, loops in [([(0, 2)], 2), ([(0, 1), (1, 2)], 1), ([(0, 1), (2, 2), (0, 2)], 0)]:
        moved = [(at[b], at[a]) for a, b in reversed(pairs)]
        one = fnn.metric_cumulant(net, pairs=pairs, loops=loops).evaluate(x).coefficients
        other = fnn.metric_cumulant(net, pairs=moved, loops=loops).evaluate(relabelled).coefficients
        assert one == pytest.approx(other, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("biases", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_a_repeated_input_is_one_input(activation, biases):
    net, (row,) = network(activation, biases), INPUTS["one"]
    one, four = fnn.Inputs([row]), fnn.Inputs([row] * 4)
    for pairs, loops in [([(0, 3)], 2), ([(0, 1), (2, 3)], 1), ([(0, 1), (1, 2), (3, 3)], 0)]:
        together = fnn.metric_cumulant(net, pairs=pairs, loops=loops).evaluate(four)
        alone = fnn.metric_cumulant(net, pairs=[(0, 0)] * len(pairs), loops=loops).evaluate(one)
        assert together.coefficients == pytest.approx(alone.coefficients, rel=1e-12, abs=1e-14)


def test_tanh_is_odd():
    """Opposite inputs: Ĝ_11 = Ĝ_00 and Ĝ_01 = -Ĝ_00 in every layer without biases, at a singular metric."""
    net, x = network("tanh", biases=False), fnn.Inputs(INPUTS["opposite"])
    alone = fnn.metric_cumulant(net, pairs=[(0, 0)], loops=2).evaluate(x).coefficients
    mixed = fnn.metric_cumulant(net, pairs=[(0, 1)], loops=2).evaluate(x).coefficients
    assert mixed == pytest.approx({k: -value for k, value in alone.items()}, rel=1e-10, abs=1e-14)
    variance = fnn.metric_cumulant(net, pairs=[(0, 0), (0, 0)], loops=1).evaluate(x).coefficients
    for pairs, sign in [([(0, 1), (0, 1)], 1), ([(0, 0), (1, 1)], 1), ([(0, 1), (1, 1)], -1)]:
        other = fnn.metric_cumulant(net, pairs=pairs, loops=1).evaluate(x).coefficients
        assert other == pytest.approx({k: sign * value for k, value in variance.items()}, rel=1e-10)


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_collinear_inputs_with_biases(activation):
    """Beyond the first layer they are independent directions; nothing there is singular or missing."""
    net, x = network(activation, biases=True), fnn.Inputs([[1.0, 0.5], [3.0, 1.5]])
    found = fnn.metric_cumulant(net, rank=2, loops=1).evaluate(x)
    assert np.linalg.eigvalsh(found.coefficients[1]).min() > 0


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_more_inputs_than_features(activation):
    """Five inputs of one feature: the metric of a linear network stays of rank one in every layer."""
    x = fnn.Inputs([[1.0], [-0.5], [2.0], [0.0], [1.0]])
    net = fnn.MLP(depth=5, width=6, activation=activation, weight_variance=1.25)
    for rank, loops in [(1, 1), (2, 0)]:
        for value in fnn.metric_cumulant(net, rank=rank, loops=loops).evaluate(x).coefficients.values():
            assert np.isfinite(value).all()
    variance = fnn.metric_cumulant(net, pairs=[(0, 4), (0, 4)], loops=1).evaluate(x).coefficients
    alone = fnn.metric_cumulant(net, pairs=[(0, 0), (0, 0)], loops=1).evaluate(x).coefficients
    assert variance == pytest.approx(alone, rel=1e-11)


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_the_limit_of_two_inputs_that_come_together(activation):
    """Nearly equal inputs give nearly the numbers of equal ones, to within the errors that are stated.

    The derivatives of relu(z_0) relu(z_1) at z_0 ≈ z_1 are large and cancel: digits are lost, never silently.
    Analytic activations lose none.
    """
    net, base = network(activation, biases=True), np.array([1.0, 0.5])
    alone = (
        fnn.metric_cumulant(net, pairs=[(0, 0), (0, 0)], loops=1).evaluate(fnn.Inputs([base])).coefficients
    )
    for distance in (1e-2, 1e-4, 1e-6, 1e-15, 0.0):
        x = fnn.Inputs([base, base + np.array([0.0, distance])])
        for pairs in ([(0, 1), (0, 1)], [(0, 0), (1, 1)]):
            close = fnn.metric_cumulant(net, pairs=pairs, loops=1).evaluate(x)
            for power, value in close.coefficients.items():
                slack = close.errors[power] if activation == "relu" else 0.0
                assert abs(value / alone[power] - 1) <= 4 * distance + 1e-10 + slack / alone[power]


def test_inputs_that_double_precision_cannot_tell_apart():
    """Too close for derivatives, not close enough to be one input: relu says so, tanh does not mind."""
    x = fnn.Inputs([[1.0, 0.5], [1.0, 0.5 + 1e-9]])
    cumulant = fnn.metric_cumulant(network("relu", biases=True), pairs=[(0, 1), (0, 1)], loops=1)
    with pytest.raises(fnn.InvalidInput, match=r"layer 2: a derivative .* singular metric"):
        cumulant.evaluate(x)
    smooth = fnn.metric_cumulant(network("tanh", biases=True), pairs=[(0, 1), (0, 1)], loops=1)
    one = fnn.metric_cumulant(network("tanh", biases=True), pairs=[(0, 0), (0, 0)], loops=1)
    assert smooth.evaluate(x).coefficients == pytest.approx(one.evaluate(x).coefficients, rel=1e-8)


def test_a_network_without_hidden_layers_has_no_fluctuations():
    net, x = fnn.MLP(depth=1, activation="tanh", weight_variance=2.0), fnn.Inputs([[1.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(fnn.infinite_width_kernel(net, x), [[2.0, 1.0], [1.0, 1.0]])
    for rank, loops in ORDERS:
        for way in ("recursion", "diagrams"):
            found = fnn.metric_cumulant(net, rank=rank, loops=loops).evaluate(x, by=way)
            assert all(not value.any() for value in found.coefficients.values())
    assert fnn.metric_cumulant(net, pairs=[(0, 1)], loops=1).evaluate(x).at() == 0.0


def test_one_hidden_layer_by_hand():
    """Ĝ² is a mean of n independent σσ: κ_k(Ĝ²) = (C_W)^k n^{1-k} κ_k(σσ), nothing else; relu has no more."""
    net, x = (
        fnn.MLP(depth=2, width=5, activation="relu", weight_variance=2.0),
        fnn.Inputs.from_metric([[1.0]]),
    )
    moments = [0.5, 1.5, 7.5]  # ⟨relu^{2k}⟩
    third = 8 * (moments[2] - 3 * moments[1] * moments[0] + 2 * moments[0] ** 3)
    for pairs, expected in [
        ([(0, 0)], {0: 0.0, 1: 0.0, 2: 0.0}),
        ([(0, 0)] * 2, {1: 5.0, 2: 0.0, 3: 0.0}),
        ([(0, 0)] * 3, {2: third, 3: 0.0, 4: 0.0}),
    ]:
        found = fnn.metric_cumulant(net, pairs=pairs, loops=2).evaluate(x).coefficients
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-14)
