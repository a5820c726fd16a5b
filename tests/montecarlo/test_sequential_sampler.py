"""Chains of layers are sampled with the steps that the samplers of single architectures take."""

from __future__ import annotations

import numpy as np

from feyn_nn.montecarlo import simulate
from feyn_nn.networks import MLP, DenseLayer, Inputs, MultiHeadAttention, Sequential, Tokens

LIMIT = 5.0  # standard errors; two comparisons fail together on one seed in 900,000


def dense(width, activation="tanh"):
    return DenseLayer(width=width, activation=activation, scale=1.6, offset=0.1)


def test_a_chain_of_neurons_has_the_bits_of_a_perceptron():
    tokens = Tokens.from_metric([[1.0, 0.4], [0.4, 0.8]], n_tokens=2)
    mlp = MLP(depth=3, width=(7, 12), activation="tanh", weight_variance=1.6, bias_variance=0.1)
    pairs = [((0, 0), (0, 0)), ((0, 0), (0, 1)), ((0, 1), (0, 1))]
    chain = simulate(
        Sequential([dense(7), dense(12)]), tokens, pairs=[[pair] for pair in pairs], samples=64, rng=3
    )
    plain = simulate(
        mlp, Inputs.from_metric(tokens.metric), pairs=[[(0, 0)], [(0, 1)], [(1, 1)]], samples=64, rng=3
    )
    np.testing.assert_array_equal(chain.mean, plain.mean)


def test_linear_neurons_behind_attention_keep_its_mean_and_add_their_variance():
    """Behind n linear neurons E[Ĝ'] = c + s E[Ĝ] and Var Ĝ' = s² (Var Ĝ + 2 E[Ĝ²]/n)."""
    tokens = Tokens(np.random.default_rng(8).standard_normal((1, 2, 6)))
    attention, n = MultiHeadAttention(heads=2, key_dim=3, value_dim=4), 5
    asked = {"pairs": [[((0, 0), (0, 0))], [((0, 0), (0, 0))] * 2], "samples": 60_000}
    before = simulate(attention, tokens, **asked, rng=1)
    behind = simulate(Sequential([attention, dense(n, "linear")]), tokens, **asked, rng=2)
    (mean, variance), errors = before.mean, before.standard_errors
    expected = np.array([0.1 + 1.6 * mean, 1.6**2 * (variance + 2 * (variance + mean**2) / n)])
    spread = np.array([1.6 * errors[0], 1.6**2 * np.hypot((1 + 2 / n) * errors[1], 4 * mean * errors[0] / n)])
    assert np.all(np.abs(behind.mean - expected) < LIMIT * np.hypot(spread, behind.standard_errors))
