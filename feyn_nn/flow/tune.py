"""Renormalised initialisation: variances, layer by layer, that hold one input's mean metric through an order of 1/n."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, RandomSource
from feyn_nn.actions import VertexKind
from feyn_nn.flow.counterterms import counterterms
from feyn_nn.flow.held import Held
from feyn_nn.flow.one_input import scaled_vertices
from feyn_nn.flow.vertex_curve import LARGEST, SMALLEST, vertex_curve
from feyn_nn.networks import MLP, Inputs
from feyn_nn.networks import activations as known
from feyn_nn.networks.checks import integer, variance

if TYPE_CHECKING:
    from feyn_nn.montecarlo.executors import ExecutorLike

Array: TypeAlias = NDArray[np.float64]

STRONG = 0.1
"""Beyond this V/(nK²) perturbation theory does not hold the kernel: at criticality, depth/width of about 0.1."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Tuned:
    """A network with counterterms, and the same network without; made by :func:`tune`.

    Parameters
    ----------
    network, untuned : MLP
        With C_b, C_W per layer that hold E[Ĝ] through 1/n^loops, and those that hold it at infinite width.
    inputs : Inputs
        One input with Ĝ¹ = K.
    kernel : float
        K.
    loops : int
    coupling : float
        V/(nK²) at the last layer.
    residual : array (L,)
        What is left of E[Ĝ^ℓ] - K, to leading order: the term in 1/n^{loops+1}.
    warning : str or None
        Why the kernel is not held, where it is not.

    Examples
    --------
    >>> found = tune("relu", depth=11, width=1000, kernel=1.0, bias_variance=0.0)
    >>> round(found.coupling, 6)
    0.05
    """

    network: MLP
    untuned: MLP
    inputs: Inputs
    kernel: float
    loops: int
    coupling: float
    residual: Array
    warning: str | None

    def validate(
        self,
        *,
        samples: int = 20_000,
        rng: RandomSource = 0,
        tuned: bool = True,
        workers: int | None = None,
        executor: ExecutorLike | None = None,
        progress: bool = True,
    ) -> Held:
        """Measure E[Ĝ^ℓ] of every layer on sampled networks.

        Parameters
        ----------
        samples : int
            Networks, each of them followed through all layers.
        rng : int, SeedSequence, Generator or None
        tuned : bool
            False measures the network without counterterms.
        workers : int, optional
            Threads; the result does not depend on them.
        executor : Executor, str or dask.distributed.Client, optional
            Runs the blocks instead, as in :func:`feyn_nn.simulate`.
        progress : bool
            Draws a bar on a terminal after two seconds.

        Raises
        ------
        InvalidInput
            If samples is not larger than the number of layers, or depth is 1.
        """
        from feyn_nn.montecarlo.layer_means import layer_means

        if self.network.depth < 2:
            raise InvalidInput("a network of depth 1 holds its kernel by itself; give depth >= 2")
        count = integer("samples", samples, least=2 * self.network.depth)
        network = self.network if tuned else self.untuned
        measured = layer_means(
            network,
            self.inputs,
            samples=count,
            rng=rng,
            workers=workers,
            executor=executor,
            progress=progress,
        )
        return Held(kernel=self.kernel, measured=measured)

    def __repr__(self) -> str:
        net = self.network
        lines = [
            f"{net.activation.name}, depth {net.depth}, width {net.width}: E[Ĝ] = {self.kernel:g} through"
            f" 1/n^{self.loops}",
            f"  C_b from {min(net.bias_variances):.6g} to {max(net.bias_variances):.6g},"
            f" C_W from {min(net.weight_variances):.6g} to {max(net.weight_variances):.6g}",
            f"  V/(nK²) = {self.coupling:.3g} at the last layer, what is left of E[Ĝ]/K - 1 about"
            f" {np.abs(self.residual).max() / self.kernel:.1g}",
        ]
        return "\n".join(lines if self.warning is None else [*lines, f"  {self.warning}"])


def tune(
    activation: Any,
    *,
    depth: int,
    width: int | Sequence[int],
    kernel: float,
    weight_variance: float | None = None,
    bias_variance: float | None = None,
    loops: int = 2,
) -> Tuned:
    """Choose C_b, C_W for each layer such that E[Ĝ^ℓ] = K through 1/n^loops at every layer.

    Parameters
    ----------
    activation : str, sympy expression or Activation
    depth : int
    width : int or sequence of int
        Of all hidden layers, or of each; n is the first.
    kernel : float
        K, the value to hold; Ĝ¹ = K.
    weight_variance : float, optional
        C_W of every layer: then C_b is tuned. 1.0 if neither variance is given.
    bias_variance : float, optional
        C_b of every layer: then C_W is tuned.
    loops : int
        From 0, which holds K at infinite width alone, to 3.

    Returns
    -------
    Tuned

    Warns
    -----
    UserWarning
        If V/(nK²) grows beyond 0.1, where the orders left out are no longer small.

    Raises
    ------
    InvalidInput
        If both variances are given, the kernel would need one that is negative, or a vertex does not exist.

    Examples
    --------
    >>> found = tune("tanh", depth=4, width=32, kernel=0.5, weight_variance=1.0)
    >>> [round(C_b, 4) for C_b in found.network.bias_variances]
    [0.2263, 0.2263, 0.2268, 0.2269]
    """
    if weight_variance is not None and bias_variance is not None:
        raise InvalidInput("weight_variance and bias_variance are both given; leave out the one to be tuned")
    chosen, K = known.activation(activation), _checked_kernel(kernel)
    curve = vertex_curve(chosen, integer("loops", loops, least=0, largest=3) + 1)
    values = curve.direct(K)
    mean = float(values[curve.component(VertexKind(1, 0))])
    C_b, C_W = _at_infinite_width(K, mean, bias_variance, weight_variance)
    untuned = MLP(depth=depth, width=width, activation=chosen, weight_variance=C_W, bias_variance=C_b)
    steps = untuned.depth - 1
    vertices = scaled_vertices(curve, np.tile(values, (steps, 1)), np.full(steps, C_W), untuned.width_ratios)
    found = counterterms(vertices, None if bias_variance is None else K - C_b)
    n = (untuned.widths or (1,))[0]
    network = _shifted(untuned, found.steps @ float(n) ** -np.arange(loops + 2), bias_variance is None, K)
    coupling = float(found.four_point_vertex[-1]) / (n * K**2)
    return Tuned(
        network=network,
        untuned=untuned,
        inputs=Inputs.from_metric([[K]]),
        kernel=K,
        loops=loops,
        coupling=coupling,
        residual=found.residual / float(n) ** (loops + 1),
        warning=_warned(coupling, untuned.depth, n),
    )


def _checked_kernel(kernel: float) -> float:
    K = variance("kernel", kernel)
    if not SMALLEST <= K <= LARGEST:
        raise InvalidInput(f"kernel={kernel!r} cannot be held; give a number > 0, such as kernel=1.0")
    return K


def _at_infinite_width(
    K: float, mean: float, bias_variance: float | None, weight_variance: float | None
) -> tuple[float, float]:
    """C_b and C_W with C_b + C_W⟨σ²⟩ = K."""
    if bias_variance is None:
        C_W = 1.0 if weight_variance is None else variance("weight_variance", weight_variance)
        C_b = K - C_W * mean
    else:
        C_b = variance("bias_variance", bias_variance)
        C_W = (K - C_b) / mean if mean > 0.0 else np.inf
    return _checked(C_b, C_W, K)


def _shifted(untuned: MLP, steps: Array, in_bias: bool, K: float) -> MLP:
    """The network with δC_b, or δC_W/C_W, of each weight layer but the first."""
    C_b, C_W = np.array(untuned.bias_variances), np.array(untuned.weight_variances)
    if in_bias:
        C_b[1:] += steps
    else:
        C_W[1:] *= 1.0 + steps
    _checked(float(C_b.min()), float(C_W.min()), K, ", or more width")
    return MLP(
        depth=untuned.depth,
        width=untuned.width,
        activation=untuned.activation,
        weight_variance=C_W.tolist(),
        bias_variance=C_b.tolist(),
    )


def _checked(C_b: float, C_W: float, kernel: float, more: str = "") -> tuple[float, float]:
    for name, other, value in (
        ("bias_variance", "weight_variance", C_b),
        ("weight_variance", "bias_variance", C_W),
    ):
        if not 0.0 <= value < np.inf:
            raise InvalidInput(
                f"kernel={kernel:g} would need {name} = {value:.4g}; give another {other} or kernel{more}"
            )
    return C_b, C_W


def _warned(coupling: float, depth: int, width: int) -> str | None:
    if coupling <= STRONG:
        return None
    text = (
        f"V/(nK²) reaches {coupling:.2g} at depth {depth} and width {width}: perturbation theory does not hold the"
        f" kernel there; give a width of about {int(width * coupling / STRONG) + 1}, or less depth"
    )
    warnings.warn(text, UserWarning, stacklevel=3)
    return text
