"""Theory against simulation, as a figure."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from feyn_nn._core import InvalidInput, require_extra
from feyn_nn._core.text import inverse_power

if TYPE_CHECKING:
    from feyn_nn.validation.report import Report, Row

FORMATS = (".svg", ".png", ".pdf")

# From the highest order down; Okabe–Ito colours, told apart by every eye, and dashes for those without colour.
_LOOKS = (("#0072B2", "-"), ("#E69F00", "--"), ("#777777", ":"), ("#009E73", "-."), ("#CC79A7", (0, (5, 1))))


def check_plot(file: str | PathLike[str]) -> None:
    """See that a plot can be written, before anything is computed for it.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    InvalidInput
        If the ending is none of a picture, or the folder does not exist.
    """
    require_extra("matplotlib", "plot", "a plot")
    path = Path(file)
    if path.suffix not in FORMATS:
        raise InvalidInput(
            f"the plot {str(path)!r} ends in {path.suffix!r}; give one of {', '.join(FORMATS)}"
        )
    if not path.parent.is_dir():
        raise InvalidInput(f"the folder of the plot {str(path)!r} does not exist; make it or give another")


def save_plot(report: Report, file: str | PathLike[str]) -> None:
    """Draw each observable against 1/n, data with error bars, one curve for each order of the series."""
    check_plot(file)
    metadata = {"Date": None} if str(file).endswith(".svg") else None  # the same figure is the same file
    try:
        figure_of(report).savefig(file, dpi=150, metadata=metadata)
    except OSError as error:
        raise InvalidInput(
            f"cannot write the plot {str(file)!r}: {error.strerror}; give another path"
        ) from error


def figure_of(report: Report) -> Any:
    """The matplotlib figure, one panel for each observable."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(row.observable for row in report.rows))
    columns = min(len(names), 3)
    lines = -(-len(names) // columns)
    figure = Figure(figsize=(5.2 * columns, 3.9 * lines), layout="constrained")
    axes = np.atleast_1d(figure.subplots(lines, columns, squeeze=False)).ravel()
    for ax, name in zip(axes, names, strict=False):
        _panel(ax, name, [row for row in report.rows if row.observable == name])
    for ax in axes[len(names) :]:
        ax.set_axis_off()
    return figure


def _panel(ax: Any, name: str, rows: list[Row]) -> None:
    orders = sorted({row.order for row in rows})
    lowest = _scaling_power(orders, rows)
    last = [row for row in rows if row.order == orders[-1]]
    inverse = np.array([1 / row.width for row in last])
    grid = np.linspace(0, 1.12 * inverse.max(), 200)[1:]
    looks = dict(zip(reversed(orders), _LOOKS, strict=False))
    for order in orders:
        curve = _curve(rows, order, grid) / grid**lowest
        colour, style = looks.get(order, _LOOKS[-1])
        label = f"through {inverse_power('n', order)}" if order else "infinite width"
        ax.plot(grid, curve, color=colour, linestyle=style, linewidth=1.8, label=label)
    band = _error(last, orders[-1] + 1, grid) / grid**lowest
    ax.fill_between(
        grid, curve - band, curve + band, color=colour, alpha=0.15, linewidth=0, label="next order"
    )
    scale = inverse**-lowest
    ax.errorbar(
        inverse,
        [row.measured for row in last] * scale,
        yerr=[row.stderr for row in last] * scale,
        fmt="o", color="black", markersize=4, capsize=3, label="sampled networks", zorder=3,
    )  # fmt: skip
    ax.set_xlim(left=0)
    ax.set_xlabel("1/n")
    ax.set_ylabel(name if lowest == 0 else f"{name} · n{'' if lowest == 1 else '²³⁴⁵'[lowest - 2]}")
    ax.legend(frameon=False, fontsize="small")
    ax.spines[["top", "right"]].set_visible(False)


def _error(last: list[Row], power: int, inverse_width: Any) -> Any:
    """The error of the full series between the sampled widths, where it goes like the first omitted power."""
    known = sorted((1 / row.width, row.theory_error * row.width**power) for row in last)
    places, scaled = zip(*known, strict=True)
    return np.interp(inverse_width, places, scaled) * inverse_width**power


def _scaling_power(orders: list[int], rows: list[Row]) -> int:
    """The leading power, so that the scaled cumulant tends to its leading coefficient at infinite width."""
    return (
        orders[0]
        if any(row.theory for row in rows if row.order == orders[0])
        else orders[min(1, len(orders) - 1)]
    )


def _curve(rows: list[Row], order: int, inverse_width: Any) -> Any:
    """The truncated series at other widths: its terms, read off the rows, are powers of 1/n."""
    total = np.zeros_like(inverse_width)
    before = 0.0
    for row in sorted((r for r in rows if r.width == rows[0].width), key=lambda r: r.order):
        if row.order <= order:
            total += (row.theory - before) * (inverse_width * row.width) ** row.order
            before = row.theory
    return total
