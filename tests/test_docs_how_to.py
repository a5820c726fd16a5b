"""docs/how_to_*.md: their files run as they stand, and print what the pages say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn.networks import activation, known_activations, unregister
from feyn_nn.render import THEMES
from feyn_nn.render.drawing import _FORMATS

DOCS = Path(__file__).parents[1] / "docs"
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]\d+)?")


@pytest.fixture(autouse=True)
def registered_for_one_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    if "bessel" in known_activations():
        unregister("bessel")
    THEMES.pop("chalkboard", None)
    _FORMATS.pop(".hpgl", None)


def run(page: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What a page defines; what it prints is compared with what it shows, words exactly and numbers nearly."""
    text = (DOCS / page).read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "page"}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(block, page, "exec", dont_inherit=True), names)
    shown, printed = "".join(re.findall(r"```text\n(.*?)```", text, re.DOTALL)), capsys.readouterr().out
    assert NUMBER.sub("#", printed) == NUMBER.sub("#", shown)
    for own, stated in zip(NUMBER.findall(printed), NUMBER.findall(shown), strict=True):
        assert float(own) == pytest.approx(float(stated), rel=2e-3, abs=0.1 if "." in stated else 0)
    return names


def test_the_activation_of_the_page_passes_and_a_wrong_derivative_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = run("how_to_activation.md", capsys)
    assert names["report"].verdict == "pass"
    assert fnn.flow.criticality("bessel").points
    wrong = replace(activation("bessel"), derivatives=lambda z, order: names["derivatives"](z, order + 1)[1:])
    net = fnn.MLP(depth=4, width=64, activation=wrong, weight_variance=1.5, bias_variance=0.05)
    pairs = [(0, 0), (1, 1)]
    assert fnn.validate(net, names["x"], pairs=pairs, loops=0, widths=(32,), samples=20_000).verdict == "fail"


def test_the_layers_of_the_page_pass_and_another_unit_fails(capsys: pytest.CaptureFixture[str]) -> None:
    names = run("how_to_layer.md", capsys)

    class Another(names["GatedLinear"]):  # type: ignore[misc]
        """The sampler of the page draws the gated linear unit all the same."""

        def unit(self, u: Any, v: Any) -> Any:
            return 0.5 * u * (1 + v / np.sqrt(4 + v * v))

    net = fnn.Feedforward([Another(width=32, scale=3.0)] * 2)
    report = fnn.validate(net, names["x"], pairs=[(0, 0)] * 2, loops=1, widths=(48,), samples=100_000)
    assert report.verdict == "fail"


def test_the_observables_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """For a deep linear network the kurtosis is 3((1 + 2/n)² - 1), and one input has one direction."""
    names = run("how_to_observable.md", capsys)
    x = fnn.Inputs.from_metric([[1.0]])
    series = names["kurtosis"].series(names["linear"], x, order=3)
    assert series == pytest.approx({0: 0, 1: 12, 2: 12, 3: 0}, abs=1e-10)
    estimate = names["kurtosis"].measured(names["linear"], x, samples=200_000, rng=5)
    assert abs(estimate.pull(3 * ((1 + 2 / 32) ** 2 - 1))) < 5
    assert 0 < estimate.stderr < 0.02 * estimate.value
    one = names["participation_ratio"]((0,)).series(names["net"], names["x"], order=1)
    assert one == pytest.approx({0: 1.0, 1: 0.0}, abs=1e-12)


def test_the_theme_and_the_format_of_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = run("how_to_theme.md", capsys)
    assert (tmp_path / "chalk.svg").read_bytes() == (DOCS / "images" / "chalk.svg").read_bytes()
    plot = (tmp_path / "diagram.hpgl").read_text(encoding="utf-8")
    box = names["drawing"].box
    xs, ys = zip(*(map(int, own.split(",")) for own in re.findall(r"PU(\d+,\d+)", plot)), strict=True)
    assert 0 <= min(xs) <= max(xs) <= 10 * box.width
    assert 0 <= min(ys) <= max(ys) <= 10 * box.height
    assert plot.count("CI") == sum(type(item).__name__ == "Disc" for item in names["drawing"].items)
    with pytest.raises(fnn.InvalidInput, match="ending"):
        names["register_format"]("hpgl", names["hpgl"])
    changed = replace(THEMES["chalkboard"], line="#ffffff")
    with pytest.raises(fnn.InvalidInput, match="differs"):
        names["register_theme"](changed)
