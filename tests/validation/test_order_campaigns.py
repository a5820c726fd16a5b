"""One, two and three distinct inputs: κ₁, κ₂ and κ₃ through every order that stored campaigns resolve.

Sampled by ``make measure`` at widths and counts that theory chose beforehand. Coefficients are computed afresh; what
the series leaves out was computed with the design and is kept beside the measurements.
"""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from types import ModuleType

import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn.validation.report import SIGNIFICANCE

DATA = Path(__file__).parents[1] / "data"
UNLIKELY = 1e-7  # for each of some thirty comparisons


def campaign() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measure_orders", DATA / "measure_orders.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CAMPAIGN = campaign()
RESULTS = json.loads((DATA / "orders.json").read_text(encoding="utf-8"))
RESOLVED = [name for name in CAMPAIGN.CASES if "measured" in RESULTS[name]]


def coefficients(name: str) -> dict[int, float]:
    """The series of a case, K included."""
    network, inputs, pairs, loops = CAMPAIGN.CASES[name]
    found = fnn.metric_cumulant(network, pairs=pairs, loops=loops).evaluate(inputs, tolerance=1e-8)
    series = {power: float(value) for power, value in found.coefficients.items()}
    if len(pairs) == 1:
        series[0] += float(fnn.infinite_width_kernel(network, inputs)[pairs[0]])
    return series


def test_every_case_is_measured_or_said_to_be_too_small() -> None:
    assert RESULTS.keys() == CAMPAIGN.CASES.keys()
    unresolved = {name: RESULTS[name]["unresolved"] for name in RESULTS if name not in RESOLVED}
    assert len(unresolved) <= 6
    assert all(samples is None or samples > 10_000_000 for samples in unresolved.values())
    assert all("one input" in name for name in unresolved)


@pytest.mark.parametrize("name", RESOLVED)
def test_stored_campaigns(name: str) -> None:
    stored = RESULTS[name]
    spec = fnn.Specification.loads(stored["specification"])
    case = CAMPAIGN.CASES[name]
    assert stored["hash"] == CAMPAIGN.MEASURE.digest(spec)
    assert (spec.network, spec.inputs) == (case.network, case.inputs)
    assert (list(spec.observables.pairs[0]), spec.observables.loops) == (case.pairs, case.loops)
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
    again = CAMPAIGN.MEASURE.measure(name, fnn.Specification.loads(stored["specification"]))["measured"]
    for new, old in zip(again, stored["measured"], strict=True):
        assert new["value"] == pytest.approx(old["value"], rel=1e-9)
        assert new["stderr"] == pytest.approx(old["stderr"], rel=1e-9)
