"""Figures of flows: couplings against depth, phases over (C_b, C_W), universality."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from feyn_nn._core import InvalidInput, require_extra
from feyn_nn.networks import MLP, Feedforward

if TYPE_CHECKING:
    from feyn_nn.flow.fluctuations import Fluctuations
    from feyn_nn.flow.phase_diagram import PhaseDiagram
    from feyn_nn.flow.stack import StackTrace
    from feyn_nn.flow.trace import Trace
    from feyn_nn.flow.universality import Universality

# Okabe–Ito colours, told apart by every eye, and dashes for those without colour.
_LOOKS = (("#0072B2", "-"), ("#E69F00", "--"), ("#009E73", "-."), ("#CC79A7", ":"), ("#777777", (0, (5, 1))))

_MOST_LAYERS = 300  # columns of the map of fluctuations
_COUPLINGS, _LENGTHS = (1e-4, 1e2), (0.1, 1e3)  # where colours end
_DECADE, _MOST_LABELS = 10.0, 9


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
    several = trace.inputs.n_inputs > 1
    figure, axes = _figure(4 if several else 3)
    for number in range(trace.inputs.n_inputs):
        _add_input(axes, trace, number)
    n = (trace.network.widths or (1,))[0]
    for ax, name in zip(axes, ("K", "slopes χ", f"couplings at n = {n}"), strict=False):
        ax.set(xlabel="layer", ylabel=name, xscale="log")
    kernels = np.einsum("laa->la", trace.kernel)
    axes[0].set_yscale("log" if kernels.max() > _DECADE * kernels.min() else "linear")
    if trace.four_point_coupling.any():
        axes[2].set_yscale("log", nonpositive="mask")
    if (layer := trace.breakdown()) is not None:
        axes[2].axvline(layer, color="black", linewidth=0.8, linestyle=":", label="the series fails")
    if several:
        _add_correlations(axes[3], trace)
    for ax in axes:
        if len(ax.get_lines()) <= _MOST_LABELS:
            ax.legend(frameon=False, fontsize="small")
    return figure


def _add_input(axes: Any, trace: Trace, number: int) -> None:
    """One input's curves: colours tell quantities apart, dashes inputs."""
    n, layers = (trace.network.widths or (1,))[0], trace.layers
    own = f", input {number}" if trace.inputs.n_inputs > 1 else ""
    couplings = {
        "V/(nK²)": trace.four_point_coupling / n,
        "|κ₃|/K³": trace.six_point_coupling / n**2,
        "|κ₄|/K⁴": trace.eight_point_coupling / n**3,
        "|K¹|/(nK)": trace.correction / n,
    }
    slopes = {"χ∥": trace.susceptibility_parallel, "χ⊥": trace.susceptibility_perpendicular}
    kernels = {"K": np.einsum("laa->la", trace.kernel)}
    for ax, curves in zip(axes, (kernels, slopes, couplings), strict=False):
        for (colour, _), (name, column) in zip(_LOOKS, curves.items(), strict=False):
            values, style = np.abs(column[:, number]), _LOOKS[number % len(_LOOKS)][1]
            ax.plot(layers, values, color=colour, linestyle=style, linewidth=1.8, label=name + own)


def _add_correlations(ax: Any, trace: Trace) -> None:
    for a, b in combinations(range(trace.inputs.n_inputs), 2):
        ax.plot(trace.layers, trace.correlation[:, a, b], label=f"inputs {a}, {b}")
    ax.set(xlabel="layer", ylabel="correlation", xscale="log")


def stack_figure(trace: StackTrace) -> Any:
    """Kernels, correlations and couplings of all rows behind each layer of a stack, and the spectral radius of J."""
    figure, axes = _figure(4)
    layers, count = np.arange(len(trace.kernel)), trace.kernel.shape[1]
    for row in range(count):
        colour, style = _LOOKS[row % len(_LOOKS)]
        look = {"color": colour, "linestyle": style, "marker": "o", "markersize": 4, "label": f"row {row}"}
        axes[0].plot(layers, trace.kernel[:, row, row], **look)
        axes[2].plot(layers, trace.coupling[:, row], **look)
    for a, b in combinations(range(count), 2):
        axes[1].plot(layers, trace.correlation[:, a, b], marker="o", markersize=4, label=f"rows {a}, {b}")
    axes[3].plot(layers[1:], trace.spectral_radius, color="black", marker="o", markersize=4)
    axes[3].axhline(1.0, color="#777777", linewidth=0.8, linestyle=":")
    for ax, name in zip(axes, ("K", "correlation", "Var Ĝ/K²", "spectral radius of J"), strict=True):
        ax.set(xlabel="layers behind", ylabel=name, xticks=layers)
        if 0 < len(ax.get_legend_handles_labels()[0]) <= _MOST_LABELS:
            ax.legend(frameon=False, fontsize="small")
    return figure


def phase_figure(phases: PhaseDiagram) -> Any:
    """ξ_⊥ and ξ_∥ in layers as colours, K* as contours, the edge between order and chaos, the critical points."""
    figure, axes = _figure(2, 4.6)
    lengths = {
        "ξ⊥": (phases.correlation_length_perpendicular, axes[0]),
        "ξ∥": (phases.correlation_length_parallel, axes[1]),
    }
    for name, (values, ax) in lengths.items():
        picture = ax.pcolormesh(
            phases.weight_variance, phases.bias_variance, np.log10(np.clip(values, *_LENGTHS)),
            cmap="cividis", shading="nearest", rasterized=True,
        )  # fmt: skip
        figure.colorbar(picture, ax=ax, label=f"log₁₀ {name} / layers")
        _add_critical(ax, phases)
        ax.set(xlim=_ends(phases.weight_variance), ylim=_ends(phases.bias_variance))
        ax.set(
            xlabel="weight variance $C_W$",
            ylabel="bias variance $C_b$",
            title=f"{phases.activation.name}: {name}",
        )
    _add_fixed_points(axes[0], phases)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize="small", frameon=False)
    return figure


def _add_critical(ax: Any, phases: PhaseDiagram) -> None:
    """The edge, dashed where its fixed points repel the flow, and the critical points."""
    C_b, C_W, _, parallel = phases.edge().T
    for label, style, here in (("χ⊥ = 1", "-", parallel <= 1.0), ("χ⊥ = 1, χ∥ > 1", "--", parallel > 1.0)):
        if here.any():
            line = (np.where(here, values, np.nan) for values in (C_W, C_b))
            ax.plot(*line, color="#E69F00", linewidth=2, linestyle=style, label=label)
    for marker, point in zip("osD^v*", phases.critical_points, strict=False):
        ax.plot(
            point.weight_variance, point.bias_variance, marker, color="#D55E00", clip_on=False, markeredgecolor="white",
            label=f"critical, {point.stability}",
        )  # fmt: skip


def _add_fixed_points(ax: Any, phases: PhaseDiagram) -> None:
    """Contours of K*, where there is more than one value to tell apart."""
    finite = np.where(np.isfinite(phases.fixed_point), phases.fixed_point, np.nan)
    known = finite[np.isfinite(finite)]
    if min(finite.shape) < 2 or not known.size or known.max() == known.min():
        return
    levels = np.unique(np.quantile(known, np.linspace(0.1, 0.95, 7)))
    lines = ax.contour(
        phases.weight_variance, phases.bias_variance, finite, levels=levels, colors="white", linewidths=0.7
    )
    ax.clabel(lines, fontsize="x-small", fmt="K* = %.2g")


def fluctuation_figure(found: Fluctuations) -> Any:
    """V/(nK²) as colours over (depth, width), the line where it reaches 1 and the one where the series fails."""
    figure, (ax,) = _figure(1, 4.4)
    depth = found.trace.network.depth
    rows = np.unique(np.geomspace(min(2, depth), depth, _MOST_LAYERS).round().astype(int)) - 1
    layers = found.trace.layers[rows]
    coupling = np.log10(np.clip(found.coupling[rows], *_COUPLINGS).T)
    picture = ax.pcolormesh(
        layers, found.widths, coupling, cmap="cividis", shading="nearest", rasterized=True
    )
    figure.colorbar(picture, ax=ax, label="log₁₀ V/(nK²)")
    overtaken = np.maximum.accumulate(found.trace.four_point_coupling.max(axis=1))[rows]
    ax.plot(layers, overtaken, color="#D55E00", linewidth=2.2, label="V/(nK²) = 1: fluctuations overtake")
    failed = np.isfinite(found.breakdown_depth)
    if failed.any():
        depths, widths = (values[failed] for values in (found.breakdown_depth, found.widths))
        depths, widths = np.append(depths, depth), np.append(widths, widths[-1])
        ax.plot(depths, widths, color="white", linewidth=1.6, linestyle="--", label="the series in 1/n fails")
    ax.set(xscale="log", yscale="log", xlim=_ends(layers), ylim=_ends(found.widths))
    ax.set(xlabel="layer", ylabel="width n", title=_named(found.trace.network))
    ax.legend(fontsize="small", loc="upper left", facecolor="#999999", framealpha=0.9)
    return figure


def _named(network: MLP | Feedforward) -> str:
    """What a picture is called: the activation, and variances that do not differ from layer to layer."""
    if not isinstance(network, MLP):
        return f"{len(network.layers)} hidden layers"
    variances = (("C_W", network.weight_variance), ("C_b", network.bias_variance))
    values = [f", ${name}$ = {value:.6g}" for name, value in variances if not isinstance(value, tuple)]
    return network.activation.name + "".join(values)


def _ends(values: Any) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (0.5 * low - 0.1, 2.0 * low + 0.1)


def universality_figure(found: Universality) -> Any:
    """Each coupling over its power of ℓ; dotted, the limit of each class."""
    from feyn_nn.flow.universality import COUPLINGS

    figure, axes = _figure(len(COUPLINGS))
    names = {"four_point": "V/K²", "six_point": "κ₃/K³", "correction": "K¹/K"}
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
        if coupling != "correction":  # which has either sign
            ax.set_yscale("log")
    axes[-1].legend(frameon=False, fontsize="small")
    return figure


def save_figure(figure: Any, file: str) -> None:
    """Write a figure; the same figure is the same file.

    Raises
    ------
    InvalidInput
        If it cannot be written.
    """
    import matplotlib

    try:
        with matplotlib.rc_context({"svg.hashsalt": "feyn_nn"}):
            figure.savefig(file, dpi=150, metadata={"Date": None} if file.endswith(".svg") else None)
    except OSError as error:
        raise InvalidInput(f"cannot write the plot {file!r}: {error.strerror}; give another path") from error
