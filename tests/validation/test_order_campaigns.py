"""One, two and three distinct inputs: κ₁, κ₂ and κ₃ through every order that stored campaigns resolve.

Sampled by ``make measure`` at widths and counts that theory chose beforehand. Coefficients are computed afresh; what
the series leaves out was computed with the design and is kept beside the measurements.
"""

from __future__ import annotations

import math

import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn.validation.power import SIGNIFICANCE
from tests.data.campaign import Crew, sampled
from tests.data.orders import CAMPAIGN, CASES

UNLIKELY = 1e-7  # for each of some thirty comparisons


RESULTS = CAMPAIGN.results()
RESOLVED = [name for name in CASES if "measured" in RESULTS[name]]


def coefficients(name: str) -> dict[int, float]:
    """The series of a case, K included."""
    network, inputs, pairs, loops = CASES[name]
    found = fnn.metric_cumulant(network, pairs=pairs, loops=loops).evaluate(inputs, tolerance=1e-8)
    series = {power: float(value) for power, value in found.coefficients.items()}
    if len(pairs) == 1:
        series[0] += float(fnn.infinite_width_kernel(network, inputs)[pairs[0]])
    return series


def test_every_case_is_measured_or_said_to_be_too_small() -> None:
    assert RESULTS.keys() == CASES.keys()
    unresolved = {name: RESULTS[name]["unresolved"] for name in RESULTS if name not in RESOLVED}
    assert len(unresolved) <= 6
    assert all(samples is None or samples > 10_000_000 for samples in unresolved.values())
    assert all("one input" in name for name in unresolved)


@pytest.mark.parametrize("name", RESOLVED)
def test_stored_campaigns(name: str) -> None:
    stored = RESULTS[name]
    assert CAMPAIGN.task(name).is_done(stored)
    series = coefficients(name)
    full = without = 0.0
    for point, (bias, error) in zip(stored["measured"], stored["left out"], strict=True):
        assert bias < 0.5 * point["stderr"]
        sigma = math.hypot(point["stderr"], error)
        terms = {power: value * point["width"] ** -power for power, value in series.items()}
        full += ((sum(terms.values()) - point["value"]) / sigma) ** 2
        without += ((sum(terms.values()) - terms[max(terms)] - point["value"]) / sigma) ** 2
    count = len(stored["measured"])
    assert scipy.stats.chi2.sf(full, count) > UNLIKELY
    assert scipy.stats.chi2.sf(without, count) < SIGNIFICANCE


def test_a_small_piece_repeated() -> None:
    name = "sin, one input: third cumulant at 1/n²"
    stored = RESULTS[name]
    again = list(sampled(fnn.Specification.loads(stored["specification"]), Crew()))
    for new, old in zip(again, stored["measured"], strict=True):
        assert new["value"] == pytest.approx(old["value"], rel=1e-9)
        assert new["stderr"] == pytest.approx(old["stderr"], rel=1e-9)
