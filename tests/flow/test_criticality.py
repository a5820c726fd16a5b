"""Critical points against published values, exact ones, and mpmath."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy

import feyn_nn as fnn
from feyn_nn.flow import criticality, trace
from feyn_nn.flow.gaussian_slopes import GaussianSlopes
from feyn_nn.flow.large_depth import vanishing_kernel
from feyn_nn.flow.one_input import cumulants_of
from feyn_nn.kernels.single_input import moments_by_layer
from feyn_nn.networks import activation
from feyn_nn.networks.activations import piecewise_linear

ELU = "Max(0, z) + exp(Min(0, z)) - 1"


@pytest.mark.parametrize(
    ("name", "C_W", "kind"),
    [
        ("relu", 2.0, "scale-invariant"),
        ("linear", 1.0, "scale-invariant"),
        ("leaky_relu(0.1)", 2.0 / 1.01, "scale-invariant"),
        ("tanh", 1.0, "K* = 0"),
        ("sin", 1.0, "K* = 0"),
        ("erf", math.pi / 4, "K* = 0"),
        ("polynomial(0, 2, 0, -0.5, 0, 0.2)", 0.25, "K* = 0"),
    ],
)
def test_published_and_exact_values(name, C_W, kind):
    point = criticality(name)[0]
    assert point.bias_variance == 0.0
    assert point.weight_variance == pytest.approx(C_W, rel=1e-14)
    assert point.universality_class == kind
    assert point.is_line == (kind == "scale-invariant")


def mean(f, K):
    """⟨f⟩ by mpmath: the trapezoidal rule at a step that thirty digits need is dear, 1/12 does for twenty."""
    root, step = mpmath.sqrt(K), mpmath.mpf(1) / 12
    return step * mpmath.fsum(f(root * step * i) * mpmath.npdf(step * i) for i in range(-126, 127))


def logistic(z):
    return 1 / (1 + mpmath.exp(-z))


def swish_parts():
    def slope(z):
        s = logistic(z)
        return s + z * s * (1 - s)

    def bend(z):
        s = logistic(z)
        return 2 * s * (1 - s) + z * s * (1 - s) * (1 - 2 * s)

    return (lambda z: z * logistic(z)), slope, bend


def gelu_parts():
    def bell(z):
        return mpmath.exp(-(z**2) / 2) / mpmath.sqrt(2 * mpmath.pi)

    def share(z):
        return (1 + mpmath.erf(z / mpmath.sqrt(2))) / 2

    return (lambda z: z * share(z)), (lambda z: share(z) + z * bell(z)), (lambda z: (2 - z**2) * bell(z))


@pytest.mark.parametrize(
    ("name", "parts", "published"),
    [
        ("gelu", gelu_parts, ((3 + math.sqrt(17)) / 2, 0.17292239, 1.98305826)),
        ("swish", swish_parts, (14.32017362, 0.55514317, 1.98800468)),
    ],
)
def test_half_stable_points(name, parts, published):
    """Roberts, Yaida & Hanin 2022, section 5.3.4; C_b and C_W to 1e-12 against mpmath."""
    unstable, point = criticality(name)
    assert (unstable.fixed_point, unstable.bias_variance, unstable.stability) == (0.0, 0.0, "unstable")
    assert unstable.weight_variance == pytest.approx(4.0, rel=1e-14)
    assert unstable.large_depth is None
    assert point.universality_class == point.stability == "half-stable"
    found = (point.fixed_point, point.bias_variance, point.weight_variance)
    assert found == pytest.approx(published, abs=1e-8)
    sigma, slope, bend = parts()
    with mpmath.workdps(25):
        start = mpmath.mpf(point.fixed_point)
        K = mpmath.findroot(
            lambda k: mean(lambda z: sigma(z) * bend(z), k), (start, start * (1 + 1e-9)), tol=1e-18
        )
        slopes = mean(lambda z: slope(z) ** 2, K)
        exact = (K, K - mean(lambda z: sigma(z) ** 2, K) / slopes, 1 / slopes)
        assert abs(mean(lambda z: sigma(z) * bend(z), start)) < 1e-12
        bent = mpmath.diff(lambda k: mean(lambda z: sigma(z) ** 2, k), K, 2, h=mpmath.mpf("1e-3"))
        distance = float(abs(2 * slopes / bent))
    law = point.large_depth.kernel
    assert abs(law.coefficient - distance) <= law.error + 1e-5 * distance  # the difference is good to h²
    assert law.error < 1e-6 * distance
    errors = (point.fixed_point_error, point.error, point.error)
    for own, reference, error in zip(found, exact, errors, strict=True):
        assert abs(own - reference) <= max(error, 4e-16 * own)
        assert abs(own - reference) < 1e-12 * max(1.0, own)
    assert point.error < 1e-12


def test_a_cubic_has_both():
    """⟨σσ''⟩ = -0.6(K - 0.3K²), ⟨σ'σ'⟩ = 1 - 0.6K + 0.27K²: all of it is rational."""
    stable, half = criticality("polynomial(0, 1, 0, -0.1)")
    assert (stable.fixed_point, stable.stability) == (0.0, "stable")
    assert half.fixed_point == pytest.approx(10 / 3, rel=1e-13)
    assert half.weight_variance == pytest.approx(1 / 2, rel=1e-13)
    assert half.bias_variance == pytest.approx(20 / 9, rel=1e-13)


def test_two_zeros_between_two_places_of_the_scan():
    """The fifth power bends ⟨σσ''⟩ back soon after its first zero."""
    found = criticality("polynomial(0, 1, 0, -0.1, 0, 0.00213)")
    slopes = GaussianSlopes(activation("polynomial(0, 1, 0, -0.1, 0, 0.00213)"))
    kernels = [point.fixed_point for point in found if point.fixed_point]
    # σσ'' = -0.6z² + (20c + 0.06)z⁴ - (2 + 0.6)cz⁶ + 20c²z⁸, c = 0.00213
    c = 0.00213
    by_hand = np.roots([105 * 20 * c * c, -15 * 2.6 * c, 3 * (20 * c + 0.06), -0.6])
    real = sorted(root.real for root in by_hand if abs(root.imag) < 1e-9 and root.real > 0)
    allowed = [K for K in real if slopes(K)[0].mean / slopes(K)[0].slope <= K]
    assert kernels == pytest.approx(allowed, rel=1e-9)


@pytest.mark.parametrize("name", ["softplus", "cos", "exp"])
def test_none_and_the_nearest_miss(name):
    found = criticality(name)
    assert len(found) == 0
    miss = found.nearest_miss
    assert miss is not None
    assert "nearest miss: χ_∥ = " in repr(found)
    values, _ = GaussianSlopes(activation(name))(miss.kernel)
    assert miss.weight_variance * values.slope == pytest.approx(1.0)
    assert miss.weight_variance * (values.slope + values.curvature) == pytest.approx(
        miss.susceptibility_parallel
    )
    with pytest.raises(fnn.InvalidInput, match="has no critical point; nearest miss"):
        found.best()


def test_the_nearest_miss_of_a_sigmoid_is_where_its_bias_variance_ends():
    """With tails of σ(1 - σ), ⟨σσ''⟩ < 0 everywhere: the largest χ_∥ with C_b ≥ 0, on a fine grid by plain sums."""
    miss = criticality("1/(1+exp(-z))").nearest_miss
    assert miss is not None
    assert not miss.at_the_end
    z = np.linspace(-12, 12, 40_001)
    weights = np.exp(-(z**2) / 2)
    weights /= weights.sum()
    best = -np.inf
    for K in np.geomspace(miss.kernel / 1.5, 1.5 * miss.kernel, 401):
        s = 1 / (1 + np.exp(-np.sqrt(K) * z))
        slope = s * (1 - s)
        C_W = 1 / (weights @ slope**2)
        if C_W * (weights @ s**2) <= K:
            best = max(best, 1 + C_W * (weights @ (s * slope * (1 - 2 * s))))
    assert best <= miss.susceptibility_parallel + 1e-9
    assert best == pytest.approx(miss.susceptibility_parallel, abs=2e-4)


def test_softplus_comes_nearest_without_end():
    miss = criticality("softplus").nearest_miss
    assert miss is not None
    assert miss.at_the_end
    assert miss.bias_variance < 0


def test_a_constant_is_refused():
    with pytest.raises(fnn.InvalidInput, match="no signal passes"):
        criticality(piecewise_linear("flat", (0.0, 0.0), formula="0*z"))


def network(point, depth):
    return fnn.MLP(
        depth=depth,
        width=depth,
        activation=point.activation,
        weight_variance=point.weight_variance,
        bias_variance=point.bias_variance,
    )


@pytest.mark.parametrize(("name", "margin"), [("tanh", 20), ("erf", 20), ("relu", 2), ("linear", 2)])
def test_large_depth_laws_against_recursion_to_a_hundred_thousand_layers(name, margin):
    """The corrections are of order log(ℓ)/ℓ for K* = 0, of order 1/ℓ on a line."""
    depth = 100_001
    point = criticality(name).best()
    flow = trace(network(point, depth), fnn.Inputs.from_metric([[0.7]]))
    laws, steps = point.large_depth, depth - 1
    assert flow.four_point_coupling[-1, 0] == pytest.approx(laws.four_point(steps), rel=margin / depth)
    assert flow.six_point_coupling[-1, 0] == pytest.approx(laws.six_point(steps), rel=margin / depth)
    assert flow.eight_point_coupling[-1, 0] == pytest.approx(laws.eight_point(steps), rel=2 * margin / depth)
    assert flow.correction[-1, 0] == pytest.approx(laws.correction(steps), rel=margin / depth, abs=1e-7)
    if not point.is_line:
        assert flow.kernel[-1, 0, 0] == pytest.approx(laws.kernel(steps), rel=margin / depth)


def test_the_logarithm_of_the_kernel_series():
    """K ℓ |a| - 1 goes like c log(ℓ)/ℓ + const/ℓ: between two depths the constant drops out."""
    point = criticality("tanh").best()
    assert str(point.large_depth.kernel_series.removeO()) == "(1 + 5*log(ell)/(12*ell))/(2*ell)"
    flow = trace(network(point, 100_001), fnn.Inputs.from_metric([[0.7]]))
    steps = np.array([10_000.0, 100_000.0])
    scaled = steps * (2 * steps * flow.kernel[[10_000, 100_000], 0, 0] - 1)
    assert (scaled[1] - scaled[0]) / math.log(10) == pytest.approx(5 / 12, abs=2e-3)


def test_exact_coefficients():
    laws = criticality("tanh").best().large_depth
    assert [str(laws[name].exact) for name in laws] == ["1/2", "2/3", "16/15", "96/35", "-1/3"]
    assert set(laws) == {"kernel", "four_point", "six_point", "eight_point", "correction"}
    for law in laws.values():
        assert float(law.exact) == pytest.approx(law.coefficient, rel=1e-14)


def test_half_stable_laws_against_recursion():
    """From below, on the side that the cubic's point attracts: what is left falls like log(ℓ)/ℓ."""
    point = criticality("polynomial(0, 1, 0, -0.1)")[1]
    laws = point.large_depth
    flow = trace(network(point, 64_001), fnn.Inputs.from_metric([[3.3]]))
    found = {
        "kernel": point.fixed_point - flow.kernel[:, 0, 0],
        "four_point": flow.four_point_coupling[:, 0],
        "six_point": flow.six_point_coupling[:, 0],
        "eight_point": flow.eight_point_coupling[:, 0],
        "correction": flow.correction[:, 0],
    }
    for name, values in found.items():
        early, late = (abs(values[steps] / laws[name](steps) - 1) for steps in (8_000, 64_000))
        assert late < 0.008
        assert 0.12 < late / early < 0.19  # log(64000)/log(8000)/8 = 0.154


@pytest.mark.parametrize(("name", "numbers"), [
    ("relu", ("1", "5", "75", "2000", "0")),
    ("leaky_relu(0.5)", ("1", "77/25", "17787/625", "7304528/15625", "0")),
    ("polynomial(0, 1, 0, -0.1)", ("20/9", "92/45", "8464/2025", "3114752/131625", "23/30")),
    (ELU, ("None", "2/3", "6/5", "1168/315", "-1/4")),
])  # fmt: skip
def test_closed_forms_of_each_class(name, numbers):
    laws = criticality(name)[-1].large_depth
    assert tuple(str(laws[key].exact) for key in laws) == numbers
    for law in laws.values():
        if law.exact is not None:
            assert float(law.exact) == pytest.approx(law.coefficient, rel=1e-11)


def test_the_logarithm_about_a_half_stable_point():
    """1/(a(K* - K)) - ℓ goes like 17/27 log(ℓ) for the cubic; between two depths the constant drops out."""
    point = criticality("polynomial(0, 1, 0, -0.1)")[1]
    ell = sympy.Symbol("ell", positive=True)
    expected = sympy.Rational(10, 3) - sympy.Rational(20, 9) / ell * (1 - 17 * sympy.log(ell) / (27 * ell))
    assert sympy.expand(point.large_depth.kernel_series.removeO() - expected) == 0
    # much deeper rounding would tell, as it grows like ℓ³
    flow = trace(network(point, 4001), fnn.Inputs.from_metric([[1.0]]))
    steps = np.array([400.0, 4000.0])
    scaled = 20 / 9 / (point.fixed_point - flow.kernel[[400, 4000], 0, 0]) - steps
    assert (scaled[1] - scaled[0]) / math.log(10) == pytest.approx(17 / 27, abs=5e-3)


def test_digits_that_a_half_stable_flow_keeps():
    """Against thirty digits, at the same floats: rounding in K* - K is carried on, to 1e-16 ℓ² of the couplings."""
    point, depth = criticality("polynomial(0, 1, 0, -0.1)")[1], 3001
    flow = trace(network(point, depth), fnn.Inputs.from_metric([[1.0]]))
    with mpmath.workdps(30):
        C_b, C_W, c = (mpmath.mpf(v) for v in (point.bias_variance, point.weight_variance, -0.1))
        K, V, correction = mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0)
        for _ in range(depth - 1):
            square = K * (1 + K * (6 * c + 15 * c**2 * K))
            fourth = 3 * K**2 + 60 * c * K**3 + 630 * c**2 * K**4 + 3780 * c**3 * K**5 + 10395 * c**4 * K**6
            J, bend = C_W * (1 + 12 * c * K + 45 * c**2 * K**2), C_W * (12 * c + 90 * c**2 * K)
            correction, V = J * correction + bend * V / 2, J**2 * V + C_W**2 * (fourth - square**2)
            K = C_b + C_W * square
        exact = [float(value) for value in (K, V / K**2, correction / K)]
    found = [column[-1].item() for column in (flow.kernel, flow.four_point_coupling, flow.correction)]
    assert found[0] == pytest.approx(exact[0], rel=1e-15 * depth)
    assert found[1:] == pytest.approx(exact[1:], rel=3e-16 * depth**2)


def test_scales_of_an_activation_do_not_matter():
    """σ(z/s) has its K* at s² times that of σ; c σ(z) has the same, at C_W/c²."""
    (_, plain), (_, wide) = criticality("swish"), criticality("z/(1+exp(-z/100))")
    assert wide.fixed_point == pytest.approx(1e4 * plain.fixed_point, rel=1e-12)
    assert wide.weight_variance == pytest.approx(plain.weight_variance, rel=1e-12)
    narrow = criticality("polynomial(0, 1, 0, -1e7)")[1]  # σ(cz)/c with c = 1e4 of the one with K* = 10/3
    assert narrow.fixed_point == pytest.approx(10 / 3 * 1e-8, rel=1e-12)
    assert narrow.weight_variance == pytest.approx(1 / 2, rel=1e-12)
    small = criticality("1e-8*tanh(z)").best()
    assert (small.universality_class, small.weight_variance) == ("K* = 0", pytest.approx(1e16, rel=1e-12))
    assert small.large_depth.kernel.coefficient == pytest.approx(0.5, rel=1e-12)


def test_what_no_network_flows_into():
    with pytest.raises(fnn.InvalidInput, match="are unstable, no network flows into them; give"):
        criticality("z + z**3").best()
    with pytest.raises(fnn.InvalidInput, match="jumps at z = 0"):
        criticality("sign(z)")


def test_the_nearest_miss_of_cos_is_where_it_begins_to_stay():
    """χ_∥ = 0 in the limit of a large K, to rounding already where e^{-2K} is."""
    miss = criticality("cos").nearest_miss
    assert miss is not None
    assert 5 < miss.kernel < 30


def test_a_kink_of_the_second_derivative_is_a_class_of_its_own():
    """ELU: ⟨σ²⟩ = K - √(2/π) K^{3/2} + O(K²), so K falls like (2π)/ℓ²."""
    point = criticality(ELU).best()
    laws = point.large_depth
    assert (point.bias_variance, point.fixed_point, point.stability) == (0.0, 0.0, "stable")
    assert point.weight_variance == pytest.approx(1.0, rel=1e-14)
    assert laws.kernel.exponent == -2.0
    assert laws.kernel.coefficient == pytest.approx(2 * math.pi, rel=1e-12)
    values, _ = GaussianSlopes(activation(ELU))(1e-8)
    assert (values.mean / 1e-8 - 1) / 1e-4 == pytest.approx(-math.sqrt(2 / math.pi), rel=1e-3)


def test_straight_about_zero_but_not_everywhere():
    """Hard tanh: K' - K = -C exp(-1/2K)…, less than any power, so that there is a point and no law."""
    (point,) = criticality("Max(-1, Min(1, z))")
    assert (point.fixed_point, point.bias_variance, point.stability) == (0.0, 0.0, "stable")
    assert point.weight_variance == pytest.approx(1.0, rel=1e-14)
    assert (point.universality_class, point.large_depth) == ("other", None)


def test_a_line_with_an_offset_misses_by_its_offset():
    miss = criticality("1 + 2*z").nearest_miss
    assert miss is not None
    assert miss.susceptibility_parallel == pytest.approx(1.0)
    assert miss.bias_variance == pytest.approx(-0.25)


@pytest.mark.parametrize(("p", "v"), [(0.5, 2.0), (1.0, 2.0), (1.0, 5.0), (2.0, 2.0)])
def test_couplings_of_any_class_against_the_recursion_of_a_model(p, v):
    """A model with K' = K - K^{1+p} and the cumulants that a homogeneous σ has: K falls like (pℓ)^{-1/p}."""
    layers = 50_000
    kernel = np.empty(layers + 1)
    kernel[0] = 0.2
    for layer in range(layers):
        kernel[layer + 1] = kernel[layer] - kernel[layer] ** (1 + p)
    K = kernel[:-1]
    vertices = np.zeros((layers, 5, 7))
    for m in range(1, 7):  # ∂^m K'/m!
        falling = math.prod(1 + p - i for i in range(m)) / math.factorial(m)
        vertices[:, 1, m] = (m == 1) - falling * K ** (1 + p - m)
    vertices[:, 2, :3] = np.stack([v * K**2, 2 * v * K, np.full(layers, v)], axis=1)
    flow = cumulants_of(moments_by_layer(vertices, 3))[:, -1]
    laws = vanishing_kernel(-1.0, p, v, 0.0)
    margin = 0.01
    end = kernel[-1]
    assert end == pytest.approx(laws.kernel(layers), rel=margin)
    assert flow[0, 1] / end == pytest.approx(laws.correction(layers), rel=margin)
    assert flow[1, 1] / end**2 == pytest.approx(laws.four_point(layers), rel=margin)
    assert flow[2, 2] / end**3 == pytest.approx(laws.six_point(layers), rel=margin)
    assert flow[3, 3] / end**4 == pytest.approx(laws.eight_point(layers), rel=margin)
