from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import Estimate
from feyn_nn._core.estimate import with_error


def estimate(value, stderr):
    return Estimate(value=value, stderr=stderr, n_samples=12_000, seed=7)


def test_pull():
    assert estimate(1.0, 0.5).pull(2.0) == 2.0
    assert estimate(1.0, 0.5).pull(0.0) == -2.0
    assert estimate(1.0, 0.3).pull(2.0, theory_error=0.4) == pytest.approx(2.0)
    assert estimate(1.0, 0.0).pull(2.0, theory_error=0.5) == 2.0


def test_pull_without_any_error():
    assert estimate(1.0, 0.0).pull(1.0) == 0.0
    assert estimate(1.0, 0.0).pull(2.0) == math.inf
    assert estimate(1.0, 0.0).pull(0.5) == -math.inf


def test_text():
    assert str(estimate(0.0123412, 0.000563)) == "0.01234 ± 0.00056 (12,000 samples, seed 7)"


@pytest.mark.parametrize(
    ("value", "stderr", "text"),
    [
        (0.0123412, 0.000563, "0.01234 ± 0.00056"),
        (-1.5, 0.25, "-1.50 ± 0.25"),
        (1234.567, 12.3, "1235 ± 12"),
        (1234.567, 1.23, "1234.6 ± 1.2"),
        (0.0, 0.001, "0.0000 ± 0.0010"),
        (5.0, 0.0, "5 ± 0"),
        (math.inf, 1.0, "inf ± 1"),
        (1.0, math.nan, "1 ± nan"),
        (1.0, 1e-15, "1.000000e+00 ± 1.0e-15"),
        (3e20, 2e18, "3.000000e+20 ± 2.0e+18"),
    ],
)
def test_value_and_error_side_by_side(value, stderr, text):
    assert with_error(value, stderr) == text


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1e-20, 1e9))
def test_the_text_is_as_precise_as_the_error(value, stderr):
    shown, error = re.fullmatch(r"(\S+) ± (\S+)", with_error(value, stderr)).groups()
    assert float(error) == pytest.approx(stderr, rel=0.051)
    assert abs(float(shown) - value) <= max(0.051 * stderr, 1e-6 * abs(value))


def test_an_estimate_is_a_value():
    assert estimate(1.0, 0.5) == estimate(1.0, 0.5)
    assert len({estimate(1.0, 0.5), estimate(1.0, 0.5), estimate(1.0, 0.6)}) == 2
    with pytest.raises(AttributeError):
        estimate(1.0, 0.5).value = 2.0
