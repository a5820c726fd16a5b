"""Figures of flows: couplings against depth, phases over (C_b, C_W), universality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from feyn_nn._core import InvalidInput, require_extra

if TYPE_CHECKING:
    from feyn_nn.flow.phase_diagram import PhaseDiagram
    from feyn_nn.flow.trace import Trace
    from feyn_nn.flow.universality import Universality

# Okabe–Ito colours, told apart by every eye, and dashes for those without colour.
_LOOKS = (("#0072B2", "-"), ("#E69F00", "--"), ("#009E73", "-."), ("#CC79A7", ":"), ("#777777", (0, (5, 1))))


def _figure(columns: int, height: float = 3.9) -> tuple[Any, Any]:
    require_extra("matplotlib", "plot", "a plot")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6 * columns, height), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, columns))
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def trace_figure(trace: Trace) -> Any:
    """Kernels, slopes and couplings of each input against depth; correlations where there are several."""
    several = trace.several is not None
    figure, axes = _figure(4 if several else 3)
    layers, n = trace.layers, (trace.network.widths or (1,))[0]
    for number in range(trace.inputs.n_inputs):
        colour, style = _LOOKS[number % len(_LOOKS)]
        look = {"color": colour, "linestyle": style, "linewidth": 1.8}
        axes[0].plot(layers, trace.kernel[:, number, number], label=f"input {number}", **look)
        axes[1].plot(layers, trace.susceptibility_parallel[:, number], label=f"χ∥, input {number}", **look)
        axes[1].plot(layers, trace.susceptibility_perpendicular[:, number], alpha=0.5, label="χ⊥", **look)
        axes[2].plot(layers, trace.four_point_coupling[:, number] / n, label=f"input {number}", **look)
    for ax, name in zip(axes, ("K", "slopes", f"V/(nK²) at n = {n}"), strict=False):
        ax.set(xlabel="layer", ylabel=name, xscale="log")
    if (layer := trace.breakdown()) is not None:
        axes[2].axvline(layer, color="black", linewidth=0.8, linestyle=":", label="the series fails")
    axes[2].set_yscale("log")
    if several:
        rows, columns = np.triu_indices(trace.inputs.n_inputs, 1)
        for a, b in zip(rows.tolist(), columns.tolist(), strict=True):
            axes[3].plot(layers, trace.correlation[:, a, b], label=f"inputs {a}, {b}")
        axes[3].set(xlabel="layer", ylabel="correlation", xscale="log")
    for ax in axes:
        if len(ax.get_lines()) <= 8:
            ax.legend(frameon=False, fontsize="small")
    return figure


def phase_figure(phases: PhaseDiagram) -> Any:
    """ξ_⊥ in layers as colours, K* as contours, the edge between order and chaos, the critical points."""
    figure, (ax,) = _figure(1, 4.2)
    lengths = np.clip(phases.correlation_length_perpendicular, 0.1, 1e3)
    picture = ax.pcolormesh(
        phases.weight_variance, phases.bias_variance, np.log10(lengths), cmap="cividis", shading="nearest"
    )
    figure.colorbar(picture, ax=ax, label="log₁₀ ξ⊥ / layers")
    finite = np.where(np.isfinite(phases.fixed_point), phases.fixed_point, np.nan)
    if min(finite.shape) > 1 and np.nanmax(finite) > np.nanmin(finite):
        lines = ax.contour(
            phases.weight_variance,
            phases.bias_variance,
            finite,
            levels=np.unique(np.quantile(finite[np.isfinite(finite)], np.linspace(0.1, 0.95, 7))),
            colors="white",
            linewidths=0.7,
        )
        ax.clabel(lines, fontsize="x-small", fmt="K* = %.2g")
    edge = phases.edge()
    ax.plot(edge[:, 1], edge[:, 0], color="#E69F00", linewidth=2, label="χ⊥ = 1")
    for point in phases.critical_points:
        ax.plot(
            point.weight_variance, point.bias_variance, "o", color="#D55E00", clip_on=False,
            label=f"critical, {point.stability}",
        )  # fmt: skip
    ax.set(xlim=_ends(phases.weight_variance), ylim=_ends(phases.bias_variance))
    ax.set(xlabel="weight variance $C_W$", ylabel="bias variance $C_b$", title=phases.activation.name)
    ax.legend(fontsize="small", loc="upper left")
    return figure


def _ends(values: Any) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def universality_figure(found: Universality) -> Any:
    """Each coupling over its power of ℓ; dotted, the limit of each class."""
    from feyn_nn.flow.universality import COUPLINGS

    figure, axes = _figure(len(COUPLINGS))
    names = {"four_point": "V/K²", "six_point": "κ₃/K³", "correction": "K^{1}/K"}
    for ax, coupling in zip(axes, COUPLINGS, strict=True):
        for number, (name, point) in enumerate(found.points.items()):
            colour, style = _LOOKS[number % len(_LOOKS)]
            layers = found.traces[name].layers[1:] - 1
            ax.plot(layers, found.coupling(coupling, name), color=colour, linestyle=style, label=name)
            if point.large_depth is not None:
                ax.axhline(
                    point.large_depth[coupling].coefficient, color="black", linewidth=0.7, linestyle=":"
                )
        ax.set(xlabel="hidden layers ℓ", ylabel=f"{names[coupling]} over its power of ℓ", xscale="log")
        ax.legend(frameon=False, fontsize="small")
    return figure


def save_figure(figure: Any, file: str) -> None:
    """Write a figure; the same figure is the same file.

    Raises
    ------
    InvalidInput
        If it cannot be written.
    """
    try:
        figure.savefig(file, dpi=150, metadata={"Date": None} if file.endswith(".svg") else None)
    except OSError as error:
        raise InvalidInput(f"cannot write the plot {file!r}: {error.strerror}; give another path") from error
