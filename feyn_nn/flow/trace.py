"""Running couplings: a network's kernel, slopes, vertices and corrections, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from feyn_nn._core import InvalidInput, require_extra
from feyn_nn.flow.fluctuations import Fluctuations, fluctuations_of
from feyn_nn.flow.mixed_layers import mixed_layers_flow
from feyn_nn.flow.one_input import OneInputFlow, one_input_flow
from feyn_nn.flow.several_inputs import SeveralInputsFlow, several_inputs_flow
from feyn_nn.flow.stack import StackTrace, stack_trace
from feyn_nn.networks import MLP, Feedforward, Inputs, MultiHeadAttention, Sequential, Tokens
from feyn_nn.networks.arguments import check_inputs, check_network
from feyn_nn.networks.checks import integer, shown
from feyn_nn.theory.metric_cumulant import checked_tolerance

if TYPE_CHECKING:
    import xarray

Array: TypeAlias = NDArray[np.float64]

FAILS = 0.5
"""A term of a series that is this large in units of the one before it: the sum says nothing any more."""

MOST_ROWS = 12


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Trace:
    """A network's flow through its layers; made by :func:`trace`. Row ℓ - 1 belongs to layer ℓ.

    Parameters
    ----------
    network : MLP or Feedforward
    inputs : Inputs
    singles : tuple of OneInputFlow
        Each input by itself.
    several : SeveralInputsFlow or None
        All pairs of inputs; None for a single one.

    Examples
    --------
    >>> net = MLP(depth=20, width=100, activation="linear")
    >>> flow = trace(net, Inputs.from_metric([[1.0, 0.5], [0.5, 1.0]]))
    >>> flow.correlation[-1].round(6).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    >>> (flow.four_point_coupling[-1] / 100).round(6).tolist()
    [0.38, 0.38]
    """

    network: MLP | Feedforward
    inputs: Inputs
    singles: tuple[OneInputFlow, ...]
    several: SeveralInputsFlow | None

    @property
    def layers(self) -> NDArray[np.int64]:
        """1 … L, shape (L,)."""
        return np.arange(1, self.network.depth + 1)

    @cached_property
    def kernel(self) -> Array:
        """K^ℓ, shape (L, B, B)."""
        return self.singles[0].kernel[:, None, None] if self.several is None else self.several.kernel

    @cached_property
    def correlation(self) -> Array:
        """K_αβ/√(K_αα K_ββ), shape (L, B, B)."""
        sizes = np.sqrt(np.einsum("laa->la", self.kernel))
        found: Array = self.kernel / (sizes[:, :, None] * sizes[:, None, :])
        return found

    @cached_property
    def susceptibility_parallel(self) -> Array:
        """χ_∥ of the step from layer ℓ to the next, shape (L, B); NaN at the last layer."""
        return self._slopes("susceptibility_parallel")

    @cached_property
    def susceptibility_perpendicular(self) -> Array:
        """χ_⊥ = C_W⟨σ'σ'⟩ of that step, shape (L, B); NaN at the last layer."""
        return self._slopes("susceptibility_perpendicular")

    @cached_property
    def four_point_coupling(self) -> Array:
        """V/K², whose 1/n-th is the running coupling Var(Ĝ)/K², shape (L, B)."""
        return self._coupling(2)

    @cached_property
    def six_point_coupling(self) -> Array:
        """The coefficient of 1/n² in κ₃(Ĝ)/K³, shape (L, B)."""
        return self._coupling(3)

    @cached_property
    def eight_point_coupling(self) -> Array:
        """The coefficient of 1/n³ in κ₄(Ĝ)/K⁴, shape (L, B)."""
        return self._coupling(4)

    @cached_property
    def correction(self) -> Array:
        """K^{1}/K, the coefficient of 1/n in E[Ĝ]/K - 1, shape (L, B)."""
        return self._coupling(1, power=1)

    def terms(self, rank: int) -> Array:
        """The coefficients of 1/n^k, k = 0 … 3, in κ_rank(Ĝ_αα - K_αα)/K^rank, shape (4, L, B)."""
        p = integer("rank", rank, least=1, largest=4)
        return np.stack([(f.cumulants[p - 1] / f.kernel[:, None] ** p).T for f in self.singles], axis=-1)

    def ratios(self, *, width: float | None = None) -> Array:
        """How large a term of the series is in units of the one before it, the largest of several: shape (L, B).

        Compared are the first two terms of Var Ĝ, and K with its first two corrections; a first correction that is
        zero to rounding is passed over.
        """
        n = self._width(width)
        mean, variance = np.abs(self.terms(1)), np.abs(self.terms(2))
        with np.errstate(divide="ignore", invalid="ignore"):
            of_variance = np.where(variance[1] > 0, variance[2] / variance[1], 0.0) / n
            of_correction = np.where(mean[1] > 1e-9 * (1.0 + variance[1]), mean[2] / mean[1], 0.0) / n
        small = (
            mean[2] / n**2 < 0.01
        )  # a correction may cross zero: then the next one says nothing of the series
        largest: Array = np.maximum(of_variance, np.maximum(mean[1] / n, np.where(small, 0.0, of_correction)))
        return largest

    def breakdown(self, *, width: float | None = None) -> int | None:
        """The first layer where a term exceeds half of the one before it; None if there is none."""
        failed = np.flatnonzero((self.ratios(width=width) > FAILS).any(axis=1))
        return int(self.layers[failed[0]]) if failed.size else None

    @property
    def warning(self) -> str | None:
        """Perturbation theory's own warning at the network's width; None where it holds through all layers."""
        layer = self.breakdown() if self.network.widths else None
        if layer is None:
            return None
        n = self.network.widths[0]
        coupling = float(self.four_point_coupling[layer - 1].max()) / n
        return (
            f"the series in 1/n fails from layer {layer} on at width {n}: a term there exceeds half of the one before"
            f" (Var Ĝ/K² = {coupling:.2g} to leading order); what follows holds at a larger width"
        )

    def fluctuations(self, widths: ArrayLike | None = None) -> Fluctuations:
        """The same flow at many widths: where V/(nK²) reaches 1, so that fluctuations overtake the kernel.

        Parameters
        ----------
        widths : array (w,), optional
            By default from 2 to ten times the width at which the last layer is overtaken.

        Raises
        ------
        InvalidInput
            If the widths are no numbers > 0.

        Examples
        --------
        >>> net = MLP(depth=200, width=8, activation="relu", weight_variance=2.0)
        >>> trace(net, Inputs.from_metric([[1.0]])).fluctuations([100, 500]).overtaking_depth.tolist()
        [21.0, 101.0]
        """
        return fluctuations_of(self, widths)

    def columns(self) -> dict[str, Array]:
        """Everything of each input by itself, by name, shape (L, B) each."""
        return {
            "kernel": np.einsum("laa->la", self.kernel),
            "susceptibility_parallel": self.susceptibility_parallel,
            "susceptibility_perpendicular": self.susceptibility_perpendicular,
            "four_point_coupling": self.four_point_coupling,
            "six_point_coupling": self.six_point_coupling,
            "eight_point_coupling": self.eight_point_coupling,
            "correction": self.correction,
        }

    def to_xarray(self) -> xarray.Dataset:
        """All of it as an xarray Dataset with the dimensions layer, input, other_input and pair.

        Raises
        ------
        MissingExtra
            If xarray is not installed.
        """
        xr = require_extra("xarray", "results", "to_xarray()")
        data: dict[str, Any] = {name: (("layer", "input"), column) for name, column in self.columns().items()}
        square = ("layer", "input", "other_input")
        data |= {"kernel_matrix": (square, self.kernel), "correlation": (square, self.correlation)}
        if self.several is not None:
            pairs = ("layer", "pair", "other_pair")
            data["four_point_vertex"] = (pairs, self.several.four_point_vertex)
            data["pair_correction"] = (pairs[:2], self.several.correction)
        dataset: xarray.Dataset = xr.Dataset(
            data, coords={"layer": self.layers}, attrs={"network": repr(self.network)}
        )
        return dataset

    def to_dict(self) -> dict[str, Any]:
        """Plain data; what does not exist is None."""
        columns = {name: _plain(column) for name, column in self.columns().items()}
        return {
            "network": self.network.to_dict(),
            "layers": self.layers.tolist(),
            **columns,
            "correlation": self.correlation.tolist(),
            "warning": self.warning,
        }

    def plot(self) -> Any:
        """A matplotlib figure: kernels, slopes, couplings over n and correlations against depth.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        """
        from feyn_nn.flow.pictures import trace_figure

        return trace_figure(self)

    def _slopes(self, name: str) -> Array:
        columns = [np.append(getattr(single, name), np.nan) for single in self.singles]
        return np.stack(columns, axis=-1)

    def _coupling(self, rank: int, power: int | None = None) -> Array:
        return np.asarray(self.terms(rank)[rank - 1 if power is None else power])

    def _width(self, width: float | None) -> float:
        n = (self.network.widths or (1,))[0] if width is None else width
        if isinstance(n, bool) or not isinstance(n, (int, float, np.number)) or not n > 0:
            raise InvalidInput(f"width={shown(width)} is no number > 0; give for example width=64")
        return float(n)

    def __repr__(self) -> str:
        names = ("K", "χ_∥", "χ_⊥", "V/K²", "κ₃/K³", "κ₄/K⁴", "K^{1}/K")
        rows = sorted(
            {*np.unique(np.geomspace(1, self.network.depth, MOST_ROWS).round().astype(int)).tolist()}
        )
        lines = [
            f"{shorten(repr(self.network), 120, placeholder=' …)')}, input 0 of {self.inputs.n_inputs}",
            "layer" + "".join(f"{n:>13}" for n in names),
        ]
        for layer in rows:
            cells = (column[layer - 1, 0] for column in self.columns().values())
            lines.append(f"{layer:>5}" + "".join(f"{cell:>13.6g}" for cell in cells))
        return "\n".join(lines if self.warning is None else [*lines, self.warning])


@overload
def trace(network: MLP | Feedforward, inputs: Inputs, *, tolerance: float = ...) -> Trace: ...
@overload
def trace(network: Sequential, inputs: Tokens, *, tolerance: float = ...) -> StackTrace: ...
def trace(
    network: MLP | Feedforward | Sequential, inputs: Inputs | Tokens, *, tolerance: float = 1e-10
) -> Trace | StackTrace:
    """Follow a network's kernel, slopes, couplings and 1/n corrections layer by layer.

    Parameters
    ----------
    network : MLP, Feedforward or Sequential
        Depth to 10⁵ and more for one input of an MLP, to about 10⁴ for several or for a Feedforward, whose layers may
        be of different kinds. A Sequential, of dense layers and attention, is followed at leading order.
    inputs : Inputs or Tokens
    tolerance : float
        What quadrature over several inputs of an MLP aims at; those of each input by itself are good to about 1e-12, or
        1e-15 times the depth. Next to a half-stable point rounding is carried on in what is left of K - K*: couplings
        are good to some 1e-16 times the depth squared, 1e-6 at 10⁵ layers.

    Returns
    -------
    Trace, or StackTrace for a Sequential

    Raises
    ------
    InvalidInput
        If a kernel vanishes or overflows, or a vertex does not exist, with the layer where it does; or if the
        tolerance is out of range.

    Examples
    --------
    >>> net = MLP(depth=1000, width=64, activation="relu", weight_variance=2.0)
    >>> flow = trace(net, Inputs.from_metric([[1.0]]))
    >>> flow.four_point_coupling[-1].round(6).tolist()
    [4995.0]
    >>> flow.breakdown()
    15
    """
    check_network(network)
    if isinstance(network, Sequential):
        check_inputs(inputs, network)
        assert isinstance(inputs, Tokens)
        return stack_trace(network, inputs)
    if isinstance(network, MultiHeadAttention):
        raise InvalidInput(
            f"network={shown(network)} has a single layer and no flow; give an MLP, or Sequential([…]) of several"
        )
    check_inputs(inputs)
    assert isinstance(inputs, Inputs)
    goal = checked_tolerance(tolerance)
    first = network.first_metric(inputs)
    known: dict[float, OneInputFlow] = {}
    for kernel in first.diagonal().tolist():
        if kernel not in known:
            known[kernel] = _single(network, kernel, goal)
    singles = tuple(known[kernel] for kernel in first.diagonal().tolist())
    several = several_inputs_flow(network, inputs, tolerance=goal) if len(first) > 1 else None
    return Trace(network=network, inputs=inputs, singles=singles, several=several)


def _single(network: MLP | Feedforward, kernel: float, tolerance: float) -> OneInputFlow:
    if isinstance(network, MLP):
        return one_input_flow(network, kernel)
    return mixed_layers_flow(network, kernel, tolerance=tolerance)


def _plain(column: Array) -> list[Any]:
    return [[cell if np.isfinite(cell) else None for cell in row] for row in column.tolist()]
