"""Every order against sampled networks: tanh, two distinct inputs, depth 4.

Widths and sample counts come from the predicted coefficients alone. Large campaigns were sampled by ``make measure``;
small ones are sampled here again.
"""

import math

import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn._core import MetricObservable, Powers
from feyn_nn.validation.power import SIGNIFICANCE
from feyn_nn.validation.predict import predict
from feyn_nn.validation.prediction import Prediction
from tests.data import tanh_two_inputs
from tests.data.campaign import Crew, sampled
from tests.data.tanh_two_inputs import CASES

UNLIKELY = 1e-6  # a right theory fails each of a few dozen comparisons less than once in 10⁵ runs of all

RESULTS = tanh_two_inputs.CAMPAIGN.results()
SMALL = [name for name in CASES if "cumulant" in name or name.endswith("variance of G01 through 1/n^2")]


def prediction(name: str) -> Prediction:
    return CASES[name].prediction()


def chi2(theory: Prediction, measured: list[dict[str, float]], order: int, *, errors: bool = True) -> float:
    """χ² of the series through `order`; theory's error is that of the full series."""
    total = 0.0
    for point in measured:
        sigma = math.hypot(point["stderr"], theory.error(point["width"]) if errors else 0.0)
        total += ((theory.value(point["width"], order) - point["value"]) / sigma) ** 2
    return total


def judge(name: str, measured: list[dict[str, float]]) -> None:
    """The run could see the highest order and no more; the full series passes, without that order it fails."""
    theory = prediction(name)
    last = theory.orders[-1]
    for point in measured:
        assert abs(theory.known_bias(point["width"])[0]) < 0.5 * point["stderr"]
    for order in theory.orders:
        worth = sum(
            theory.terms(p["width"])[Powers(n=order)] ** 2
            / (p["stderr"] ** 2 + theory.error(p["width"]) ** 2)
            for p in measured
        )
        assert worth > 25
    full = chi2(theory, measured, last)
    assert scipy.stats.chi2.sf(full, len(measured)) > UNLIKELY
    without = chi2(theory, measured, last - 1)
    assert scipy.stats.chi2.sf(without, len(measured)) < SIGNIFICANCE


def test_every_case_is_measured() -> None:
    assert RESULTS.keys() == CASES.keys()
    assert len(SMALL) >= 3


@pytest.mark.parametrize("name", CASES)
def test_stored_campaigns(name: str) -> None:
    stored = RESULTS[name]
    assert tanh_two_inputs.CAMPAIGN.task(name).is_done(stored)
    judge(name, stored["measured"])


@pytest.mark.parametrize("name", SMALL)
def test_small_campaigns_repeated(name: str) -> None:
    stored = RESULTS[name]
    spec = fnn.Specification.loads(stored["specification"])
    again = list(sampled(spec, Crew()))
    judge(name, again)
    for new, old in zip(
        again, stored["measured"], strict=True
    ):  # the same numbers, but for another CPU's last digits
        assert new["value"] == pytest.approx(old["value"], rel=1e-9)


def test_more_samples_do_not_turn_a_right_theory_into_a_failure() -> None:
    """At widths 5 to 8 the omitted order is tens of standard errors, and is part of theory's error."""
    observable = MetricObservable([(0, 0), (1, 1)])
    (theory,) = predict(tanh_two_inputs.NETWORK, tanh_two_inputs.INPUTS, [observable], [1])
    report = fnn.validate(
        tanh_two_inputs.NETWORK,
        tanh_two_inputs.INPUTS,
        pairs=observable.pairs,
        loops=1,
        widths=(5, 6, 8),
        samples=1_500_000,
        rng=5,
    )
    assert abs(theory.known_bias(5)[0]) > 10 * report.rows[1].stderr
    assert report.passed
    statistical = sum(
        ((r.theory - r.measured) / r.stderr) ** 2 for r in report.rows if r.order == theory.orders[-1]
    )
    assert scipy.stats.chi2.sf(statistical, 3) < UNLIKELY  # without theory's error it would have failed


@pytest.mark.parametrize("sampler", ["metric", "weights"])
def test_both_samplers_on_the_digits(sampler: str) -> None:
    report = fnn.validate(
        tanh_two_inputs.NETWORK,
        fnn.Inputs.digits(2),
        pairs=[[(0, 0)], [(0, 1)], [(0, 0), (1, 1)], [(0, 1), (0, 1)]],
        legs=[[(0, 0), (0, 1)], [(0, 0), (0, 0), (1, 1), (1, 1)]],
        loops=1,
        widths=(12, 24),
        samples=60_000,
        rng=12,
        sampler=sampler,
    )
    assert report.p_value > UNLIKELY
    assert report.passed
