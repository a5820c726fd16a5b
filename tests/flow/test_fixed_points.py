"""Susceptibility, relevance and universality against exact ones."""

from __future__ import annotations

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn.flow import criticality, relevance, susceptibility, trace, universality

TWO = fnn.Inputs.from_metric([[0.6, 0.25], [0.25, 0.8]])


def test_susceptibility_is_the_derivative_of_the_kernel_map():
    net = fnn.MLP(depth=4, width=8, activation="swish", weight_variance=1.9, bias_variance=0.1)
    found = susceptibility(net, TWO, layer=1)
    last = fnn.MLP(depth=2, width=8, activation="swish", weight_variance=1.9, bias_variance=0.1)
    step = 1e-5
    for column, (a, b) in enumerate(found.pairs):
        moved = []
        for sign in (step, -step):
            metric = np.array([[0.6, 0.25], [0.25, 0.8]])
            metric[a, b] += sign
            metric[b, a] = metric[a, b]
            moved.append(fnn.infinite_width_kernel(last, fnn.Inputs.from_metric(metric))[np.triu_indices(2)])
        np.testing.assert_allclose(
            found.matrix[:, column], (moved[0] - moved[1]) / (2 * step), rtol=1e-7, atol=1e-9
        )
    assert not found.is_critical
    product = found.matrix @ found.eigenvectors
    np.testing.assert_allclose(product, found.eigenvectors * found.eigenvalues, atol=1e-12)


def test_one_condition_makes_all_correlators_critical():
    """Critical ReLU: a fluctuation put into κ_1, κ_2, κ_3 of layer 2 stays; off criticality it scales like radius^r."""
    for C_W, critical in ((2.0, True), (1.5, False)):
        net = fnn.MLP(depth=6, width=8, activation="relu", weight_variance=C_W)
        steps = [susceptibility(net, TWO, layer=layer) for layer in (2, 3, 4, 5)]
        assert all(found.is_critical == critical for found in steps)
        through = np.linalg.multi_dot([found.matrix for found in steps[::-1]])
        for rank in (1, 2, 3):
            # the mode that rescales both inputs is K itself, a right eigenvector of every J
            before = np.array(fnn.infinite_width_kernel(fnn.MLP(depth=2, width=8, activation="relu",
                weight_variance=C_W), TWO)[np.triu_indices(2)])  # fmt: skip
            after = fnn.infinite_width_kernel(net, TWO)[np.triu_indices(2)]
            tensor = before
            carried = after
            for _ in range(rank - 1):
                tensor, carried = np.multiply.outer(tensor, before), np.multiply.outer(carried, after)
            for axis in range(rank):
                tensor = np.moveaxis(np.tensordot(through, tensor, (1, axis)), 0, axis)
            np.testing.assert_allclose(tensor, carried, rtol=1e-9)
            growth = np.prod([found.growth(rank) for found in steps])
            assert growth == pytest.approx((C_W / 2) ** (4 * rank), rel=1e-9)
    assert "all connected correlators are critical" in repr(
        susceptibility(fnn.MLP(depth=2, width=8, activation="linear"), TWO)
    )


def test_relevance_is_the_rate_at_which_networks_approach_the_fixed_point():
    settings = {"bias_variance": 0.3, "weight_variance": 1.2}
    net = fnn.MLP(depth=400, width=8, activation="tanh", **settings)
    fixed = trace(net, fnn.Inputs.from_metric([[1.0]])).kernel[-1, 0, 0]
    found = relevance("tanh", fixed_point=float(fixed), **settings)
    single = trace(net, fnn.Inputs.from_metric([[1.0]]))
    off = single.kernel[:, 0, 0] - fixed
    assert off[13] / off[12] == pytest.approx(found.susceptibility_parallel, rel=1e-3)
    several = trace(fnn.MLP(depth=40, width=8, activation="tanh", **settings), TWO).several
    assert several is not None
    apart = several.kernel[:, 0, 0] + several.kernel[:, 1, 1] - 2 * several.kernel[:, 0, 1]
    assert apart[31] / apart[30] == pytest.approx(found.susceptibility_perpendicular, rel=1e-3)
    by_name = {operator.name: operator for operator in found.operators}
    both = by_name["κ(Δ∥Δ⊥)"]
    assert both.multiplier == pytest.approx(
        found.susceptibility_parallel * found.susceptibility_perpendicular
    )
    assert both.width_power == -1
    assert both.kind == "irrelevant"
    assert both.scaling_dimension == pytest.approx(np.log(both.multiplier))
    sizes = [abs(operator.multiplier) for operator in found.operators]
    assert sizes == sorted(sizes, reverse=True)
    assert found.of_kind("irrelevant") == found.operators


def test_the_curvature_is_how_the_slope_changes_with_the_kernel():
    """½ ∂χ_∥/∂K, by differences of the slopes of networks with other inputs; K' - K = aK² + … about zero."""
    point = criticality("polynomial(0, 1, 0, -0.1)")[1]
    settings = {"bias_variance": point.bias_variance, "weight_variance": point.weight_variance}
    found = relevance("polynomial(0, 1, 0, -0.1)", fixed_point=point.fixed_point, **settings)
    net, step = fnn.MLP(depth=2, width=8, activation="polynomial(0, 1, 0, -0.1)", **settings), 1e-4
    inputs = (fnn.Inputs.from_metric([[point.fixed_point + s]]) for s in (step, -step))
    up, down = (trace(net, x).susceptibility_parallel[0, 0] for x in inputs)
    assert found.curvature == pytest.approx(0.5 * (up - down) / (2 * step), rel=1e-6)
    assert found.curvature == pytest.approx(0.45, rel=1e-9)
    assert "more than zero for K > K*" in str(found)


def test_modes_of_nearby_inputs_are_those_of_the_susceptibility():
    """J of two inputs that nearly coincide at K*: χ_∥ for both sizes, χ_⊥ for the distance."""
    settings = {"bias_variance": 0.3, "weight_variance": 1.2}
    net = fnn.MLP(depth=400, width=8, activation="tanh", **settings)
    K = float(trace(net, fnn.Inputs.from_metric([[1.0]])).kernel[-1, 0, 0])
    found = relevance("tanh", fixed_point=K, **settings)
    near = fnn.Inputs.from_metric(K * np.array([[1.0, 1 - 1e-7], [1 - 1e-7, 1.0]]))
    J = susceptibility(fnn.MLP(depth=2, width=8, activation="tanh", **settings), near)
    parallel, perpendicular = found.susceptibility_parallel, found.susceptibility_perpendicular
    expected = sorted([parallel, parallel, perpendicular], reverse=True)
    np.testing.assert_allclose(J.eigenvalues, expected, rtol=1e-5)


def test_relevance_at_criticality_and_in_chaos():
    critical = relevance("tanh", bias_variance=0.0, weight_variance=1.0, fixed_point=0.0)
    assert len(critical.of_kind("marginal")) == 9
    assert critical.curvature == pytest.approx(-2.0)
    with pytest.raises(fnn.InvalidInput, match="give K\\* itself"):
        relevance("tanh", bias_variance=0.1, weight_variance=1.0, fixed_point=0.5)
    chaos = relevance("relu", bias_variance=0.0, weight_variance=3.0, fixed_point=0.0, rank=1)
    assert [operator.kind for operator in chaos.operators] == ["relevant", "relevant"]


def test_universality():
    found = universality(["tanh", "sin", "relu"], depth=3000)
    limits = {"four_point": 2 / 3, "six_point": 16 / 15, "correction": -1 / 3}
    for name, limit in limits.items():
        for activation in ("tanh", "sin"):
            assert found.coupling(name, activation)[-1] == pytest.approx(limit, rel=0.01)
    assert found.coupling("four_point", "relu")[-1] == pytest.approx(5.0)
    assert "K* = 0" in repr(found)
    assert len(found.plot().axes) == 3
    with pytest.raises(fnn.InvalidInput, match="nearest miss"):
        universality(["softplus"])
    with pytest.raises(fnn.InvalidInput, match="no network flows into them"):
        universality(["z + z**3"])
    with pytest.raises(fnn.InvalidInput, match="give one of"):
        found.coupling("five_point", "tanh")
    with pytest.raises(fnn.InvalidInput, match="'cos' was not followed; give one of tanh, sin, relu"):
        found.coupling("four_point", "cos")
    assert criticality("tanh")[:1] == tuple(criticality("tanh"))
