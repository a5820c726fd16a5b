"""``feyn-nn validate``: the design before data, whole folders, zeros, and series that mean nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import feyn_nn as fnn
from feyn_nn.cli import main

SPEC = """\
[network]
kind = "mlp"
depth = 3
width = 16
activation = "tanh"
weight_variance = 1.5
[inputs]
metric = [[1.0, 0.0], [0.0, 0.7]]
[observables]
pairs = [[[0, 1]], [[0, 0], [1, 1]]]
loops = 1
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    (tmp_path / "spec.toml").write_text(SPEC)
    return tmp_path / "spec.toml"


def test_a_plan_says_what_is_sampled_and_samples_nothing(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(spec), "--plan"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "networks" in said.out
    assert "cost:" in said.out
    assert "zero: tested as zero" in said.out
    assert "PASS" not in said.out
    assert main(["validate", str(spec), "--plan", "--json"]) == 0
    design = json.loads(capsys.readouterr().out)
    by_order = {(order["observable"], tuple(order["powers"].items())): order for order in design["orders"]}
    highest = by_order["κ₂(Ĝ₀₀, Ĝ₁₁)", (("n", 2),)]
    assert highest["delta_chi2"] > 25
    assert highest["bias"] <= 0.5
    assert design["seconds"] > 0


def test_the_design_comes_before_the_data_and_holds(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was expected is what is found: each Δχ² to a factor of two, whatever the numbers that were drawn."""
    assert main(["validate", str(spec), "--json"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("Design, from the predicted coefficients alone:")
    report = json.loads(said.out)
    planned = {(o["observable"], str(o["powers"])): o for o in report["design"]["orders"] if o["predicted"]}
    found = {(j["observable"], str(o["powers"])): o for j in report["judgements"] for o in j["orders"]}
    assert len(planned) == 1
    for name, order in planned.items():
        assert 0.5 < found[name]["delta_chi2"] / order["delta_chi2"] < 2
        assert found[name]["resolved"]


def test_samples_that_are_given_resolve_what_they_can(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["validate", str(spec), "--plan", "--samples", "10000", "--widths", "100", "200"])
    said = capsys.readouterr().out
    assert "n = 200: 10,000 networks" in said
    assert "not resolved by so many samples" in said


def test_a_folder_of_specifications(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(spec.parent)
    options = ["--samples", "10000", "--seed", "1"]
    assert main(["validate", "--all", folder, *options]) == 0
    table = capsys.readouterr().out
    assert table.count("PASS") == 1
    assert "1 of 1" in table  # κ₂ of orthogonal inputs begins at 1/n²
    (spec.parent / "wrong.toml").write_text(SPEC.replace("tanh", "tahn"))
    assert main(["validate", "--all", folder, *options, "--json"]) == 2
    good, bad = json.loads(capsys.readouterr().out)["reports"]
    assert (good["verdict"], bad["verdict"]) == ("pass", "refused")
    assert good["report"]["seed"] == 1
    assert "did you mean 'tanh'" in bad["refused"]


def test_one_fail_in_a_folder_is_a_fail(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from feyn_nn.validation import predict

    right = predict.series

    def wrong(*asked: object, **how: object) -> object:
        coefficients, errors = right(*asked, **how)  # type: ignore[arg-type]
        return {powers: 1.6 * c for powers, c in coefficients.items()}, errors

    monkeypatch.setattr(predict, "series", wrong)
    assert main(["validate", "--all", str(spec.parent), "--samples", "40000"]) == 1
    assert "FAIL" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "give one specification, or a folder"),
        (["--all", "nowhere"], "is no folder"),
        (["--all", "examples", "--plot", "a.svg"], "--plot is for one specification"),
        (["--all", "docs"], "holds no specification"),
        (["examples/relu.toml", "--all", "examples"], "give one specification, or a folder"),
    ],
)
def test_refusals(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", *arguments]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_a_symmetry_that_makes_every_order_zero_is_tested_as_zero() -> None:
    """E[Ĝ₀₁] of odd activations on orthogonal inputs, measured with noise."""
    net = fnn.MLP(depth=3, width=16, activation="tanh", weight_variance=1.5)
    x = fnn.Inputs.from_metric([[1.0, 0.0], [0.0, 0.7]])
    report = fnn.validate(net, x, pairs=[(0, 1)], loops=1, widths=[16, 24], samples=20_000)
    (judgement,) = report.judgements
    assert judgement.prediction.vanishes
    assert report.passed
    assert report.dof == 2
    assert "tested as zero; a value of" in str(report)
    sigma = sum(point.stderr**-2 for point in judgement.points) ** -0.5
    assert 4 * sigma < judgement.smallest < 8 * sigma  # √30 for p = 1e-4 at 95 %


def test_widths_at_which_the_series_means_nothing() -> None:
    net = fnn.MLP(depth=5, width=8, activation="gelu", weight_variance=1.983, bias_variance=0.173)
    x = fnn.Inputs.from_metric([[1.0]])
    asked = {"pairs": [(0, 0), (0, 0)], "loops": 1, "samples": 10_000}
    says = r"at n = 4 the orders left out of κ₂\(Ĝ₀₀, Ĝ₀₀\) may add up to 15, .* give n of about 8 or more"
    with pytest.raises(fnn.InvalidInput, match=says) as caught:
        fnn.validate(net, x, widths=[4], **asked)
    assert "\n" not in str(caught.value)
    assert fnn.validate(net, x, widths=[64], **asked).passed
