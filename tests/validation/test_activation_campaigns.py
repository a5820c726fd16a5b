"""Every activation that has a sum: tree and one-loop κ₁ and κ₂ against stored campaigns, depth 3, two inputs.

Sampled by ``make measure`` at widths and counts that theory chose beforehand; one small piece is sampled here again.
"""

from __future__ import annotations

import math

import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn._core import Powers
from feyn_nn.networks import known_activations, known_families
from feyn_nn.validation.power import SIGNIFICANCE
from feyn_nn.validation.prediction import Prediction
from tests.data.activations_two_inputs import CAMPAIGN, CASES, VARIANCES, network
from tests.data.campaign import Crew, sampled

UNLIKELY = 1e-7  # for each of some forty comparisons


RESULTS = CAMPAIGN.results()
RESOLVED = [name for name in CASES if "measured" in RESULTS[name]]


def chi2(theory: Prediction, measured: list[dict[str, float]], order: int) -> float:
    """χ² of the series through `order`; theory's error is that of the full series."""
    total = 0.0
    for point in measured:
        sigma = math.hypot(point["stderr"], theory.error(point["width"]))
        total += ((theory.value(point["width"], order) - point["value"]) / sigma) ** 2
    return total


def test_every_case_is_measured_or_said_to_be_too_small() -> None:
    assert RESULTS.keys() == CASES.keys()
    named = {name.partition("(")[0] for name in VARIANCES}
    families = {name.partition("(")[0] for name in known_families()}
    assert named >= ({*known_activations()} | families) - {"exp"}  # exp has no sum at depth 3
    for name in VARIANCES:
        own = [case for case in RESOLVED if CASES[case].network == network(name)]
        assert len(own) >= 2, name
        assert any("covariance" in case for case in own), name
    unresolved = [case for case in RESULTS.values() if "unresolved" in case]
    assert len(unresolved) < 8
    assert all(case["unresolved"] is None or case["unresolved"] > 1_000_000 for case in unresolved)


@pytest.mark.parametrize("name", RESOLVED)
def test_stored_campaigns(name: str) -> None:
    stored = RESULTS[name]
    assert CAMPAIGN.task(name).is_done(stored)
    theory, measured = CASES[name].prediction(), stored["measured"]
    last = theory.orders[-1]
    assert scipy.stats.chi2.sf(chi2(theory, measured, last), len(measured)) > UNLIKELY
    if abs(theory.coefficients[Powers(n=last)]) <= 10 * theory.errors[Powers(n=last)]:
        assert CASES[name].network.activation.slopes is not None  # zero, and measured as such
        assert "mean" in name
        return
    assert scipy.stats.chi2.sf(chi2(theory, measured, last - 1), len(measured)) < SIGNIFICANCE
    for point in measured:
        assert theory.bias(point["width"]) < 0.5 * point["stderr"]


@pytest.mark.parametrize("name", ["Max(-1, Min(1, z)): mean of G00", "tanh: covariance of G00 and G11"])
def test_a_small_piece_repeated(name: str) -> None:
    stored = RESULTS[name]
    again = list(sampled(fnn.Specification.loads(stored["specification"]), Crew()))
    for new, old in zip(again, stored["measured"], strict=True):
        assert new["value"] == pytest.approx(old["value"], rel=1e-9)
        assert new["stderr"] == pytest.approx(old["stderr"], rel=1e-9)
