"""The page about the algebra: its code runs, and what it shows is what is printed."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "rules.md").read_text(encoding="utf-8")


def test_the_code_runs_and_prints_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(code, "docs/rules.md", "exec"), names)
    printed = capsys.readouterr().out
    shown = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert len(shown) == 2
    for text in shown:
        assert text in printed
