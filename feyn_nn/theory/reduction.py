"""Inputs that a network cannot tell apart, taken together.

Repeated inputs have the same metric in every layer, and so do, up to a constant factor, inputs along one ray
if the activation is homogeneous and there are no biases. Only one of them is a degree of freedom. Taking the
others as its copies is exact, cheaper, and needed where derivatives with respect to their difference do not
exist: those of relu(z_0) relu(z_1) at z_0 = z_1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Label, Pair, as_pair, pairs_of
from feyn_nn.networks.arguments import Layered

Array: TypeAlias = NDArray[np.float64]

_SAME = 1e-13  # relative: closer than this, two inputs are one


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduction:
    """Labels as multiples of a few independent ones.

    Parameters
    ----------
    labels : tuple of int
        The inputs that were asked for.
    place : dict
        From each label to its representative's number.
    scale : dict
        From each label to the factor: Ĝ_ab = scale_a scale_b Ĝ_place(a)place(b), in every layer.
    metric : array (R, R)
        The first-layer metric of the R representatives.
    """

    labels: tuple[Label, ...]
    place: dict[Label, int]
    scale: dict[Label, float]
    metric: Array

    @property
    def n_pairs(self) -> int:
        """The number of pairs of representatives."""
        return len(self.metric) * (len(self.metric) + 1) // 2

    def pair(self, pair: Pair) -> tuple[int, float]:
        """The number of a pair among the representatives' pairs, and its factor."""
        a, b = pair
        number = pairs_of(range(len(self.metric))).index(as_pair((self.place[a], self.place[b])))
        return number, self.scale[a] * self.scale[b]

    def component(self, tensor: Array, pairs: Sequence[Pair]) -> float:
        """One component of a cumulant of the representatives, at pairs of the labels."""
        found = [self.pair(pair) for pair in pairs]
        factor = float(np.prod([scale for _, scale in found]))
        return factor * float(tensor[tuple(number for number, _ in found)])

    def expand(self, tensor: Array) -> Array:
        """A cumulant of the representatives over all pairs of the labels."""
        found = [self.pair(pair) for pair in pairs_of(self.labels)]
        numbers, scales = [number for number, _ in found], np.array([scale for _, scale in found])
        expanded = tensor[np.ix_(*[numbers] * tensor.ndim)]
        for axis in range(tensor.ndim):
            expanded = expanded * scales.reshape((-1,) + (1,) * (tensor.ndim - 1 - axis))
        return expanded


def reduce_inputs(network: Layered, first_metric: Array, labels: Sequence[Label]) -> Reduction:
    """Find the inputs that are copies, or multiples, of one another for this network.

    Parameters
    ----------
    network : MLP or Feedforward
    first_metric : array (B, B)
    labels : sequence of int
        Which of the B inputs matter.
    """
    rays = all(layer.homogeneous and layer.offset == 0.0 for layer in network.layers)
    place: dict[Label, int] = {}
    scale: dict[Label, float] = {}
    representatives: list[Label] = []
    dead: list[Label] = []
    for label in labels:
        if rays and first_metric[label, label] == 0.0:
            dead.append(label)
            continue
        for number, other in enumerate(representatives):
            factor = _factor(first_metric, label, other, rays)
            if factor is not None:
                place[label], scale[label] = number, factor
                break
        else:
            place[label], scale[label] = len(representatives), 1.0
            representatives.append(label)
    metric = first_metric[np.ix_(representatives, representatives)]
    if dead:
        metric = metric if representatives else np.ones((1, 1))  # any metric will do: the factor is zero
        place |= dict.fromkeys(dead, 0)
        scale |= dict.fromkeys(dead, 0.0)
    return Reduction(labels=tuple(labels), place=place, scale=scale, metric=metric)


def _factor(metric: Array, label: Label, other: Label, rays: bool) -> float | None:
    """C > 0 if input `label` is c times input `other` (c = 1 unless rays are alike), else None."""
    a, b, ab = (
        float(metric[i, j]) for i, j in ((label, label), (other, other), (label, other))
    )  # may overflow
    if abs(a - b) <= _SAME * (a + b) and a + b - 2 * ab <= _SAME * (a + b):
        return 1.0
    if rays and ab >= (1 - _SAME) * sqrt(a) * sqrt(b):
        return sqrt(a / b)
    return None
