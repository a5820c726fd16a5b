"""``feyn-nn derive``: text, LaTeX, JSON, and refusals in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import feyn_nn as fnn
from feyn_nn.cli import main

SPEC = """
[network]
kind = "mlp"
depth = 3
width = 16
activation = "relu"
[inputs]
values = [[1.0, 0.0]]
[observables]
pairs = [[[0, 0]], [[0, 0], [0, 0]]]
loops = [1, 0]
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "spec.toml"
    path.write_text(SPEC)
    return str(path)


def test_text_latex_and_json(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    net = fnn.Specification.load(spec).network
    expected = fnn.derive(net, rank=1, loops=1)
    for option, text in (((), str(expected)), (("--latex",), expected.latex())):
        assert main(["derive", spec, "--rank", "1", "--loops", "1", *option]) == 0
        assert capsys.readouterr().out == text + "\n"
    assert main(["derive", spec, "--rank", "1", "--loops", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == expected.to_dict()


def test_rank_and_loops_are_those_of_the_observables(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", spec]) == 0
    assert capsys.readouterr().out.startswith("κ_2(Ĝ) through 1 loop ")


@pytest.mark.parametrize(
    ("options", "message"), [(("--rank", "0"), "rank=0"), (("--loops", "-1"), "loops=-1")]
)
def test_refusals(
    spec: str, options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["derive", spec, *options]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert message in captured.err
