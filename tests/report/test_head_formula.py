"""The formulas of attention's diagrams say what the rules say."""

from __future__ import annotations

import re

import pytest
import sympy

from feyn_nn.diagrams.head_diagram import head_diagrams
from feyn_nn.report.head_classes import head_classes
from feyn_nn.report.head_formula import HeadFormula
from feyn_nn.rules.head_algebra import head_expression


def factors(latex: str) -> list[str]:
    """The symbols of a formula with their powers, sorted, whatever order and brackets they are written in."""
    return sorted(re.findall(r"[A-Z]_\{[^}]*\}(?:\^\{\d\})?|d_\{\w\}(?:\^\{\d\})?|\([\d,]+\)", latex))


@pytest.mark.parametrize(("legs", "loops"), [(1, 2), (2, 1), (3, 0)])
def test_formulas_are_those_of_the_rules(legs: int, loops: int) -> None:
    for diagram in head_diagrams(legs, loops):
        formula = HeadFormula(diagram=diagram)
        expected = sympy.latex(head_expression([diagram], None))
        found = factors(formula.latex())
        assert found == factors(expected)
        assert len(found) >= 2
        assert formula.html().count("<i>M</i>") == formula.latex().count("M_") == legs


def test_independence_breaking() -> None:
    (diagram,) = [d for d in head_diagrams(2) if d.powers["value_dim"] == 0]
    formula = HeadFormula(diagram=diagram)
    assert formula.latex() == r"\frac{C_{O}^{2}}{N_{h}}\langle M_{1,1'} M_{2,2'}\rangle"
    assert formula.html() == (
        "<i>C</i><sub>O</sub><sup>2</sup> ⟨<i>M</i><sub>1,1′</sub> <i>M</i><sub>2,2′</sub>⟩ / <i>N</i><sub>h</sub>"
    )


def test_classes_are_orbits() -> None:
    """Three legs: 8 ways to close a ring of three, 3·2 of two and one, 1 of ones; 3 segments each, grouped to join."""
    classes = head_classes(head_diagrams(3))
    assert sorted(c.count for c in classes) == [1, 6, 8, 8, 12, 24]
    assert sum(c.count for c in classes) == 59
    assert all(len({d.powers for d in c.members}) == 1 for c in classes)
