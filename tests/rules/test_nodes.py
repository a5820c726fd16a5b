"""The symbols of the rules differentiate: against the derivative of what they stand for."""

from __future__ import annotations

import pytest
import sympy

from feyn_nn.actions import CausalAction
from feyn_nn.diagrams import generate
from feyn_nn.rules import Factor
from feyn_nn.rules.algebra import (
    BiasVariance,
    GaussianExpectation,
    Kernel,
    Propagator,
    Vertex,
    WeightVariance,
    Width,
    diagram_expression,
    explicit,
    vertex_definitions,
)
from feyn_nn.rules.closed_forms import closed_form
from feyn_nn.rules.cumulant_node import Cumulant

POINT = {Kernel(1, 0): 0.8, Kernel(1, 1): 0.3, Kernel(1, 2): 1.1}
EXPECTATIONS = [
    (Factor(0, 2, 0),),
    (Factor(0, 2, 2),),
    (Factor(0, 1, 0), Factor(1, 1, 0)),
    (Factor(0, 2, 0), Factor(1, 1, 1)),
]


@pytest.mark.parametrize("sigma", ["polynomial(0, 1, 0.5, 0.1)", "relu", "erf", "sin(z) + exp(z/2)"])
@pytest.mark.parametrize("expectation", EXPECTATIONS)
def test_the_heat_kernel_rule_is_the_derivative(sigma, expectation):
    """∂/∂K of the closed form as a function of K, against the closed form of the rule."""
    mean = GaussianExpectation.of(1, expectation)
    value = closed_form(mean, sigma)
    for pair in range(3):
        by_rule = closed_form(mean.diff(Kernel(1, pair)), sigma)
        plainly = value.diff(Kernel(1, pair))
        assert abs(sympy.N((by_rule - plainly).subs(POINT), 15)) < 1e-12
    assert mean.diff(Kernel(1, 0)) != 0


def test_an_expectation_depends_on_its_own_layer_and_inputs_alone():
    mean = GaussianExpectation(2, sympy.Tuple(0, 2, 0))
    assert mean.diff(Kernel(1, 0)) == mean.diff(Kernel(2, 1)) == mean.diff(WeightVariance(2)) == 0
    layer = sympy.Symbol("ell", integer=True)
    elsewhere = GaussianExpectation(layer, sympy.Tuple(0, 2, 0))
    assert elsewhere.diff(Kernel(2, 0)).subs(layer, 2) == mean.diff(Kernel(2, 0))
    assert elsewhere.diff(Kernel(2, 0)).subs(layer, 3) == 0


def test_coordinates_are_independent():
    for symbol in (Kernel(2, 1), WeightVariance(2), BiasVariance(2), Width(2)):
        assert (symbol**3).diff(symbol) == 3 * symbol**2
        assert symbol.diff(symbol.func(3, *symbol.args[1:])) == 0
    assert WeightVariance(2).diff(BiasVariance(2)) == 0
    layer = sympy.Symbol("ell", integer=True)
    assert Width(layer).diff(Width(2)) == sympy.KroneckerDelta(layer, 2)


def test_a_derivative_of_a_vertex_is_one_more_incoming_line():
    vertex = Vertex(2, (0, 2), (1,))
    assert vertex.diff(Kernel(2, 0)) == Vertex(2, (2, 0), (0, 1))
    for s in (Kernel(2, 0), Kernel(2, 1), WeightVariance(3), Width(2), Width(3), WeightVariance(2)):
        assert sympy.expand(vertex.diff(s).doit() - vertex.doit().diff(s)) == 0


def test_an_unknown_incoming_pair_waits_for_its_number():
    q = sympy.Symbol("q", integer=True)
    waiting = Vertex(2, (0, 2), (q, 1)).doit()
    assert waiting.has(sympy.Derivative)
    assert sympy.expand(waiting.subs(q, 2).doit() - Vertex(2, (0, 2), (2, 1)).doit()) == 0
    assert Vertex(2, (q,), (0,)).doit() == Vertex(2, (q,), (0,))
    assert vertex_definitions(2 * Vertex(2, (0,))) == {Vertex(2, (0,)): Vertex(2, (0,)).doit()}


def test_indices_commute():
    assert Vertex(2, (2, 0), (1, 0)) == Vertex(2, (0, 2), (0, 1))
    assert Cumulant(2, (2, 0), 1) == Cumulant(2, (0, 2), 1) != Cumulant(2, (0, 2), 0)
    assert (Cumulant(2, (2, 0, 0)).rank, Cumulant(2, (2, 0), 1).loops) == (3, 1)


@pytest.mark.parametrize(
    "s", [Kernel(3, 1), Kernel(2, 2), Kernel(5, 0), WeightVariance(4), WeightVariance(2)]
)
def test_derivative_of_a_propagator(s):
    line = Propagator(1, 2, 5, 2, 3)
    written = explicit(line)
    assert sympy.expand(explicit(line.diff(s)) - written.diff(s)) == 0
    assert (written.diff(s) == 0) == (s in (Kernel(5, 0), WeightVariance(2)))


@pytest.mark.parametrize("s", [Kernel(1, 0), Kernel(2, 0), WeightVariance(3), Width(1)])
def test_derivative_of_a_diagram(s):
    for diagram in generate(CausalAction(), legs=1, loops=1):
        value = diagram_expression(diagram, depth=4, pairs=[(0, 0)])
        expected = explicit(value).diff(s)
        assert expected != 0
        assert sympy.expand(explicit(value.diff(s)) - expected) == 0


def test_no_node_is_a_number():
    """Else sympy would evaluate K[1] as a constant, with the index for its value."""
    for node in (Kernel(1, 0), Vertex(1, (0,)), Propagator(0, 0, 3, 1, 1), Cumulant(1, (0,)), Width(1)):
        assert not node.is_number
        assert node.evalf() == node
    assert Kernel(1, 2).is_positive
    assert Kernel(1, 1).is_positive is None
