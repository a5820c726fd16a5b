"""Expressions as activations: what is found of their shape, and what is refused."""

from __future__ import annotations

import math
import pickle

import mpmath
import numpy as np
import pytest
import sympy

from feyn_nn._core import InvalidInput
from feyn_nn.networks import MLP, activation

z = sympy.Symbol("z")


@pytest.mark.parametrize(
    ("text", "parity"),
    [
        ("tanh(z)**3", -1),
        ("z*exp(-z**2/2)", -1),
        ("exp(-z**2)", 1),
        ("cos(z) + z", 0),
        ("z**2/(1 + z**2)", 1),
        ("sin(z)*cos(z)", -1),
        ("sqrt(1 + z**2)", 1),
        ("z + 1e-12*z**2", 0),
    ],
)
def test_parity(text: str, parity: int) -> None:
    assert activation(text).parity == parity


@pytest.mark.parametrize(
    ("text", "slopes"),
    [
        ("z", (1.0, 1.0)),
        ("Max(0, z)", (0.0, 1.0)),
        ("Max(z/10, z)", (0.1, 1.0)),
        ("Abs(z)", (-1.0, 1.0)),
        ("(z + Abs(z))/2", (0.0, 1.0)),
        ("3*Min(z, 0) - sqrt(2)*Max(0, z)", (3.0, -math.sqrt(2))),
        ("sqrt(z**2)", (-1.0, 1.0)),
        ("(z + 1)**2 - z**2 - 1", (2.0, 2.0)),
    ],
)
def test_straight_lines_through_zero_become_slopes(text: str, slopes: tuple[float, float]) -> None:
    sigma = activation(text)
    assert sigma.slopes == pytest.approx(slopes, rel=1e-15)
    assert activation(sigma.formula).slopes == sigma.slopes


@pytest.mark.parametrize(
    ("text", "distance"),
    [
        ("tanh(z) + 0*z", math.pi / 2),
        ("tanh(z)**3", math.pi / 2),
        ("tanh(3*z)", math.pi / 6),
        ("1/(1 + z**2)", 1.0),
        ("1/(4 + (z - 5)**2)", 2.0),
        ("sqrt(1 + z**2)", 1.0),
        ("log(1 + z**2)", 1.0),
        ("atan(z)", 1.0),
        ("asinh(z)", 1.0),
        ("z/(1 + exp(-z))", math.pi),
        ("log(1 + exp(z))", math.pi),
    ],
)
def test_the_strip_stays_inside_the_nearest_singularity(text: str, distance: float) -> None:
    assert 0.6 * distance <= activation(text).strip <= distance


def test_entire_functions_get_a_strip_by_their_size() -> None:
    assert activation("z**3 - z").strip == math.inf
    assert activation("exp(z/2)").strip > 4
    assert 1 < activation("exp(-z**2/2)").strip < 4


@pytest.mark.parametrize(
    ("text", "growth"),
    [
        ("sin(z)", "bounded"),
        ("z*exp(-z**2/2)", "bounded"),
        ("sin(exp(z/9))", "bounded"),
        ("exp(-exp(z))", "bounded"),
        ("z**3 - z", "|z|^3"),
        ("sqrt(1 + z**2)", "|z|"),
        ("log(1 + z**2)", "|z|"),  # a bound
        ("z*sin(z)", "|z|"),
        ("exp(2*z)", "exp(2|z|)"),
        ("2**z", "exp(0.693|z|)"),
        ("z**2*exp(-z)", "|z|^2 exp(|z|)"),
        ("cosh(z)", "exp(|z|)"),
    ],
)
def test_growth(text: str, growth: str) -> None:
    assert str(activation(text).growth) == growth


@pytest.mark.parametrize(
    "text", ["exp(z**2)", "exp(z**2/8)", "exp(exp(z))", "sinh(z**3)", "cosh(z**2)/(1 + z**2)"]
)
def test_what_outgrows_every_exponential_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="grows faster than a Gaussian expectation"):
        activation(text)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("log(z)", r"is complex at z = -12"),
        ("sqrt(z)", "is complex"),
        ("tanh(z)**0.5", "is complex"),
        ("1/z", "no value at z = 0"),
        ("1/(z - 0.3)", "no value at z = 0.3"),
        ("1/cos(z)", "singular on the real axis.*near z = -11"),
        ("exp(-1/z**2)", "no value at z = 0"),
        ("sqrt(Max(0, z))", "infinite derivative at its kink z = 0"),
        ("1/Abs(z)", "no value at z = 0"),
        ("Abs(sin(z))", "more kinks than can be taken, or no end of them"),
        ("Abs(sin(z/4))", "no end of them"),
        ("Max(z, 200 - z/100)", r"kink at z = 198\.\d+; give kinks between -100 and 100"),
        ("Max(z, log(z))", "compares what is not real"),
        ("sign(z)**2", "does not depend on z"),
        ("tanh(100*z)", "singular on the real axis or within"),
        ("3 + 1", "does not depend on z"),
        ("z - z", "does not depend on z"),
        (sympy.Integer(3), "does not depend on z"),
        (sympy.I * z, "is complex"),
        (sympy.zoo * z, "infinity"),
        (sympy.Symbol("w") * z, r"symbol 'w' besides z; give it a value, expr.subs\(w, …\)"),
        (sympy.floor(z), "jumps without end"),
        (sympy.Piecewise((z, z < 0)), "no value at z = .*no condition of Piecewise holds"),
        (sympy.gamma(z), "holds gamma, which is not known"),
        (sympy.Function("f")(z), "holds f, which is not known"),
        (sympy.Integral(sympy.exp(-(z**2)), z), "not known"),
        (z**200, "huge power"),
        (sympy.sin(z) * sympy.Float("1e-200"), "too large or too small"),
        (z * sympy.Float("1e-200"), "too large or too small"),
        (z > 0, "is not an expression"),
        (sympy.Matrix([[z]]), "neither a name nor an expression"),
        (None, "neither a name nor an expression"),
        ([z], "neither a name nor an expression"),
        (sum(sympy.sin(k * z) for k in range(1, 90)), "characters"),
    ],
)
def test_refusals_say_why(given: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        activation(given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        sympy.tanh(z) ** 3,
        0.1 * z**2 + sympy.sin(z) / 3,
        sympy.Symbol("z", positive=True) ** 2 + sympy.Symbol("z", positive=True),
        sympy.Piecewise((0.2 * z, z < 0), (z, True)),
        sympy.Max(0, z),
        sympy.Piecewise((z, (z > 0) & (z < 0.9)), (sympy.sin(z), True)),
        sympy.Piecewise((1, sympy.Eq(z, 0)), (sympy.sin(z) / z, True)),
        sympy.Max(z, -1) * sympy.Float("0.25") + sympy.Abs(z - sympy.sqrt(2)),
        z / 3 + sympy.cos(sympy.pi * z),
        sympy.exp(-z) * sympy.Float(1 / 3),
    ],
    ids=str,
)
def test_sympy_expressions_are_named_by_text_that_reads_back(given: sympy.Expr) -> None:
    sigma = activation(given)
    again = activation(sigma.name)
    points = np.linspace(-2, 2, 9)
    assert again == sigma
    np.testing.assert_array_equal(again.derivatives(points, 5), sigma.derivatives(points, 5))
    plain = sympy.lambdify(next(iter(given.free_symbols)), given, "mpmath")
    np.testing.assert_allclose(
        sigma(points), [float(plain(mpmath.mpf(p))) for p in points.tolist()], rtol=1e-14, atol=1e-15
    )


def test_text_keeps_the_name_that_was_typed() -> None:
    net = MLP(depth=2, width=4, activation="  1*tanh( z )**3 ")
    assert net.activation.name == "1*tanh( z )**3"
    assert net.activation.formula == "tanh(z)**3"
    assert MLP.from_dict(net.to_dict()) == net


def test_one_text_is_one_object() -> None:
    assert activation("tanh(z)**5") is activation("tanh(z)**5")


@pytest.mark.parametrize(
    "text", ["tanh(z)**3", "Max(z/10, z)", "sqrt(1 + z**2)", "sin(z)/z", "Max(-1, Min(1, z))"]
)
def test_expressions_are_picklable(text: str) -> None:
    sigma = activation(text)
    copy = pickle.loads(pickle.dumps(sigma))
    points = np.linspace(-2, 2, 9)
    assert copy == sigma
    np.testing.assert_array_equal(copy.derivatives(points, 4), sigma.derivatives(points, 4))
