"""κ₁ … κ₄ through up to 1/n⁵ against 7·10¹⁰ networks that another program sampled.

The program, ``tests/data/torch_metric_process.py``, shares nothing with the package but the definition of the metric
process. Widths and counts were chosen from the predicted coefficients before sampling; coefficients are computed
afresh, and what the series leaves out is kept beside the measurements.
"""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn.validation.power import SIGNIFICANCE
from tests.data.high_orders import CASES, RESULTS

STORED = json.loads(RESULTS.read_text(encoding="utf-8"))
NAMED = {case.name: case for case in CASES}
UNLIKELY = 1e-7  # for each of 30 comparisons
UNSEEN = {("gelu, B = 1: κ₃(Ĝ₀₀, Ĝ₀₀, Ĝ₀₀), loops ≤ 3", 5)}  # tails heavier than was planned for: Δχ² = 10


@cache
def coefficients(name: str) -> dict[int, float]:
    """The series of a case, K included."""
    case = NAMED[name]
    cumulant = fnn.metric_cumulant(case.network, pairs=case.pairs, loops=case.loops)
    found = cumulant.evaluate(case.inputs, tolerance=1e-9)
    series = {power: float(value) for power, value in found.coefficients.items()}
    if len(case.pairs) == 1:
        series[0] += float(fnn.infinite_width_kernel(case.network, case.inputs)[case.pairs[0]])
    return series


def chi2(stored: dict[str, Any], series: dict[int, float]) -> float:
    """Σ over widths of the squared pull, the orders left out being part of theory's error."""
    total = 0.0
    for point, (_, error) in zip(stored["measured"], stored["left out"], strict=True):
        theory = sum(value * point["width"] ** -power for power, value in series.items())
        total += (theory - point["value"]) ** 2 / (point["stderr"] ** 2 + error**2)
    return total


def test_every_case_is_planned_and_measured() -> None:
    assert STORED.keys() == NAMED.keys()
    for name, stored in STORED.items():
        assert stored["case"] == NAMED[name].plain()
        assert [point["width"] for point in stored["measured"]] == stored["widths"]


@pytest.mark.parametrize("name", NAMED)
def test_every_order(name: str) -> None:
    stored, series = STORED[name], coefficients(name)
    count = len(stored["widths"])
    assert scipy.stats.chi2.sf(chi2(stored, series), count) > UNLIKELY
    for power in series.keys() - {0}:
        missing = chi2(stored, series | {power: 0.0})
        assert (scipy.stats.chi2.sf(missing, count) < SIGNIFICANCE) == ((name, power) not in UNSEEN)


def test_all_cases_together() -> None:
    total = sum(chi2(STORED[name], coefficients(name)) for name in NAMED)
    count = sum(len(stored["widths"]) for stored in STORED.values())
    assert scipy.stats.chi2.sf(total, count) > 1e-6
    assert total > count - 5 * math.sqrt(2 * count)  # errors that are too large would hide a wrong theory
