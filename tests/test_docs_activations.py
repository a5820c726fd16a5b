"""docs/activations.md: its code runs, and its table is what the registry holds."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

import feyn_nn as fnn
from feyn_nn.networks import activation, known_activations, known_families, unregister

PAGE = Path(__file__).parents[1] / "docs" / "activations.md"


def test_the_code_on_the_page_runs_and_gives_what_the_expression_gives() -> None:
    names: dict[str, object] = {}
    try:
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
            exec(compile(block, str(PAGE), "exec"), names)
        coefficients, inputs = names["coefficients"], names["x"]
        assert "wave" in known_activations()
    finally:
        unregister("wave")
    net = fnn.MLP(depth=3, width=64, activation="sin(2*z)")
    other = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1).evaluate(inputs).coefficients
    assert coefficients == pytest.approx(other, rel=1e-11)


def test_the_table_is_what_is_registered() -> None:
    rows = re.findall(
        r"^\| `(.+?)` \| `(.+?)` \| (.+?) \| (.+?) \| (.+) \|$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert {row[0] for row in rows} == {*known_activations(), *known_families()}
    for name, formula, parity, strip, growth in rows:
        sigma = activation(name)
        assert formula == sigma.formula
        assert parity == {1: "even", -1: "odd", 0: "none"}[sigma.parity]
        assert strip == ("∞" if sigma.strip == math.inf else f"{sigma.strip:.3g}")
        assert growth.replace(r"\|", "|") == str(sigma.growth)
