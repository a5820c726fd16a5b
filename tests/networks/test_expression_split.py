"""Kinks and jumps of expressions: where they are, what holds between them, and what is no kink at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from scipy.optimize import brentq

from feyn_nn._core import InvalidInput
from feyn_nn.networks import Growth, Pieces, activation

z = sympy.Symbol("z", real=True)
Z = np.linspace(-4.03, 4.01, 57)

RELU6 = "Min(6, Max(0, z))"
HARD_TANH = "Max(-1, Min(1, z))"
SELU = "1.0507*Piecewise((z, z > 0), (1.67326*exp(z) - 1.67326, True))"
TANH_ABOVE_LINE = float(brentq(lambda x: math.tanh(x) - x / 2, 1, 3, xtol=1e-15))


@pytest.mark.parametrize(
    ("text", "kinks", "plain"),
    [
        (HARD_TANH, (-1.0, 1.0), lambda x: np.clip(x, -1, 1)),
        ("Max(0, z) - Max(0, z - 1)", (0.0, 1.0), lambda x: np.clip(x, 0, 1)),
        (RELU6, (0.0, 6.0), lambda x: np.clip(x, 0, 6)),
        ("Abs(z)*tanh(z)", (0.0,), lambda x: np.abs(x) * np.tanh(x)),
        ("Piecewise((z, z > 0), (exp(z) - 1, True))", (0.0,), lambda x: np.where(x > 0, x, np.expm1(x))),
        (SELU, (0.0,), lambda x: 1.0507 * np.where(x > 0, x, 1.67326 * np.expm1(x))),
        ("z/(1 + Abs(z))", (0.0,), lambda x: x / (1 + np.abs(x))),
        ("Abs(Abs(z) - 1)", (-1.0, 0.0, 1.0), lambda x: np.abs(np.abs(x) - 1)),
        ("Max(z, z**2)", (0.0, 1.0), lambda x: np.maximum(x, x * x)),
        (
            "Abs(z**3 - 2*z + 1)",
            tuple(sorted(np.roots([1, 0, -2, 1]).real)),
            lambda x: np.abs(x**3 - 2 * x + 1),
        ),
        (
            "Max(tanh(z), z/2)",
            (-TANH_ABOVE_LINE, 0.0, TANH_ABOVE_LINE),
            lambda x: np.maximum(np.tanh(x), x / 2),
        ),
        ("exp(-Abs(z - 1/3))", (1 / 3,), lambda x: np.exp(-np.abs(x - 1 / 3))),
        ("sign(z)", (0.0,), np.sign),
        ("z*Heaviside(z - sqrt(2))", (math.sqrt(2),), lambda x: np.where(x > math.sqrt(2), x, 0)),
        ("log(1 + Abs(z))/z", (0.0,), lambda x: np.log1p(np.abs(x)) / x),
        ("sin(z)/z + Max(0, z)", (0.0,), lambda x: np.sinc(x / np.pi) + np.maximum(x, 0)),
    ],
)
def test_kinks_are_found_and_the_pieces_hold_between_them(
    text: str, kinks: tuple[float, ...], plain: object
) -> None:
    sigma = activation(text)
    assert sigma.pieces is not None
    assert sigma.pieces.kinks == pytest.approx(kinks, rel=1e-14, abs=1e-14)
    np.testing.assert_allclose(sigma(Z), plain(Z), rtol=1e-14, atol=1e-14)  # type: ignore[operator]
    assert sigma.slopes is None
    assert sigma.strip == 0.0
    assert activation(sigma.formula).pieces.kinks == sigma.pieces.kinks  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "smooth"),
    [
        ("Max(0, z) + Min(0, z)", "z"),
        ("Max(0, z)*Min(0, z) + tanh(z)", "tanh(z)"),
        ("Abs(z)**2 - cos(z)", "z**2 - cos(z)"),
        ("Max(tanh(z), 1)*sin(z)", "sin(z)"),
        ("sin(Abs(z))/Abs(z)", "sin(z)/z"),
        ("Max(z, z - 200)", "z"),
        ("Piecewise((sin(z), z < 3), (sin(z), True))", "sin(z)"),
    ],
)
def test_what_has_no_kink_is_smooth(text: str, smooth: str) -> None:
    sigma, other = activation(text), activation(smooth)
    assert sigma.pieces is None
    assert (sigma.parity, sigma.slopes) == (other.parity, other.slopes)
    np.testing.assert_allclose(sigma.derivatives(Z, 4), other.derivatives(Z, 4), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "parity", "growth"),
    [
        (HARD_TANH, -1, Growth()),
        (RELU6, 0, Growth()),
        ("Abs(z)*tanh(z)", -1, Growth(degree=1.0)),
        ("Abs(Abs(z) - 1)", 1, Growth(degree=1.0)),
        ("z/(1 + Abs(z))", -1, Growth()),
        ("Max(z, 10*z - 900)", 0, Growth(degree=1.0)),  # odd between -100 and 100
        ("Max(1, exp(z))", 0, Growth(rate=1.0)),
        ("Abs(z)**3", 1, Growth(degree=3.0)),
    ],
)
def test_shape_of_kinked_expressions(text: str, parity: int, growth: Growth) -> None:
    sigma = activation(text)
    assert sigma.parity == parity
    assert sigma.growth == growth


@pytest.mark.parametrize(
    ("text", "distance"),
    [("z/(1 + Abs(z))", 1.0), ("Abs(z)*tanh(z)", math.pi / 2), ("sqrt(1 + Abs(z))", 1.0)],
)
def test_strips_of_pieces_stay_inside_the_nearest_singularity(text: str, distance: float) -> None:
    pieces = activation(text).pieces
    assert pieces is not None
    assert 0.6 * distance <= pieces.strip <= distance


def test_at_a_kink_derivatives_are_the_mean_of_both_sides() -> None:
    sigma = activation("Piecewise((z, z > 0), (exp(z) - 1, True))")
    np.testing.assert_allclose(sigma.derivatives(np.array([0.0]), 3)[:, 0], [0, 1, 0.5, 0.5], atol=1e-15)
    assert activation("Heaviside(z - 1)")(np.array([1.0])).tolist() == [0.5]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sin(z)/z", [1, 0, -1 / 3, 0, 1 / 5]),
        ("z/(exp(z) - 1)", [1, -1 / 2, 1 / 6, 0, -1 / 30]),  # Bernoulli numbers
        ("(1 - cos(z))/z**2", [1 / 2, 0, -1 / 12, 0, 1 / 30]),
        ("z**2/(cosh(z) - 1)", [2, 0, -1 / 3, 0, 1 / 5]),
        ("tanh(z)/z", [1, 0, -2 / 3, 0, 16 / 5]),
    ],
)
def test_removable_singularities_are_removed(text: str, value: list[float]) -> None:
    sigma = activation(text)
    np.testing.assert_allclose(sigma.derivatives(np.array([0.0]), 4)[:, 0], value, rtol=1e-14, atol=1e-14)


def test_a_mended_function_is_the_same_inside_and_outside_its_disc() -> None:
    import mpmath

    sigma = activation("sin(z)/z")
    for place in (1e-7, 0.3, 1.99, 2.01, 5.0):
        with mpmath.workdps(40):
            exact = mpmath.taylor(lambda x: mpmath.sin(x) / x, mpmath.mpf(place), 6) if place > 0.1 else None
        table = sigma.derivatives(np.array([place]), 6)[:, 0]
        if exact is None:
            np.testing.assert_allclose(table, [1, 0, -1 / 3, 0, 1 / 5, 0, -1 / 7], rtol=1e-12, atol=1e-6)
        else:
            wanted = [float(c) * math.factorial(k) for k, c in enumerate(exact)]
            np.testing.assert_allclose(table, wanted, rtol=1e-9, atol=1e-13)


def test_removable_singularities_elsewhere_than_on_any_grid() -> None:
    sigma = activation("sin(z - 1/3)/(z - 1/3)")
    assert sigma(np.array([1 / 3])).item() == pytest.approx(1.0, rel=1e-15)
    assert sigma.strip > 1.0


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"kinks": (1.0, 0.0), "derivatives": (abs,) * 3}, "not finite and ascending"),
        ({"kinks": (math.inf,), "derivatives": (abs,) * 2}, "not finite and ascending"),
        ({"kinks": (0.0,), "derivatives": (abs,)}, "one piece more than kinks"),
        ({"kinks": (), "derivatives": (abs,), "strip": 0.0}, "no distance"),
        ({"kinks": tuple(map(float, range(25))), "derivatives": (abs,) * 26}, "at most 24"),
    ],
)
def test_malformed_pieces_are_refused(parts: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Pieces(**parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("center", [1 / 256, 0.0039, 2.345])
def test_kinks_that_are_closer_than_the_grid_are_found(center: float) -> None:
    sigma = activation(f"Abs(exp(-(z - {center})**2) - 0.99999)")
    assert sigma.pieces is not None
    off = math.sqrt(-math.log(0.99999))
    assert sigma.pieces.kinks == pytest.approx((center - off, center + off), abs=1e-12)


def test_a_function_that_touches_zero_has_no_kink_there() -> None:
    assert activation("Abs(exp(2*z) - 2*exp(z) + 1)").pieces is None
