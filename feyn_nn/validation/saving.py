"""Reports in files: the ending of the name says what is written."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from feyn_nn._core import InvalidInput, require_extra
from feyn_nn._core.output import check_writable, write_text
from feyn_nn.validation.plot import FORMATS, save_plot

if TYPE_CHECKING:
    from feyn_nn.validation.report import Report

_TEXTS: dict[str, Callable[[Report], str]] = {
    ".html": lambda report: report.to_html(),
    ".json": lambda report: report.to_json() + "\n",
    ".txt": lambda report: f"{report}\n",
}


def check_report(file: str | PathLike[str]) -> None:
    """See that a report can be written, before anything is computed for it.

    Raises
    ------
    MissingExtra
        If matplotlib is needed and not installed.
    InvalidInput
        If the ending is not known, or the file cannot be written.
    """
    path = Path(file)
    if path.suffix not in (*_TEXTS, *FORMATS):
        known = ", ".join((*_TEXTS, *FORMATS))
        raise InvalidInput(f"the report {str(path)!r} ends in {path.suffix!r}; give one of {known}")
    if path.suffix not in (".json", ".txt"):
        require_extra("matplotlib", "plot", f"a report in {path.suffix[1:].upper()}")
    check_writable(path, "report")


def save_report(report: Report, file: str | PathLike[str]) -> None:
    """Write a report; see :meth:`feyn_nn.Report.save`."""
    check_report(file)
    suffix = Path(file).suffix
    if suffix in FORMATS:
        save_plot(report, file)
    else:
        write_text(file, _TEXTS[suffix](report), "report")
