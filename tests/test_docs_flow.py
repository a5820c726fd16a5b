"""docs/flow.md: its code runs, and its table is what the program finds."""

from __future__ import annotations

import re
from pathlib import Path

from feyn_nn.flow.table import criticality_table

PAGE = Path(__file__).parents[1] / "docs" / "flow.md"


def numbers(line: str) -> list[float]:
    return [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?", line)]


def test_the_code_on_the_page_runs() -> None:
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    assert "from layer 12 on" in names["flow"].warning  # type: ignore[attr-defined]
    assert 0.2268 < names["found"].network.bias_variances[-1] < 0.2270  # type: ignore[attr-defined]


def test_the_table_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = criticality_table()
    assert re.sub(r"\d", "", table) in re.sub(r"\d", "", page)
    stated = [line for line in page.splitlines() if line.startswith("| `")]
    for line, own in zip(stated, [row for row in table.splitlines() if row.startswith("| `")], strict=True):
        assert len(numbers(line)) == len(numbers(own))
        assert all(abs(a - b) <= 2e-4 * abs(b) for a, b in zip(numbers(line), numbers(own), strict=True))
