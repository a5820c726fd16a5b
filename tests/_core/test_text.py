from __future__ import annotations

import pytest

from feyn_nn._core.text import inverse_power, power, subscript


@pytest.mark.parametrize(
    ("exponent", "direct", "inverse"),
    [(0, "1", "1"), (1, "n", "1/n"), (2, "n²", "1/n²"), (13, "n¹³", "1/n¹³"), (-1, "n⁻¹", "1/n⁻¹")],
)
def test_powers(exponent, direct, inverse):
    assert power("n", exponent) == direct
    assert inverse_power("n", exponent) == inverse


def test_subscripts():
    assert subscript(10) == "₁₀"
    assert subscript("3,12") == "₃,₁₂"
    assert len({subscript(i) for i in range(100)}) == 100
