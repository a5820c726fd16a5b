"""The pages on theory and conventions: their examples run as printed, their pictures are what the code draws."""

import doctest
import importlib.util
import re
from pathlib import Path

import pytest

THEORY = Path(__file__).parents[1] / "docs" / "theory"
PAGES = sorted(path.name for path in THEORY.glob("*.md") if path.stem != "index")


@pytest.mark.parametrize("name", [*PAGES, "../conventions.md"])
def test_examples_run(name: str) -> None:
    result = doctest.testfile(str(THEORY / name), module_relative=False)
    assert result.attempted > 4
    assert result.failed == 0


def test_the_pages_are_all_there() -> None:
    index = (THEORY / "index.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\((\w+\.md)\)", index)) == PAGES


def test_pictures_are_current_and_all_shown(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("theory_images", THEORY / "images" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {path.name for path in (THEORY / "images").glob("*.svg")}
    for name in names:
        assert (tmp_path / name).read_bytes() == (THEORY / "images" / name).read_bytes(), name
    shown = {
        name
        for page in PAGES
        for name in re.findall(r"images/(\w+\.svg)", (THEORY / page).read_text("utf-8"))
    }
    assert shown == names
