"""Architectures that flow to one fixed point: their running couplings, next to one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.flow.criticality import CriticalPoint, criticality
from feyn_nn.flow.large_depth import EXPONENTS_AT_ZERO
from feyn_nn.flow.trace import Trace, trace
from feyn_nn.networks import MLP, Inputs
from feyn_nn.networks import activations as known
from feyn_nn.networks.checks import integer, shown, variance

Array: TypeAlias = NDArray[np.float64]

COUPLINGS = ("four_point", "six_point", "correction")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Universality:
    """Several activations at criticality; made by :func:`universality`.

    Parameters
    ----------
    points : dict of str to CriticalPoint
    traces : dict of str to Trace
        One input, at each of the critical points, by the name of the activation.

    Examples
    --------
    >>> found = universality(["linear", "relu"], depth=50)
    >>> [round(float(found.coupling("four_point", name)[-1]), 6) for name in ("linear", "relu")]
    [2.0, 5.0]
    """

    points: Mapping[str, CriticalPoint]
    traces: Mapping[str, Trace]

    def coupling(self, name: str, activation: str) -> Array:
        """A coupling over its power of the number of hidden layers, at layers 2 … L: shape (L - 1,).

        Parameters
        ----------
        name : {"four_point", "six_point", "correction"}
        activation : str
        """
        if name not in COUPLINGS:
            raise InvalidInput(f"coupling {shown(name)} is not known; give one of {', '.join(COUPLINGS)}")
        if activation not in self.traces:
            raise InvalidInput(
                f"activation {shown(activation)} was not followed; give one of {', '.join(self.traces)}"
            )
        flow, depth = self.traces[activation], self.points[activation].large_depth
        column = flow.correction if name == "correction" else getattr(flow, f"{name}_coupling")
        power = EXPONENTS_AT_ZERO[name] if depth is None else depth[name].exponent
        return np.asarray(column[1:, 0] / (flow.layers[1:] - 1.0) ** power)

    def plot(self) -> Any:
        """A matplotlib figure: each coupling over its power of ℓ, one curve for each activation, and the limit.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        """
        from feyn_nn.flow.pictures import universality_figure

        return universality_figure(self)

    def __repr__(self) -> str:
        lines = []
        for name, point in self.points.items():
            cells = [f"{self.coupling(c, name)[-1]:>11.6f}" for c in COUPLINGS]
            lines.append(f"{name:<24}{point.universality_class:<18}{''.join(cells)}")
        head = f"{'over its power of ℓ:':<42}{'V/K²':>11}{'κ₃/K³':>11}{'K^{1}/K':>11}"
        return "\n".join([head, *lines])


def universality(activations: Sequence[Any], *, depth: int = 1000, kernel: float = 1.0) -> Universality:
    """Follow several activations at their critical points: those of one class approach the same couplings.

    Parameters
    ----------
    activations : sequence of str, sympy expression or Activation
    depth : int
    kernel : float
        K¹ of all of them.

    Raises
    ------
    InvalidInput
        If an activation has no critical point that networks flow into.

    Examples
    --------
    >>> found = universality(["tanh", "sin"], depth=300)
    >>> bool(abs(found.coupling("four_point", "tanh")[-1] - found.coupling("four_point", "sin")[-1]) < 0.01)
    True
    """
    if isinstance(activations, str) or not activations:
        raise InvalidInput(f"activations={shown(activations)} is no list; give for example ['tanh', 'sin']")
    layers, first = integer("depth", depth, least=2), variance("kernel", kernel)
    points, traces = {}, {}
    for given in activations:
        chosen = known.activation(given)
        point = criticality(chosen).best()
        network = MLP(
            depth=layers,
            width=layers,
            activation=chosen,
            weight_variance=point.weight_variance,
            bias_variance=point.bias_variance,
        )
        points[chosen.name] = point
        traces[chosen.name] = trace(network, Inputs.from_metric([[first]]))
    return Universality(points=points, traces=traces)
