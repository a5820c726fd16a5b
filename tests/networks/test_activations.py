import math
import pickle
from functools import lru_cache

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput
from feyn_nn.networks import (
    MLP,
    Activation,
    activation,
    known_activations,
    piecewise_linear,
    register,
    unregister,
)

POINTS = np.array(
    [-400.0, -12.0, -3.1, -0.9, -0.2, 0.0, 1e-9, 0.05, 0.4, 0.66, 1.0, 1.7, 2.5, 6.0, 19.0, 800.0]
)
ORDER = 20
BUILT_IN = ("cos", "erf", "exp", "gelu", "linear", "relu", "sin", "softplus", "swish", "tanh")
MEMBERS = ("leaky_relu(0.1)", "polynomial(0.5, 1, -0.3, 0.2)", "polynomial(1, 0, 2)", "polynomial(0, -3)")


@lru_cache
def exact_tanh_derivatives(z: float) -> list[mpmath.mpf]:
    """By mpmath's finite differences in many digits, which know nothing of the recurrence under test."""
    with mpmath.workdps(40):
        return list(mpmath.diffs(mpmath.tanh, mpmath.mpf(z), ORDER))


@lru_cache
def largest_tanh_derivatives() -> list[float]:
    grid = [float(z) for z in np.linspace(0, 3, 61)]
    return [max(abs(float(exact_tanh_derivatives(z)[m])) for z in grid) for m in range(ORDER + 1)]


def test_tanh_derivatives_agree_with_mpmath():
    table = activation("tanh").derivatives(POINTS, ORDER)
    assert table.shape == (ORDER + 1, len(POINTS))
    for i, z in enumerate(POINTS):
        for m, exact in enumerate(exact_tanh_derivatives(float(z))):
            assert abs(table[m, i] - float(exact)) <= 1e-12 * largest_tanh_derivatives()[m], (m, z)


def test_tanh_derivatives_keep_their_relative_precision_in_the_tails():
    z = np.array([-30.0, 15.0, 300.0])
    table = activation("tanh").derivatives(z, 12)
    for m in range(1, 13):
        leading = -2.0 * (-2.0 * np.sign(z)) ** m * np.sign(z) * np.exp(-2 * np.abs(z))
        np.testing.assert_allclose(table[m], leading, rtol=1e-9)


def test_lower_orders_do_not_depend_on_the_highest_asked_for():
    z = np.linspace(-4, 4, 41)
    deep = activation("tanh").derivatives(z, 16)
    for order in (0, 1, 5):
        shallow = activation("tanh").derivatives(z, order)
        np.testing.assert_allclose(shallow, deep[: order + 1], rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", [*BUILT_IN, *MEMBERS])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)])
def test_tables_have_the_shape_of_z(name, shape):
    z = np.full(shape, 0.3)
    sigma = activation(name)
    assert sigma(z).shape == shape
    for order in (0, 1, 4):
        table = sigma.derivatives(z, order)
        assert table.shape == (order + 1, *shape)
        np.testing.assert_allclose(table[0], sigma(z), rtol=1e-15)


@pytest.mark.parametrize("name", [*BUILT_IN, *MEMBERS])
def test_formula_is_the_function_and_its_derivatives(name):
    sigma, z = activation(name), sympy.Symbol("z", real=True)
    formula = sympy.sympify(sigma.formula, locals={"z": z})
    table = sigma.derivatives(np.array([-1.3, 0.7]), 3)
    for m in range(4):
        exact = [
            float(sympy.diff(formula, z, m).doit().subs(z, sympy.Rational(value)).evalf(30))
            for value in (-1.3, 0.7)
        ]
        np.testing.assert_allclose(table[m], exact, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", [*BUILT_IN, *MEMBERS])
def test_parity_and_slopes_are_those_of_the_function(name):
    sigma, z = activation(name), np.linspace(0.1, 5, 20)
    odd_part, even_part = sigma(z) - sigma(-z), sigma(z) + sigma(-z)
    assert sigma.parity == int(np.allclose(odd_part, 0)) - int(np.allclose(even_part, 0))
    if sigma.slopes is None:
        assert not np.allclose(sigma(2 * z), 2 * sigma(z))
    else:
        below, above = sigma.slopes
        np.testing.assert_array_equal(sigma(z), above * z)
        np.testing.assert_array_equal(sigma(-z), -below * z)


def test_strips():
    assert activation("tanh").strip == math.pi / 2
    assert activation("linear").strip == math.inf
    assert activation("relu").strip == 0.0


def test_relu_off_and_on_the_kink():
    relu = activation("relu")
    table = relu.derivatives(np.array([-2.0, 0.0, 3.0]), 3)
    assert table.tolist() == [[0.0, 0.0, 3.0], [0.0, 0.5, 1.0], [0.0] * 3, [0.0] * 3]


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(-100, 100))
@settings(deadline=None)
def test_piecewise_linear_follows_its_slopes(below, above, z):
    broken = piecewise_linear("broken", (below, above), formula="z")
    assert broken(z) == (below if z < 0 else above) * z
    if z != 0:
        assert broken.derivatives(np.asarray(z), 1)[1] == pytest.approx(below if z < 0 else above, abs=1e-14)


def test_scalars_and_lists_are_accepted():
    assert activation("tanh")(0.5) == math.tanh(0.5)
    assert activation("relu")([-1, 2]).tolist() == [0.0, 2.0]


def test_one_registration_adds_an_activation():
    absolute = piecewise_linear("absolute", (-1.0, 1.0), formula="Abs(z)", function=np.abs)
    with pytest.raises(InvalidInput, match="'absolute' is not known"):
        MLP(depth=2, width=4, activation="absolute")
    register(absolute)
    try:
        assert activation("absolute") is absolute
        assert "absolute" in known_activations()
        assert MLP(depth=2, width=4, activation="absolute").activation.parity == 1
        with pytest.raises(InvalidInput, match="exists already"):
            register(absolute)
    finally:
        unregister("absolute")
    assert known_activations() == BUILT_IN
    assert MLP(depth=2, width=4, activation=absolute).activation is absolute


def test_unknown_names_name_the_known_ones():
    with pytest.raises(InvalidInput, match=r"did you mean 'tanh'.*linear, polynomial.*relu, .*tanh"):
        activation("tahn")
    with pytest.raises(InvalidInput, match="neither a name nor an expression"):
        activation(3)
    with pytest.raises(InvalidInput, match="not known"):
        unregister("nothing")
    with pytest.raises(InvalidInput, match="not an Activation"):
        register("tanh")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "does not name"),
        ({"function": None}, "callable"),
        ({"derivatives": 3}, "callable"),
        ({"parity": 2}, "parity"),
        ({"strip": -1.0}, "strip"),
        ({"strip": math.nan}, "strip"),
        ({"slopes": (1.0, math.inf)}, "slopes"),
        ({"slopes": (1.0,)}, "slopes"),
    ],
)
def test_a_malformed_activation_is_refused(change, message):
    settings = {
        "name": "f",
        "function": np.sin,
        "derivatives": np.sin,
        "strip": math.inf,
        "formula": "sin(z)",
    }
    assert Activation(**settings).parity == 0
    with pytest.raises(InvalidInput, match=message):
        Activation(**{**settings, **change})


@pytest.mark.parametrize("name", [*BUILT_IN, *MEMBERS])
def test_equal_by_name_and_picklable(name):
    sigma = activation(name)
    copy = pickle.loads(pickle.dumps(sigma))
    assert copy == sigma
    assert hash(copy) == hash(sigma)
    assert copy(0.7) == sigma(0.7)
    assert sigma != name
    assert repr(sigma) == f"Activation({name!r})"


def test_names_may_have_spaces_around_them_and_are_no_functions():
    assert activation(" tanh ") is activation("tanh")
    with pytest.raises(InvalidInput, match="did you mean 'tanh'"):
        activation("TANH")
    with pytest.raises(InvalidInput, match=r"give 'relu', or write out its formula 'Max\(0, z\)'"):
        activation("relu(z)")
    with pytest.raises(InvalidInput, match="calls 'gelu', a name that stands alone"):
        activation("2*gelu(z) + z")
