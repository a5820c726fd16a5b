"""Compiled attention against plain Python, exact laws and integrals done otherwise."""

import math
from dataclasses import replace

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from feyn_nn._core._combination import add_combination
from feyn_nn.kernels.attention import integration, nodes
from feyn_nn.kernels.attention.cumulants import ScoreCumulants
from feyn_nn.kernels.attention.exact_law import exact_scores, numbers_needed
from feyn_nn.kernels.attention.geometry import score_geometry
from feyn_nn.kernels.attention.hermite import RINGS, _traces, hermite_weights, n_weights, truncated_product
from feyn_nn.kernels.attention.integration import Sampled, _on_points, sampled_moments
from feyn_nn.kernels.attention.moments import MomentPlan, Moments, add_means, add_monomials, add_products
from feyn_nn.kernels.attention.nodes import Replicate, grid, grid_size
from feyn_nn.kernels.attention.softmax import (
    BOTH,
    _value_metrics,
    uniform_value_metrics,
    value_metrics,
)
from feyn_nn.networks import MultiHeadAttention, Tokens

RNG = np.random.default_rng(7)
TWO = Tokens.from_metric([[1.0, 0.2], [0.2, 0.7]], 2)


def layer(**changes):
    return MultiHeadAttention(
        **{"key_dim": 4, "value_dim": 4, "coupling": 1.3, "value_variance": 0.7} | changes
    )


def plain_value_metrics(network, tokens, rows, scores):
    """M = A Σ_V Aᵀ over all tokens, one row after the other, from a full matrix of scores."""
    V, seen = network.value_metric(tokens), network.visible(tokens.n_tokens)
    weights = np.zeros((len(rows), tokens.n_rows))
    for i, row in enumerate(rows):
        own, t = divmod(row, tokens.n_tokens)
        read = own * tokens.n_tokens + np.flatnonzero(seen[t])
        e = np.exp(network.coupling * (scores[i, read] - scores[i, read].max()))
        weights[i, read] = e / e.sum()
    return weights @ V @ weights.T


@pytest.mark.parametrize("changes", [{}, {"causal_mask": True}, {"coupling": 40.0}])
@pytest.mark.parametrize("features", [2, 9])
def test_value_metrics_against_plain_softmax(changes, features):
    tokens = Tokens(RNG.standard_normal((2, 3, features)))
    network, rows = layer(**changes), [0, 2, 4, 5]
    geometry = score_geometry(network, tokens, rows)
    pairs = np.array([(a, b) for a in range(4) for b in range(a, 4)])
    g = RNG.standard_normal((5, *geometry.shape))
    found = value_metrics(geometry, g, pairs)
    for node in range(5):
        scores = (
            geometry.queries @ g[node] @ geometry.keys.T
        )  # from each input's first key: a shift is not seen
        M = plain_value_metrics(network, tokens, rows, scores)
        assert found[node] == pytest.approx([M[a, b] for a, b in pairs], rel=1e-12)


def test_value_metrics_against_the_same_loops_in_python():
    tokens = Tokens(RNG.standard_normal((1, 3, 3)))
    geometry = score_geometry(layer(), tokens, [0, 1])
    g, pairs = RNG.standard_normal((3, *geometry.shape)), np.array([[0, 0], [0, 1]])
    out = np.empty((2, 3, 2))
    arrays = (geometry.queries, geometry.keys, geometry.multiplicity, geometry.first, geometry.last)
    _value_metrics.py_func(g, *arrays, geometry.values, geometry.coupling, pairs, BOTH, out)
    assert out[0] == pytest.approx(value_metrics(geometry, g, pairs), rel=1e-12)
    assert out[1] == pytest.approx(value_metrics(geometry, -g, pairs), rel=1e-12)
    assert np.array_equal(out.reshape(6, 2), value_metrics(geometry, g, pairs, BOTH))


def test_scores_of_the_geometry_have_the_covariance_of_the_keys_differences():
    tokens, network = Tokens(RNG.standard_normal((2, 3, 4))), layer(query_variance=1.7, key_variance=0.4)
    geometry = score_geometry(network, tokens, range(6))
    assert geometry.queries @ geometry.queries.T == pytest.approx(network.query_metric(tokens), abs=1e-12)
    D = np.eye(6) - np.repeat(np.eye(6)[[0, 3]], 3, axis=0)
    expected = D @ network.key_metric(tokens) @ D.T
    assert geometry.keys @ geometry.keys.T == pytest.approx(expected, abs=1e-12)
    assert geometry.shape == (4, 4)  # 4 features: neither 6 rows nor 4 differences count for more
    one_row = score_geometry(network, tokens, [1])
    assert one_row.shape == (1, 2)
    assert one_row.dimension == 2


def test_equal_tokens_are_one_key_and_what_does_not_matter_has_no_dimension():
    x = RNG.standard_normal((1, 4, 5))
    x[0, 2] = x[0, 0]
    geometry = score_geometry(layer(), Tokens(x), [0, 1, 2])
    assert geometry.multiplicity.tolist() == [[2.0, 1.0, 1.0]] * 3
    assert np.array_equal(geometry.queries[0], geometry.queries[2])
    assert score_geometry(layer(coupling=0.0), Tokens(x), [0]).dimension == 0
    assert score_geometry(layer(key_variance=0.0), Tokens(x), [0]).dimension == 0
    assert score_geometry(layer(), Tokens(x[:, :1]), [0]).dimension == 0
    assert score_geometry(layer(), Tokens(np.ones((1, 3, 2))), [0, 1]).dimension == 0


def test_hard_attention_takes_the_largest_score_and_shares_ties():
    x = RNG.standard_normal((1, 3, 3))
    x[0, 2] = x[0, 0]
    tokens = Tokens(x)
    pairs, g = np.array([[0, 0]]), RNG.standard_normal((200, 1, 1))
    hard = score_geometry(layer(coupling=math.inf), tokens, [1])
    steep = score_geometry(layer(coupling=1e300), tokens, [1])
    V = layer().value_metric(tokens)
    found = value_metrics(hard, g, pairs)
    assert set(np.round(found[:, 0], 12)) == {round(V[0, 0], 12), round(V[1, 1], 12)}
    assert np.array_equal(found, value_metrics(steep, g, pairs))
    assert uniform_value_metrics(hard, pairs)[0] == pytest.approx(
        np.array([2, 1]) @ V[:2, :2] @ np.array([2, 1]) / 9
    )


def test_traces_against_numpy():
    g = RNG.standard_normal((6, 3, 4))
    for kernel in (_traces, _traces.py_func):
        found = np.empty((3, 6))
        kernel(g, found)
        H = g @ g.transpose(0, 2, 1)
        expected = [np.trace(np.linalg.matrix_power(H, k), axis1=1, axis2=2) for k in (1, 2, 3)]
        assert found == pytest.approx(np.array(expected), rel=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (2, 2), (1, 3)])
def test_hermite_weights_give_the_moments_of_the_exact_law(shape):
    """E tr H, tr H² and (tr H)² of g = q kᵀ/√d, known in closed form, are reproduced through 1/d²."""
    r, c = shape
    total = np.zeros((n_weights(2), 4))
    for g, weight in grid(shape, 0.5):
        H = g @ g.transpose(0, 2, 1)
        p1, p2, p3 = (np.trace(np.linalg.matrix_power(H, k), axis1=1, axis2=2) for k in (1, 2, 3))
        total += (hermite_weights(g, 2) * weight) @ np.array([p1, p2, p1**2, p3]).T
    a = np.array([r * c, r * c * (r + c + 1), r**2 * c**2 + 2 * r * c])
    assert total[0, :3] == pytest.approx(a, rel=1e-10)
    # W = k kᵀ/d is Wishart: E tr W² = c(1 + (c + 1)/d), E (tr W)² = c² + 2c/d, exact in 1/d
    tr_w2, tr2_w = np.array([c, c * (c + 1), 0]), np.array([c**2, 2 * c, 0])
    e_p2 = (r**2 + r) * tr_w2 + r * tr2_w
    e_p1_squared = r**2 * tr2_w + 2 * r * tr_w2
    # each Wick-ordered trace is orthogonal to every polynomial of a lower degree: 4, 6 and 8 in g
    assert total[1, 0] == pytest.approx(0.0, abs=1e-8)
    assert total[2, :3] == pytest.approx(np.zeros(3), abs=1e-7)
    assert total[3] == pytest.approx(np.zeros(4), abs=1e-6)
    by_power = np.stack([total[0], total[1], total[2] + total[3]])
    assert by_power[:, 0] == pytest.approx([r * c, 0, 0], abs=1e-9)
    assert by_power[:, 1] == pytest.approx(e_p2, abs=1e-7)
    assert by_power[:, 2] == pytest.approx(e_p1_squared, abs=1e-7)
    if shape == (1, 1):  # E z⁶ E (χ²_d/d)³
        assert by_power[:, 3] == pytest.approx([15, 90, 120], abs=1e-7)


def test_score_rings_multiply_like_a_truncated_series():
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, 3, 4, 5))
    found = truncated_product(one, other)
    assert found[:, 3] == pytest.approx(
        one[:, 0] * other[:, 3] + one[:, 3] * other[:, 0] + one[:, 1] * other[:, 1]
    )
    assert found[:, 2] == pytest.approx(one[:, 0] * other[:, 2] + one[:, 2] * other[:, 0])
    assert truncated_product(one[:, :1], other[:, :1]).shape == (3, 1, 5)
    assert RINGS == ((), (4,), (6,), (4, 4))


@pytest.mark.parametrize(("shape", "key_dim"), [((2, 3), 5), ((3, 2), 1), ((2, 2), 2), ((1, 3), 2)])
def test_the_exact_law_has_the_moments_of_a_product_of_gaussian_matrices(shape, key_dim):
    n = 200_000
    rng = np.random.default_rng(3)
    g = exact_scores(rng.random((n, numbers_needed(shape, key_dim))), shape, key_dim)
    plain = rng.standard_normal((n, shape[0], key_dim)) @ rng.standard_normal((n, key_dim, shape[1]))
    plain *= key_dim**-0.5
    for power in (1, 2, 3):
        one, other = (
            np.trace(np.linalg.matrix_power(x @ x.transpose(0, 2, 1), power), axis1=1, axis2=2)
            for x in (g, plain)
        )
        one, other = np.log1p(one), np.log1p(other)  # heavy tails would hide a wrong law
        sigma = math.hypot(one.std(), other.std()) / math.sqrt(n)
        assert abs(one.mean() - other.mean()) < 5.5 * sigma
    corner = g[:, 0, 0]
    assert abs(np.mean(corner**2) - 1.0) < 5.5 * np.std(corner**2) / math.sqrt(n)
    assert np.linalg.matrix_rank(g[0]) == min(*shape, key_dim)


def test_the_grid_integrates_gaussians_exactly():
    for shape in ((1, 1), (1, 2), (2, 2)):
        total, fourth = 0.0, 0.0
        for g, weight in grid(shape, 0.6):
            total += weight.sum()
            fourth += weight @ (g[:, 0, 0] ** 4)
        assert total == pytest.approx(1.0, abs=1e-13)
        assert fourth == pytest.approx(3.0, abs=1e-11)
    assert grid_size(2, 1.0) == 21**2


def test_a_replicate_goes_on_where_it_stopped():
    variances = (np.array([2.0, 1.0]), np.array([3.0, 0.5]))
    once = np.concatenate([g for g, _ in Replicate(variances, None, 3).blocks(128)])
    parts = Replicate(variances, None, 3)
    twice = np.concatenate([g for _ in range(2) for g, _ in parts.blocks(64)])
    assert np.array_equal(once, twice)
    assert not np.array_equal(once, np.concatenate([g for g, _ in Replicate(variances, None, 4).blocks(128)]))


@pytest.mark.parametrize("key_dim", [None, 1, 3])
def test_points_follow_the_law_whatever_matters_most(key_dim):
    """Entries of g are uncorrelated with variance 1, and the fourth moment of one is 3 + 6/key_dim."""
    variances = (np.array([0.1, 2.0, 1.0]), np.array([0.2, 5.0]))
    g = np.concatenate([g for g, _ in Replicate(variances, key_dim, 0).blocks(1 << 15)]).reshape(-1, 6)
    assert g.T @ g / len(g) == pytest.approx(np.eye(6), abs=0.03)
    assert np.mean(g[:, 0] ** 4) == pytest.approx(3 + 6 / (key_dim or np.inf), rel=0.08)


def test_more_numbers_than_there_are_sobol_sequences():
    variances = (np.linspace(2.0, 1.0, 152), np.linspace(2.0, 1.0, 150))
    ((g, weight),) = Replicate(variances, None, 0).blocks(64)
    assert g.shape == (64, 152, 150)
    assert weight.sum() == pytest.approx(1.0)
    assert np.mean(g**2) == pytest.approx(1.0, abs=0.01)
    assert abs(np.mean(g)) < 0.01


def test_power_sums_of_products_against_numpy():
    M, h = RNG.standard_normal((7, 4)), RNG.standard_normal((2, 7))
    monomials = np.array([[0, 1, 1, -1], [0, 2, 3, 3]])
    for kernel in (add_monomials, add_monomials.py_func):
        total = np.zeros((2, 2))
        kernel(M, h, monomials, total)
        assert total[:, 0] == pytest.approx(h @ (M[:, 0] * M[:, 1] ** 2), rel=1e-12)
        assert total[:, 1] == pytest.approx(h @ (M[:, 0] * M[:, 2] * M[:, 3] ** 2), rel=1e-12)


@pytest.mark.parametrize("nodes", [1, 7, 32, 75])
def test_sums_and_products_against_numpy(nodes):
    M, h = RNG.standard_normal((nodes, 5)), RNG.standard_normal((2, nodes))
    for means, products in ((add_means, add_products), (add_means.py_func, add_products.py_func)):
        first, second = np.zeros((2, 5)), np.zeros((2, 5, 5))
        means(M, h, first)
        products(M, h, second)
        assert first == pytest.approx(h @ M, rel=1e-12, abs=1e-12)
        whole = np.einsum("wn,np,nq->wpq", h, M, M)
        assert second == pytest.approx(np.tril(whole), rel=1e-12, abs=1e-12)
    sums = np.ones(3)
    add_combination.py_func(h[0], M, sums)
    assert sums == pytest.approx(1.0 + h[0] @ M[:, :3], rel=1e-12, abs=1e-12)


def plan_of(tokens, network, rows, pairs, **settings):
    geometry = score_geometry(network, tokens, rows)
    chosen = np.array(pairs)
    return MomentPlan(
        geometry=geometry,
        pairs=chosen,
        monomials=(),
        centre=uniform_value_metrics(geometry, chosen),
        **{"degree": 2, "loops": 0} | settings,
    )


def test_cumulants_do_not_depend_on_where_moments_are_measured_from():
    """κ_1 … κ_4 of M from moments about zero, about one and about its value at zero scores."""
    plan = plan_of(TWO, layer(coupling=3.0), [0], [(0, 0)], degree=4)
    M = np.concatenate([value_metrics(plan.geometry, g, plan.pairs)[:, 0] for g, _ in grid((1, 1), 0.1)])
    weight = np.concatenate([weight for _, weight in grid((1, 1), 0.1)])
    mean = weight @ M
    second, third, fourth = (weight @ (M - mean) ** k for k in (2, 3, 4))
    for centre in (np.zeros(1), np.ones(1), plan.centre):
        own = replace(plan, centre=centre, monomials=((0, 0, 0), (0, 0, 0, 0)))
        sampled = Sampled(moments=Moments.stacked([own.over(grid((1, 1), 0.1))]))
        cumulants = ScoreCumulants(plan=own, sampled=sampled)
        found = [cumulants.series(np.zeros((1, k), dtype=np.int64))[0, 0, 0] for k in (1, 2, 3, 4)]
        assert found == pytest.approx([mean, second, third, fourth - 3 * second**2], rel=1e-9)


def test_two_tokens_against_adaptive_quadrature():
    network, tokens = layer(coupling=3.0), TWO
    plan = plan_of(tokens, network, [0], [(0, 0)])
    sampled = sampled_moments(plan, key_dim=4, tolerance=1e-3, max_nodes=1 << 14)
    (mean,), (error,) = sampled.judged(sampled.moments.first[:, 0])
    deviation = math.sqrt(1.0 * (1.0 + 0.7 - 0.4))  # of the difference of the two scores
    V = network.value_metric(tokens)

    def integrand(z):
        a = 1 / (1 + math.exp(-3.0 * deviation * z))
        w = np.array([a, 1 - a])
        return (w @ V @ w) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    exact = scipy.integrate.quad(integrand, -12, 12, epsabs=1e-13, limit=200)[0]
    assert mean + plan.centre[0] == pytest.approx(exact, abs=1e-11)
    assert error < 1e-9


@pytest.mark.parametrize(
    ("max_nodes", "expected"), [(1, 32), (32 * 64 * 4, 128), (32 * 64 * 5, 160), (32 * 64 * 8, 256)]
)
def test_points_double_and_then_fill_what_is_allowed(monkeypatch, max_nodes, expected):
    """Each of the 32 replicates stands at g and -g; blocks add up to the mean over all of its points."""
    drawn = []

    class Counted(Replicate):
        def blocks(self, nodes):
            for g, weight in super().blocks(nodes):
                drawn.append(g)
                yield g, weight

    monkeypatch.setattr(integration, "Replicate", Counted)
    plan = plan_of(Tokens(RNG.standard_normal((1, 4, 5))), layer(), [0, 1], [(0, 0), (0, 1)])
    found = integration._on_points(plan, 4, False, 1e-12, max_nodes)
    g = np.concatenate(drawn)
    assert len(g) == 32 * expected
    M = value_metrics(plan.geometry, np.concatenate([g, -g]), plan.pairs) - plan.centre
    assert found.moments.first[0, 0] == pytest.approx(M.mean(axis=0), rel=1e-9)
    assert found.moments.second[0, 0] == pytest.approx(M.T @ M / len(M), rel=1e-5)  # single precision


def test_errors_of_scrambled_sobol_points_are_honest():
    """Points are compared with a grid, on many integrals: the stated errors cover as often as Student's law says."""
    pulls = []
    for i in range(40):
        tokens = Tokens(np.random.default_rng(i).standard_normal((1, 3, 3)))
        plan = plan_of(tokens, layer(coupling=1.5), [1], [(0, 0)])
        exact = sampled_moments(plan, key_dim=4, tolerance=1e-3, max_nodes=1)
        assert len(exact.moments.first) == 2  # a grid and a coarser one
        points = _on_points(plan, 4, False, 1e-9, 32 * 128)
        value, error = points.judged(points.moments.second[:, 0, 0, 0] - points.moments.first[:, 0, 0] ** 2)
        truth = exact.moments.second[0, 0, 0, 0] - exact.moments.first[0, 0, 0] ** 2
        pulls.append((value - truth) / error)
    pulls = np.array(pulls)
    law = scipy.stats.t(31)
    assert np.abs(pulls).max() < law.isf(1e-6 / 2 / 40)
    covered = int((np.abs(pulls) < law.ppf(0.84)).sum())
    assert scipy.stats.binom(40, 0.68).cdf(covered) > 1e-5
    assert scipy.stats.binom(40, 0.68).sf(covered - 1) > 1e-5


def test_errors_on_generic_tokens_are_honest(monkeypatch):
    """More features than tokens, 231 covariances: eight short runs against a long one, each scrambled on its own."""
    tokens = Tokens(np.random.default_rng(5).standard_normal((2, 3, 12)))
    pairs = [(a, b) for a in range(6) for b in range(a, 6)]
    plan = plan_of(tokens, layer(coupling=1.0), range(6), pairs)

    def run(seed, points):
        monkeypatch.setattr(nodes, "SEED", seed)
        sampled = _on_points(plan, 4, False, 1e-12, 64 * points)
        first, second = sampled.moments.first[:, 0], sampled.moments.second[:, 0]
        return sampled.judged(second - first[:, :, np.newaxis] * first[:, np.newaxis])

    exact, its_error = run(0, 1 << 13)
    pulls = []
    for seed in range(1, 9):
        value, error = run(seed, 1 << 7)
        pulls.append(((value - exact) / np.hypot(error, its_error))[np.triu_indices(21)])
    # 231 covariances of one run hang together like some twenty, so that eight runs tell the mean square to 0.11
    assert np.mean(np.square(pulls)) == pytest.approx(31 / 29, abs=0.55)
    assert np.abs(pulls).max() < scipy.stats.t(31).isf(1e-6 / 2 / 1848)
