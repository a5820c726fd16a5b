from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
import sympy

from feyn_nn._core import InvalidInput, Powers
from feyn_nn._core.polynomial import Polynomial


def random_polynomial(random: Random) -> Polynomial:
    return Polynomial(
        {
            Powers(N=random.randrange(4), M=random.randrange(3)): Fraction(random.randint(-4, 4), 3)
            for _ in range(4)
        }
    )


def as_sympy(polynomial: Polynomial) -> sympy.Expr:
    return sum(
        (
            sympy.Rational(c.numerator, c.denominator)
            * sympy.Symbol("N") ** p["N"]
            * sympy.Symbol("M") ** p["M"]
            for p, c in polynomial.items()
        ),
        start=sympy.Integer(0),
    )


@pytest.mark.parametrize("seed", range(20))
def test_arithmetic_as_sympy_does_it(seed):
    random = Random(seed)
    a, b = random_polynomial(random), random_polynomial(random)
    half = Fraction(1, 2)
    for found, expected in [
        (a + b, as_sympy(a) + as_sympy(b)),
        (a - b, as_sympy(a) - as_sympy(b)),
        (a * b, as_sympy(a) * as_sympy(b)),
        (half - a, sympy.Rational(1, 2) - as_sympy(a)),
        (half * a + 1, as_sympy(a) / 2 + 1),
        (-a, -as_sympy(a)),
    ]:
        assert sympy.expand(as_sympy(found) - expected) == 0
        at = found.at(N=3, M=Fraction(-1, 2))
        assert at == Fraction(str(expected.subs({"N": 3, "M": sympy.Rational(-1, 2)})))


def test_equal_polynomials_are_equal_values():
    n = Polynomial.variable("N")
    assert n - n == 0 == Polynomial()
    assert hash(n - n + 2) == hash(2)
    assert n * 2 == n + n
    assert hash(n * 2) == hash(n + n)
    assert n != Polynomial.variable("M")
    assert Polynomial.constant(3) == Fraction(3)
    assert n != "N"


def test_text():
    n, m = Polynomial.variable("N"), Polynomial.variable("M")
    assert str(n * n * Fraction(1, 3) - n * m + 2) == "-M N + 1/3 N² + 2"
    assert str(-n) == "-N"
    assert str(Polynomial()) == "0"
    assert repr(n + 1) == "Polynomial(N + 1)"


def test_every_variable_needs_a_value():
    with pytest.raises(InvalidInput, match=r"N has no value; give one, such as at\(N=3\)"):
        Polynomial.variable("N").at(M=1)
