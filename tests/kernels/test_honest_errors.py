"""Over two thousand expectations against references of mpmath: the true error never exceeds the stated one.

The references (tests/data/expectations.py) know no derivative of σ, no δ function and no trapezoidal rule. They
cover every named activation and kinked expressions, one and two inputs, inputs that are nearly collinear, up to four
derivatives on each input.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from feyn_nn.kernels.expectations import gaussian_expectations
from feyn_nn.networks import activation, known_activations
from feyn_nn.rules import Factor
from tests.data import expectations

TASKS: dict[str, dict[str, Any]] = expectations.CAMPAIGN.results()
NAMES = sorted({task["activation"] for task in TASKS.values()})


def metric(task: dict[str, Any]) -> list[list[float]]:
    if len(task["metric"]) == 1:
        return [task["metric"]]
    a, b, c = task["metric"]
    return [[a, c], [c, b]]


def compared(task: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True errors, exactly; stated errors; sizes of the values."""
    pairs = [list(zip(case[::2], case[1::2], strict=True)) for case in task["cases"]]
    requests = [tuple(Factor(label, a, j) for label, (a, j) in enumerate(shares)) for shares in pairs]
    values, errors = gaussian_expectations(activation(task["activation"]), metric(task), requests)
    exact = [Fraction(text) for text in task["values"]]
    true = [float(abs(Fraction(v) - x)) for v, x in zip(values.tolist(), exact, strict=True)]
    return np.array(true), errors, np.abs(np.array(list(map(float, exact))))


def is_close(task: dict[str, Any]) -> bool:
    """Whether the two inputs are nearly collinear."""
    if len(task["metric"]) == 1:
        return False
    a, b, c = task["metric"]
    return bool(abs(c) > 0.95 * np.sqrt(a * b))


@pytest.mark.parametrize("name", NAMES)
def test_the_true_error_never_exceeds_the_stated_one(name: str) -> None:
    for key, task in TASKS.items():
        if task["activation"] != name:
            continue
        true, stated, size = compared(task)
        reference = 1e-18 * np.maximum(size, 1.0)  # what the references themselves are good for
        assert (true <= stated + reference).all(), (key, task["cases"], true, stated)
        if not is_close(task):
            goal = 1e-12 if activation(name).slopes else 1e-10
            assert (stated <= goal * np.maximum(size, 1.0)).all(), (key, stated)


def test_the_references_cover_what_they_should() -> None:
    assert sum(len(task["cases"]) for task in TASKS.values()) >= 2000
    assert {name for name in NAMES if "(" not in name} >= set(known_activations())
    assert sum(activation(name).pieces is not None for name in NAMES) >= 7
    assert sum(is_close(task) for task in TASKS.values()) >= 60


def test_the_references_are_those_of_the_script() -> None:
    plan = expectations.PLAN
    assert plan.keys() == TASKS.keys()
    for key, task in plan.items():
        assert task["metric"] == TASKS[key]["metric"]
    for key in ("tanh", "z/(1 + Abs(z))"):  # one of each kind again; two inputs take a second each
        name = next(own for own in plan if own.startswith(f"{key} at ") and len(plan[own]["metric"]) == 1)
        assert expectations.Expectations(asked=plan[name]).measure()["values"] == TASKS[name]["values"]
