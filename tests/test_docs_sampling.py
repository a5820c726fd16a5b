"""docs/sampling.md: its code runs, and its table is what the registry holds."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

from feyn_nn.montecarlo import unregister_weight_law, weight_law
from feyn_nn.montecarlo.weight_law import known_weight_laws

PAGE = (Path(__file__).parents[1] / "docs" / "sampling.md").read_text(encoding="utf-8")


def test_its_code_runs() -> None:
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.replace("50_000", "500"), re.DOTALL):
        exec(block, names)
    unregister_weight_law("tent")
    assert "3 layers, 60 bins; 500 networks" in repr(names["density"])


def test_its_laws_are_those_that_are_known() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+(?:\(df\))?)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    assert rows.pop("student_t(df)") == "6/(df − 4)"
    assert weight_law("student_t(6)").excess_kurtosis == 6 / 2
    assert set(rows) == set(known_weight_laws()) - {"student_t(6)"}
    for name, kurtosis in rows.items():
        assert weight_law(name).excess_kurtosis == float(Fraction(kurtosis.replace("−", "-")))
