"""Reports in files."""

import json
from pathlib import Path

import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput
from feyn_nn.validation.report import Report


@pytest.fixture(scope="module")
def report() -> Report:
    net, x = fnn.MLP(depth=2, width=8, activation="linear"), fnn.Inputs([[1.0, 0.5]])
    return fnn.validate(net, x, pairs=[(0, 0), (0, 0)], widths=(8, 16), samples=10_000)


@pytest.mark.parametrize("ending", [".html", ".json", ".txt", ".svg", ".png", ".pdf"])
def test_the_ending_says_what_is_written(report: Report, ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"report{ending}"
    report.save(file)
    content = file.read_bytes()
    starts = {
        ".html": b"<!doctype html>",
        ".json": b"{",
        ".txt": b"MLP(",
        ".svg": b"<?xml",
        ".png": b"\x89PNG",
    }
    assert content.startswith(starts.get(ending, b"%PDF"))
    if ending == ".json":
        assert json.loads(content) == report.to_dict()
    if ending == ".html":
        assert content.decode() == report.to_html()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("report.docx", r"ends in '.docx'; give one of .html, .json, .txt, .svg, .png, .pdf"),
        ("no/report.html", r"cannot be written \(No such file or directory\)"),
        ("there.html", r"cannot be written \(Is a directory\)"),
    ],
)
def test_a_file_that_cannot_be_written(report: Report, name: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "there.html").mkdir()
    with pytest.raises(InvalidInput, match=says):
        report.save(tmp_path / name)
