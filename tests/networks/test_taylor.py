"""Taylor programs against mpmath's numerical differentiation, function by function."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from feyn_nn.networks import activation
from feyn_nn.networks.expression_text import FUNCTIONS
from feyn_nn.networks.taylor import ANALYTIC_FUNCTIONS

ORDER = 12
CASES = {
    "exp(-z**2/2)*z": lambda z: mpmath.exp(-(z**2) / 2) * z,
    "log(2 + cos(z))": lambda z: mpmath.log(2 + mpmath.cos(z)),
    "sqrt(1 + z**2)": lambda z: mpmath.sqrt(1 + z**2),
    "(1 + z**2)**(-2/3)": lambda z: (1 + z**2) ** (mpmath.mpf(-2) / 3),
    "(3 + z**2)**-2": lambda z: (3 + z**2) ** -2,
    "sin(z**2 + 1)": lambda z: mpmath.sin(z**2 + 1),
    "sinh(z)*cosh(z/2)": lambda z: mpmath.sinh(z) * mpmath.cosh(z / 2),
    "tanh(z - z**3/9)": lambda z: mpmath.tanh(z - z**3 / 9),
    "asinh(z + z**2)": lambda z: mpmath.asinh(z + z**2),
    "atan(exp(z))": lambda z: mpmath.atan(mpmath.exp(z)),
    "erf(z + sin(z))": lambda z: mpmath.erf(z + mpmath.sin(z)),
    "pi**z*E": lambda z: mpmath.pi**z * mpmath.e,
}
POINTS = np.array([-2.3, -0.9, 0.0, 0.4, 1.7])


@pytest.mark.parametrize("text", CASES)
def test_derivatives_agree_with_mpmath(text: str) -> None:
    table = activation(text).derivatives(POINTS, ORDER)
    with mpmath.workdps(60):
        exact = np.array(
            [[float(d) for d in mpmath.diffs(CASES[text], mpmath.mpf(float(p)), ORDER)] for p in POINTS]
        ).T
    scale = np.abs(exact).max(axis=1, keepdims=True)
    np.testing.assert_allclose(table / scale, exact / scale, rtol=0, atol=1e-12)


def test_every_function_of_the_grammar_is_known_to_the_programs() -> None:
    kinked_or_rewritten = {"Abs", "Max", "Min", "sign", "Heaviside", "sqrt"}
    assert set(FUNCTIONS) - kinked_or_rewritten == ANALYTIC_FUNCTIONS


@pytest.mark.parametrize("order", [0, 3])
def test_points_where_floats_overflow_are_done_in_many_digits(order: int) -> None:
    z = np.array([-900.0, -750.0, 0.5, 750.0])
    table = activation("z/(1 + exp(-z)) + 0").derivatives(z, order)
    assert np.isfinite(table).all()
    assert table[0, [0, 3]].tolist() == [pytest.approx(0.0, abs=1e-300), 750.0]
    if order:
        assert table[1, 3] == 1.0


def test_what_is_too_large_for_a_float_is_infinite() -> None:
    assert activation("2*exp(z)")(np.array([800.0, -800.0])).tolist() == [np.inf, 0.0]
    assert activation("-sinh(z)")(np.array([800.0])).tolist() == [-np.inf]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)])
def test_tables_have_the_shape_of_z(shape: tuple[int, ...]) -> None:
    assert activation("tanh(z)**3").derivatives(np.full(shape, 0.3), 4).shape == (5, *shape)
