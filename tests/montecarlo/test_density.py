"""One-point densities against exact ones.

About 150 pulls within 5.2 and a few χ² and T² tests at p = 1e-6: another seed would fail once in 25,000 times.
"""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats

from feyn_nn import one_point_density
from feyn_nn._core import InvalidInput
from feyn_nn.montecarlo.block_moments import BlockMoments
from feyn_nn.montecarlo.histogram import bin_fractions
from feyn_nn.networks import MLP, Inputs, MultiHeadAttention

LIMIT, SMALLEST_P = 5.2, 1e-6


def deep_linear(edges, widths, G):
    """P(a < z < b) of a deep linear network between positive edges: a Meijer G-function.

    z² = 2G Π(2/n_ℓ) Y with E Y^t = Π Γ(b_i + t)/Γ(b_i), b = (½, n_1/2, …), so that
    P(Y < y) = G^{d,1}_{1,d+1}(y | 1; b_1 … b_d, 0)/ΠΓ(b_i).
    """
    half = [mpmath.mpf(1) / 2, *(mpmath.mpf(n) / 2 for n in widths)]
    scale = 2 * mpmath.mpf(G) * mpmath.fprod(mpmath.mpf(2) / n for n in widths)
    norm = mpmath.fprod(mpmath.gamma(b) for b in half)
    below = [
        mpmath.meijerg([[1], []], [half, [0]], mpmath.mpf(e) ** 2 / scale) / norm / 2 if e else mpmath.mpf(0)
        for e in edges
    ]
    return np.diff(np.array([float(value) for value in below]))


WIDTHS, G1 = (3, 5), 1.3
EDGES = np.array([0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.4, 1.9, 2.5, 3.5, 6.0])
LINEAR = MLP(depth=3, width=WIDTHS, activation="linear")
X = Inputs([[1.0, (2 * G1 - 1) ** 0.5]])


def exact_layers():
    return np.array([deep_linear(EDGES, WIDTHS[:layer], G1) for layer in range(3)])


def test_the_formula_of_the_deep_linear_density_is_a_gaussian_without_hidden_layers():
    np.testing.assert_allclose(
        deep_linear(EDGES, (), G1), np.diff(scipy.special.ndtr(EDGES / G1**0.5)), rtol=1e-12, atol=1e-15
    )


def test_deep_linear_networks_have_the_meijer_density_at_every_layer():
    found = one_point_density(LINEAR, X, edges=EDGES, samples=200_000, rng=1)
    exact = exact_layers()
    np.testing.assert_allclose(found.probabilities[0], exact[0], rtol=1e-12)
    width = np.diff(EDGES)
    assert np.all(np.abs(found.density - exact / width)[1:] < LIMIT * found.stderr[1:])
    assert np.all(found.stderr[1:] * width < 0.005 * exact[1:].max())  # and the agreement says something
    for layer in (1, 2):  # Hotelling's T² of five bins, with the covariance that is stated
        miss = (found.probabilities - exact)[layer, ::2]
        T2 = miss @ np.linalg.solve(found.covariance[layer][::2, ::2], miss)
        p, blocks = miss.size, found.n_blocks
        assert scipy.stats.f.sf(T2 * (blocks - p) / (p * (blocks - 1)), p, blocks - p) > SMALLEST_P


def test_explicit_weights_have_the_same_density():
    """The last layer counts one neuron for each network: Pearson's χ², the rest of the line being one more bin."""
    found = one_point_density(LINEAR, X, edges=EDGES, samples=100_000, rng=2, sampler="weights")
    exact = exact_layers()
    expected = found.n_samples * np.append(exact[2], 1 - exact[2].sum())
    counted = found.n_samples * np.append(found.probabilities[2], 1 - found.probabilities[2].sum())
    assert np.allclose(counted, np.rint(counted), atol=1e-6)
    assert scipy.stats.chisquare(counted, expected).pvalue > SMALLEST_P
    assert np.all(np.abs(found.density - exact / np.diff(EDGES)) < LIMIT * found.stderr)
    wrong = deep_linear(EDGES, (4, 5), G1)  # and another width would not do
    assert scipy.stats.chisquare(counted, found.n_samples * np.append(wrong, 1 - wrong.sum())).pvalue < 1e-9


def test_one_tanh_neuron_makes_a_mixture_of_gaussians():
    """Depth 2, width 1: p(z) = ∫Dg N(z; 0, C_b + C_W tanh²(√K g)), by quadrature."""
    net = MLP(depth=2, width=1, activation="tanh", weight_variance=(1.0, 2.0), bias_variance=(0.0, 0.1))
    g = np.linspace(-9.0, 9.0, 3001)
    weights = np.exp(-(g**2) / 2)
    weights /= weights.sum()
    spread = np.sqrt(0.1 + 2.0 * np.tanh(g) ** 2)
    edges = np.linspace(-3.0, 3.0, 13)
    exact = np.diff([weights @ scipy.special.ndtr(edge / spread) for edge in edges])
    for sampler in ("metric", "weights"):
        found = one_point_density(net, Inputs([[1.0]]), edges=edges, samples=100_000, rng=3, sampler=sampler)
        assert np.all(np.abs(found.density[1] - exact / 0.5) < LIMIT * found.stderr[1])


def test_conditioning_on_the_metric_lessens_the_noise():
    net = MLP(depth=3, width=16, activation="relu", weight_variance=2.0)
    metric, weights = (
        one_point_density(net, X, edges=[-1.0, 0.0, 1.0], samples=8192, rng=4, sampler=sampler)
        for sampler in ("metric", "weights")
    )
    assert np.all(metric.stderr[2] < weights.stderr[2] / 3)


def test_default_edges_hold_nearly_all_of_it():
    net = MLP(depth=4, width=32, activation="tanh", weight_variance=1.5, bias_variance=(0.0, 0.1, 0.2, 0.3))
    found = one_point_density(net, X, samples=4096)
    assert found.edges.shape == (4, 61)
    assert np.all(found.probabilities.sum(axis=1) > 0.999)
    assert np.all(found.density.max(axis=1) > 0.1)
    assert found.centres.shape == found.density.shape == (4, 60)
    assert "4 layers, 60 bins; 4,096 networks" in repr(found)


def test_a_field_that_is_always_zero_lies_in_the_bins_about_zero():
    net = MLP(depth=2, width=3, activation="linear", weight_variance=0.0)
    found = one_point_density(net, X, bins=3, samples=64)
    np.testing.assert_array_equal(found.probabilities, [[0, 1, 0]] * 2)


def test_the_result_does_not_depend_on_who_draws():
    def run(**how):
        return one_point_density(LINEAR, X, edges=EDGES, samples=3001, rng=5, **how).probabilities.tobytes()

    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(3) as three:
        assert len({run(), run(executor=one), run(executor=three)}) == 1


def test_merging_in_any_order_gives_the_covariance_of_all():
    blocks = np.random.default_rng(6).normal(size=(9, 2, 3))
    parts = [BlockMoments.of(block, 5) for block in blocks]
    total = parts[0].merge(parts[1]).merge(parts[2].merge(parts[3]))
    for part in parts[4:]:
        total = part.merge(total)
    np.testing.assert_allclose(total.mean, blocks.mean(axis=0), atol=1e-14)
    for layer in range(2):
        np.testing.assert_allclose(total.covariance[layer], np.cov(blocks[:, layer].T) / 9, atol=1e-14)


def test_blocks_travel_to_other_processes():
    from feyn_nn.montecarlo import MetricSampler

    sampler = pickle.loads(pickle.dumps(MetricSampler(network=LINEAR, inputs=X, labels=(0,))))
    edges = np.tile(EDGES, (3, 1))
    assert bin_fractions(sampler, 10, np.random.SeedSequence(0), edges).shape == (3, 10)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": 1}, "input label 1 .* is out of range"),
        ({"label": -1}, "label=-1 is too small"),
        ({"bins": 0}, "bins=0 is too small"),
        ({"samples": 3}, "samples=3 is too small"),
        ({"samples": 10**12}, "samples=1000000000000 is too large"),
        (
            {"network": MultiHeadAttention(heads=2, key_dim=2, value_dim=2)},
            "MultiHeadAttention has no one-point density",
        ),
        ({"edges": [1.0, 0.0]}, "ascending"),
        ({"edges": [1.0]}, "ascending"),
        ({"edges": [[0.0, 1.0]] * 2}, "each of the 3"),
        ({"edges": "ab"}, "ascending"),
        ({"edges": [0.0, np.inf]}, "finite"),
        ({"sampler": "metrik"}, "did you mean 'metric'"),
    ],
)
def test_bad_input_gets_one_sentence(changes, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        one_point_density(**{"network": LINEAR, "inputs": X, "samples": 64, **changes})
    assert "\n" not in str(caught.value)
