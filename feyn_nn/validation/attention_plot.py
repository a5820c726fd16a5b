"""Attention against the number of heads, as a figure."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from feyn_nn._core import InvalidInput
from feyn_nn.validation.plot import check_plot

if TYPE_CHECKING:
    from feyn_nn.validation.attention_report import AttentionReport, TermRow

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#777777")  # Okabe–Ito: told apart by every eye


def save_attention_plot(report: AttentionReport, file: str | PathLike[str]) -> None:
    """Draw each observable against the heads, one colour for each value_dim and key_dim.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    InvalidInput
        If the file cannot be written.
    """
    check_plot(file)
    metadata = {"Date": None} if str(file).endswith(".svg") else None  # the same figure is the same file
    try:
        attention_figure(report).savefig(file, dpi=150, metadata=metadata)
    except OSError as error:
        raise InvalidInput(
            f"cannot write the plot {str(file)!r}: {error.strerror}; give another path"
        ) from error


def attention_figure(report: AttentionReport) -> Any:
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


def _panel(ax: Any, name: str, rows: list[TermRow]) -> None:
    """Data and full theory, and dashed the part that survives value_dim, key_dim → ∞."""
    for colour, (value_dim, key_dim) in zip(_COLOURS, dict.fromkeys(r.sizes[1:] for r in rows), strict=False):
        own = [row for row in rows if row.sizes[1:] == (value_dim, key_dim)]
        runs = {row.sizes[0]: row for row in own}
        heads = np.geomspace(min(runs) / 1.2, max(runs) * 1.2, 60)
        first = next(iter(runs.values()))
        at_first = {row.powers: row.term for row in own if row.sizes == first.sizes}
        kept = {p: t for p, t in at_first.items() if not (p["value_dim"] or p["key_dim"])}
        for terms, style in ((at_first, "-"), (kept, ":")):
            curve = sum(t * (heads / first.sizes[0]) ** -p["heads"] for p, t in terms.items())
            ax.plot(heads, np.abs(curve), style, color=colour, linewidth=1.6)
        ax.errorbar(
            list(runs),
            [abs(row.measured) for row in runs.values()],
            yerr=[row.stderr for row in runs.values()],
            fmt="o", color=colour, markersize=4, capsize=3, label=f"value_dim {value_dim}, key_dim {key_dim}",
        )  # fmt: skip
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlabel("heads")
    ax.set_ylabel(f"|{name}|")
    ax.legend(frameon=False, fontsize="small", title="dotted: independence breaking", title_fontsize="small")
    ax.spines[["top", "right"]].set_visible(False)
