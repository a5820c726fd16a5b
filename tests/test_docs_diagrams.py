"""The examples of docs/diagrams.md run as they are printed."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "diagrams.md"


def test_examples_run() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted > 10
    assert result.failed == 0
