"""Coefficients with every activation: the layer recursion against the diagrams, at depth three with two inputs."""

from __future__ import annotations

import math

import numpy as np
import pytest

import feyn_nn as fnn

ACTIVATIONS = [
    "linear",
    "relu",
    "leaky_relu(0.1)",
    "tanh",
    "erf",
    "sin",
    "cos",
    "exp",
    "gelu",
    "swish",
    "softplus",
    "polynomial(0, 1, 0, 0.1)",
    "z*exp(-z**2/2)",
    "tanh(z)**3",
    "Max(z/10, z)",
    "Max(-1, Min(1, z))",
    "z/(1 + Abs(z))",
]
INPUTS = fnn.Inputs.from_correlation([1.0, 0.7], 0.4)


def network(activation: object, **changes: object) -> fnn.MLP:
    settings = {
        "depth": 3,
        "width": 16,
        "weight_variance": 0.4,
        "bias_variance": 0.1,
        "activation": activation,
    }
    return fnn.MLP(**{**settings, **changes})


@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_recursion_is_the_sum_of_the_diagrams(activation: str, rank: int) -> None:
    cumulant = fnn.metric_cumulant(network(activation), rank=rank, loops=1)
    recursion, diagrams = cumulant.evaluate(INPUTS), cumulant.evaluate(INPUTS, by="diagrams")
    assert sorted(recursion.coefficients) == [rank - 1, rank]
    for power, coefficient in recursion.coefficients.items():
        size = np.abs(coefficient).max()
        np.testing.assert_allclose(diagrams.coefficients[power], coefficient, rtol=0, atol=1e-10 * size)
        assert np.max(recursion.errors[power]) <= 1e-10 * size or size < 1e-12
    assert rank == 1 or np.abs(recursion.coefficients[1]).max() > 1e-6


@pytest.mark.parametrize(
    ("named", "expression"),
    [
        ("tanh", "tanh(z) + 0"),
        ("gelu", "z*(1 + erf(z/sqrt(2)))/2"),
        ("swish", "z/(1 + exp(-z))"),
        ("leaky_relu(0.1)", "Max(z/10, z)"),
        ("polynomial(0, 1, 0, 0.1)", "z + 0.1*z**3"),
    ],
)
def test_a_name_and_its_expression_give_the_same_coefficients(named: str, expression: str) -> None:
    first, second = (
        fnn.metric_cumulant(network(own), pairs=[(0, 1), (0, 1)], loops=1).evaluate(INPUTS)
        for own in (named, expression)
    )
    for power, coefficient in first.coefficients.items():
        assert second.coefficients[power] == pytest.approx(coefficient, rel=1e-10)


def test_exp_at_depth_two_in_closed_form() -> None:
    evaluation = fnn.metric_cumulant(network("exp", depth=2), pairs=[(0, 0), (0, 1)], loops=1).evaluate(
        INPUTS
    )
    a, b = 1.0, 0.7
    c = 0.4 * math.sqrt(a * b)
    exact = math.exp((9 * a + b + 6 * c) / 2) - math.exp(2 * a) * math.exp((a + b + 2 * c) / 2)
    assert evaluation.coefficients[1] == pytest.approx(0.4**2 * exact, rel=1e-12)
    assert evaluation.coefficients[2] == 0.0


def test_exp_has_coefficients_at_any_depth() -> None:
    evaluation = fnn.metric_cumulant(
        network("exp", depth=4, weight_variance=0.1, bias_variance=0.0), pairs=[(0, 0)], loops=2
    ).evaluate(INPUTS)
    assert all(np.isfinite(c) for c in evaluation.coefficients.values())
    assert evaluation.coefficients[2] > evaluation.coefficients[1] > 0
