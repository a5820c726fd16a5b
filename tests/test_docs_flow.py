"""docs/flow.md: its code runs, and its table is what the program finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from feyn_nn.flow.table import criticality_table
from tests.data import tuned as campaign

PAGE = Path(__file__).parents[1] / "docs" / "flow.md"


def numbers(line: str) -> list[float]:
    return [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]\d+)?", line)]


def test_the_code_on_the_page_runs() -> None:
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    assert "from layer 12 on" in names["flow"].warning  # type: ignore[attr-defined]
    assert 0.2268 < names["found"].network.bias_variances[-1] < 0.2270  # type: ignore[attr-defined]
    assert names["held"].passes(1e-6)  # type: ignore[attr-defined]


def test_what_the_page_says_of_the_campaign() -> None:
    """Its rows are those of the stored one."""
    rows = [
        line
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith(("| none", "| through"))
    ]
    for row, name in zip(rows, campaign.CASES, strict=True):
        held = campaign.stored(name)
        cells = [numbers(cell)[0] for cell in row.split("|")[2:5]]
        assert cells == pytest.approx([held.largest, held.mean_pull, held.chi_squared], rel=0.03)
        if name != "without counterterms":
            stated = [numbers(cell)[1] for cell in (row.split("|")[2], row.split("|")[4])]
            assert stated == pytest.approx([held.p_value_of_largest, held.p_value], abs=0.005)


def test_the_pictures_are_there() -> None:
    pictures = set(re.findall(r"images/(\w+\.svg)", PAGE.read_text(encoding="utf-8")))
    assert len(pictures) == 5
    for name in pictures:
        assert "<svg" in (PAGE.parent / "images" / name).read_text(encoding="utf-8")


def test_the_table_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = criticality_table()
    assert re.sub(r"\d", "", table) in re.sub(r"\d", "", page)
    stated = [line for line in page.splitlines() if line.startswith("| `")]
    for line, own in zip(stated, [row for row in table.splitlines() if row.startswith("| `")], strict=True):
        assert len(numbers(line)) == len(numbers(own))
        assert all(abs(a - b) <= 2e-4 * abs(b) for a, b in zip(numbers(line), numbers(own), strict=True))
