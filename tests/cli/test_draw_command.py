"""``feyn-nn draw``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feyn_nn.cli import main

SPEC = """
[network]
kind = "mlp"
depth = 3
width = 16
activation = "tanh"
[inputs]
values = [[1.0, 0.0], [0.6, 0.8]]
[observables]
pairs = [[[0, 0]], [[0, 0], [1, 1]]]
legs = [[[0, 0], [0, 0], [0, 1], [0, 1]], [[0, 0], [1, 0]]]
loops = 1
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.toml"
    path.write_text(SPEC)
    return path


def test_the_list_of_diagrams(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", str(spec), "--observable", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [str(i) for i in range(1, 17)]
    assert main(["draw", str(spec), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["diagrams"]) == 1


@pytest.mark.parametrize("ending", ["svg", "tex", "png", "pdf"])
def test_one_diagram(ending: str, spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / f"five.{ending}"
    options = ["--observable", "2", "--diagram", "5", "--theme", "paper", "--legend"]
    assert main(["draw", str(spec), *options, "--file", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["file"] == str(file)
    assert said["factor"] == "1/2 · 1/n²"
    assert file.stat().st_size > 1000
    if ending == "svg":
        assert all(
            word in file.read_text(encoding="utf-8") for word in ("Ĝ₁₁", "Gaussian expectation", "1/n²")
        )


def test_field_legs_have_the_diagrams_of_their_pairings(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["draw", str(spec), "--observable", "3"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 16


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--observable", "0"], "give a number from 1 to 4"),
        (["--observable", "5"], "give a number from 1 to 4"),
        (["--observable", "4"], "so it is zero"),
        (["--diagram", "0"], "the observable has 1; give a number from 1 to 1"),
        (["--diagram", "2"], "the observable has 1"),
        (["--diagram", "1", "--file", "x.jpg"], "does not end in one of .svg, .tex, .png, .pdf"),
        (["--diagram", "1", "--file", "no/where/x.svg"], "cannot be written"),
        (["--diagram", "1", "--theme", "papr"], "did you mean 'paper'"),
    ],
)
def test_bad_options(options: list[str], says: str, spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", str(spec), *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert len(captured.err.splitlines()) == 1
