"""Moments of units of one's own against exact formulas and against the rules for neurons."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from feyn_nn import InvalidInput, UnitLayer
from feyn_nn.actions import VertexKind
from feyn_nn.kernels.tables import layer_plan
from feyn_nn.kernels.unit_moments import UnitMoments
from feyn_nn.networks import DenseLayer
from feyn_nn.rules import Moment

METRIC = np.array([[1.0, 0.5], [0.5, 1.2]])


class Bilinear(UnitLayer):
    latents = 2

    def unit(self, u, v):
        return u * v


class Maxout(UnitLayer):
    latents = 2

    def unit(self, u, v):
        return np.maximum(u, v)


class Noisy(UnitLayer):
    shared = 1

    def unit(self, z, xi):
        return z * (1 + 0.5 * xi)


class Tanh(UnitLayer):
    def unit(self, z):
        return np.tanh(z)


def test_derivatives_of_a_bilinear_unit_are_exact() -> None:
    """⟨h₀²h₁²⟩ = (G₀₀G₁₁ + 2G₀₁²)² and ⟨h₀h₁⟩ = G₀₁², differentiated by sympy, as Wick's theorem says."""
    a, b, c = symbols = sympy.symbols("a b c")
    entry = {(0, 0): a, (0, 1): b, (1, 1): c}
    formulas = {((0, 2), (1, 2)): (a * c + 2 * b**2) ** 2, ((0, 1), (1, 1)): b**2}
    orders = [(), ((0, 1),), ((0, 1), (0, 1)), ((0, 0), (1, 1)), ((0, 0), (0, 1), (1, 1))]
    requests = [Moment(powers, own) for powers in formulas for own in orders]
    values, errors = UnitMoments(Bilinear(width=3), requests).evaluate(METRIC)
    for request, value, error in zip(requests, values, errors, strict=True):
        exact = formulas[request.powers]
        for pair in request.derivatives:
            exact = sympy.diff(exact, entry[pair])
        expected = float(exact.subs(dict(zip(symbols, (1.0, 0.5, 1.2), strict=True))))
        assert value == pytest.approx(expected, abs=1e-8)
        assert error < 1e-6


def test_shared_noise_is_one_factor_for_all_inputs() -> None:
    requests = [Moment(((0, 1), (1, 1))), Moment(((0, 1), (1, 1)), ((0, 1),)), Moment(((0, 2), (1, 2)))]
    values, _ = UnitMoments(Noisy(width=3), requests).evaluate(METRIC)
    second, fourth = 1 + 0.25, 1 + 6 * 0.25 + 3 * 0.0625
    assert values == pytest.approx([0.5 * second, second, (1.2 + 2 * 0.25) * fourth], rel=1e-9)


def test_five_dimensions_are_the_most() -> None:
    """Two latents and one shared normal at two inputs: ∂₀₁² (G₀₀G₁₁ + 2G₀₁²)² times ⟨(1 + ξ/2)⁴⟩."""

    class NoisyBilinear(UnitLayer):
        latents = 2
        shared = 1

        def unit(self, u, v, xi):
            return u * v * (1 + 0.5 * xi)

    request = Moment(((0, 2), (1, 2)), ((0, 1), (0, 1)))
    values, errors = UnitMoments(NoisyBilinear(width=3), [request]).evaluate(METRIC)
    exact = (2 * (4 * 0.5) ** 2 + 2 * (1.2 + 2 * 0.25) * 4) * (1 + 6 * 0.25 + 3 * 0.0625)
    assert abs(values[0] - exact) <= errors[0] < 1e-6


def test_a_kink_costs_digits_and_the_errors_say_so() -> None:
    """max(u, v) and -max(u, v) have the even moments of one normal, so ⟨h^2k⟩ = (2k-1)!! G^k."""
    requests = [Moment(((0, 2),)), Moment(((0, 2),), ((0, 0),)), Moment(((0, 4),), ((0, 0), (0, 0)))]
    values, errors = UnitMoments(Maxout(width=3), requests).evaluate(np.array([[1.3]]))
    exact = np.array([1.3, 1.0, 6.0])
    assert (np.abs(values - exact) <= 2 * errors).all()
    assert (errors < 2e-3).all()


def test_a_neuron_as_a_unit_has_the_vertices_of_a_neuron() -> None:
    kinds = frozenset(VertexKind(k, m) for k, m in [(1, 1), (1, 2), (2, 0), (2, 1), (3, 1)])
    dense = layer_plan(DenseLayer(width=3, activation="tanh", scale=1.5, offset=0.1), 2, kinds)
    own = layer_plan(Tanh(width=3, scale=1.5, offset=0.1), 2, kinds)
    layer = Tanh(width=3, scale=1.5, offset=0.1)
    kernel, tables = dense.tables(layer, 1.0, dense.expectations.evaluate(METRIC).values)
    other, found = own.tables(layer, 1.0, own.expectations.evaluate(METRIC).values)
    assert other == pytest.approx(kernel, rel=1e-12)
    for kind, table in tables.items():
        assert found[kind] == pytest.approx(table, rel=1e-9, abs=1e-11)


def test_a_singular_metric_has_moments_but_no_derivatives() -> None:
    flat = np.ones((2, 2))
    moments = UnitMoments(Bilinear(width=3), [Moment(((0, 2), (1, 2)))])
    assert moments.evaluate(flat).values == pytest.approx([9.0], rel=1e-9)
    with pytest.raises(InvalidInput, match="singular"):
        UnitMoments(Bilinear(width=3), [Moment(((0, 2), (1, 2)), ((0, 1),))]).evaluate(flat)


def test_more_dimensions_than_can_be_summed_are_refused() -> None:
    powers = tuple((label, 1) for label in range(4))
    with pytest.raises(InvalidInput, match="8 dimensions"):
        UnitMoments(Bilinear(width=3), [Moment(powers)]).evaluate(np.eye(4))
