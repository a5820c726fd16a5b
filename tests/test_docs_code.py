"""docs/coefficients.md, docs/simulation.md: their code runs and says what they say; commands of all pages parse."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn.cli.main import _parser, main

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "theory").glob("*.md")])


def run(page: str) -> dict[str, Any]:
    """What the page's code defines, with 2,000 networks for a million."""
    names: dict[str, Any] = {}
    text = (ROOT / "docs" / page).read_text("utf-8").replace("10**6", "2_000")
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, page, "exec", dont_inherit=True), names)
    return names


def commands(page: Path) -> list[list[str]]:
    """The words of every line of a console block, without comments and redirection."""
    blocks = re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = re.findall(r"^\$ (.*)$", "".join(blocks), re.MULTILINE)
    parts = [part.partition(" > ")[0] for line in lines for part in line.split(" && ")]
    return [shlex.split(part, comments=True) for part in parts]


def test_coefficients() -> None:
    names = run("coefficients.md")
    vertex, correction = names["vertex"], names["correction"]
    assert vertex.coefficients[1].shape == (15, 15)
    assert 0 < vertex.errors[1].max() < 1e-5 * vertex.coefficients[1].max()
    alone = fnn.metric_cumulant(names["net"], pairs=[(17, 512)], loops=1).evaluate(names["thousand"])
    assert correction.coefficients[1].shape == (3,)
    assert correction.coefficients[1][2] == pytest.approx(alone.coefficients[1], abs=1e-10)
    recursion = fnn.derive(names["net"], rank=1, loops=4).to_dict()["equations"]
    terms = [(equation["rank"], len(equation["terms"])) for equation in recursion]
    stated = re.search(
        r"has (\d+) terms of its own, and (\d+) with", (ROOT / "docs/coefficients.md").read_text("utf-8")
    )
    assert stated is not None
    assert [sum(n for rank, n in terms if rank == 1), sum(n for _, n in terms)] == [
        *map(int, stated.groups())
    ]


def test_simulation(capsys: pytest.CaptureFixture[str]) -> None:
    names = run("simulation.md")
    found = names["found"]
    assert [observable.name for observable in found] == ["κ₂(Ĝ₀₀, Ĝ₁₁)", "κ₄(z₀₀, z₀₀, z₀₁, z₀₁)"]
    assert capsys.readouterr().out.count("κ₂(Ĝ₀₀, Ĝ₁₁)") == 2
    theory: dict[str, Any] = {
        "κ₂(Ĝ₀₀, Ĝ₁₁)": fnn.metric_cumulant(names["net"], pairs=names["pairs"][0], loops=1),
        "κ₄(z₀₀, z₀₀, z₀₁, z₀₁)": fnn.correlator(names["net"], legs=names["legs"][0], loops=1),
    }
    for observable, estimate in found.items():
        assert abs(estimate.pull(theory[observable.name].evaluate(names["x"]).at(width=64))) < 5
    assert np.linalg.eigvalsh(found.covariance).min() > 0


def test_the_commands_of_simulation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second extends the run of the first: the numbers of one run of both."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    first, second = (
        [word.replace("1000000", "1000") for word in words[1:]]
        for words in commands(ROOT / "docs" / "simulation.md")
    )
    assert main(first) == 0
    capsys.readouterr()
    assert main(second) == 0
    extended = json.loads(capsys.readouterr().out)
    assert main([*first[:2], "--samples", "2000", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["estimates"] == extended["estimates"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_can_be_typed(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for program, *words in commands(page):
        if program == "make":
            assert words[0] in targets, words
        elif program == "feyn-nn":
            spec = getattr(_parser().parse_args(words), "spec", None)
            assert spec in (None, "network.toml") or (ROOT / spec).exists(), words
        elif program == "python" and words[0] != "-m":
            assert (ROOT / words[0]).exists(), words


def test_the_ten_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """README and start.md have the same, and they do what is said of them."""
    blocks = [
        re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
        for page in ("README.md", "docs/start.md")
    ]
    assert blocks[0] == blocks[1]
    names: dict[str, Any] = {}
    exec(compile(blocks[0][0], "README.md", "exec", dont_inherit=True), names)
    printed = capsys.readouterr().out
    assert len(names["c"].diagrams) == 16
    assert "PASS" in printed
    each, widths = re.findall(r"\(([\d,]+) networks each at n = ([\d, ]+);", printed)[0]
    total = int(each.replace(",", "")) * len(widths.split(","))
    assert f"some {total / 1000:.0f},000 networks" in (ROOT / "docs/start.md").read_text("utf-8")
