"""What Jupyter shows of diagrams, galleries, evaluations, estimates and reports."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

import feyn_nn as fnn
from feyn_nn.render import LayerStep, draw, gallery

NET = fnn.MLP(depth=3, width=8, activation="linear", weight_variance=1.1, bias_variance=0.2)
X = fnn.Inputs([[1.0, 0.4], [0.3, 1.0]])


def texts(markup: str) -> list[str]:
    return [
        text.strip() for text in ElementTree.fromstring(f"<div>{markup}</div>").itertext() if text.strip()
    ]


def test_a_gallery_tells_factor_power_and_value() -> None:
    """The values under the pictures add up to the coefficients."""
    c = fnn.metric_cumulant(NET, pairs=[(0, 0), (0, 1)], loops=1)
    shown = c.gallery(X)
    assert len(shown) == 16
    captions = [[i.text for i in drawing.items if i.role == "caption"] for drawing in shown.drawings]  # type: ignore[attr-defined]
    sums = {"1/n": 0.0, "1/n²": 0.0}
    for factor, value in captions:
        sums[factor.split(" · ")[1]] += float(value.removeprefix("value "))
    found = c.evaluate(X).coefficients
    assert sums["1/n"] == pytest.approx(found[1], rel=1e-5)
    assert sums["1/n²"] == pytest.approx(found[2], rel=1e-4)
    assert any(float(value.removeprefix("value ")) != 0 for _, value in captions)
    assert texts(shown._repr_html_()).count("Ĝ₀₁") == 16


def test_a_gallery_without_inputs_or_of_some() -> None:
    c = fnn.metric_cumulant(NET, rank=2, loops=1)
    assert len(c.gallery(limit=3)) == 3
    with pytest.raises(fnn.InvalidInput, match="give pairs="):
        c.gallery(X)


def test_an_estimate_and_an_evaluation() -> None:
    estimate = fnn.Estimate(value=0.0123412, stderr=0.000563, n_samples=10_000, seed=3)
    assert texts(estimate._repr_html_()) == ["0.01234 ± 0.00056", "(10,000 samples, seed 3)"]
    evaluation = fnn.metric_cumulant(NET, pairs=[(0, 0)], loops=1).evaluate(X)
    assert "order" in texts(evaluation._repr_html_())
    assert repr(evaluation).splitlines()[0] == "κ₁(Ĝ₀₀), n = first hidden width:"


def test_a_diagram_shows_itself() -> None:
    diagram = next(fnn.generate(fnn.actions.phi4(), legs=2, loops=1))
    assert diagram._repr_svg_() == draw(diagram, caption="1/2 · g4").svg


def test_layer_steps_side_by_side() -> None:
    steps = [LayerStep(neurons=[[0]], blobs=[[0, 0]]), LayerStep(neurons=[[0, 1]])]
    shown = gallery(steps, captions=["½ V κ₂", "V"])
    assert len(shown) == 2
    assert "κ₂" in texts(shown._repr_html_())
