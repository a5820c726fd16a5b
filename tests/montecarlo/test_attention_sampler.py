"""Attention sampled in two ways, against each other and against theory at the exact key_dim law."""

import math

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput
from feyn_nn.montecarlo import _attention
from feyn_nn.montecarlo.attention_sampler import AttentionMetricSampler, AttentionWeightSampler, ReadRows

RNG = np.random.default_rng(11)
TOKENS = fnn.Tokens(np.random.default_rng(3).standard_normal((2, 3, 4)))
PAIRS = [
    [((0, 0), (0, 1))],
    [((0, 0), (0, 0)), ((0, 1), (0, 1))],
    [((0, 0), (1, 2)), ((0, 0), (1, 2))],
    [((0, 0), (1, 2)), ((0, 0), (0, 1)), ((1, 2), (1, 2))],
]
UNLIKELY = 5.5  # a right program is beyond it less than once in 10⁷ pulls


def layer(heads, key_dim, value_dim, **changes):
    return fnn.MultiHeadAttention(
        heads=heads,
        key_dim=key_dim,
        value_dim=value_dim,
        **{
            "coupling": 1.3,
            "output_variance": 1.7,
            "query_variance": 0.9,
            "key_variance": 1.4,
            "value_variance": 0.8,
        }
        | changes,
    )


@pytest.mark.parametrize(
    "net", [layer(1, 1, 2), layer(2, 6, 1, causal_mask=True), layer(1, 3, 5, coupling=math.inf)]
)
def test_both_samplers_and_theory_agree(net):
    fast = fnn.simulate(net, TOKENS, pairs=PAIRS, samples=120_000, rng=1)
    plain = fnn.simulate(net, TOKENS, pairs=PAIRS, samples=40_000, rng=2, sampler="weights")
    for observable, estimate in fast.items():
        other = plain[observable]
        assert abs(estimate.pull(other.value, other.stderr)) < UNLIKELY
    for pairs, (_, estimate) in zip(PAIRS, fast.items(), strict=True):
        cumulant = fnn.metric_cumulant(net, pairs=pairs, loops=0)
        evaluation = cumulant.evaluate(TOKENS, key_law="exact", max_nodes=1 << 16)
        theory, error = evaluation.at(), evaluation.total_error
        if len(pairs) == 1:
            (a, b) = pairs[0]
            field = fnn.correlator(net, legs=[(0, a), (0, b)], loops=0)
            at = field.evaluate(TOKENS, key_law="exact", max_nodes=1 << 16)
            theory, error = at.at(), at.total_error
        assert error < estimate.stderr
        assert abs(estimate.pull(theory, error)) < UNLIKELY
        assert abs(estimate.pull(1.2 * theory, error)) > UNLIKELY or len(pairs) != 2  # it can tell


def test_fields_of_both_samplers_agree():
    net = layer(2, 2, 3)
    legs = [
        [(0, (0, 0)), (0, (0, 1))],
        [(0, (0, 0)), (0, (0, 1)), (1, (0, 0)), (1, (0, 1))],
        [(0, (0, 0)), (0, (0, 0)), (0, (1, 1)), (0, (1, 1))],
    ]
    fast = fnn.simulate(net, TOKENS, legs=legs, samples=60_000, rng=4)
    plain = fnn.simulate(net, TOKENS, legs=legs, samples=60_000, rng=5, sampler="weights", conditioned=False)
    for observable, estimate in fast.items():
        other = plain[observable]
        assert other.stderr > 1.5 * estimate.stderr  # the field is noisier than its metric
        assert abs(estimate.pull(other.value, other.stderr)) < UNLIKELY


def test_a_metric_stands_for_the_tokens_it_is_of():
    net, by_metric = layer(1, 4, 4), fnn.Tokens.from_metric(TOKENS.metric, 3)
    for sampler in ("metric", "weights"):
        one = fnn.simulate(net, TOKENS, pairs=PAIRS[:3], samples=30_000, rng=6, sampler=sampler)
        other = fnn.simulate(net, by_metric, pairs=PAIRS[:3], samples=30_000, rng=7, sampler=sampler)
        for observable, estimate in one.items():
            assert abs(estimate.pull(other[observable].value, other[observable].stderr)) < UNLIKELY


def test_the_mean_of_linear_attention_is_exact():
    """coupling 0: Ĝ is a Wishart matrix around the mean value metric, whose cumulants are known."""
    net = layer(3, 2, 4, coupling=0.0)
    result = fnn.simulate(
        net,
        TOKENS,
        pairs=[[((0, 0), (0, 1))], [((0, 0), (0, 0))] * 2, [((0, 0), (0, 0))] * 3],
        samples=200_000,
    )
    mean = 1.7 * net.value_metric(TOKENS)[:3, :3].mean()
    for (_, estimate), exact in zip(result.items(), (mean, 2 * mean**2 / 12, 8 * mean**3 / 144), strict=True):
        assert abs(estimate.pull(exact)) < UNLIKELY


def test_samples_depend_on_the_seed_alone():
    net = layer(2, 3, 3)
    for kind in (AttentionMetricSampler, AttentionWeightSampler):
        sampler = kind(network=net, inputs=TOKENS, labels=(0, 4))
        variables = fnn.simulate(net, TOKENS, pairs=PAIRS[0], samples=256).observables[:0]
        assert sampler.values(8, np.random.SeedSequence(1), variables).size == 0
    one, two = (
        fnn.simulate(net, TOKENS, pairs=PAIRS, samples=2048, rng=3, workers=workers).mean
        for workers in (1, 2)
    )
    assert np.array_equal(one, two)
    drawn = AttentionMetricSampler(network=net, inputs=TOKENS, labels=(0, 4)).metrics(
        50, np.random.SeedSequence(2)
    )
    assert np.array_equal(drawn, drawn.transpose(0, 2, 1))
    assert np.linalg.eigvalsh(drawn).min() > -1e-12


def test_singular_and_empty_metrics():
    """Fewer features than labels, tokens of zeros, and more tokens than channels."""
    for tokens in (fnn.Tokens(RNG.standard_normal((1, 5, 1))), fnn.Tokens(np.zeros((1, 2, 3)))):
        for sampler in ("metric", "weights"):
            result = fnn.simulate(
                layer(1, 1, 1), tokens, pairs=[((0, 0), (0, 1))], samples=512, sampler=sampler
            )
            assert np.isfinite(result.mean).all()


def test_equal_tokens_tie_in_hard_attention():
    """Two equal keys share the weight, whatever the rounding: O is then their common value or the third."""
    x = RNG.standard_normal((1, 3, 4))
    x[0, 2] = x[0, 0]
    net = layer(1, 3, 2, coupling=math.inf)
    pair = [((0, 0), (0, 0))]
    fast = fnn.simulate(net, fnn.Tokens(x), pairs=pair, samples=40_000, rng=8)
    two = fnn.simulate(net, fnn.Tokens(x[:, :2]), pairs=pair, samples=40_000, rng=9)
    (one,), (other,) = fast.values(), two.values()
    assert abs(one.pull(other.value, other.stderr)) < UNLIKELY


def test_rows_that_are_read():
    rows = ReadRows.of(layer(1, 1, 1, causal_mask=True), TOKENS, (1, 3))
    assert rows.rows.tolist() == [0, 1, 2, 3, 4, 5]
    assert rows.visible.astype(int).tolist() == [[1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0]]
    assert ReadRows.of(layer(1, 1, 1), TOKENS, (4,)).rows.tolist() == [3, 4, 5]


def test_kernels_against_the_same_loops_in_python():
    scores, visible = RNG.standard_normal((3, 2, 4)), np.array([[1, 1, 0, 1], [0, 1, 1, 0]], bool)
    compiled, plain = scores.copy(), scores.copy()
    _attention.attend(compiled, visible, 2.0)
    for s in range(3):
        for i in range(2):
            e = np.where(visible[i], np.exp(2.0 * scores[s, i]), 0.0)
            plain[s, i] = e / e.sum()
    assert compiled == pytest.approx(plain, rel=1e-12)
    factors = [RNG.standard_normal(shape) for shape in ((2, 2), (4, 3), (4, 3))]
    arguments = (
        RNG.standard_normal((5, 40)),
        RNG.chisquare(3, (5, 2)),
        RNG.chisquare(3, (5, 3)),
        *factors,
        visible,
        1.5,
        0.7,
        0.3,
    )
    found, expected = np.zeros((5, 2, 2)), np.zeros((5, 2, 2))
    _attention.add_heads(*arguments, found)
    for kernel in (_attention._bartlett, _attention._product, _attention._softmax):
        assert kernel.py_func is not None
    _attention.add_heads.py_func(*arguments, expected)
    assert found == pytest.approx(expected, rel=1e-12)
    _attention.symmetrise(found)
    assert np.array_equal(found, found.transpose(0, 2, 1))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"pairs": [((0, 0), (0, 3))]}, "out of range"),
        ({"pairs": [(0, 0)]}, "not a pair|label"),
        ({"legs": [(0, (2, 0)), (0, (0, 0))]}, "out of range"),
        ({"pairs": PAIRS[0], "samples": 3}, "samples=3"),
        ({"pairs": PAIRS[0], "sampler": "weight"}, "did you mean 'weights'"),
    ],
)
def test_wrong_requests_are_refused(arguments, says):
    with pytest.raises(InvalidInput, match=says):
        fnn.simulate(layer(1, 2, 2), TOKENS, **{"samples": 1000, **arguments})


def test_networks_read_their_own_inputs():
    with pytest.raises(InvalidInput, match=r"wrap an array as Tokens\(array\)"):
        fnn.simulate(layer(1, 2, 2), fnn.Inputs([[1.0]]), pairs=[(0, 0)], samples=1000)
    with pytest.raises(InvalidInput, match=r"wrap an array as Inputs\(array\)"):
        fnn.simulate(fnn.MLP(depth=2, width=2, activation="relu"), TOKENS, pairs=[(0, 0)], samples=1000)
