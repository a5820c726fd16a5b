"""MathML of formulas, series and observables."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

import feyn_nn as fnn
from feyn_nn._core import FieldObservable, MetricObservable, Powers
from feyn_nn.report.formula import formula_of
from feyn_nn.report.mathml import decimal, digits, formula, observable, series
from feyn_nn.validation.prediction import Prediction


def shown(mathml: str) -> str:
    """All characters in their order, _ and ^ before indices and exponents, / in fractions."""
    marks = {
        "msub": ["", "_"],
        "msup": ["", "^"],
        "msubsup": ["", "_", "^"],
        "mfrac": ["", "/"],
        "munder": ["", "_"],
    }

    def walk(node: ElementTree.Element) -> str:
        before = marks.get(node.tag, [""] * len(node))
        return (node.text or "").strip() + "".join(
            m + walk(child) for m, child in zip(before, node, strict=True)
        )

    return walk(ElementTree.fromstring(f"<all>{mathml}</all>"))


def test_the_tadpole() -> None:
    (tadpole,) = fnn.generate(fnn.actions.CausalAction(), legs=1, loops=1)
    value = "1/2∑_ℓ_1<ℓ_2V_ℓ_1^(2,0)V_ℓ_2^(1,2)J_ℓ_2,ℓ_1^2J_L,ℓ_2n_ℓ_1^−1"
    assert shown(formula(formula_of(tadpole))) == value


def test_observables() -> None:
    assert shown(observable(MetricObservable([(0, 0), (1, 1)]))) == "κ_2(G^_00,G^_11)"
    assert shown(observable(FieldObservable([(0, 0), (0, 1)]))) == "κ_2(z_00,z_01)"


def test_a_series_in_numbers() -> None:
    coefficients = {Powers(heads=1): 0.25, Powers(heads=1, key_dim=2): -1.5e-7}
    own = Prediction(
        observable=MetricObservable([(0, 0), (1, 1)]),
        coefficients=coefficients,
        errors={},
        parameter="key_dim",
    )
    assert shown(series(own)) == "κ_2(G^_00,G^_11)=0.25/heads−1.5·10^−7/heads·key_dim^2+O(key_dim^−3)"


@pytest.mark.parametrize(("value", "text"), [(12.5, "12.5"), (1e-9, "1·10^−9"), (3e22, "3·10^22")])
def test_numbers(value: float, text: str) -> None:
    assert shown(decimal(value)) == text
    assert shown(digits(-3)) == "−3"
