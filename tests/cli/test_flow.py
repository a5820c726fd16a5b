"""``feyn-nn flow``: couplings layer by layer on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import feyn_nn as fnn
from feyn_nn.cli import main
from feyn_nn.networks import Specification


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    assert main(["init", str(path)]) == 0
    return path


def test_text_json_and_picture(spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "flow.svg"
    assert main(["flow", str(spec), "--plot", str(picture)]) == 0
    text = capsys.readouterr().out
    assert "V/K²" in text
    assert "tanh:\n  C_b = 0, C_W = 1, K* = 0" in text
    assert picture.read_text(encoding="utf-8").count("<svg") == 1
    assert main(["flow", str(spec), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    loaded = Specification.load(spec)
    assert isinstance(loaded.network, fnn.MLP)
    assert isinstance(loaded.inputs, fnn.Inputs)
    expected = fnn.flow.trace(loaded.network, loaded.inputs)
    assert report["four_point_coupling"] == expected.four_point_coupling.tolist()
    assert report["critical_points"][0]["universality_class"] == "K* = 0"


def test_refusals(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", str(spec), "--plot", "flow.txt"]) == 2
    assert "give one of .svg" in capsys.readouterr().err
    deep = spec.read_text(encoding="utf-8").replace("depth = 3 ", "depth = 300 ").replace('"tanh"', '"exp"')
    spec.write_text(deep, encoding="utf-8")
    assert main(["flow", str(spec)]) == 2
    error = capsys.readouterr().err
    assert "at layer" in error
    assert len(error.splitlines()) == 1
