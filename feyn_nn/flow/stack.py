"""Stacks of dense layers and attention, layer by layer, at leading order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import pairs_of, require_extra
from feyn_nn.networks import Sequential, Tokens
from feyn_nn.networks.arguments import check_inputs

if TYPE_CHECKING:
    import xarray

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StackTrace:
    """A stack's flow; made by :func:`feyn_nn.flow.trace`. Row ℓ belongs to the metric behind ℓ layers.

    Parameters
    ----------
    network : Sequential
    tokens : Tokens
    kernel : array (L + 1, R, R)
        K over the R rows, one for each input and token.
    propagators : array (L, P, P)
        J of each layer on all pairs of rows.
    covariance : array (L + 1, P, P)
        Cov(Ĝ_p, Ĝ_q) at the network's own sizes, to first order in the inverse of every plate.

    Examples
    --------
    >>> from feyn_nn import Sequential, Tokens
    >>> from feyn_nn.networks import DenseLayer
    >>> dense = DenseLayer(width=50, activation="linear", scale=1.0, offset=0.0)
    >>> flow = stack_trace(Sequential([dense, dense]), Tokens([[[1.0], [2.0]]]))
    >>> flow.coupling.round(6).tolist(), flow.spectral_radius.round(6).tolist()
    ([[0.0, 0.0], [0.04, 0.04], [0.08, 0.08]], [1.0, 1.0])
    """

    network: Sequential
    tokens: Tokens
    kernel: Array
    propagators: Array
    covariance: Array

    @cached_property
    def correlation(self) -> Array:
        """K_ab/√(K_aa K_bb), shape (L + 1, R, R)."""
        sizes = np.sqrt(np.einsum("laa->la", self.kernel))
        found: Array = self.kernel / (sizes[:, :, None] * sizes[:, None, :])
        return found

    @cached_property
    def coupling(self) -> Array:
        """Var(Ĝ_aa)/K_aa², shape (L + 1, R)."""
        places = [i for i, (a, b) in enumerate(pairs_of(range(self.kernel.shape[1]))) if a == b]
        variances = self.covariance[:, places, places]
        return np.asarray(variances / np.einsum("laa->la", self.kernel) ** 2)

    @cached_property
    def spectral_radius(self) -> Array:
        """The largest modulus of an eigenvalue of each layer's J, shape (L,): 1 where correlators are critical."""
        return np.array([np.abs(np.linalg.eigvals(J)).max() for J in self.propagators])

    def to_xarray(self) -> xarray.Dataset:
        """All of it as an xarray Dataset with the dimensions layer, row, other_row, pair and other_pair.

        Raises
        ------
        MissingExtra
            If xarray is not installed.
        """
        xr = require_extra("xarray", "results", "to_xarray()")
        square, pairs = ("layer", "row", "other_row"), ("layer", "pair", "other_pair")
        data = {
            "kernel": (square, self.kernel),
            "correlation": (square, self.correlation),
            "covariance": (pairs, self.covariance),
            "coupling": (square[:2], self.coupling),
            "spectral_radius": (("step",), self.spectral_radius),
        }
        dataset: xarray.Dataset = xr.Dataset(
            data, coords={"layer": range(len(self.kernel))}, attrs={"network": repr(self.network)}
        )
        return dataset

    def plot(self) -> Any:
        """A matplotlib figure: kernels, correlations and couplings of all rows, and the spectral radius of each J.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        """
        from feyn_nn.flow.pictures import stack_figure

        return stack_figure(self)

    def __repr__(self) -> str:
        lines = [f"layers behind{'K_00':>12}{'c_01':>12}{'Var/K²':>12}{'radius of J':>14}"]
        for layer in range(len(self.kernel)):
            c = self.correlation[layer, 0, 1] if self.kernel.shape[1] > 1 else 1.0
            radius = f"{self.spectral_radius[layer - 1]:>14.6g}" if layer else f"{'':>14}"
            K, coupling = self.kernel[layer, 0, 0], self.coupling[layer, 0]
            lines.append(f"{layer:>13}{K:>12.6g}{c:>12.6g}{coupling:>12.6g}{radius}")
        return "\n".join(lines)


def stack_trace(network: Sequential, tokens: Tokens) -> StackTrace:
    """Carry the metric of tokens through a stack.

    Raises
    ------
    InvalidInput
        If the inputs are no tokens, a mask does not suit them, or a kernel overflows.
    """
    from feyn_nn.kernels.layer_cumulants import layer_cumulants

    check_inputs(tokens, network)
    metric = np.array(tokens.metric)
    count = len(pairs_of(range(len(metric))))
    covariance = np.zeros((count, count))
    kernels, propagators, covariances = [metric], [], [covariance]
    for layer in network.layers:
        own = layer_cumulants(layer, metric, tokens.n_tokens)
        sizes = {plate.name: float(plate.size) for plate in layer.plates}
        covariance = own.propagator @ covariance @ own.propagator.T
        for powers, value in own.covariance.items():
            covariance = covariance + value * np.prod(
                [sizes[name] ** -power for name, power in powers.items()]
            )
        metric = own.mean
        kernels.append(metric)
        propagators.append(own.propagator)
        covariances.append(covariance)
    return StackTrace(
        network=network,
        tokens=tokens,
        kernel=np.array(kernels),
        propagators=np.array(propagators),
        covariance=np.array(covariances),
    )
