"""Renormalised initialisation: variances, layer by layer, that hold one input's mean metric through 1/n.

E[Ĝ'] = C_b + C_W E[h(Ĝ)] with h(K) = ⟨σ²⟩, and E[h(Ĝ)] = h(K) + V h''(K)/(2n) + O(1/n²) where E[Ĝ] = K. A
counterterm in C_b or in C_W takes the second term away at each layer; V' = J²V + V_{2,0}.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Estimate, InvalidInput, RandomSource, reproducible, spawned
from feyn_nn.actions import VertexKind
from feyn_nn.flow.vertex_curve import vertex_curve
from feyn_nn.networks import MLP, Inputs
from feyn_nn.networks import activations as known
from feyn_nn.networks.checks import integer, variance

Array: TypeAlias = NDArray[np.float64]

STRONG = 0.1
"""Beyond this V/(nK²) perturbation theory does not hold the kernel: at criticality, depth/width of about 0.1."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """How well sampled networks hold the kernel.

    Parameters
    ----------
    kernel : float
        What is to be held.
    estimates : dict of int to Estimate
        E[Ĝ^ℓ] by layer ℓ.
    """

    kernel: float
    estimates: dict[int, Estimate]

    @property
    def pulls(self) -> dict[int, float]:
        """(K - measured)/σ by layer."""
        return {layer: estimate.pull(self.kernel) for layer, estimate in self.estimates.items()}

    def passes(self, most: float = 3.0) -> bool:
        """Whether no layer is off by more than so many standard errors."""
        return max(map(abs, self.pulls.values())) <= most

    def __str__(self) -> str:
        lines = [f"held at K = {self.kernel:g}:"]
        lines += [
            f"  layer {layer:>4}  {e}  pull {e.pull(self.kernel):+.2f}" for layer, e in self.estimates.items()
        ]
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """A network with counterterms, and the same network without; made by :func:`tune`.

    Parameters
    ----------
    network, untuned : MLP
        With C_b, C_W per layer that hold E[Ĝ] through 1/n, and those that hold it at infinite width.
    inputs : Inputs
        One input with Ĝ¹ = K.
    kernel : float
        K.
    coupling : float
        V/(nK²) at the last layer.
    warning : str or None
        Why the kernel is not held, where it is not.
    """

    network: MLP
    untuned: MLP
    inputs: Inputs
    kernel: float
    coupling: float
    warning: str | None

    def validate(
        self,
        *,
        samples: int = 20_000,
        layers: Sequence[int] | None = None,
        rng: RandomSource = 0,
        tuned: bool = True,
    ) -> Held:
        """Measure E[Ĝ^ℓ] on sampled networks.

        Parameters
        ----------
        samples : int
            Networks for each layer looked at.
        layers : sequence of int, optional
            Which; by default six, from the third to the last.
        rng : int, SeedSequence, Generator or None
        tuned : bool
            False measures the network without counterterms.
        """
        from feyn_nn.montecarlo import simulate

        network = self.network if tuned else self.untuned
        chosen = _layers(layers, network.depth)
        estimates = {}
        for number, layer in enumerate(chosen):
            part = MLP(
                depth=layer,
                width=network.widths[: layer - 1],
                activation=network.activation,
                weight_variance=network.weight_variances[:layer],
                bias_variance=network.bias_variances[:layer],
            )
            seed = spawned(reproducible(rng), number)
            (estimates[layer],) = simulate(
                part, self.inputs, pairs=[(0, 0)], samples=samples, rng=seed
            ).values()
        return Held(kernel=self.kernel, estimates=estimates)


def tune(
    activation: Any,
    *,
    depth: int,
    width: int,
    kernel: float,
    weight_variance: float | None = None,
    bias_variance: float | None = None,
) -> Tuned:
    """Choose C_b, C_W for each layer such that E[Ĝ^ℓ] = K through 1/n at every layer.

    Parameters
    ----------
    activation : str, sympy expression or Activation
    depth, width : int
    kernel : float
        K, the value to hold; Ĝ¹ = K.
    weight_variance : float, optional
        C_W of every layer: then C_b is tuned. 1.0 if neither variance is given.
    bias_variance : float, optional
        C_b of every layer: then C_W is tuned.

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
        If both variances are given, or the kernel would need one that is negative.

    Examples
    --------
    >>> found = tune("tanh", depth=4, width=32, kernel=0.5, weight_variance=1.0)
    >>> [round(C_b, 4) for C_b in found.network.bias_variances]
    [0.2263, 0.2263, 0.2268, 0.2269]
    """
    chosen = known.activation(activation)
    K, n = variance("kernel", kernel), integer("width", width, least=1)
    if K == 0.0:
        raise InvalidInput("kernel=0.0 cannot be held; give a number > 0, such as kernel=1.0")
    if weight_variance is not None and bias_variance is not None:
        raise InvalidInput("weight_variance and bias_variance are both given; leave out the one to be tuned")
    curve = vertex_curve(chosen)
    v = dict(zip((*curve.kinds, None), curve.direct(K).tolist(), strict=True))
    h = v[VertexKind(1, 0)]
    if bias_variance is None:
        C_W = 1.0 if weight_variance is None else variance("weight_variance", weight_variance)
        C_b = K - C_W * h
    else:
        C_b = variance("bias_variance", bias_variance)
        C_W = (K - C_b) / h if h > 0.0 else np.inf
    _check(C_b, C_W, K)
    vertices = _four_point(C_W * v[VertexKind(1, 1)], C_W**2 * v[VertexKind(2, 0)], depth)
    shifts = (
        -0.5 * C_W * v[VertexKind(1, 2)] * vertices[:-1] / n
    )  # of C_b + C_W h, for each weight layer but the first
    in_bias = bias_variance is None
    biases = np.append(C_b, C_b + shifts) if in_bias else np.full(depth, C_b)
    weights = np.full(depth, C_W) if in_bias else np.append(C_W, C_W + shifts / h)
    _check(float(biases.min()), float(weights.min()), K)
    coupling = float(vertices[-1]) / (n * K**2)
    untuned = MLP(depth=depth, width=n, activation=chosen, weight_variance=C_W, bias_variance=C_b)
    network = MLP(
        depth=depth,
        width=n,
        activation=chosen,
        weight_variance=weights.tolist(),
        bias_variance=biases.tolist(),
    )
    return Tuned(
        network=network,
        untuned=untuned,
        inputs=Inputs.from_metric([[K]]),
        kernel=K,
        coupling=coupling,
        warning=_warned(coupling, depth, n),
    )


def _four_point(slope: float, source: float, depth: int) -> Array:
    """V of layers 1 … L at a fixed point, shape (L,)."""
    vertices = np.zeros(depth)
    for layer in range(1, integer("depth", depth, least=1)):
        vertices[layer] = slope**2 * vertices[layer - 1] + source
    return vertices


def _check(C_b: float, C_W: float, kernel: float) -> None:
    for name, other, value in (
        ("bias_variance", "weight_variance", C_b),
        ("weight_variance", "bias_variance", C_W),
    ):
        if not 0.0 <= value < np.inf:
            raise InvalidInput(
                f"kernel={kernel:g} would need {name} = {value:.4g}; give another {other} or kernel, or more width"
            )


def _warned(coupling: float, depth: int, width: int) -> str | None:
    if coupling <= STRONG:
        return None
    text = (
        f"V/(nK²) reaches {coupling:.2g} at depth {depth} and width {width}: perturbation theory does not hold the"
        f" kernel there; give a width of about {int(width * coupling / STRONG) + 1}, or less depth"
    )
    warnings.warn(text, UserWarning, stacklevel=3)
    return text


def _layers(layers: Sequence[int] | None, depth: int) -> list[int]:
    if depth < 2:
        raise InvalidInput("a network of depth 1 holds its kernel by itself; give depth >= 2")
    if layers is None:
        return sorted({int(layer) for layer in np.geomspace(min(3, depth), depth, 6).round()})
    return [integer("layers", layer, least=2, largest=depth) for layer in layers]
