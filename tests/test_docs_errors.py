"""The pages that errors name are there, docs/errors.md tells of them, and its examples run."""

import ast
import doctest
import pickle
import re
from pathlib import Path

import pytest

import feyn_nn as fnn

ROOT = Path(__file__).parents[1]


def named_pages() -> set[str]:
    """Every page= that the package raises an error with."""
    found = set()
    for path in (ROOT / "feyn_nn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "InvalidInput",
                "MissingExtra",
            ):
                found |= {word.value.value for word in node.keywords if word.arg == "page"}
    return found


def test_there_are_some() -> None:
    assert len(named_pages()) >= 7


@pytest.mark.parametrize("page", sorted(named_pages()))
def test_they_exist(page: str) -> None:
    name, _, anchor = page.partition("#")
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    if anchor:
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert anchor in {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_the_page_on_errors_lists_them_all() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert named_pages() <= set(re.findall(r"\]\(([^)]+)\)", text))
    result = doctest.testfile(str(ROOT / "docs" / "errors.md"), module_relative=False)
    assert result.attempted == 2
    assert result.failed == 0


def test_errors_keep_their_page() -> None:
    with pytest.raises(
        fnn.InvalidInput, match=r"did you mean 'tanh'.*\(see docs/activations\.md\)$"
    ) as caught:
        fnn.MLP(depth=2, width=8, activation="tahn")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.page == "activations.md"
    assert str(fnn.FeynNNError("as it is")) == "as it is"
