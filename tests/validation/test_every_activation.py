"""Small campaigns: theory with other activations against sampled networks, and what has no sum."""

from __future__ import annotations

import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput

INPUTS = fnn.Inputs.from_correlation([1.0, 0.7], 0.4)
OBSERVABLES = [[(0, 0)], [(0, 1)], [(0, 0), (1, 1)], [(0, 1), (0, 1)]]


@pytest.mark.parametrize(
    ("activation", "widths", "variances"),
    [
        ("leaky_relu(0.1)", (16, 24), (1.2, 0.1)),
        ("erf", (12, 18), (1.2, 0.1)),
        ("sin", (12, 18), (1.2, 0.1)),
        ("cos", (12, 18), (1.0, 0.0)),
        ("swish", (16, 24), (1.2, 0.1)),
        ("softplus", (16, 24), (1.0, 0.0)),
        ("gelu", (64, 96), (1.983, 0.173)),  # its series is of no use below width 64
        ("polynomial(0, 1, 0, 0.1)", (64, 96), (0.5, 0.1)),
        ("z*exp(-z**2/2)", (12, 18), (1.2, 0.1)),
    ],
)
def test_theory_meets_sampled_networks(
    activation: str, widths: tuple[int, int], variances: tuple[float, float]
) -> None:
    C_W, C_b = variances
    network = fnn.MLP(depth=3, width=widths[0], activation=activation, weight_variance=C_W, bias_variance=C_b)
    report = fnn.validate(network, INPUTS, pairs=OBSERVABLES, loops=1, widths=widths, samples=20_000, rng=1)
    assert report.verdict == "pass", report


def test_the_comparison_can_tell_activations_apart() -> None:
    # sampled with a slightly different sine, the same theory fails: the passes above mean something
    from feyn_nn.montecarlo import simulate

    network = fnn.MLP(depth=3, width=18, activation="sin", weight_variance=1.2)
    other = fnn.MLP(depth=3, width=18, activation="sin(z) + 0.02*z", weight_variance=1.2)
    mean = fnn.metric_cumulant(network, pairs=[(0, 0)], loops=1).evaluate(INPUTS).at(width=18)
    mean += fnn.infinite_width_kernel(network, INPUTS)[0, 0]
    (estimate,) = simulate(other, INPUTS, pairs=[(0, 0)], samples=20_000, rng=1).values()
    assert abs(estimate.value - mean) > 10 * estimate.stderr


@pytest.mark.parametrize("activation", ["exp", "sinh(z)", "exp(-z/2)", "z + exp(z)"])
def test_where_the_mean_is_infinite_there_is_nothing_to_validate(activation: str) -> None:
    network = fnn.MLP(depth=3, width=8, activation=activation, weight_variance=0.3)
    with pytest.raises(InvalidInput, match=r"at depth 3 E\[Ĝ\] is infinite at every finite width") as caught:
        fnn.validate(network, INPUTS, pairs=[(0, 0)], loops=1)
    assert "\n" not in str(caught.value)
    assert "metric_cumulant" in str(caught.value)
    coefficients = fnn.metric_cumulant(network, pairs=[(0, 0)], loops=1).evaluate(INPUTS).coefficients
    assert coefficients[1] > 0


@pytest.mark.parametrize("weight_variance", [[0.3, 0.1, 0.0], [0.3, 0.0, 0.3]])
def test_a_mean_that_no_random_metric_enters_exists(weight_variance: list[float]) -> None:
    network = fnn.MLP(depth=3, width=8, activation="exp", weight_variance=weight_variance, bias_variance=0.1)
    report = fnn.validate(network, INPUTS, pairs=[(0, 1)], loops=1, widths=[8, 12], samples=10_000)
    assert report.verdict == "pass"


def test_exp_at_depth_two_is_validated() -> None:
    network = fnn.MLP(depth=2, width=16, activation="exp")
    inputs = fnn.Inputs.from_correlation([0.2, 0.1], 0.3)
    report = fnn.validate(
        network, inputs, pairs=[[(0, 1)], [(0, 0), (1, 1)]], loops=0, widths=[16, 24], samples=40_000
    )
    assert report.verdict == "pass", report
