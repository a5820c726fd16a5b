"""Kinks anywhere, and jumps: against closed forms, the exact rule for two slopes, and finite differences."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.kernels import panel_sums
from feyn_nn.kernels.expectations import ExpectationPlan, gaussian_expectations
from feyn_nn.kernels.kinked import KinkedRule
from feyn_nn.kernels.piecewise import PiecewiseRule
from feyn_nn.networks import Activation, Growth, Pieces, activation
from feyn_nn.rules import Expectation, Factor

Array = NDArray[np.float64]
HARD_TANH, STEP, SIGN = "Max(-1, Min(1, z))", "Heaviside(z)", "sign(z)"
ELU, SOFTSIGN = "Piecewise((z, z > 0), (exp(z) - 1, True))", "z/(1 + Abs(z))"
METRIC = np.array([[1.1, 0.3, -0.2], [0.3, 0.8, 0.25], [-0.2, 0.25, 0.9]])


def request(*shares: tuple[int, int]) -> Expectation:
    return tuple(Factor(label, *share) for label, share in enumerate(shares) if share[0])


def one(name: str, metric: object, *shares: tuple[int, int]) -> tuple[float, float]:
    values, errors = gaussian_expectations(activation(name), metric, [request(*shares)])  # type: ignore[arg-type]
    return float(values[0]), float(errors[0])


# --- the same expectations by the exact rule for two slopes ----------------------------------------------------


@pytest.mark.parametrize("name", ["relu", "leaky_relu(0.1)", "Abs(z)"])
@pytest.mark.parametrize(
    ("labels", "closeness"), [(1, 1.0), (2, 1.0), (2, 1e-4), (2, 1e-9), (3, 1.0), (3, 1e-2)]
)
def test_two_slopes_by_both_rules(name: str, labels: int, closeness: float) -> None:
    rng = np.random.default_rng(labels)
    shares = rng.integers((1, 0), (4, 4), size=(20, labels, 2)).tolist()
    requests = [request(*map(tuple, own)) for own in shares]
    factor = rng.normal(size=(labels, labels))
    factor[:, 1:] *= math.sqrt(closeness)
    metric = factor @ factor.T
    exact, moved = PiecewiseRule(activation(name), requests).evaluate(metric)
    values, errors = KinkedRule(activation(name), requests).evaluate(metric)
    assert (np.abs(values - exact) <= errors + moved).all()
    assert (errors <= 1e-11 * (np.abs(exact) + 1.0)).all() or closeness < 1.0


# --- closed forms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [0.5, -0.99, 1 - 1e-7, 0.0])
def test_sign_and_step_are_arcsines(rho: float) -> None:
    metric = np.array([[2.0, rho * math.sqrt(0.6)], [rho * math.sqrt(0.6), 0.3]])
    a, b, c = (Fraction(float(entry)) for entry in (metric[0, 0], metric[1, 1], metric[0, 1]))
    rest = math.sqrt(a * b - c * c)  # rounded once
    angle = math.atan2(metric[0, 1], rest)
    for name, value, slope in [
        (SIGN, 2 / math.pi * angle, 2 / math.pi / rest),
        (STEP, 0.25 + angle / (2 * math.pi), 1 / (2 * math.pi * rest)),
    ]:
        for shares, exact in [(((1, 0), (1, 0)), value), (((1, 1), (1, 1)), slope)]:
            found, error = one(name, metric, *shares)
            assert abs(found - exact) <= error + 1e-14 * abs(exact)
            assert error <= 1e-12 * max(1.0, abs(exact))


def test_three_steps_are_an_octant() -> None:
    found, error = one(STEP, METRIC, (1, 0), (1, 0), (1, 0))
    s = np.sqrt(METRIC.diagonal())
    angles = [math.asin(METRIC[i, j] / (s[i] * s[j])) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert abs(found - (1 / 8 + sum(angles) / (4 * math.pi))) <= error + 1e-16
    assert error < 1e-12
    # ∂/∂G_01 of it: the density of z_0 = z_1 = 0 times the chance of z_2 > 0, which is one half
    across, error = one(STEP, METRIC, (1, 1), (1, 1), (1, 0))
    rest = METRIC[0, 0] * METRIC[1, 1] - METRIC[0, 1] ** 2
    assert abs(across - 1 / (4 * math.pi * math.sqrt(rest))) <= error + 1e-16


def normal(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("variance", [0.01, 1.0, 30.0])
def test_hard_tanh_of_one_input(variance: float) -> None:
    x = 1 / math.sqrt(variance)
    inside = math.erf(x / math.sqrt(2))
    square = variance * (inside - 2 * x * normal(x)) + 1 - inside
    for shares, exact in [((2, 0), square), ((1, 1), inside), ((2, 2), 2 * inside - 4 * x * normal(x))]:
        found, error = one(HARD_TANH, [[variance]], shares)
        assert abs(found - exact) <= error + 1e-15
        assert error < 1e-13


def test_elu_of_one_input() -> None:
    tail = math.exp(0.5) * math.erfc(1 / math.sqrt(2)) / 2  # ⟨exp(z); z < 0⟩
    for shares, exact in [
        ((1, 0), normal(0) + tail - 0.5),
        ((1, 1), 0.5 + tail),
        ((1, 2), tail),
        ((1, 3), tail + (0 - 1) * normal(0)),  # σ'' jumps by -1
    ]:
        found, error = one(ELU, [[1.0]], shares)
        assert abs(found - exact) <= error + 1e-16


# --- derivatives with respect to the metric --------------------------------------------------------------------

REQUESTS = [
    request((2, 0), (2, 0)),
    request((1, 1), (2, 1)),
    request((1, 2), (1, 0)),
    request((1, 0), (1, 0), (2, 0)),
    request((2, 1), (1, 1), (1, 2)),
]


def slope(name: str, wanted: Expectation, a: int, b: int, step: float = 2e-3) -> float:
    """d/dG_ab by central differences of sixth order."""
    direction = np.zeros_like(METRIC)
    direction[a, b] = direction[b, a] = 1.0
    plan = ExpectationPlan(activation(name), [wanted])
    difference = 0.0
    for k, weight in {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}.items():
        for sign in (1, -1):
            difference += sign * weight * float(plan.evaluate(METRIC + sign * k * step * direction).values[0])
    return difference / step


@pytest.mark.parametrize("wanted", REQUESTS, ids=str)
@pytest.mark.parametrize("name", [HARD_TANH, ELU, STEP])
def test_metric_derivatives_are_pairs_of_field_derivatives(name: str, wanted: Expectation) -> None:
    raised = [
        tuple(f._replace(derivatives=f.derivatives + labels.count(f.label)) for f in wanted)
        for labels in ((0, 1), (0, 0))
    ]
    (across, along), _ = gaussian_expectations(activation(name), METRIC, raised)
    assert slope(name, wanted, 0, 1) == pytest.approx(across, rel=3e-9, abs=3e-10)
    assert slope(name, wanted, 0, 0) == pytest.approx(along / 2, rel=3e-9, abs=3e-10)


@pytest.mark.parametrize("name", [HARD_TANH, SOFTSIGN])
def test_relabelling_changes_nothing(name: str) -> None:
    shares = [(1, 1), (2, 0), (1, 2)]
    first, error = one(name, METRIC, *shares)
    for order in itertools.permutations(range(3)):
        again, moved = one(name, METRIC[np.ix_(order, order)], *(shares[k] for k in order))
        assert abs(again - first) <= error + moved


# --- singular metrics -----------------------------------------------------------------------------------------


def test_three_inputs_in_two_dimensions() -> None:
    x = np.array([[1.0, 0.2], [-0.4, 0.9], [0.5, 0.5]])
    singular = x @ x.T
    for name in (HARD_TANH, ELU):
        for shares in [((1, 0), (1, 0), (2, 0)), ((1, 1), (1, 1), (2, 0)), ((1, 2), (2, 0), (1, 0))]:
            value, error = one(name, singular, *shares)
            near, moved = one(name, singular + 1e-7 * np.eye(3), *shares)
            assert abs(value - near) < 3e-6
            assert error + moved < 1e-9


def test_multiples_of_one_input_where_no_kinks_meet() -> None:
    # z_1 = 2 z_0: a kink of z_1 is none of z_0
    value, error = one("Abs(z - 1)", [[1.0, 2.0], [2.0, 4.0]], (1, 2), (1, 1))
    exact = 2 * normal(1.0) * 1.0  # 2 δ(z_0 - 1) times the slope of |2 z_0 - 1| there
    assert abs(value - exact) <= error + 1e-16


def test_an_input_of_zero_is_a_number() -> None:
    metric = [[1.0, 0.0], [0.0, 0.0]]
    assert one("Abs(z - 1)", metric, (1, 0), (2, 0))[0] == pytest.approx(
        one("Abs(z - 1)", [[1.0]], (1, 0))[0]
    )
    assert one(STEP, metric, (1, 0), (1, 0))[0] == pytest.approx(0.25)  # half of a half
    assert one("Max(0, z)*exp(-z)", metric, (1, 0), (1, 0))[0] == 0.0
    with pytest.raises(InvalidInput, match="does not exist at this singular metric, where a kink"):
        one("Max(0, z)*exp(-z)", metric, (1, 0), (1, 2))


def test_kinks_that_meet_have_no_limit() -> None:
    opposite = [[1.0, -1.0], [-1.0, 1.0]]
    assert one(HARD_TANH, opposite, (1, 0), (1, 1))[0] == pytest.approx(0.0, abs=1e-15)
    with pytest.raises(InvalidInput, match="does not exist at this singular metric"):
        one(HARD_TANH, opposite, (1, 2), (1, 2))


def test_what_the_rule_cannot_take_is_refused() -> None:
    with pytest.raises(InvalidInput, match="couples 4 independent inputs, more than the 3"):
        gaussian_expectations(activation(HARD_TANH), np.eye(4), [request((1, 0), (1, 0), (1, 0), (1, 0))])
    with pytest.raises(InvalidInput, match="grow faster than the Gaussian falls"):
        one("Max(1, exp(z))", [[400.0]], (2, 0))
    with pytest.raises(InvalidInput, match="too large for quadrature"):
        one(SOFTSIGN, [[1e12]], (2, 0))
    with pytest.raises(InvalidInput, match="has no pieces"):
        KinkedRule(activation("tanh"), [request((1, 0))])


@pytest.mark.parametrize("tolerance", [1e-2, 1e-6, 1e-10])
def test_errors_are_honest_at_any_tolerance(tolerance: float) -> None:
    plan = ExpectationPlan(activation(SOFTSIGN), [request((2, 1), (1, 3)), request((2, 2))])
    first, second = plan.evaluate(METRIC, tolerance=tolerance), plan.evaluate(METRIC)
    assert (np.abs(first.values - second.values) <= first.errors + second.errors).all()


def test_a_kinked_activation_of_ones_own() -> None:
    """A hat, 1 - |z| within one of zero, by its pieces."""
    flat, up, down = (np.polynomial.Polynomial(c) for c in ([0.0], [1.0, 1.0], [1.0, -1.0]))

    def piece(series: np.polynomial.Polynomial):  # type: ignore[no-untyped-def]
        return lambda z, order: np.stack([series.deriv(k)(z) if k else series(z) for k in range(order + 1)])

    pieces = Pieces(kinks=(-1.0, 0.0, 1.0), derivatives=(piece(flat), piece(up), piece(down), piece(flat)))
    hat = Activation(
        name="hat",
        function=pieces,
        derivatives=pieces.table,
        pieces=pieces,
        parity=1,
        strip=0.0,
        growth=Growth(),
        formula="Max(0, 1 - Abs(z))",
    )
    requests = [request((2, 0), (1, 2)), request((1, 1), (1, 1)), request((3, 4))]
    own = gaussian_expectations(hat, METRIC, requests)
    text = gaussian_expectations(activation(hat.formula), METRIC, requests)
    assert (np.abs(own.values - text.values) <= own.errors + text.errors).all()
    assert own.values[1] > 0


def test_interpolation_between_unequal_edges() -> None:
    rng = np.random.default_rng(3)
    coefficients, edges = rng.normal(size=(3, 2, 6)), np.array([-1.0, -0.9, 1.0, 4.0])
    points = np.concatenate([rng.uniform(-1.0, 4.0, size=100), edges])
    values = panel_sums.interpolated_between(coefficients, edges, points)
    for point, column in zip(points, values.T, strict=True):
        panel = max(int(np.searchsorted(edges, point)) - 1, 0)
        x = (2 * point - edges[panel] - edges[panel + 1]) / (edges[panel + 1] - edges[panel])
        expected = np.polynomial.chebyshev.chebval(x, coefficients[panel].T)
        np.testing.assert_allclose(column, expected, rtol=1e-11, atol=1e-12)
    plain = panel_sums.interpolated_between.py_func(coefficients, edges, points)
    np.testing.assert_allclose(plain, values, rtol=1e-13)


@pytest.mark.parametrize(
    ("text", "value"), [("sign(z)", 0.0), ("Heaviside(z)", 0.25), ("Heaviside(z)*z + 2", 4.0)]
)
def test_an_input_that_is_zero_sees_the_value_at_the_jump(text: str, value: float) -> None:
    metric = [[0.0, 0.0], [0.0, 1.0]]
    requests = [(Factor(0, 2, 0),), (Factor(0, 2, 0), Factor(1, 2, 0)), (Factor(1, 2, 0),)]
    found, errors = gaussian_expectations(activation(text), metric, requests)
    assert found[0] == pytest.approx(value, abs=1e-15)
    assert found[1] == pytest.approx(value * found[2], abs=float(errors[1]) + 1e-15)
