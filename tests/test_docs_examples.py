"""Examples of the API's pages run in a fresh session, with the imports that the pages put before them."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
import sys
from pathlib import Path
from pydoc import locate

import pytest

DOCS = Path(__file__).parents[1] / "docs"
LISTED = re.findall(r"^   ([A-Za-z_.]+)$", (DOCS / "api.rst").read_text("utf-8"), re.MULTILINE)


def test_the_api_was_read() -> None:
    assert len(LISTED) > 80


@pytest.mark.parametrize("name", LISTED)
def test_an_example_runs_when_it_is_copied(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    imports = importlib.import_module("example_imports").imports
    thing = locate(f"feyn_nn.{name}")
    text = inspect.getdoc(thing) or ""
    module = getattr(thing, "__module__", None)
    if ">>> " not in text or module is None:
        return
    assert module in sys.modules
    names: dict[str, object] = {}
    exec("\n".join(imports(text.splitlines(), module)), names)
    case = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(case).failed == 0


def test_what_an_example_prints_is_not_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    escaped = importlib.import_module("docstrings").escaped
    assert escaped(["|x|", ">>> f(x)", "2*x|y", "", "a *b"]) == ["\\|x\\|", ">>> f(x)", "2*x|y", "", "a \\*b"]
