"""Pages that are written from the code are current, and the examples that the command line gives can be typed."""

import argparse
import importlib.util
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from feyn_nn.cli.main import _parser

ROOT = Path(__file__).parents[1]


def pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pages", ROOT / "docs" / "make_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands() -> dict[str, argparse.ArgumentParser]:
    (found,) = (a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    return {choice.dest: found.choices[choice.dest] for choice in found._choices_actions}


def test_they_are_current() -> None:
    """If not: python docs/make_pages.py."""
    module = pages()
    assert module.cli_page() == (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert module.gallery_page() == (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["", *commands()])
def test_every_help_ends_with_examples_that_parse(name: str) -> None:
    parser = commands()[name] if name else _parser()
    lines = pages().examples(parser)
    assert lines
    for line in lines:
        words = shlex.split(line.partition(" && ")[0].partition(" > ")[0])
        assert words[0] == "feyn-nn"
        if name:
            assert words[1] == name
        options = _parser().parse_args(words[1:])
        if (spec := getattr(options, "spec", None)) is not None:
            assert (ROOT / spec).exists(), line
        assert line in parser.format_help()  # unbroken, to be copied
