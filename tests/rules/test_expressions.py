"""The expressions of diagrams: their form, their indices, and how they look in LaTeX."""

from __future__ import annotations

import re
from functools import cache

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from feyn_nn._core import InvalidInput, pairs_of
from feyn_nn.actions import CausalAction, VertexKind, phi4
from feyn_nn.diagrams import canonical_diagram, generate
from feyn_nn.rules import algebra
from feyn_nn.rules.algebra import (
    BiasVariance,
    GaussianExpectation,
    Kernel,
    Propagator,
    Vertex,
    Width,
    diagram_expression,
    explicit,
    infinite_width_metric,
    numbered_pair,
    pair_number,
)
from feyn_nn.rules.cumulant_node import Cumulant


@cache
def diagrams(legs, loops):
    return tuple(generate(CausalAction(), legs=legs, loops=loops))


@settings(deadline=None)
@given(st.integers(0, 10**12))
def test_pairs_are_numbered_without_gaps(n):
    a, b = numbered_pair(n)
    assert 0 <= a <= b
    assert pair_number((a, b)) == pair_number((b, a)) == n


def test_pair_numbers_do_not_depend_on_the_number_of_inputs():
    assert [numbered_pair(i) for i in range(6)] == [(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)]
    for n_inputs in range(1, 6):
        numbers = sorted(map(pair_number, pairs_of(range(n_inputs))))
        assert numbers == list(range(n_inputs * (n_inputs + 1) // 2))


def test_every_power_of_the_widths():
    """κ_2 at tree level: C_W² (⟨σ⁴⟩ - ⟨σ²⟩²)/n at layer 1, carried through layer 2, and afresh at layer 2."""
    (tree,) = diagrams(2, 0)
    found = explicit(diagram_expression(tree, depth=3, pairs=[(0, 0)] * 2))
    n, C = algebra.Width, algebra.WeightVariance

    def mean(layer, power, derivatives=0):
        return GaussianExpectation(layer, sympy.Tuple(0, power, derivatives))

    fresh = [C(i + 1) ** 2 * (mean(i, 4) - mean(i, 2) ** 2) / n(i) for i in (1, 2)]
    slope = C(3) * mean(2, 2, 2) / 2
    assert sympy.expand(found - fresh[0] * slope**2 - fresh[1]) == 0


def test_a_network_without_hidden_layers_has_no_fluctuation():
    for diagram in (*diagrams(1, 1), *diagrams(2, 0)):
        assert explicit(diagram_expression(diagram, depth=1, pairs=[(0, 0)] * diagram.n_legs)) == 0


def test_legs_without_pairs_stay_symbols():
    (tree,) = diagrams(2, 0)
    expression = diagram_expression(tree, depth=4)
    assert {"p1", "p2", "P"} <= {symbol.name for symbol in expression.free_symbols if symbol.is_Symbol}
    P, p1, p2 = (sympy.Symbol(name, integer=True) for name in ("P", "p1", "p2"))
    assert expression.subs({P: 3, p1: 1, p2: 2}) == diagram_expression(tree, depth=4, pairs=[(0, 1), (1, 1)])


def test_factors_commute():
    one, two = GaussianExpectation(1, sympy.Tuple(0, 2, 0)), GaussianExpectation(2, sympy.Tuple(0, 4, 0))
    vertex, line = Vertex(1, sympy.Tuple(0), sympy.Tuple(1)), Propagator(0, 1, 4, 2, 3)
    assert one * two * vertex * line - line * vertex * two * one == 0


def test_unevaluated_while_an_index_is_a_symbol():
    s = sympy.Symbol("s", integer=True)
    vertex, line = Vertex(1, sympy.Tuple(s), sympy.Tuple(0)), Propagator(s, 0, 3, 2, 1)
    assert vertex.doit() == vertex
    assert line.doit() == line
    assert vertex.kind == VertexKind(1, 1)
    assert Propagator(1, 1, 2, 2, 3).doit() == 1
    assert Propagator(1, 2, 2, 2, 3).doit() == 0


def test_a_long_propagator_is_a_product_of_matrices():
    def jacobian(layer):
        return sympy.Matrix(3, 3, lambda p, q: Vertex(layer, (p,), (q,)).doit())

    product = jacobian(3) * jacobian(2)
    for p in range(3):
        for q in range(3):
            assert sympy.expand(Propagator(p, q, 4, 2, 3).doit() - product[p, q]) == 0


def test_the_kernel_of_several_pairs():
    assert infinite_width_metric(4, [(0, 1), (1, 1)]) == Kernel(4, 1) * Kernel(4, 2)
    assert sympy.latex(infinite_width_metric(4, [(0, 1)] * 2)) == r"\left(K^{(4)}_{01}\right)^{2}"


def expressions():
    for legs, loops in ((1, 1), (2, 0), (2, 1), (3, 0)):
        for diagram in diagrams(legs, loops):
            yield diagram_expression(diagram, depth=5)
            yield diagram_expression(diagram, depth=5, pairs=[(3, 12)] + [(0, 0)] * (legs - 1))
            yield explicit(diagram_expression(diagram, depth=3, pairs=[(0, 0)] * legs))


def test_latex_is_well_formed():
    for expression in expressions():
        text = sympy.latex(expression)
        assert not re.search("operatorname|mathrm|Vertex|Propagator|Gaussian|Kernel|Tuple|None", text)
        depth = 0
        for character in re.sub(r"\\[{}]", "", text):
            depth += {"{": 1, "}": -1}.get(character, 0)
            assert depth >= 0
        assert depth == 0
        assert text.count(r"\left") == text.count(r"\right") + text.count(r"\leftarrow")
        assert not re.search(
            r"\^\{[^{}]*\}\^|\^\d\^|_\{[^{}]*\}_", text
        )  # a double superscript does not compile


def test_latex_of_each_symbol():
    two = sympy.Tuple(0, 2, 0)
    assert sympy.latex(GaussianExpectation(2, two)) == r"\left\langle \sigma_{0}^{2} \right\rangle_{K^{(2)}}"
    four = GaussianExpectation(2, sympy.Tuple(0, 1, 1), sympy.Tuple(1, 3, 4))
    assert r"\sigma'_{0} \, \left(\sigma_{1}^{3}\right)^{(4)}" in sympy.latex(four)
    assert sympy.latex(Kernel(3, 2)) == "K^{(3)}_{11}"
    vertex = Vertex(2, sympy.Tuple(0, 1), sympy.Tuple(2))
    scale, mean = r"\left(C_W^{(3)}\right)^{2}", r"\sigma_{0} \sigma_{0} ; \sigma_{0} \sigma_{1}"
    text = rf"\frac{{{scale}}}{{n_{{2}}}} \, \partial_{{11}} \left\langle {mean} \right\rangle_{{K^{{(2)}}}}"
    assert sympy.latex(vertex) == text
    assert sympy.latex(vertex**2) == rf"\left({text}\right)^{{2}}"
    assert sympy.latex(Width(2) ** 2 * BiasVariance(1) ** 2) == r"\left(C_b^{(1)}\right)^{2} n_{2}^{2}"
    assert sympy.latex(Cumulant(2, (0, 1), 1)) == r"V^{\{1\}(2)}_{(00)(01)}"
    assert sympy.latex(Cumulant(2, (0,), 1)) == r"K^{\{1\}(2)}_{00}"
    assert sympy.latex(Cumulant(2, (0,) * 3)) == r"V^{(2)}_{6;\,(00)(00)(00)}"
    assert sympy.latex(Propagator(0, 1, 4, 2, 3)) == r"J_{00, 01}(4 \leftarrow 2)"


def test_errors():
    (tree,) = diagrams(2, 0)
    with pytest.raises(InvalidInput, match="1 pair for 2 legs"):
        diagram_expression(tree, depth=3, pairs=[(0, 0)])
    scalar = canonical_diagram(phi4(), [VertexKind(4)], [(0, 0), (0, 1), (0, 2)], 2)
    with pytest.raises(InvalidInput, match="directed"):
        diagram_expression(scalar, depth=3)
