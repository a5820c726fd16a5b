"""Attention in theory against exact laws, limits that must be zero, and explicit integrals."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

import feyn_nn as fnn
from feyn_nn._core import InvalidInput, Powers

HEADS, VALUES = Powers(heads=1), Powers(heads=1, value_dim=1)
TWO_TOKENS = fnn.Tokens.from_metric([[1.0, 0.25], [0.25, 0.8]], n_tokens=2)


def layer(**changes):
    return fnn.MultiHeadAttention(
        **{"heads": 2, "key_dim": 16, "value_dim": 8, "coupling": 1.0, "output_variance": 1.5} | changes
    )


def random_tokens(inputs=1, tokens=3, features=4, seed=0):
    return fnn.Tokens(np.random.default_rng(seed).standard_normal((inputs, tokens, features)))


def exact_moments(network, tokens, key_dim, powers):
    """E[M_00^p] of two tokens and one query: s_0 - s_1 is Gaussian times √(χ²_d/d)."""
    V, G = network.value_metric(tokens), tokens.metric
    deviation = math.sqrt(G[0, 0] * (G[0, 0] + G[1, 1] - 2 * G[0, 1])) * network.coupling

    def M(s):
        a = 1 / (1 + np.exp(-s))
        return a * a * V[0, 0] + 2 * a * (1 - a) * V[0, 1] + (1 - a) ** 2 * V[1, 1]

    x, w = np.polynomial.hermite_e.hermegauss(80)

    def given_scale(scale, p):
        return float(w @ M(deviation * scale * x) ** p) / math.sqrt(2 * math.pi)

    def moment(p):
        if key_dim == math.inf:
            return given_scale(1.0, p)
        law = scipy.stats.chi2(key_dim)
        return scipy.integrate.quad(
            lambda y: law.pdf(y) * given_scale(math.sqrt(y / key_dim), p),
            law.ppf(1e-15),
            law.isf(1e-15),
            epsabs=1e-14,
            epsrel=1e-12,
            limit=200,
        )[0]

    return [moment(p) for p in powers]


@pytest.mark.parametrize("coupling", [0.7, 1.5])
def test_the_series_in_key_dim_misses_the_exact_law_by_its_third_power(coupling):
    """Two tokens, one query: Cov(Ĝ_00, Ĝ_00) through 1/key_dim² at key_dim 16, 32, 64."""
    net = layer(coupling=coupling)
    pair = ((0, 0), (0, 0))
    evaluation = fnn.metric_cumulant(net, pairs=[pair, pair], loops=2).evaluate(TWO_TOKENS)
    misses = {order: [] for order in (0, 1, 2)}
    for key_dim in (32, 64, 128):
        one, two = exact_moments(net, TWO_TOKENS, key_dim, (1, 2))
        exact = 1.5**2 / 2 * ((two - one**2) + 2 * two / 8)
        for order, found in misses.items():
            found.append(abs(evaluation.at(key_dim=key_dim, order=order) - exact))
    for order, found in misses.items():
        for coarse, fine in pairwise(found):
            assert math.log2(coarse / fine) == pytest.approx(order + 1, abs=0.35)


def test_the_mean_and_its_series():
    net, pair = layer(), ((0, 0), (0, 0))
    mean = fnn.metric_cumulant(net, pairs=[pair], loops=2).evaluate(TWO_TOKENS)
    K = fnn.infinite_width_kernel(net, TWO_TOKENS)[0, 0]
    at_infinity, at_64 = (exact_moments(net, TWO_TOKENS, d, (1,))[0] for d in (math.inf, 64))
    assert pytest.approx(1.5 * at_infinity, abs=1e-9) == K
    assert mean.coefficients[Powers()] == 0.0
    assert mean.at(key_dim=64) == pytest.approx(1.5 * (at_64 - at_infinity), abs=1e-6)
    field = fnn.correlator(net, legs=[(0, (0, 0)), (0, (0, 0))], loops=2).evaluate(TWO_TOKENS)
    assert field.at(key_dim=64) == pytest.approx(1.5 * at_64, abs=1e-6)


@pytest.mark.parametrize("key_dim", [1, 2, 8])
def test_the_exact_key_law_agrees_with_an_integral(key_dim):
    net, pair = layer(key_dim=key_dim), ((0, 0), (0, 0))
    one, two = exact_moments(net, TWO_TOKENS, key_dim, (1, 2)) if key_dim > 1 else (None, None)
    evaluation = fnn.metric_cumulant(net, pairs=[pair, pair], loops=0).evaluate(
        TWO_TOKENS, key_law="exact", max_nodes=1 << 19
    )
    if key_dim == 1:  # the density of χ²_1 is singular at zero: E over a product of two normals
        x, w = np.polynomial.hermite_e.hermegauss(120)
        w = w / w.sum()
        V, G = net.value_metric(TWO_TOKENS), TWO_TOKENS.metric
        s = math.sqrt(G[0, 0] * (G[0, 0] + G[1, 1] - 2 * G[0, 1])) * np.multiply.outer(x, x)
        a = 1 / (1 + np.exp(-s))
        M = a * a * V[0, 0] + 2 * a * (1 - a) * V[0, 1] + (1 - a) ** 2 * V[1, 1]
        one, two = (float(w @ M**p @ w) for p in (1, 2))
    assert abs(evaluation.coefficients[HEADS] - 1.5**2 * (two - one**2)) < 5.5 * evaluation.errors[HEADS]
    assert abs(evaluation.coefficients[VALUES] - 1.5**2 * 2 * two) < 5.5 * evaluation.errors[VALUES]
    assert evaluation.errors[HEADS] < 2e-3 * evaluation.coefficients[HEADS]
    with pytest.raises(InvalidInput, match="sampled at key_dim"):
        evaluation.at(key_dim=3)


@pytest.mark.parametrize(
    ("net", "tokens"),
    [
        (layer(), fnn.Tokens(np.tile([[1.0, -0.3]], (1, 4, 1)))),  # identical tokens
        (layer(), random_tokens(inputs=2, tokens=1)),  # one token
        (layer(coupling=0.0), random_tokens(inputs=2, tokens=3)),
        (layer(query_variance=0.0), random_tokens()),
        (layer(mask=[[1, 0, 0], [0, 1, 0], [0, 0, 1]]), random_tokens()),  # every token reads itself
    ],
)
def test_without_competing_keys_nothing_breaks_independence(net, tokens):
    for loops in (0, 2):
        evaluation = fnn.metric_cumulant(net, rank=2, loops=loops).evaluate(tokens)
        for powers, value in evaluation.coefficients.items():
            if powers["value_dim"] == 0 or powers["key_dim"] > 0:
                assert np.all(value == 0.0)
        assert np.all(evaluation.errors[HEADS] == 0.0)
    third = fnn.metric_cumulant(net, rank=3, loops=0) if tokens.n_rows < 3 else None
    if third is not None:
        assert np.all(third.evaluate(tokens).independence_breaking[Powers(heads=2)] == 0.0)


def test_hard_attention_is_finite_and_right():
    """coupling → ∞ with two tokens: the larger score wins, half the time, so M takes two values."""
    pair = ((0, 0), (0, 0))
    V = TWO_TOKENS.metric
    expected = 1.5**2 * ((V[0, 0] - V[1, 1]) / 2) ** 2
    for coupling in (1e4, 1e300, math.inf):
        net = layer(coupling=coupling)
        evaluation = fnn.metric_cumulant(net, pairs=[pair, pair], loops=0).evaluate(TWO_TOKENS)
        assert evaluation.coefficients[HEADS] == pytest.approx(expected, rel=2e-3)
        both = fnn.metric_cumulant(net, rank=2, loops=2)
        both = both.evaluate(random_tokens(2, 2, 5), max_nodes=1 << 12)
        assert all(np.isfinite(value).all() for value in both.coefficients.values())


def test_independence_breaking_can_be_negative_between_different_metrics():
    tokens = fnn.Tokens.from_metric([[2.0, 0.3], [0.3, 0.5]], n_tokens=2)
    values = fnn.metric_cumulant(layer(), rank=2, loops=0).evaluate(tokens).independence_breaking[HEADS]
    assert values.shape == (3, 3)
    assert np.array_equal(values, values.T)
    assert np.linalg.eigvalsh(values)[0] > -1e-12  # a covariance nonetheless
    tokens = fnn.Tokens.from_metric([[1.0, -0.9], [-0.9, 1.0]], n_tokens=2)
    pairs = [((0, 0), (0, 0)), ((0, 0), (0, 1))]
    evaluation = fnn.metric_cumulant(layer(coupling=3.0), pairs=pairs, loops=0).evaluate(tokens)
    assert evaluation.independence_breaking[HEADS] < -1e-3
    assert fnn.metric_cumulant(layer(), pairs=pairs, loops=0).name == "κ₂(Ĝ₀.₀,₀.₀, Ĝ₀.₀,₀.₁)"


def test_arrays_and_single_components_agree():
    net, tokens = layer(causal_mask=True), random_tokens(tokens=3, features=2)
    for loops in (0, 1):
        whole = fnn.metric_cumulant(net, rank=2, loops=loops).evaluate(tokens, max_nodes=1 << 15)
        for p, q in ((0, 3), (4, 5)):
            labels = [((0, 0), (0, 0)), ((0, 0), (0, 1)), ((0, 0), (0, 2))]
            labels += [((0, 1), (0, 1)), ((0, 1), (0, 2)), ((0, 2), (0, 2))]
            own = fnn.metric_cumulant(net, pairs=[labels[p], labels[q]], loops=loops)
            own = own.evaluate(tokens, max_nodes=1 << 15)
            for powers, value in own.coefficients.items():
                sigma = math.hypot(own.errors[powers], whole.errors[powers][p, q])
                assert abs(value - whole.coefficients[powers][p, q]) <= 6 * sigma + 1e-12


def test_diagrams_add_up_to_the_coefficients():
    pairs = [((0, 0), (0, 1)), ((0, 0), (0, 0)), ((0, 1), (0, 1))]
    c = fnn.metric_cumulant(layer(), pairs=pairs, loops=2)
    assert len(c.diagrams) == 59 * 4
    total = {}
    for diagram, value in c.diagram_values(TWO_TOKENS):
        total[diagram.powers] = total.get(diagram.powers, 0.0) + value
    for powers, value in c.evaluate(TWO_TOKENS).coefficients.items():
        assert total[powers] == pytest.approx(value, rel=1e-9, abs=1e-12)


def test_expressions_are_the_formula_of_the_covariance():
    """(C_O²/N_h){Cov(M_12, M_34) + E[M_13 M_24 + M_14 M_23]/d_v}, each mean as cumulants, and values put in."""
    pairs = [((0, 0), (0, 0)), ((0, 1), (0, 1))]
    c = fnn.metric_cumulant(layer(), pairs=pairs, loops=0)
    names = {str(symbol) for symbol in c.expression.free_symbols}
    breaking = r"\langle M_{0.0,0.0} M_{0.1,0.1}\rangle"
    crossed = r"\langle M_{0.0,0.1}\rangle"
    joint = r"\langle M_{0.0,0.1} M_{0.0,0.1}\rangle"
    assert names == {"C_O", "N_h", "d_v", breaking, crossed, joint}
    means = {p: fnn.infinite_width_kernel(layer(), TWO_TOKENS)[p] / 1.5 for p in ((0, 0), (0, 1), (1, 1))}
    evaluation = c.evaluate(TWO_TOKENS)
    own = fnn.metric_cumulant(layer(), pairs=[((0, 0), (0, 1))] * 2, loops=0).evaluate(TWO_TOKENS)
    numbers = {
        "C_O": 1.5,
        "N_h": 2,
        "d_v": 8,
        breaking: evaluation.coefficients[HEADS] / 1.5**2,
        crossed: means[0, 1],
        joint: own.coefficients[HEADS] / 1.5**2,
    }
    value = c.expression.subs({s: numbers[str(s)] for s in c.expression.free_symbols})
    assert float(value) == pytest.approx(evaluation.at(), rel=1e-9)
    assert "langle" in c.latex()
    rings = fnn.metric_cumulant(layer(), rank=1, loops=2)
    assert r"[\langle M_{1,1'}\rangle]^{(4,4)}" in {str(s) for s in rings.expression.free_symbols}


def test_correlators_are_sums_over_pairings():
    net = layer()
    legs = [(0, (0, 0)), (0, (0, 0)), (0, (0, 1)), (0, (0, 1))]
    c = fnn.correlator(net, legs=legs, loops=1)
    assert sorted(count for count, _ in c.terms) == [1, 2]
    parts = [(count, term.evaluate(TWO_TOKENS)) for count, term in c.terms]
    assert c.evaluate(TWO_TOKENS).at() == pytest.approx(sum(n * part.at() for n, part in parts), rel=1e-12)
    mixed = fnn.correlator(net, legs=[(0, (0, 0)), (1, (0, 0))], loops=0)
    assert mixed.evaluate(TWO_TOKENS).at() == 0.0
    odd = fnn.correlator(net, legs=legs[:3], loops=1).evaluate(TWO_TOKENS)
    assert odd.coefficients == {Powers(): 0.0, Powers(key_dim=1): 0.0}
    assert mixed.diagrams == ()


@pytest.mark.parametrize("key_dim", [2, 4, 16])
def test_the_field_of_ageev_and_ageeva(key_dim):
    """arXiv:2602.10209, heads = 1, value_dim = key_dim: at one point G_4 = 3 (1 + 2/d_k) σ_z⁴ E[X²], exactly."""
    net = layer(heads=1, key_dim=key_dim, value_dim=key_dim)
    one, two = exact_moments(net, TWO_TOKENS, key_dim, (1, 2))
    legs = [(0, (0, 0))] * 4
    connected = fnn.correlator(net, legs=legs, loops=0).evaluate(
        TWO_TOKENS, key_law="exact", max_nodes=1 << 18
    )
    G2 = 1.5 * one
    G4 = connected.at() + 3 * G2**2
    expected = 3 * (1 + 2 / key_dim) * 1.5**2 * two
    assert abs(G4 - expected) < 5.5 * connected.total_error
    assert connected.total_error < 2e-3 * expected
    six = fnn.correlator(net, legs=[(0, (0, 0))] * 6, loops=0)
    six = six.evaluate(TWO_TOKENS, key_law="exact", max_nodes=1 << 18)
    (three,) = exact_moments(net, TWO_TOKENS, key_dim, (3,))
    G6 = six.at() + 15 * connected.at() * G2 + 15 * G2**3
    exact = 15 * (1 + 2 / key_dim) * (1 + 4 / key_dim) * 1.5**3 * three
    assert abs(G6 - exact) < 5.5 * (six.total_error + 15 * G2 * connected.total_error)


def test_every_cumulant_through_the_fourth_is_that_of_a_random_chi_square():
    """Ĝ_00 of one head is C_O M_00 χ²_{d_v}/d_v, its moments those of M times Π (1 + 2j/d_v)."""
    net, pair = layer(heads=1, value_dim=3, coupling=0.7), ((0, 0), (0, 0))
    moments = exact_moments(net, TWO_TOKENS, math.inf, (1, 2, 3, 4))
    rising = np.cumprod([1 + 2 * j / 3 for j in range(4)])
    m1, m2, m3, m4 = (1.5**k * m * r for k, (m, r) in enumerate(zip(moments, rising, strict=True), start=1))
    third = m3 - 3 * m1 * m2 + 2 * m1**3
    fourth = m4 - 4 * m1 * m3 - 3 * m2**2 + 12 * m1**2 * m2 - 6 * m1**4
    for rank, exact in ((2, m2 - m1**2), (3, third), (4, fourth)):
        for heads in (1, 5):
            found = fnn.metric_cumulant(net, pairs=[pair] * rank, loops=0).evaluate(TWO_TOKENS)
            assert found.at(heads=heads) == pytest.approx(exact / heads ** (rank - 1), rel=1e-9)
    at_infinity = found.independence_breaking[Powers(heads=3)]
    m1, m2, m3, m4 = (1.5**k * m for k, m in enumerate(moments, start=1))
    breaking = m4 - 4 * m1 * m3 - 3 * m2**2 + 12 * m1**2 * m2 - 6 * m1**4
    assert at_infinity == pytest.approx(breaking, rel=1e-7)


def test_the_field_of_ageev_and_ageeva_at_different_points():
    """G_4c = σ_z⁴ Σ_3 {Cov(X_12, X_34) + (2/d_k) E[X_12 X_34]}: Cov and E from single cumulants."""
    net, tokens = layer(heads=1, value_dim=16), random_tokens(1, 2, 3)
    points = [(0, 0), (0, 1), (0, 0), (0, 0)]
    K = fnn.infinite_width_kernel(net, tokens)
    total = 0.0
    for first, second in (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))):
        pairs = [tuple(points[i] for i in own) for own in (first, second)]
        breaking = (
            fnn.metric_cumulant(net, pairs=pairs, loops=0).evaluate(tokens).independence_breaking[HEADS]
        )
        means = math.prod(K[a[1], b[1]] for a, b in pairs)
        total += breaking + 2 / 16 * (breaking + means)
    field = fnn.correlator(net, legs=[(0, point) for point in points], loops=0).evaluate(tokens)
    assert field.at(key_dim=math.inf) == pytest.approx(total, rel=1e-9)


def test_evaluations_print_and_refuse():
    evaluation = fnn.metric_cumulant(layer(), pairs=[((0, 0), (0, 0))] * 2, loops=1).evaluate(TWO_TOKENS)
    assert "1/heads · 1/key_dim" in repr(evaluation)
    assert "<table>" in evaluation._repr_html_()
    assert evaluation.at(value_dim=math.inf, key_dim=math.inf) == evaluation.coefficients[HEADS] / 2
    assert evaluation.error_at() >= 0.5 * evaluation.total_error > 0.0
    with pytest.raises(InvalidInput, match="did you mean 'heads'"):
        evaluation.at(head=3)
    with pytest.raises(InvalidInput, match="size > 0"):
        evaluation.at(heads=0)
    for order in (-1, "a", 0.5):
        with pytest.raises(InvalidInput, match="order"):
            evaluation.at(order=order)


@pytest.mark.parametrize("change", [{"value_variance": 1e200}, {"output_variance": 1e160}])
def test_what_would_overflow_is_refused(change):
    with pytest.raises(InvalidInput, match="overflow"):
        fnn.metric_cumulant(layer(**change), pairs=[((0, 0), (0, 1))] * 2, loops=0).evaluate(TWO_TOKENS)


def test_any_scale_gives_the_same_answer_in_its_units():
    """Huge and tiny variances: products are taken in units of their own, and steep scores are hard attention."""
    tokens, pairs = random_tokens(2, 3, 5), [((0, 0), (0, 1)), ((0, 0), (1, 1))]

    def of(**change):
        cumulant = fnn.metric_cumulant(layer(**change), pairs=pairs, loops=1)
        return np.array(list(cumulant.evaluate(tokens, max_nodes=1 << 12).coefficients.values()))

    unit = of()
    for scale in (1e60, 1e-60):
        assert of(value_variance=scale) == pytest.approx(scale**2 * unit, rel=1e-5)
    steep, hard = of(query_variance=1e300, key_variance=1e300), of(coupling=math.inf)
    assert steep == pytest.approx(hard, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"pairs": [((0, 0), (0, 0))], "rank": 1, "loops": 0}, "either pairs"),
        ({"loops": 0}, "either pairs"),
        ({"pairs": [(0, 0)], "loops": 0}, "label of a token"),
        ({"pairs": [((0, 0), (0, 0), (0, 0))], "loops": 0}, "not a pair"),
        ({"pairs": [], "loops": 0}, "empty"),
        ({"pairs": 3, "loops": 0}, "not a list"),
        ({"pairs": [((0, 0), (0, -1))], "loops": 0}, "token"),
        ({"rank": 2, "loops": 3}, "loops=3"),
        ({"rank": 0, "loops": 0}, "rank=0"),
    ],
)
def test_wrong_questions_are_refused(arguments, says):
    with pytest.raises(InvalidInput, match=says):
        fnn.metric_cumulant(layer(), **arguments)


def test_wrong_tokens_and_precision_are_refused():
    c = fnn.metric_cumulant(layer(), pairs=[((0, 0), (0, 5))], loops=0)
    with pytest.raises(InvalidInput, match="out of range"):
        c.evaluate(TWO_TOKENS)
    with pytest.raises(InvalidInput, match="reads Tokens"):
        c.evaluate(fnn.Inputs([[1.0]]))
    with pytest.raises(InvalidInput, match="did you mean 'exact'"):
        c.evaluate(TWO_TOKENS, key_law="exac")
    with pytest.raises(InvalidInput, match="tolerance"):
        c.evaluate(TWO_TOKENS, tolerance=0.0)
    with pytest.raises(InvalidInput, match="tolerance=True"):
        c.evaluate(TWO_TOKENS, tolerance=True)
    with pytest.raises(InvalidInput, match="too many diagrams"):
        fnn.metric_cumulant(layer(), pairs=[((0, 0), (0, 0))] * 5, loops=0).evaluate(TWO_TOKENS)
    with pytest.raises(InvalidInput, match="428,536 components of 59 diagrams"):
        fnn.metric_cumulant(layer(), rank=3, loops=0).evaluate(random_tokens(2, 8))
    with pytest.raises(InvalidInput, match="needs pairs"):
        fnn.metric_cumulant(layer(), rank=2, loops=0).expand_coupling(2)
    with pytest.raises(InvalidInput, match="mask is for 2"):
        fnn.metric_cumulant(layer(mask=[[1, 0], [1, 1]]), rank=1, loops=0).evaluate(random_tokens())
    for legs in ([], 3, [(0, 0)], [(0, (0, 0), 1)], [((0, 0), 0)]):
        with pytest.raises(InvalidInput):
            fnn.correlator(layer(), legs=legs, loops=0)
    with pytest.raises(InvalidInput, match="wrap an array as Inputs"):
        fnn.infinite_width_kernel(fnn.MLP(depth=2, width=3, activation="tanh"), TWO_TOKENS)
