"""Chains of dense layers and attention at leading order: derivatives, limits and sampled chains."""

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput, Powers, pairs_of
from feyn_nn.kernels.attention.geometry import score_geometry
from feyn_nn.kernels.attention.jacobian import attention_weights, mean_jacobian
from feyn_nn.kernels.attention.two_metrics import two_metrics
from feyn_nn.kernels.layer_cumulants import layer_cumulants
from feyn_nn.networks import DenseLayer

RNG = np.random.default_rng(4)


def attention(**changes):
    settings = {"heads": 6, "key_dim": 24, "value_dim": 16, "coupling": 1.1, "output_variance": 1.3}
    return fnn.MultiHeadAttention(**{**settings, **changes})


def dense(width=48, **changes):
    return DenseLayer(**{"width": width, "activation": "tanh", "scale": 1.6, "offset": 0.1, **changes})


@pytest.mark.parametrize(
    ("layer", "shape", "tolerance"),
    [
        (attention(query_variance=0.8, key_variance=1.2, value_variance=0.7), (1, 2, 5), 1e-5),
        (attention(causal_mask=True), (2, 2, 5), 8e-3),
    ],
)
def test_the_propagator_is_the_derivative_of_the_mean(layer, shape, tolerance):
    """Central differences of the kernel, pairs of rows moved together."""
    tokens = fnn.Tokens(np.random.default_rng(4).standard_normal(shape))
    J, error = mean_jacobian(layer, tokens)
    pairs, step = pairs_of(range(tokens.n_rows)), 1e-3 if tolerance < 1e-3 else 1e-2
    for q in range(0, len(pairs), 2):
        (c, d), ends = pairs[q], []
        for sign in (1, -1):
            moved = tokens.metric.copy()
            moved[c, d] += sign * step
            moved[d, c] = moved[c, d]
            K = fnn.infinite_width_kernel(layer, fnn.Tokens.from_metric(moved, tokens.n_tokens))
            ends.append(np.array([K[a, b] for a, b in pairs]))
        assert J[:, q] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=tolerance)
    assert error.max() < tolerance


def test_the_propagator_at_a_singular_metric():
    """One feature for three tokens: the limit of metrics that are not singular."""
    x = RNG.standard_normal((1, 3, 1))
    singular = fnn.Tokens(x)
    near = fnn.Tokens.from_metric(singular.metric + 1e-5 * np.eye(3), 3)
    (one, error), (other, its) = (mean_jacobian(attention(), tokens) for tokens in (singular, near))
    assert np.all(np.abs(one - other) < 6 * (error + its) + 1e-3)
    assert np.isfinite(mean_jacobian(attention(), fnn.Tokens(np.ones((1, 3, 2))))[0]).all()


def test_without_coupling_the_propagator_is_the_mean_over_tokens():
    tokens = fnn.Tokens(RNG.standard_normal((1, 2, 3)))
    J, _ = mean_jacobian(attention(coupling=0.0, value_variance=0.5), tokens)
    assert pytest.approx(1.3 * 0.5 * np.tile([0.25, 0.5, 0.25], (3, 1)), abs=1e-12) == J
    with pytest.raises(InvalidInput, match="hard attention"):
        mean_jacobian(attention(coupling=np.inf), tokens)


def test_attention_weights_of_equal_and_hidden_tokens():
    x = RNG.standard_normal((1, 3, 3))
    x[0, 1] = x[0, 0]
    layer, tokens = attention(causal_mask=True), fnn.Tokens(x)
    geometry = score_geometry(layer, tokens, range(3))
    A = attention_weights(geometry, RNG.standard_normal((5, *geometry.shape)), layer.visible(3))
    assert A.sum(axis=2) == pytest.approx(np.ones((5, 3)))
    assert np.all(A[:, 0] == [1.0, 0.0, 0.0])
    assert A[:, 1] == pytest.approx(np.tile([0.5, 0.5, 0.0], (5, 1)))
    assert np.array_equal(A[:, 2, 0], A[:, 2, 1])


def test_a_layer_alone_is_what_its_own_theory_says():
    tokens = fnn.Tokens(RNG.standard_normal((1, 2, 4)))
    layer = attention()
    chain = fnn.metric_cumulant(fnn.Sequential([layer]), rank=2, loops=0).evaluate(tokens)
    alone = fnn.metric_cumulant(layer, rank=2, loops=0).evaluate(tokens)
    for powers, value in alone.coefficients.items():
        renamed = Powers(**{f"{name}_1": power for name, power in powers.items()})
        assert chain.coefficients[renamed] == pytest.approx(value, rel=1e-12)
    mean, _, _ = two_metrics(layer, tokens)
    K = fnn.infinite_width_kernel(layer, tokens)
    assert mean == pytest.approx([K[0, 0], K[0, 1], K[1, 1]], rel=1e-12)


def test_dense_layers_alone_are_the_multilayer_perceptron():
    tokens = fnn.Tokens.from_metric([[1.0, 0.4], [0.4, 0.8]], n_tokens=2)
    mlp = fnn.MLP(depth=3, width=(48, 96), activation="tanh", weight_variance=1.6, bias_variance=0.1)
    inputs = fnn.Inputs.from_metric(tokens.metric)
    exact = fnn.metric_cumulant(mlp, rank=2, loops=0).evaluate(inputs).coefficients[1]
    chain = fnn.metric_cumulant(fnn.Sequential([dense(), dense(96)]), rank=2, loops=0).evaluate(tokens)
    assert 48 * chain.at() == pytest.approx(exact, rel=1e-9)
    net = fnn.Sequential([dense(), dense(96)])
    assert fnn.infinite_width_kernel(net, tokens) == pytest.approx(fnn.infinite_width_kernel(mlp, inputs))


@pytest.mark.parametrize("order", ["neurons first", "attention first"])
def test_sampled_chains_tend_to_the_leading_order(order):
    """λ κ_2 at λ-fold widths, heads and key_dim is theory + O(1/λ): two sizes extrapolate to it."""
    tokens = fnn.Tokens(np.random.default_rng(8).standard_normal((1, 2, 6)))
    pairs = [[((0, 0), (0, 0)), ((0, 1), (0, 1))], [((0, 0), (0, 1)), ((0, 0), (0, 1))]]

    def chain(factor):
        layers = [dense(48 * factor), attention(heads=6 * factor, key_dim=24 * factor)]
        return fnn.Sequential(layers if order == "neurons first" else layers[::-1])

    measured = [
        fnn.simulate(chain(factor), tokens, pairs=pairs, samples=40_000, rng=factor) for factor in (1, 2)
    ]
    for i, pair in enumerate(pairs):
        evaluation = fnn.metric_cumulant(chain(1), pairs=pair, loops=0).evaluate(tokens)
        small, large = (list(m.values())[i] for m in measured)
        extrapolated = 4 * large.value - small.value
        sigma = np.hypot(4 * large.stderr, small.stderr)
        assert abs(evaluation.at() - extrapolated) < 5.3 * sigma
        assert evaluation.total_error < sigma
        for value in evaluation.coefficients.values():  # each layer is needed
            assert value != 0.0
        if order == "neurons first":
            assert abs(evaluation.coefficients[Powers(width_1=1)]) / 48 > 5.3 * sigma


def test_what_is_no_chain_is_refused():
    for layers in ([], 3, [fnn.MLP(depth=2, width=3, activation="tanh")]):
        with pytest.raises(InvalidInput):
            fnn.Sequential(layers)
    net, tokens = fnn.Sequential([dense(), attention()]), fnn.Tokens(np.ones((1, 2, 1)))
    assert net.sizes == {"width_1": 48, "heads_2": 6, "value_dim_2": 16, "key_dim_2": 24}
    assert np.array_equal(net.first_metric(tokens), tokens.metric)
    assert net.to_dict()["layers"][0] == {
        "kind": "dense",
        "activation": "tanh",
        "width": 48,
        "scale": 1.6,
        "offset": 0.1,
    }
    assert net.to_dict()["layers"][1]["kind"] == "attention"
    for arguments in ({"rank": 1}, {"rank": 3}, {"rank": 2, "loops": 1}, {"pairs": [((0, 0), (0, 0))]}, {}):
        with pytest.raises(InvalidInput, match="leading order for two metrics"):
            fnn.metric_cumulant(net, **{"loops": 0, **arguments})
    for ask in (
        lambda: fnn.correlator(net, legs=[(0, (0, 0))] * 4, loops=0),
        lambda: fnn.derive(net, rank=2, loops=0),
    ):
        with pytest.raises(InvalidInput, match="is not computed for Sequential; ask metric_cumulant"):
            ask()
    with pytest.raises(InvalidInput, match="derive is not computed for MultiHeadAttention"):
        fnn.derive(attention(), rank=2, loops=0)
    with pytest.raises(InvalidInput, match="no sampler 'weights'"):
        fnn.simulate(net, tokens, pairs=[((0, 0), (0, 0))], samples=1000, sampler="weights")
    with pytest.raises(InvalidInput, match="validate takes"):
        fnn.validate(net, tokens, pairs=[((0, 0), (0, 0))])
    with pytest.raises(InvalidInput, match="no cumulants"):
        layer_cumulants("layer", tokens.metric, 2)
