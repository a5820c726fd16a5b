"""Compiled activations against numpy, scipy and mpmath, and which activation gets one."""

from __future__ import annotations

import math
import platform
import re

import mpmath
import numba
import numpy as np
import pytest

from feyn_nn.montecarlo import _gaussian, _lanes, _sigma
from feyn_nn.montecarlo.vectorised import in_place, register_loop
from feyn_nn.networks import MLP, Activation, Inputs
from feyn_nn.networks.activations import activation, known_activations

EXACT = {
    "tanh": mpmath.tanh,
    "erf": mpmath.erf,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "exp": mpmath.exp,
    "gelu": lambda z: z * mpmath.erfc(-z / mpmath.sqrt(2)) / 2,
    "swish": lambda z: z / (1 + mpmath.exp(-z)),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "relu": lambda z: max(z, mpmath.mpf(0)),
    "linear": lambda z: z,
    "leaky_relu(0.1)": lambda z: z * mpmath.mpf(0.1) if z < 0 else z,
}
POINTS = np.concatenate(
    [
        np.linspace(-36.0, 36.0, 289),
        np.random.default_rng(0).normal(size=150),
        [sign * 10.0**-k for sign in (-1, 1) for k in (1, 3, 8, 16, 100, 300)],
        [
            0.0,
            -0.0,
            0.5 * math.log(2),
            math.sqrt(2),
            -math.sqrt(2),
            math.nextafter(math.sqrt(2), 2),
            1.0,
            -1.0,
        ],
    ]
)


def applied(name, points):
    z = np.array(points, dtype=np.float64)
    in_place(activation(name))(z)
    return z


@pytest.mark.parametrize("name", EXACT)
def test_thirteen_digits_everywhere(name):
    """Relative to the value; sine and cosine, whose zeros are no floats, to 1e-14 besides."""
    floor = 1e-14 if name in ("sin", "cos") else 0.0
    with mpmath.workdps(40):
        for x, found in zip(POINTS, applied(name, POINTS), strict=True):
            exact = EXACT[name](mpmath.mpf(float(x)))
            assert abs(found - exact) <= 1e-13 * abs(exact) + floor, x


def test_every_activation_with_a_name_has_a_loop():
    assert set(known_activations()) <= set(EXACT)
    for name in (*known_activations(), "leaky_relu(0.1)", "Max(0, z)"):
        step = in_place(activation(name))
        assert "numpy" not in getattr(getattr(step, "func", step), "__name__", ""), name


@pytest.mark.parametrize(
    ("name", "points", "expected"),
    [
        ("tanh", [-1e300, 1e300, 40.0], [-1.0, 1.0, 1.0]),
        ("erf", [-1e300, 1e300, 8.0], [-1.0, 1.0, 1.0]),
        ("gelu", [-1e300, -45.0, 1e300], [0.0, 0.0, 1e300]),
        ("swish", [-1e300, -1e4, 1e300], [0.0, 0.0, 1e300]),
        ("softplus", [-1e300, 1e300, 800.0], [0.0, 1e300, 800.0]),
        ("exp", [-1e300, -800.0, 800.0, 709.7], [0.0, 0.0, math.inf, math.exp(709.7)]),
        ("sin", [1e18, 1e9], [math.sin(1e18), math.sin(1e9)]),
        ("cos", [1e18, 2.0**18], [math.cos(1e18), math.cos(2.0**18)]),
    ],
)
def test_far_out(name, points, expected):
    np.testing.assert_allclose(applied(name, points), expected, rtol=1e-12, atol=1e-270)


@pytest.mark.parametrize(
    "text", ["z*exp(-z**2/2)", "tanh(z)**3", "Max(z, 0) + 0.5*Min(z, 0)", "polynomial(1, 0, 2)"]
)
def test_the_users_own_go_through_numpy_or_two_lines(text):
    z = np.random.default_rng(1).normal(size=20_000)  # more than two pieces
    np.testing.assert_allclose(applied(text, z), activation(text)(z), rtol=1e-13, atol=1e-15)


def test_a_loop_belongs_to_a_function_and_not_to_a_name():
    impostor = Activation(
        name="tanh",
        function=lambda z: 2.0 * z,
        derivatives=lambda z, order: np.zeros((order + 1, *z.shape)),
        strip=1.0,
        formula="2*z",
    )
    z = np.array([3.0])
    in_place(impostor)(z)
    assert z[0] == 6.0


def test_a_loop_of_ones_own_is_used():
    def halved(z):
        return z / 2

    def loop(z):
        z[:] = 100.0

    own = Activation(
        name="halved",
        function=halved,
        derivatives=lambda z, order: np.zeros((order + 1, *z.shape)),
        strip=math.inf,
        formula="z/2",
    )
    register_loop(halved, lambda: loop)
    z = np.ones(3)
    in_place(own)(z)
    assert z.tolist() == [100.0] * 3


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86 assembly")
@pytest.mark.parametrize(
    "kernel",
    [
        _sigma.tanh,
        _sigma.exponential,
        _sigma.swish,
        _sigma.softplus,
        _sigma.erf,
        _sigma.gelu,
        _sigma.sine,
        _sigma.cosine,
        _lanes._normal_pairs,
        _lanes.fill_laplace,
        _lanes.fill_student_t,
        _gaussian.correlate,
        _gaussian.add_gram,
        _gaussian.apply_weights,
    ],
    ids=lambda kernel: kernel.__name__,
)
def test_llvm_vectorises_every_loop(kernel):
    arguments = {
        "_normal_pairs": (np.zeros(2, np.uint64),) * 2 + (np.zeros(2),) * 2,
        "fill_laplace": (np.ones((4, 64), np.uint64), np.zeros(128, np.uint64), np.zeros(2)),
        "fill_student_t": (np.ones((4, 64), np.uint64), np.zeros(128, np.uint64), np.zeros(2), 5.0),
        "correlate": (np.zeros((1, 2, 3)), np.zeros((1, 2, 2))),
        "add_gram": (np.zeros((1, 2, 3)), np.array([[0, 1]]), 1.0, np.zeros((1, 2, 2))),
        "apply_weights": (np.zeros((1, 2, 3)), np.zeros((1, 2, 3)), 1.0, np.zeros((1, 2, 2))),
    }
    options = {
        name: kernel.targetoptions[name]
        for name in ("error_model", "fastmath")
        if name in kernel.targetoptions
    }
    fresh = numba.njit(**options)(kernel.py_func)  # a kernel from the cache shows no assembly
    fresh(*arguments.get(kernel.__name__, (np.zeros(2),)))
    packed = re.compile(r"\bv?f?n?m?(?:mul|add|madd\d*|sub)\d*pd\b")  # mulpd, vaddpd, vfmadd213pd, …
    assert max(len(packed.findall(code)) for code in fresh.inspect_asm().values()) >= 3


@pytest.mark.parametrize("name", ["gelu", "softplus", "sin", "z*exp(-z**2/2)"])
def test_both_samplers_use_the_activation_they_are_told(name):
    """E Ĝ of depth 2 is C_W⟨σ²⟩, here by quadrature; 4.9 standard errors, 8 comparisons."""
    from feyn_nn.montecarlo import simulate

    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    exact = float(weights @ activation(name)(nodes) ** 2) / math.sqrt(2 * math.pi)
    net = MLP(depth=2, width=5, activation=name)
    for sampler in ("metric", "weights"):
        (found,) = simulate(
            net, Inputs([[1.0, 1.0]]), pairs=[(0, 0)], samples=40_000, sampler=sampler
        ).values()
        assert abs(found.pull(exact)) < 4.9
