"""``feyn-nn init`` and ``feyn-nn predict``: an example that runs, and the coefficients of theory alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import feyn_nn as fnn
from feyn_nn.cli import main
from feyn_nn.networks import Specification
from feyn_nn.theory.kernel import infinite_width_kernel


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("feyn-nn: ")
    assert len(captured.err.splitlines()) == 1
    return captured.err


@pytest.fixture
def example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "mine.toml"
    assert main(["init", str(path)]) == 0
    assert str(path) in capsys.readouterr().err
    return path


def test_the_example_is_commented_and_reads_back(example: Path) -> None:
    text = example.read_text(encoding="utf-8")
    assert f"feyn-nn predict {example}" in text
    spec = Specification.load(example)
    assert text.count("#") > 20
    assert spec.sampling.widths == (24, 36)
    assert Specification.loads(spec.to_toml()) == spec


@pytest.mark.parametrize(
    "line",
    [
        "metric = [[1.7, 0.9], [0.9, 1.2]]",
        "digits = 2",
        "legs = [[[0, 0], [0, 0], [0, 1], [0, 1]]]",
    ],
)
def test_what_is_commented_out_in_the_example_can_be_used(example: Path, line: str) -> None:
    text = example.read_text(encoding="utf-8")
    assert f"# {line}" in text
    text = text.replace(f"# {line}", line)
    if not line.startswith("legs"):
        text = text.replace("values = ", "# values = ")
    Specification.loads(text)


def test_the_example_validates(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(example)]) == 0
    assert "PASS" in capsys.readouterr().out


def test_what_exists_is_not_overwritten(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example.write_text("mine")
    assert "exists already" in refusal(capsys, "init", example)
    assert example.read_text() == "mine"
    assert "exists already" in refusal(capsys, "init", example.parent)
    assert "in a folder that exists" in refusal(capsys, "init", example.parent / "none" / "x.toml")
    assert "in a folder that exists" in refusal(capsys, "init", example / "x.toml")


def test_the_default_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    Specification.load("network.toml")


def test_predict_prints_what_python_evaluates(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(example), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    spec = Specification.load(example)
    mean, covariance = report["series"]
    assert (mean["key"], covariance["key"]) == ("kappa(G01)", "kappa(G00,G11)")
    kernel = infinite_width_kernel(spec.network, spec.inputs)
    one = fnn.metric_cumulant(spec.network, pairs=[(0, 1)], loops=1).evaluate(spec.inputs)
    two = fnn.metric_cumulant(spec.network, pairs=[(0, 0), (1, 1)], loops=1).evaluate(spec.inputs)
    assert [term["powers"] for term in mean["terms"]] == [{}, {"n": 1}]
    assert [t["coefficient"] for t in mean["terms"]] == pytest.approx([kernel[0, 1], one.coefficients[1]])
    assert [term["powers"] for term in covariance["terms"]] == [{"n": k} for k in two.coefficients]
    assert [t["coefficient"] for t in covariance["terms"]] == pytest.approx(list(two.coefficients.values()))
    assert all(0 <= term["error"] < 1e-12 for series in report["series"] for term in series["terms"])


def test_predict_as_text(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = example.read_text(encoding="utf-8").replace("# legs", "legs")
    example.write_text(text, encoding="utf-8")
    assert main(["predict", str(example)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    blocks = captured.out.split("\n\n")
    assert [block.splitlines()[0] for block in blocks[1:]] == [
        "κ₁(Ĝ₀₁)",
        "κ₂(Ĝ₀₀, Ĝ₁₁)",
        "κ₄(z₀₀, z₀₀, z₀₁, z₀₁)",
    ]
    assert [line.split()[0] for line in blocks[2].splitlines()[1:]] == ["1/n", "1/n²"]
    assert "(± " in blocks[3]


def test_exp_has_coefficients_and_no_sum(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = example.read_text(encoding="utf-8").replace('"tanh"', '"exp"').replace("1.6", "0.2")
    example.write_text(text, encoding="utf-8")
    assert main(["predict", str(example)]) == 0
    capsys.readouterr()
    said = refusal(capsys, "validate", example)
    assert "E[Ĝ] is infinite at every finite width" in said


@pytest.mark.parametrize("command", ["init", "predict"])
def test_help_carries_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([command, "--help"])
    assert stop.value.code == 0
    assert f"example: feyn-nn {command} " in " ".join(capsys.readouterr().out.split())


def test_names_that_no_comment_can_hold(tmp_path: Path) -> None:
    for name in ("my network.toml", "a\nb = 1.toml"):
        assert main(["init", str(tmp_path / name)]) == 0
        Specification.load(tmp_path / name)
