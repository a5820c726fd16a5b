"""Kinked activations where labels are multiples of one another, or more than the dimensions they live in."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.kernels.cut_powers import CutPower
from feyn_nn.kernels.expectations import ExpectationPlan, gaussian_expectations
from feyn_nn.kernels.kinked import KinkedRule
from feyn_nn.kernels.piecewise import PiecewiseRule
from feyn_nn.kernels.singular_moments import SingularMoments
from feyn_nn.networks import Activation, activation
from feyn_nn.networks.activations import piecewise_linear
from feyn_nn.rules import Expectation, Factor

RELU, LINEAR = activation("relu"), activation("linear")
LEAKY = piecewise_linear("leaky test", (0.25, 1.5), formula="Max(z/4, 3*z/2)")


def request(*shares: tuple[int, int]) -> Expectation:
    """Label 0, 1, … with (power, derivatives)."""
    return tuple(Factor(label, *share) for label, share in enumerate(shares))


def one(act: Activation, metric: object, wanted: Expectation) -> tuple[float, float]:
    values, errors = gaussian_expectations(act, metric, [wanted])  # type: ignore[arg-type]
    return float(values[0]), float(errors[0])


def circle_moment(angles: Sequence[float], shares: Sequence[tuple[int, int]]) -> mp.mpf:
    """Labels z_i = r cos(φ − angle_i) in two dimensions, j_i ≤ a_i: the radius exactly, the angle by quadrature."""
    edges = sorted(
        {float(mp.fmod(a + side * mp.pi / 2 + 4 * mp.pi, 2 * mp.pi)) for a in angles for side in (-1, 1)}
    )
    degree = sum(a - j for a, j in shares)

    def integrand(phi: mp.mpf) -> mp.mpf:
        value = mp.mpf(1)
        for angle, (a, j) in zip(angles, shares, strict=True):
            c = mp.cos(phi - angle)
            value *= (mp.ff(a, j) * c ** (a - j)) if c > 0 else 0
        return value

    angle = mp.quad(integrand, [*edges, edges[0] + 2 * mp.pi])
    return angle / (2 * mp.pi) * mp.mpf(2) ** (mp.mpf(degree) / 2) * mp.gamma(mp.mpf(degree) / 2 + 1)


@pytest.mark.parametrize(
    "shares",
    [
        ((1, 0),) * 3,
        ((2, 1), (1, 1), (3, 0)),
        ((1, 1),) * 3,
        ((1, 0),) * 4,
        ((2, 0), (1, 1), (2, 1), (1, 0)),
        ((1, 1),) * 4,
    ],
)
def test_more_labels_than_dimensions(shares: tuple[tuple[int, int], ...]) -> None:
    angles = [0.0, 0.4, -0.7, 1.1][: len(shares)]
    metric = np.cos(np.subtract.outer(angles, angles))
    value, error = one(RELU, metric, request(*shares))
    exact = circle_moment(angles, shares)
    assert abs(value - exact) <= 1e-12 * exact
    assert abs(value - exact) <= error + 1e-15  # the metric itself is rounded


@pytest.mark.parametrize("seed", range(6))
def test_three_points_of_a_plane_lose_no_digits(seed: int) -> None:
    # rounding leaves some 1e-16 of the third eigenvalue; recurrences that divide by its root lose half the digits
    points = np.random.default_rng(seed).normal(size=(3, 2))
    angles = np.arctan2(points[:, 1], points[:, 0])
    metric = points @ points.T
    for shares in [((1, 0), (3, 0), (1, 0)), ((3, 0), (1, 0), (3, 0)), ((2, 1), (1, 0), (2, 0))]:
        value, error = one(RELU, (metric + metric.T) / 2, request(*shares))
        size = math.prod(float(np.hypot(*x)) ** (a - j) for x, (a, j) in zip(points, shares, strict=True))
        exact = size * float(circle_moment(angles.tolist(), shares))
        assert abs(value - exact) <= 1e-13 * size
        assert error <= 1e-13 * size


def test_three_points_close_to_a_plane() -> None:
    # P(z_i > 0) by the angles between the points, in many digits; kinks cross within 1e-5 of one another
    metric = [
        [0.3723830920279229, -0.05821042991916495, 0.22742786273558963],
        [-0.05821042991916495, 0.3467292774535593, -0.055624833887836185],
        [0.22742786273558963, -0.055624833887836185, 0.14009191233089163],
    ]
    wanted = request((1, 1), (1, 1), (1, 1))
    with mp.workdps(30):
        angles = [
            mp.acos(mp.mpf(metric[i][j]) / mp.sqrt(mp.mpf(metric[i][i]) * mp.mpf(metric[j][j])))
            for i, j in itertools.combinations(range(3), 2)
        ]
        exact = (2 * mp.pi - mp.fsum(angles)) / (4 * mp.pi)
    for rule in (PiecewiseRule, KinkedRule):
        values, errors = rule(RELU, [wanted]).evaluate(np.array(metric))
        assert abs(values[0] - exact) <= errors[0] + 1e-15
        assert errors[0] <= 1e-12


def test_a_kink_on_a_line_of_the_plane() -> None:
    # δ(z_0) leaves the line across; on it the other two are multiples of one another
    angles = np.array([0.0, 0.4, -0.7])
    metric = np.cos(np.subtract.outer(angles, angles))
    value, error = one(RELU, metric, request((1, 2), (1, 0), (1, 0)))
    up, down = np.sin(angles[1]) * np.sin(angles[2]), 0.0
    assert np.sin(angles[1]) > 0 > np.sin(angles[2])
    assert up < 0
    assert value == down
    assert error < 1e-15
    angles[2] = 0.7
    metric = np.cos(np.subtract.outer(angles, angles))
    value, error = one(RELU, metric, request((1, 2), (1, 0), (1, 0)))
    exact = np.sin(0.4) * np.sin(0.7) / 2 / np.sqrt(2 * np.pi)
    assert value == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize("factor", [1.0, 2.0, 0.3])
def test_collinear_labels_are_one_label(factor: float) -> None:
    variance = 1.7
    metric = variance * np.array([[1.0, factor], [factor, factor**2]])
    for a, i, b, j in itertools.product((1, 2, 3), (0, 1), (1, 2, 3), (0, 1)):
        value, error = one(RELU, metric, request((a, i), (b, j)))
        m = a - i + b - j
        moment = 0.5 if m == 0 else 2 ** (m / 2 - 1) * math.gamma((m + 1) / 2) / math.sqrt(math.pi)
        exact = (a if i else 1) * (b if j else 1) * factor ** (b - j) * variance ** (m / 2) * moment
        assert value == pytest.approx(exact, rel=1e-14)
        assert error < 1e-13 * exact
    opposite = metric * np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert one(RELU, opposite, request((1, 0), (2, 0))) == (0.0, 0.0)
    half = one(RELU, metric, request((1, 2), (1, 1)))[0]  # δ(z) θ(z) as a limit
    assert half == pytest.approx(0.5 / math.sqrt(2 * math.pi * variance), rel=1e-14)


@pytest.mark.parametrize("act", [RELU, LEAKY, LINEAR])
def test_a_repeated_input_has_the_derivatives_of_one(act: Activation) -> None:
    # labels 0 and 2 are the same input: ∂^m[σ^3] h(z_1) is shared out between them by Leibniz
    rho = 0.3
    metric = np.array([[1.0, rho, 1.0], [rho, 2.0, rho], [1.0, rho, 1.0]])
    for m in range(4):
        shared = sum(
            math.comb(m, j) * one(act, metric, request((2, j), (1, 1), (1, m - j)))[0] for j in range(m + 1)
        )
        whole, _ = one(act, metric, request((3, m), (1, 1)))
        assert shared == pytest.approx(whole, rel=1e-13, abs=1e-15)


def test_many_multiples_of_one_input() -> None:
    factors = np.array([1.0, 3.0, 0.7, 1.9])
    metric = 0.6 * np.outer(factors, factors)
    value, _ = one(RELU, metric, request((2, 0), (1, 0), (3, 0), (1, 0)))
    exact = 0.6**3.5 * np.prod(factors ** [2, 1, 3, 1]) * 48 / math.sqrt(2 * math.pi)  # ⟨g^7 θ⟩ = 48/√2π
    assert value == pytest.approx(exact, rel=1e-14)


def test_a_repeated_input_stays_repeated_to_the_bit() -> None:
    plan = ExpectationPlan(RELU, [request((2, 0)), (Factor(1, 2, 0),), request((1, 0), (1, 0))])
    metric = np.full((2, 2), 0.7)
    for _ in range(20):
        values, _ = plan.evaluate(metric)
        assert values[0] == values[1] == values[2]
        metric = 0.05 + 1.9 * np.full((2, 2), values[0])


def test_a_step_at_a_label_without_variance_is_a_half() -> None:
    """The limit of every small variance, however small."""
    moments = SingularMoments(((Fraction(0), Fraction(0)), (Fraction(0), Fraction(3))))
    step, other = CutPower(0, 0, True), CutPower(1, 1, True)
    alone = moments.moment((other,)).value
    assert alone == pytest.approx(math.sqrt(3 / (2 * math.pi)), rel=1e-14)
    assert moments.moment((step, other)).value == alone / 2
    assert moments.moment((step._replace(exponent=1), other)).value == 0.0


def test_zero_variance_and_what_does_not_exist() -> None:
    zero = [[0.0, 0.0], [0.0, 1.0]]
    assert one(RELU, zero, request((1, 0), (1, 0)))[0] == 0.0
    assert one(RELU, zero, request((1, 1), (1, 1)))[0] == 0.25
    for metric, shares in [
        (zero, ((1, 2), (1, 0))),
        ([[1.0, 1.0], [1.0, 1.0]], ((1, 2), (1, 2))),
        ([[1.0, -2.0], [-2.0, 4.0]], ((2, 3), (1, 2))),
        ([[0.0]], ((1, 2),)),
        (np.ones((3, 3)), ((1, 2), (1, 1), (1, 1))),  # one step at another's kink is ½; two have no limit
    ]:
        with pytest.raises(InvalidInput, match="does not exist at this singular metric"):
            one(RELU, metric, request(*shares))


@pytest.mark.parametrize("apart", [1e-3, 1e-6, 1e-9])
def test_four_inputs_that_are_nearly_one(apart: float) -> None:
    shift = np.random.default_rng(0).normal(size=(4, 6)) * math.sqrt(apart)
    metric = 1.0 + shift @ shift.T
    value, error = one(RELU, metric, request(*[(1, 1)] * 4))
    assert error < 1e-13
    # z_i = x + y_i are all positive when x > -min y: the mean of Φ(min y), sampled
    y = np.random.default_rng(1).normal(size=(200_000, 6)) @ shift.T
    lowest = y.min(axis=1)
    normal = 0.5 * (1.0 + np.array([math.erf(v / math.sqrt(2.0)) for v in lowest]))
    assert abs(value - normal.mean()) < 4.5 * normal.std() / math.sqrt(len(normal))
