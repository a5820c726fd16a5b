"""Write the pages that follow from the code: ``python docs/make_pages.py``.

cli.md is what ``feyn-nn --help`` and the help of its commands say, gallery.md shows pictures of the atlas.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feyn_nn.cli.main import _parser

ROOT = Path(__file__).parents[1]

_CLI = """# Command line

`feyn-nn` does from a [specification file](specification.md) what the package does in Python. Data go to standard
output, messages and the progress bar to standard error. Exit status: 0 fine, 1 the physics check failed, 2 bad usage or
input, said in one sentence, 3 an optional part is missing, with the command that installs it.

`feyn-nn COMMAND --help` prints what stands here; this page is written from it.
"""

_GALLERY = """# Gallery

Pictures are drawn by [`fnn.draw` and `fnn.gallery`](drawing.md), as SVG, TikZ, PNG or PDF. More of them, with their
formulas, are in [the atlas](../diagrams/README.md).

## A diagram with its legend

<p align="center"><img src="images/one_loop.svg" width="520" alt="A one-loop diagram with a legend"></p>

The same as a figure of a paper, `theme="paper"`:

<p align="center"><img src="images/one_loop_paper.svg" alt="The same diagram, small and black"></p>

## One layer at a time

<p align="center"><img src="images/layer_step.svg" alt="κ₃ of the layer before into two neurons"></p>

## Attention

<p align="center"><img src="images/attention.svg" alt="Two value rings of one head, joined by a score cumulant"></p>

## Several fields

<p align="center"><img src="images/fields.svg" alt="A self-energy: a solid directed line and a wavy one"></p>
"""

# A family with fewer pictures is shown with its formulas.
_LONG = 12

# Families of the atlas that are shown here, with a line about each.
_FAMILIES = {
    "kappa1-1loop": "The 1/n correction of the mean: the tadpole.",
    "kappa1-2loop": "The 1/n² correction of the mean.",
    "kappa2-0loop": "The four-point vertex at leading order.",
    "kappa2-1loop": "Its one-loop correction.",
    "kappa3-0loop": "The six-point vertex at leading order.",
    "phi4-4legs-2loop": "φ⁴ theory, four legs, two loops.",
    "phi3-0legs-3loop": "Vacuum graphs of φ³ theory at three loops.",
}


def cli_page() -> str:
    """The page of the command line."""
    parser = _parser()
    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    helps = {choice.dest: choice.help for choice in commands._choices_actions}
    parts = [_CLI, _example(parser), "| command | |", "| --- | --- |"]
    parts += [f"| [`{name}`](#feyn-nn-{name}) | {text} |" for name, text in helps.items()]
    for name in helps:  # less than the choices, which hold second names too
        command = commands.choices[name]
        parts += [
            "",
            f"## feyn-nn {name}",
            "",
            _plain(command.description),
            "",
            _example(command),
            *_table(command),
        ]
    return "\n".join(parts) + "\n"


def _example(parser: argparse.ArgumentParser) -> str:
    lines = examples(parser)
    return "\n".join(["```console", *(f"$ {line}" for line in lines), "```", ""])


def examples(parser: argparse.ArgumentParser) -> list[str]:
    """The command lines that the help of a parser ends with."""
    return re.findall(r"(?:^|example: |\n\s*)(feyn-nn .+)", parser.epilog or "")


def _table(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield from ("| argument | |", "| --- | --- |")
    for action in parser._actions:
        if not isinstance(action, argparse._HelpAction):
            yield f"| {_signature(action)} | {_plain(action.help)} |"


def _signature(action: argparse.Action) -> str:
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    several = f"{value} [{value} …]" if action.nargs == "+" else value
    if not action.option_strings:
        return f"`{value}`"
    names = ", ".join(action.option_strings)
    return f"`{names}`" if action.nargs == 0 else f"`{names} {several}`"


def _plain(text: Any) -> str:
    return " ".join(str(text).replace("%%", "%").replace("|", "\\|").split())


def gallery_page() -> str:
    """The page of pictures."""
    parts = [_GALLERY]
    for family, about in _FAMILIES.items():
        data = json.loads((ROOT / "diagrams" / family / "diagrams.json").read_text(encoding="utf-8"))
        title = data["title"]
        parts += [f"## {title}", "", f"{about} [All of them, with JSON and TikZ](../diagrams/{family}/).", ""]
        shown = _table_of if len(data["diagrams"]) < _LONG and data["kind"] == "network" else _row_of
        parts += [*shown(family, data["diagrams"]), ""]
    return "\n".join(parts)


def _table_of(family: str, diagrams: list[dict[str, Any]]) -> Iterator[str]:
    """Pictures with their factors and formulas."""
    yield from ("| diagram | factor | value |", "| --- | --- | --- |")
    for entry in diagrams:
        copies = f" ({entry['count']} permutations of legs)" if entry["count"] > 1 else ""
        yield f"| {_picture(family, entry)} | {entry['caption']}{copies} | ${entry['latex']}$ |"


def _row_of(family: str, diagrams: list[dict[str, Any]]) -> Iterator[str]:
    """Pictures alone, as many to a row as fit."""
    for entry in diagrams:
        yield _picture(family, entry)


def _picture(family: str, entry: dict[str, Any]) -> str:
    vertices = len(entry["diagram"]["vertices"])
    alt = f"A diagram with {vertices} {'vertex' if vertices == 1 else 'vertices'} and the factor {entry['caption']}"
    return f"![{alt}](../diagrams/{family}/{entry['name']}.svg)"


if __name__ == "__main__":
    for name, page in (("cli", cli_page()), ("gallery", gallery_page())):
        (ROOT / "docs" / f"{name}.md").write_text(page, encoding="utf-8")
