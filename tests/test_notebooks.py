"""Notebooks: the pairs are in step, and what is committed is a run from top to bottom that ends in a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jupytext
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
STORIES = {
    "first_diagram": "sampled networks: pass",
    "every_order": "verdict: pass",
    "attention": "verdict: pass",
    "depth": "sampled networks: pass",
    "exercises": "0 of 9 answered",
    "solutions": "verdict: 9 of 9",
}


def cells(name: str, kind: str) -> list[Any]:
    return list(jupytext.read(FOLDER / f"{name}.{kind}").cells)


def printed(cell: Any) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def test_every_notebook_is_a_pair_that_is_known() -> None:
    for kind in ("py", "ipynb"):
        assert {path.stem for path in FOLDER.glob(f"*.{kind}")} == set(STORIES)


@pytest.mark.parametrize("name", STORIES)
def test_the_pair_is_in_step(name: str) -> None:
    source, notebook = ([(c.cell_type, c.source) for c in cells(name, kind)] for kind in ("py", "ipynb"))
    assert source == notebook, f"{name}: run `make notebooks`"


@pytest.mark.parametrize("name", STORIES)
def test_the_notebook_was_run_from_top_to_bottom_and_ends_in_a_verdict(name: str) -> None:
    code = [cell for cell in cells(name, "ipynb") if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {output.output_type for cell in code for output in cell.outputs}
    assert kinds <= {"stream", "display_data", "execute_result"}
    assert not any(output.get("name") == "stderr" for cell in code for output in cell.outputs)
    assert STORIES[name] in printed(code[-1])
    assert STORIES[name] not in code[-1].source  # it was computed, not typed in
    assert (FOLDER / f"{name}.ipynb").stat().st_size < 400_000


def test_wrong_answers_to_the_exercises_are_told_from_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    (setup,) = (cell.source for cell in cells("exercises", "py") if "def check(" in cell.source)
    exec(setup, names)
    for given in (None, [1.0, 2.0], [1.0, 2.1], 1.0, [1.0, 2.0, 3.0]):
        names["check"](1, given, [1.0, 2.0])
    words = [line.removeprefix("1: ") for line in capsys.readouterr().out.splitlines()]
    assert words == ["no answer yet", "right", "not yet", "not yet", "not yet"]


@pytest.mark.parametrize("name", [name for name in STORIES if name != "exercises"])
def test_a_wrong_result_would_stop_the_notebook(name: str) -> None:
    *_, last = (cell.source for cell in cells(name, "py") if cell.cell_type == "code")
    assert "assert " in last


def test_jupyter_is_told_to_show_their_diagrams() -> None:
    """It hides HTML and SVG of notebooks that nobody trusts: a reader's first page would have no diagram."""
    recipe = (
        (FOLDER.parent / "Makefile")
        .read_text(encoding="utf-8")
        .partition("\nnotebook:")[2]
        .partition("\n\n")[0]
    )
    first, second = (line.split() for line in recipe.splitlines()[1:])
    assert first[:3] == ["$(BIN)/jupyter", "trust", "notebooks/*.ipynb"]
    assert second[:2] == ["$(BIN)/jupyter", "lab"]
