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
    n = loaded.network.widths[0]
    assert report["widths"] == [n / 4, n / 2, n, 2 * n, 4 * n]
    assert len(report["overtaking_depth"]) == 5


def test_running_is_another_name_and_draws_maps(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    maps = {name: tmp_path / f"{name}.png" for name in ("phases", "fluctuations")}
    given = [word for name, path in maps.items() for word in (f"--{name}", str(path))]
    assert main(["running", str(spec), *given]) == 0
    assert "fluctuations overtake at layer" in capsys.readouterr().out
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in maps.values())


def test_refusals(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["flow", str(spec), "--plot", "flow.txt"]) == 2
    assert "give one of .svg" in capsys.readouterr().err
    deep = spec.read_text(encoding="utf-8").replace("depth = 3 ", "depth = 300 ").replace('"tanh"', '"exp"')
    spec.write_text(deep, encoding="utf-8")
    assert main(["flow", str(spec)]) == 2
    error = capsys.readouterr().err
    assert "at layer" in error
    assert len(error.splitlines()) == 1
