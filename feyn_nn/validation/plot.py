"""Theory against sampled networks, as a figure: one panel for each observable."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from math import ceil, sqrt
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from feyn_nn._core import InvalidInput, require_extra
from feyn_nn._core.output import check_writable, refused
from feyn_nn._core.text import inverse_power
from feyn_nn.validation.curves import Curves, Group

if TYPE_CHECKING:
    from feyn_nn.validation.report import Report

FORMATS = (".svg", ".png", ".pdf")

_PANEL = (4.2, 2.8)  # inches, with labels that can still be read where a panel is as wide as a phone
_MOST_COLUMNS = 4
_LEGEND_LINE = 0.19  # inches
_LETTERS = 56  # of legend entries fit beside each other below one panel

# Colours of Okabe and Ito, told apart by every eye; dashes and markers for those without colour.
_DASHES = (":", "--", "-", "-.", (0, (5, 1, 1, 1, 1, 1)))
_COLOURS = ("#777777", "#E69F00", "#0072B2", "#009E73", "#CC79A7")
_GROUPS = (("#000000", "o"), ("#D55E00", "s"), ("#0072B2", "D"), ("#009E73", "^"), ("#CC79A7", "v"))
_LEFT_OUT = {"color": "#777777", "alpha": 0.3, "linewidth": 0}
_FIT = {"facecolor": "#56B4E9", "alpha": 0.28, "linewidth": 0}
_STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.formatter.limits": (-3, 4),
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 2.6,
    "savefig.dpi": 160,
    "svg.hashsalt": "feyn_nn",  # the same figure is the same file
}


def check_plot(file: str | PathLike[str]) -> None:
    """See that a plot can be written, before anything is computed for it.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    InvalidInput
        If the ending is none of a picture, or the file cannot be written.
    """
    require_extra("matplotlib", "plot", "a plot")
    path = Path(file)
    if path.suffix not in FORMATS:
        raise InvalidInput(
            f"the plot {str(path)!r} ends in {path.suffix!r}; give one of {', '.join(FORMATS)}"
        )
    check_writable(path, "plot")


def save_plot(report: Report, file: str | PathLike[str]) -> None:
    """Draw a report into a file; see :meth:`feyn_nn.Report.plot`."""
    check_plot(file)
    try:
        with Path(file).open("wb") as stream:
            write_plot(report, stream, Path(file).suffix)
    except OSError as error:
        raise refused(file, "plot", error) from None


def write_plot(report: Report, stream: IO[bytes], suffix: str, only: Sequence[str] | None = None) -> None:
    """Draw all observables, or only some, in the format of a suffix; the same report gives the same bytes."""
    metadata: dict[str, Any] = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix, {})
    with _style():
        figure_of(report, only).savefig(stream, format=suffix[1:], metadata=metadata)


def figure_of(report: Report, only: Sequence[str] | None = None) -> Any:
    """The matplotlib figure: a grid of panels with one legend below."""
    from matplotlib.figure import Figure

    shown = [
        Curves(judgement=judgement, fit=report.fit)
        for judgement in report.judgements
        if only is None or judgement.observable in only
    ]
    columns = 2 if len(shown) == 4 else min(len(shown), _MOST_COLUMNS, max(3, ceil(sqrt(len(shown)))))
    rows = ceil(len(shown) / columns)
    with _style():
        figure = Figure(layout="constrained")
        axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
        for ax, curves in zip(axes, shown, strict=False):
            draw_panel(ax, curves)
        for ax in axes[len(shown) :]:
            ax.set_axis_off()
        lines = _add_legend(figure, axes[: len(shown)], columns)
        figure.set_size_inches(_PANEL[0] * columns, _PANEL[1] * rows + _LEGEND_LINE * lines)
    return figure


def draw_panel(ax: Any, curves: Curves) -> None:
    """One observable, scaled by its leading power, against the inverse of the size that is varied."""
    several = len(curves.groups) > 1
    for number, group in enumerate(curves.groups):
        colour, marker = _GROUPS[number % len(_GROUPS)]
        for truncation in curves.truncations:
            ax.plot(
                curves.grid,
                curves.curve(truncation, group),
                linestyle=_DASHES[truncation.number % len(_DASHES)],
                color=colour if several else _COLOURS[truncation.number % len(_COLOURS)],
                linewidth=1.7,
                label=truncation.name,
            )
        _add_bands(ax, curves, group)
        x, values, errors = curves.measured(group)
        ax.errorbar(
            x, values, yerr=errors, fmt=marker, color=colour, markersize=4.5, capsize=3, zorder=3,
            label=group.name if several else "sampled networks",
        )  # fmt: skip
    ax.set(xlim=(0, curves.grid[-1]), ylim=curves.limits, title=_wrapped(curves.name))
    ax.set(xlabel=inverse_power(curves.parameter, 1), ylabel=curves.scaled_name)
    ax.locator_params(nbins=6)


def _add_bands(ax: Any, curves: Curves, group: Group) -> None:
    """How far the full series may be off, and one standard error about the joint fit."""
    full, error = curves.curve(curves.truncations[-1], group), curves.error(group)
    ax.fill_between(curves.grid, full - error, full + error, label="orders left out", **_LEFT_OUT)
    if (fit := curves.fitted(group)) is not None:
        values, errors = fit
        ax.fill_between(
            curves.grid, values - errors, values + errors, label="fit ± standard error", zorder=0, **_FIT
        )


def _add_legend(figure: Any, axes: Sequence[Any], columns: int) -> int:
    """Every entry once, below all panels; return how many lines they take."""
    entries: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    fitting = max(
        1, columns * _LETTERS // (max(map(len, entries)) + 8)
    )  # eight for what stands before the words
    beside = min(len(entries), fitting)
    figure.legend(entries.values(), entries.keys(), loc="outside lower center", ncols=beside)
    return ceil(len(entries) / beside)


def _wrapped(name: str) -> str:
    """A long name on several lines, broken between its entries."""
    import textwrap

    return "\n".join(textwrap.wrap(name, 44, break_long_words=False))


def _style() -> AbstractContextManager[None]:
    import matplotlib as mpl

    return mpl.rc_context(_STYLE)
