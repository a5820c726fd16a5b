"""Theory against simulation, as a figure."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from feyn_nn._core import InvalidInput, Powers, require_extra
from feyn_nn._core.text import inverse_power

if TYPE_CHECKING:
    from feyn_nn.validation.judgement import Judgement, Point
    from feyn_nn.validation.prediction import Prediction
    from feyn_nn.validation.report import Report

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
    """Draw each observable: data with error bars, theory as curves."""
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

    columns = min(len(report.judgements), 3)
    lines = -(-len(report.judgements) // columns)
    figure = Figure(figsize=(5.2 * columns, 3.9 * lines), layout="constrained")
    axes = np.atleast_1d(figure.subplots(lines, columns, squeeze=False)).ravel()
    panel = against_width if report.parameters == ("n",) else against_heads
    for ax, judgement in zip(axes, report.judgements, strict=False):
        panel(ax, judgement)
        ax.spines[["top", "right"]].set_visible(False)
    for ax in axes[len(report.judgements) :]:
        ax.set_axis_off()
    return figure


def against_width(ax: Any, judgement: Judgement) -> None:
    """Scaled by the leading power of n against 1/n: one curve for each order at which the series is cut."""
    theory, points = judgement.prediction, judgement.points
    lowest = _scaling_power(theory)
    inverse = np.array([1 / point.sizes["n"] for point in points])
    grid = np.linspace(0, 1.12 * inverse.max(), 200)[1:]
    looks = dict(zip(reversed(theory.orders), _LOOKS, strict=False))
    for order in theory.orders:
        curve = np.array([theory.value(1 / x, order) for x in grid]) / grid**lowest
        colour, style = looks.get(order, _LOOKS[-1])
        label = f"through {inverse_power('n', order)}" if order else "infinite width"
        ax.plot(grid, curve, color=colour, linestyle=style, linewidth=1.8, label=label)
    band = np.array([theory.error(1 / x) for x in grid]) / grid**lowest
    ax.fill_between(
        grid, curve - band, curve + band, color=colour, alpha=0.15, linewidth=0, label="next order"
    )
    scale = inverse**-lowest
    ax.errorbar(
        inverse,
        np.array([point.measured for point in points]) * scale,
        yerr=np.array([point.stderr for point in points]) * scale,
        fmt="o", color="black", markersize=4, capsize=3, label="sampled networks", zorder=3,
    )  # fmt: skip
    ax.set_xlim(left=0)
    ax.set_xlabel("1/n")
    name = judgement.observable
    ax.set_ylabel(name if lowest == 0 else f"{name} · n{'' if lowest == 1 else '²³⁴⁵'[lowest - 2]}")
    ax.legend(frameon=False, fontsize="small")


def _scaling_power(theory: Prediction) -> int:
    """The leading power, so that the scaled cumulant tends to its leading coefficient at infinite width."""
    seen = [powers["n"] for powers, coefficient in theory.coefficients.items() if coefficient]
    return min(seen, default=theory.orders[0])


def against_heads(ax: Any, judgement: Judgement) -> None:
    """Data and full theory, and dotted the part that survives value_dim, key_dim → ∞."""
    theory = judgement.prediction
    groups: dict[tuple[float, float], list[Point]] = {}
    for point in judgement.points:
        groups.setdefault((point.sizes["value_dim"], point.sizes["key_dim"]), []).append(point)
    for (colour, _), ((value_dim, key_dim), points) in zip(_LOOKS, groups.items(), strict=False):
        runs = [point.sizes["heads"] for point in points]
        heads = np.geomspace(min(runs) / 1.2, max(runs) * 1.2, 60)
        for kept, style in ((lambda _: True, "-"), (_survives, ":")):
            curve = [
                sum(t for p, t in theory.terms({**points[0].sizes, "heads": h}).items() if kept(p))
                for h in heads
            ]
            ax.plot(heads, np.abs(curve), style, color=colour, linewidth=1.6)
        ax.errorbar(
            runs,
            [abs(point.measured) for point in points],
            yerr=[point.stderr for point in points],
            fmt="o", color=colour, markersize=4, capsize=3,
            label=f"value_dim {value_dim:g}, key_dim {key_dim:g}",
        )  # fmt: skip
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlabel("heads")
    ax.set_ylabel(f"|{judgement.observable}|")
    ax.legend(frameon=False, fontsize="small", title="dotted: independence breaking", title_fontsize="small")


def _survives(powers: Powers) -> bool:
    return not (powers["value_dim"] or powers["key_dim"])
