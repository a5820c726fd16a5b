"""Series of attention in its coupling against expectations over the scores."""

import math

import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput, Powers
from tests.theory.test_attention import TWO_TOKENS, layer, random_tokens


@pytest.mark.parametrize("coupling", [0.1, 0.2, 0.3])
def test_the_coupling_series_against_quadrature(coupling):
    """Through β⁴ at infinite key_dim; what is missed falls as β⁶."""
    pair = ((0, 0), (0, 1))
    misses = []
    for beta in (coupling, coupling / 2):
        net = layer(coupling=beta)
        cumulant = fnn.metric_cumulant(net, pairs=[pair, pair], loops=0)
        exact = cumulant.evaluate(TWO_TOKENS).at(key_dim=math.inf)
        misses.append(abs(cumulant.expand_coupling(4).at(TWO_TOKENS, key_dim=math.inf) - exact))
    assert math.log2(misses[0] / misses[1]) == pytest.approx(6, abs=0.4)
    assert misses[0] < 2e-2 * coupling**6


@pytest.mark.parametrize(
    ("pairs", "order", "loops"),
    [
        ([((0, 1), (0, 1))], 6, 2),
        ([((0, 1), (0, 1)), ((0, 0), (0, 1))], 4, 1),
        ([((0, 1), (0, 1)), ((0, 0), (0, 1)), ((0, 1), (0, 1))], 2, 1),
    ],
)
def test_the_coupling_series_holds_every_power_of_key_dim(pairs, order, loops):
    """Each power of 1/key_dim on its own; what is missed falls as the next even power of β."""
    misses = []
    for beta in (0.1, 0.05):
        net = layer(coupling=beta, causal_mask=True)
        cumulant = fnn.metric_cumulant(net, pairs=pairs, loops=loops)
        exact = cumulant.evaluate(TWO_TOKENS).coefficients
        if len(pairs) == 1:
            K = fnn.infinite_width_kernel(net, TWO_TOKENS)
            exact = {**exact, Powers(): exact[Powers()] + K[1, 1]}
        series = cumulant.expand_coupling(order).coefficients(TWO_TOKENS)
        misses.append(
            {p: v - sum(c * beta**n for (n, own), c in series.items() if own == p) for p, v in exact.items()}
        )
    for powers, miss in misses[0].items():
        lost = abs(misses[1][powers])
        assert lost < abs(miss) / 2 ** (order + 1) + 1e-13


@pytest.mark.parametrize(
    ("mask", "shape", "first", "second"),
    [
        (None, (2, 2, 3), (0, 0), (1, 1)),
        ([[1, 1, 0], [0, 1, 1], [1, 1, 1]], (1, 3, 3), (0, 0), (0, 1)),
    ],
)
def test_the_coupling_series_between_rows_that_read_different_tokens(mask, shape, first, second):
    """Rows of two inputs, and rows with masks of their own: what is missed through β² falls as β⁴."""
    tokens = random_tokens(*shape)
    for pairs in ([(first, second), (second, second)], [(second, second)] * 2):
        misses = []
        for beta in (0.2, 0.1):
            cumulant = fnn.metric_cumulant(layer(coupling=beta, mask=mask), pairs=pairs, loops=0)
            exact = cumulant.evaluate(tokens).at(key_dim=math.inf)
            misses.append(abs(cumulant.expand_coupling(2).at(tokens, key_dim=math.inf) - exact))
        assert math.log2(misses[0] / misses[1]) == pytest.approx(4, abs=0.4)


def test_series_of_correlators():
    net = layer(coupling=0.1, causal_mask=True)
    field = fnn.correlator(net, legs=[(0, (0, 0)), (0, (0, 1))], loops=0)
    assert field.expand_coupling(4).at(TWO_TOKENS) == pytest.approx(field.evaluate(TWO_TOKENS).at(), abs=1e-5)
    assert "Sigma_{Q}" in field.expand_coupling(2).latex()
    assert "β^4" in repr(field.expand_coupling(4))
    with pytest.raises(InvalidInput, match="no size"):
        field.expand_coupling(2).at(TWO_TOKENS, head=2)
    with pytest.raises(InvalidInput, match="order=7"):
        field.expand_coupling(7)
    six = fnn.correlator(net, legs=[(0, (0, 0))] * 6, loops=0)
    with pytest.raises(InvalidInput, match="order=6 is too large; give an integer <= 4"):
        six.expand_coupling(6)
    with pytest.raises(InvalidInput, match="no pairing"):
        fnn.correlator(net, legs=[(0, (0, 0)), (1, (0, 1))], loops=0).expand_coupling(2)


def test_a_series_in_the_coupling_has_a_value_at_finite_sizes_and_couplings_alone():
    series = fnn.metric_cumulant(layer(coupling=math.inf), pairs=[((0, 0), (0, 1))], loops=0).expand_coupling(
        2
    )
    assert math.isfinite(series.at(TWO_TOKENS, coupling=0.1, heads=math.inf))
    for wrong in ({}, {"coupling": math.nan}, {"coupling": -1.0}, {"coupling": 0.1, "heads": 0}):
        with pytest.raises(InvalidInput):
            series.at(TWO_TOKENS, **wrong)
