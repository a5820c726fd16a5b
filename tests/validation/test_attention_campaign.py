"""Sampled attention at every combination of sizes against theory: stored campaigns, and a small one repeated."""

import math
from functools import cache

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn._core import Powers
from feyn_nn.theory.attention import AttentionEvaluation
from tests.data import attention as campaign
from tests.data.campaign import Crew

BREAKING, RINGS = Powers(heads=1), Powers(heads=1, value_dim=1)


RESULTS = campaign.CAMPAIGN.results()


@cache
def exact(tokens: int, key_dim: int, observable: int) -> AttentionEvaluation:
    """With the scores sampled at this key_dim; its coefficients hold for any heads and value_dim."""
    cumulant = fnn.metric_cumulant(
        campaign.network((1, 1, key_dim)), pairs=campaign.PAIRS[observable], loops=0
    )
    return cumulant.evaluate(campaign.tokens(tokens), key_law="exact", tolerance=2e-4, max_nodes=1 << 19)


@cache
def series(tokens: int, observable: int) -> AttentionEvaluation:
    cumulant = fnn.metric_cumulant(campaign.network((1, 1, 1)), pairs=campaign.PAIRS[observable], loops=2)
    return cumulant.evaluate(campaign.tokens(tokens), tolerance=1e-3, max_nodes=1 << 17)


def measured(tokens: int, sizes: tuple[int, int, int]) -> list[tuple[float, float]]:
    stored = RESULTS[campaign.case_name(tokens, sizes)]
    assert campaign.CAMPAIGN.task(campaign.case_name(tokens, sizes)).is_done(stored)
    assert stored["samples"] >= 1_000_000
    return [(entry["value"], entry["stderr"]) for entry in stored["measured"]]


def test_every_case_is_measured() -> None:
    assert RESULTS.keys() == {campaign.case_name(*case) for case in campaign.CASES}
    assert len(RESULTS) == 81 + 7


@pytest.mark.parametrize("tokens", campaign.TOKENS)
def test_covariances_at_every_size(tokens: int) -> None:
    """81 pulls for each number of tokens, none beyond 5, and their squares add up as they should."""
    pulls, worth = [], []
    for case, sizes in campaign.CASES:
        if case != tokens or campaign.WIDE in sizes:
            continue
        heads, value_dim, key_dim = sizes
        for observable, (value, stderr) in enumerate(measured(tokens, sizes)):
            evaluation = exact(tokens, key_dim, observable)
            theory = evaluation.at(heads=heads, value_dim=value_dim)
            error = evaluation.error_at(heads=heads, value_dim=value_dim)
            pulls.append((theory - value) / math.hypot(stderr, error))
            worth.append(evaluation.coefficients[BREAKING] / heads / stderr)
            assert error < stderr
    assert len(pulls) == 81
    assert np.abs(pulls).max() < 5
    # three observables of one run are correlated, so that the sum of squares is wider than χ²_81: ± 5 √3 √162 at most
    assert abs(np.sum(np.square(pulls)) - 81) < 5 * math.sqrt(3 * 162)
    assert np.abs(worth).max() > 50  # the independence breaking is seen


@pytest.mark.parametrize("tokens", [2, 3])
def test_the_first_power_of_key_dim_is_seen(tokens: int) -> None:
    """At key_dim 64: through 1/key_dim the series agrees, without it it misses."""
    misses = {0: 0.0, 1: 0.0}
    for case, sizes in campaign.CASES:
        if case != tokens or sizes[2] != 64:
            continue
        for observable, (value, stderr) in enumerate(measured(tokens, sizes)):
            evaluation = series(tokens, observable)
            own = dict(zip(("heads", "value_dim", "key_dim"), sizes, strict=True))
            omitted = abs(evaluation.at(**own) - evaluation.at(order=1, **own))
            sigma = math.hypot(stderr, omitted)
            for order in misses:
                misses[order] += ((evaluation.at(order=order, **own) - value) / sigma) ** 2
    assert misses[1] < 27 + 5 * math.sqrt(3 * 54)
    assert misses[0] - misses[1] > 25


def test_independence_breaking_alone_and_its_decay_with_heads() -> None:
    """512 channels, the predicted 1/value_dim and 1/key_dim terms taken away: what is left is the limit, over heads."""
    for observable in range(len(campaign.PAIRS)):
        evaluation = series(campaign.WIDE_TOKENS, observable)
        limit = evaluation.independence_breaking[BREAKING]
        for heads in campaign.WIDE_HEADS:
            own = {"heads": heads, "value_dim": campaign.WIDE, "key_dim": campaign.WIDE}
            value, stderr = measured(campaign.WIDE_TOKENS, (heads, campaign.WIDE, campaign.WIDE))[observable]
            left = value - (evaluation.at(**own) - limit / heads)
            assert abs(left - limit / heads) < 5 * math.hypot(stderr, evaluation.error_at(**own))
            assert abs(left) > 20 * stderr
    signs = {np.sign(series(3, observable).independence_breaking[BREAKING]) for observable in range(3)}
    assert signs == {-1.0, 1.0}


@pytest.mark.parametrize("case", [(3, (2, 4, 2)), (8, (1, 64, 8))])
def test_a_small_campaign_is_repeated(case: tuple[int, tuple[int, int, int]]) -> None:
    tokens, (heads, value_dim, key_dim) = case
    again = campaign.Layers(spec=campaign.specification(*case, samples=100_000)).measure(Crew())["measured"]
    for observable, entry in enumerate(again):
        theory = exact(tokens, key_dim, observable).at(heads=heads, value_dim=value_dim)
        assert abs(theory - entry["value"]) < 5.3 * entry["stderr"]
        stored, stderr = measured(*case)[observable]
        assert abs(stored - entry["value"]) < 5.3 * math.hypot(stderr, entry["stderr"])
