"""docs/attention.md: its code runs and prints what the text says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "attention.md"


def test_the_code_on_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    printed = capsys.readouterr().out
    assert "1/heads · 1/value_dim · 1/key_dim" in printed
    assert "value ring" in printed
    assert "through β^4: 276 diagrams" in printed
    assert "Sigma_Q" in printed
    assert "independence breaking" in printed
    assert "power of heads" in printed
    assert "Powers(width_1=1)" in printed
