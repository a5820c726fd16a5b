"""Explanations of diagrams: made from the diagram itself, and they end in its value."""

from __future__ import annotations

import re

import pytest
import sympy

import feyn_nn as fnn
from feyn_nn._core import InvalidInput
from feyn_nn.actions import CausalAction, phi, phi4
from feyn_nn.diagrams import Diagram, generate
from feyn_nn.rules.algebra import Propagator, Vertex, diagram_expression
from feyn_nn.rules.explanation import explain
from feyn_nn.rules.symmetry import cycles, symmetry


@pytest.mark.parametrize("action", [CausalAction(), phi((3, 4))])
@pytest.mark.parametrize(("legs", "loops"), [(1, 1), (2, 1), (2, 2), (0, 2)])
def test_the_symmetry_is_taken_apart_rightly(action, legs, loops):
    """The reasons multiply up to |Aut|, which the generator finds in another way."""
    found = [symmetry(diagram) for diagram in generate(action, legs=legs, loops=loops)]
    assert [s.order for s in found] == [d.automorphisms for d in generate(action, legs=legs, loops=loops)]
    assert any(s.order > 1 for s in found) or not found


@pytest.mark.parametrize(("legs", "loops"), [(1, 1), (2, 0), (2, 1), (3, 0), (1, 2)])
@pytest.mark.parametrize("one_input", [True, False])
def test_the_steps_multiply_up_to_the_value(legs, loops, one_input):
    pairs = [(0, 0)] * legs if one_input else [(0, 1)] * legs
    for diagram in generate(CausalAction(), legs=legs, loops=loops):
        found = explain(diagram, depth=5, pairs=pairs)
        factors = [f for step in found.steps for f in step.formulas if isinstance(f, (Vertex, Propagator))]
        weight, inside = found.expression.as_coeff_Mul()
        while isinstance(inside, sympy.Sum):
            inside = inside.function
        assert sympy.Mul(*factors) == inside
        assert len(factors) == len(diagram.vertices) + len(diagram.lines)
        assert found.expression == diagram_expression(diagram, depth=5, pairs=pairs)
        assert f"Symmetry factor {weight}" in [step.rule for step in found.steps]
        assert f"= {diagram.loops} loop" in found.steps[0].text


def box() -> Diagram:
    """Two sources that feed the same two vertices: no parallel lines, and the sources may be exchanged."""
    found = generate(CausalAction(), legs=2, loops=1)
    (only,) = [
        d
        for d in found
        if len(d.vertices) == 4 and len(set(d.lines)) == len(d.lines) and d.automorphisms == 2
    ]
    return only


def test_layers_are_those_of_the_sum():
    found = explain(box())
    (layers,) = [step for step in found.steps if step.rule == "Layers"]
    value, bounds = found.expression.as_coeff_Mul()[1], []
    while isinstance(value, sympy.Sum):
        bounds += [(low, high) for symbol, low, high in value.limits if symbol.name.startswith("ell")]
        value = value.function
    assert len(bounds) == len(layers.formulas) == 4
    assert set(bounds) == {formula.args[1:] for formula in layers.formulas}
    assert "ℓ3 is fed by ℓ1 and ℓ2" in layers.text


def test_reasons_in_words():
    (tadpole,) = generate(CausalAction(), legs=1, loops=1)
    text = str(tadpole.explain(pairs=[(0, 0)]))
    assert "The 2 lines between ℓ1 and ℓ2 may be exchanged, 2! ways. In all |Aut| = 2." in text
    assert "1 in all, legs - 1 + loops = 1 - 1 + 1." in text
    assert "1 ≤ ℓ_1 ≤ L - 1" in text
    (tree,) = generate(CausalAction(), legs=2, loops=0)
    assert "Nothing can be exchanged." in str(tree.explain())
    reason = "Vertices may be relabelled in 2 ways, as they are or ℓ1 → ℓ2 → ℓ1."
    assert reason in str(box().explain()).replace("\n   ", " ")


def test_phi4():
    (bubble,) = fnn.generate(phi4(), legs=2, loops=1)
    found = bubble.explain()
    text = str(found)
    assert "1 line from x1 to itself may be turned round, 2^1 1! ways." in text
    g, (x, y1, y2), G = sympy.Symbol("g_4"), sympy.symbols("x_1 y_1 y_2"), sympy.Function("G")
    assert found.expression == g / 2 * sympy.Integral(G(x, x) * G(x, y1) * G(x, y2), x)
    sunset = next(d for d in fnn.generate(phi4(), legs=2, loops=2) if d.automorphisms == 6)
    assert "The 3 lines between x1 and x2 may be exchanged, 3! ways." in str(sunset.explain())
    (bare,) = fnn.generate(phi4(), legs=2, loops=0)
    assert bare.explain().expression == G(y1, y2)
    vacuum = next(d for d in fnn.generate(phi4(), legs=0, loops=3) if d.automorphisms == 48)
    assert "x1 → x2 → x1" in str(vacuum.explain())


def test_how_it_shows_itself():
    *_, diagram = generate(CausalAction(), legs=2, loops=1)
    found = diagram.explain(pairs=[(0, 0), (0, 1)])
    assert repr(found) == str(found)
    assert max(map(len, re.findall(r"^\d+\..*$", str(found), re.MULTILINE))) <= 100
    page = found._repr_html_()
    assert page.count("<li>") == len(found.steps) == page.count("</li>")
    assert page.count("$") == 2 * sum(len(step.formulas) for step in found.steps)
    number, sums = found.expression.as_coeff_Mul()
    assert found.latex() == rf"\frac{{1}}{{{number.q}}} {sympy.latex(sums)}"


def test_errors():
    (bubble,) = fnn.generate(phi4(), legs=2, loops=1)
    with pytest.raises(InvalidInput, match="leave out depth="):
        bubble.explain(depth=3)
    (tree,) = generate(CausalAction(), legs=2, loops=0)
    with pytest.raises(InvalidInput, match="1 pair for 2 legs"):
        tree.explain(pairs=[(0, 0)])
    with pytest.raises(InvalidInput, match=r"depth=0: give an integer >= 1"):
        tree.explain(depth=0)
    for pairs in ("ab", [(0, -1), (0, 0)], [(0, "a"), (0, 0)], [0, 1], 3):
        with pytest.raises(InvalidInput, match="pair"):
            tree.explain(pairs=pairs)


def test_cycles():
    assert cycles((1, 2, 0, 3)) == [(0, 1, 2)]
