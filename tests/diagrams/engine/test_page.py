"""docs/generation.md: its code runs and gives what it says."""

import re
from fractions import Fraction
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "generation.md"


def test_the_code_on_the_page():
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(compile(block, str(PAGE), "exec"), names)
    assert names["count"](names["two_cubic_vertices"]).symmetry_sum == Fraction(5, 24)
