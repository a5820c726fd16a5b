"""Closed forms of Gaussian expectations: against the numerical kernels, mpmath, and formulas from the literature."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy

from feyn_nn._core import InvalidInput
from feyn_nn.kernels.expectations import gaussian_expectations
from feyn_nn.networks import activation
from feyn_nn.rules import Factor
from feyn_nn.rules.algebra import GaussianExpectation, Kernel, explicit, pair_number
from feyn_nn.rules.closed_forms import (
    closed_form,
    has_closed_form,
    known_closed_forms,
    register_closed_form,
    registry,
)

METRIC = np.array([[0.8, 0.3, -0.2], [0.3, 1.1, 0.25], [-0.2, 0.25, 0.9]])
ONE = [(Factor(0, a, j),) for a, j in [(2, 0), (2, 2), (4, 2), (2, 4), (3, 1), (4, 4), (1, 2)]]
TWO = [
    (Factor(0, a, i), Factor(1, b, j))
    for a, i, b, j in [
        (1, 0, 1, 0),
        (1, 1, 1, 1),
        (1, 2, 1, 0),
        (2, 2, 2, 2),
        (1, 2, 1, 2),
        (3, 1, 1, 1),
        (1, 3, 1, 1),
    ]
]
THREE = [
    (Factor(0, 2, 2), Factor(1, 1, 1), Factor(2, 1, 1)),
    (Factor(0, 1, 0), Factor(1, 1, 1), Factor(2, 2, 1)),
]
SIGMAS = [
    "linear",
    "polynomial(0.5, 1, 0, 0.1)",
    "relu",
    "leaky_relu(0.1)",
    "erf",
    "0.7*erf(z/2)",
    "sin",
    "cos",
    "exp",
    "z*exp(z/3)/2 + z",
]


def value(expression) -> float:
    at = {
        Kernel(1, pair_number((a, b))): sympy.Float(METRIC[a, b], 25) for a in range(3) for b in range(a, 3)
    }
    found = complex(expression.xreplace(at).evalf(20))
    assert abs(found.imag) < 1e-15
    return found.real


@pytest.mark.parametrize("sigma", SIGMAS)
def test_against_the_numerical_kernels(sigma):
    requests = [*ONE, *TWO, *THREE]
    found = [closed_form(GaussianExpectation.of(1, request), sigma) for request in requests]
    done = [i for i, e in enumerate(found) if not e.has(GaussianExpectation)]
    assert len(done) >= len(requests) - ("erf" in sigma)
    chosen = [requests[i] for i in done]
    expected, _ = gaussian_expectations(activation(sigma), METRIC, chosen)
    for i, number in zip(done, expected, strict=True):
        assert value(found[i]) == pytest.approx(number, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize(
    ("sigma", "function"),
    [
        ("relu", lambda z: max(z, 0)),
        ("leaky_relu(0.1)", lambda z: z if z > 0 else z / 10),
        ("erf", mpmath.erf),
        ("sin", mpmath.sin),
        ("exp", mpmath.exp),
        ("polynomial(0.5, 1, 0, 0.1)", lambda z: 0.5 + z + 0.1 * z**3),
    ],
)
def test_against_mpmath(sigma, function):
    """⟨∂^j f⟩ = ⟨f He_j(z/√K)⟩ / K^{j/2}: no derivative of σ is taken."""
    K = mpmath.mpf(float(METRIC[0, 0]))
    hermite = {0: lambda g: 1, 1: lambda g: g, 2: lambda g: g**2 - 1, 4: lambda g: g**4 - 6 * g**2 + 3}
    for ((_, power, j),) in ONE:
        mean = mpmath.quad(
            lambda g, a=power, j=j: function(mpmath.sqrt(K) * g) ** a * hermite[j](g) * mpmath.npdf(g),
            [-13, -5, 0, 5, 13],
        )
        found = value(closed_form(GaussianExpectation(1, sympy.Tuple(0, power, j)), sigma))
        assert found == pytest.approx(float(mean / mpmath.sqrt(K) ** j), rel=1e-12, abs=1e-13)


def test_arc_cosine_kernels():
    """Cho and Saul 2009: degrees 0, 1 and 2, with θ the angle between two inputs."""
    K00, K01, K11 = METRIC[0, 0], METRIC[0, 1], METRIC[1, 1]
    theta = math.acos(K01 / math.sqrt(K00 * K11))
    J0 = math.pi - theta
    J1 = math.sin(theta) + J0 * math.cos(theta)
    J2 = 3 * math.sin(theta) * math.cos(theta) + J0 * (1 + 2 * math.cos(theta) ** 2)
    cases = [
        ((Factor(0, 1, 1), Factor(1, 1, 1)), J0),
        ((Factor(0, 1, 0), Factor(1, 1, 0)), math.sqrt(K00 * K11) * J1),
        ((Factor(0, 2, 0), Factor(1, 2, 0)), K00 * K11 * J2),
    ]
    for request, expected in cases:
        found = value(closed_form(GaussianExpectation.of(1, request), "relu"))
        assert found == pytest.approx(expected / (2 * math.pi), rel=1e-14)


def test_williams_arcsine():
    K00, K01, K11 = METRIC[0, 0], METRIC[0, 1], METRIC[1, 1]
    expected = 2 / math.pi * math.asin(2 * K01 / math.sqrt((1 + 2 * K00) * (1 + 2 * K11)))
    found = closed_form(GaussianExpectation(1, sympy.Tuple(0, 1, 0), sympy.Tuple(1, 1, 0)), "erf")
    assert value(found) == pytest.approx(expected, rel=1e-14)


def test_what_has_no_closed_form_stays():
    four = GaussianExpectation(1, sympy.Tuple(0, 4, 0))
    assert closed_form(four, "erf") == four
    steps = GaussianExpectation(1, *(sympy.Tuple(i, 1, 1) for i in range(4)))
    assert closed_form(steps + four, "relu") == steps + closed_form(four, "relu")


def test_short_results():
    """K of ReLU and sin as in the books, and nothing left of zero."""
    mean, K = GaussianExpectation(1, sympy.Tuple(0, 2, 0)), Kernel(1, 0)
    assert closed_form(mean, "relu") == K / 2
    assert closed_form(mean, "linear") == K
    assert closed_form(mean, "sin") == sympy.Rational(1, 2) - sympy.exp(-2 * K) / 2
    assert closed_form(mean, "exp") == sympy.exp(2 * K)
    assert closed_form(GaussianExpectation(1, sympy.Tuple(0, 1, 0)), "erf") == 0
    assert closed_form(GaussianExpectation(1, sympy.Tuple(0, 1, 2)), "linear") == 0


def test_errors_and_registration(monkeypatch):
    mean = GaussianExpectation(1, sympy.Tuple(0, 2, 0))
    with pytest.raises(InvalidInput, match="'tanh' have no closed form"):
        closed_form(mean, "tanh")
    with pytest.raises(InvalidInput, match="exist already"):
        register_closed_form("two slopes", lambda sigma: None)
    assert not any(map(has_closed_form, ("tanh", "gelu", "softplus", "exp(-z**2)")))
    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))
    register_closed_form(
        "mine", lambda sigma: (lambda request, metric: metric(0, 0) ** 7) if sigma.name == "tanh" else None
    )
    assert known_closed_forms()[-1] == "mine"
    assert closed_form(explicit(2 * mean), "tanh") == 2 * Kernel(1, 0) ** 7
    registry._form.cache_clear()
