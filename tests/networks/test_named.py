"""The activations that have names: derivatives, parity, growth, and the general path to the same functions."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.networks import Family, Growth, activation, known_activations, known_families, register_family
from feyn_nn.networks.activations import line_formula

ORDER = 12
EXACT = {
    "linear": lambda z: z,
    "erf": mpmath.erf,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "exp": mpmath.exp,
    "gelu": lambda z: z * mpmath.ncdf(z),
    "swish": lambda z: z / (1 + mpmath.exp(-z)),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "tanh": mpmath.tanh,
    "polynomial(0.5, 1, -0.25, 0.125)": lambda z: 0.5 + z - z**2 / 4 + z**3 / 8,
}
POINTS = np.array([-30.0, -7.0, -2.3, -0.9, 0.0, 1e-9, 0.4, 1.7, 4.0, 12.0])
SMOOTH = [name for name in EXACT if name != "linear"]


def exact_table(name: str, points: np.ndarray) -> np.ndarray:
    with mpmath.workdps(60):
        rows = [list(mpmath.diffs(EXACT[name], mpmath.mpf(float(z)), ORDER)) for z in points]
        return np.array([[float(entry) for entry in row] for row in rows]).T


@pytest.mark.parametrize("name", EXACT)
def test_derivatives_agree_with_mpmath(name: str) -> None:
    table = activation(name).derivatives(POINTS, ORDER)
    exact = exact_table(name, POINTS)
    near = exact_table(name, np.linspace(-3, 3, 25))
    for m in range(ORDER + 1):
        allowed = 1e-13 * np.abs(exact[m]) + 1e-13 * np.abs(near[m]).max()
        assert np.all(np.abs(table[m] - exact[m]) <= allowed), m


@pytest.mark.parametrize("name", SMOOTH)
def test_the_general_path_gives_the_same_function(name: str) -> None:
    named = activation(name)
    general = activation(named.formula + " + 0")  # not the name of anything
    assert general.slopes is None
    assert general.parity == named.parity
    assert general.growth == named.growth
    z = np.linspace(-6, 6, 49)
    table, other = named.derivatives(z, ORDER), general.derivatives(z, ORDER)
    scale = 1e-300 + np.abs(table).max(axis=1, keepdims=True)
    np.testing.assert_allclose(other / scale, table / scale, atol=1e-12)
    far = np.array([-800.0, -50.0, 50.0])
    with np.errstate(under="ignore"):
        np.testing.assert_allclose(general(far), named(far), rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize(
    ("name", "strip"), [("tanh", math.pi / 2), ("swish", math.pi), ("softplus", math.pi), ("sin", math.inf)]
)
def test_strips_are_those_of_the_poles(name: str, strip: float) -> None:
    assert activation(name).strip == strip
    assert activation(activation(name).formula).strip <= strip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tanh", "bounded"),
        ("gelu", "|z|"),
        ("relu", "|z|"),
        ("exp", "exp(|z|)"),
        ("polynomial(1, 0, 0, 2)", "|z|^3"),
        ("leaky_relu(0.1)", "|z|"),
        ("polynomial(0, 4)", "|z|"),
    ],
)
def test_growth(name: str, text: str) -> None:
    assert str(activation(name).growth) == text


def test_every_built_in_activation_knows_its_growth() -> None:
    assert all(activation(name).growth is not None for name in (*known_activations(), *known_families()))


@pytest.mark.parametrize("settings", [{"rate": -1.0}, {"degree": math.nan}, {"degree": math.inf}])
def test_no_growth(settings: dict[str, float]) -> None:
    with pytest.raises(InvalidInput, match="is no growth"):
        Growth(**settings)


def test_leaky_relu_is_two_slopes() -> None:
    assert activation("leaky_relu(0.1)").slopes == (0.1, 1.0)
    assert activation(" leaky_relu( 1/4 ) ").slopes == (0.25, 1.0)
    assert activation("leaky_relu(0)").slopes == activation("relu").slopes
    assert activation("leaky_relu(1)").strip == math.inf


def test_polynomials() -> None:
    assert activation("polynomial(1, 0, 2)").parity == 1
    assert activation("polynomial(0, 1, 0, 2)").parity == -1
    assert activation("polynomial(1, 1)").parity == 0
    assert activation("polynomial(0, -3, 0)").slopes == (-3.0, -3.0)
    assert activation("polynomial(0, 0.1, 0, -2)").formula == "0.1*z + (-2)*z**3"


@pytest.mark.parametrize(
    "slopes", [(0.0, 1.0), (0.1, 1.0), (-1.0, 1.0), (2.0, 2.0), (1 / 3, -1e-7), (0.0, 0.0)]
)
def test_a_line_formula_reads_back(slopes: tuple[float, float]) -> None:
    if slopes == (0.0, 0.0):
        assert line_formula(slopes) == "0*z"
    else:
        assert activation(line_formula(slopes)).slopes == slopes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("leaky_relu", r"needs its numbers; give for example 'leaky_relu\(0.1\)'"),
        ("leaky_relu()", "takes one number"),
        ("leaky_relu(1, 2)", "takes one number"),
        ("leaky_relu(z)", "takes one number"),
        ("leaky_relu(0.1", "not known"),
        ("polynomial()", "takes one or more numbers"),
        ("polynomial(3)", "does not depend on z"),
        ("polynomial(0, 0)", "does not depend on z"),
        ("polynomial(" + "0, " * 25 + "1)", "degree 25"),
        ("leaky", r"did you mean 'leaky_relu\(0.1\)'|not known"),
    ],
)
def test_members_that_are_none(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        activation(text)
    assert "\n" not in str(caught.value)


def test_a_name_is_taken_once() -> None:
    for name in ("leaky_relu", "tanh"):
        with pytest.raises(InvalidInput, match="exists already"):
            register_family(Family(name, lambda typed, numbers: activation("tanh"), name))
