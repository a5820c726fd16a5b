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

    def pair(self, pair: Pair) -> tuple[Pair, float]:
        """A pair of labels as a pair of representatives, and its factor."""
        a, b = pair
        return as_pair((self.place[a], self.place[b])), self.scale[a] * self.scale[b]

    def expand(self, tensor: Array) -> Array:
        """A cumulant of the representatives, over all their pairs, over all pairs of the labels."""
        return self.over(pairs_of(self.labels), pairs_of(range(len(self.metric))), tensor)

    def over(self, pairs: Sequence[Pair], known: Sequence[Pair], tensor: Array) -> Array:
        """A cumulant whose axes run over pairs of labels, from one whose axes run over pairs of representatives.

        Parameters
        ----------
        pairs : sequence of Pair
            Of the labels.
        known : sequence of Pair
            Of the representatives: the axes of `tensor`.
        tensor : array (len(known),)*rank
        """
        number = {pair: axis for axis, pair in enumerate(known)}
        found = [self.pair(pair) for pair in pairs]
        scales = np.array([scale for _, scale in found])
        expanded = tensor[np.ix_(*[[number[own] for own, _ in found]] * tensor.ndim)]
        for axis in range(tensor.ndim):
            expanded = expanded * scales.reshape((-1,) + (1,) * (tensor.ndim - 1 - axis))
        return expanded


def reduce_inputs(network: Layered, first_metric: Array, labels: Sequence[Label]) -> Reduction:
    """Find the inputs that are copies, or multiples, of one another for this network.

    Parameters
    ----------
    network : MLP or Feedforward
    first_metric : array (B, B)
        Of these labels alone, in their order.
    labels : sequence of int
        What they are called.
    """
    rays = all(layer.homogeneous and layer.offset == 0.0 for layer in network.layers)
    place: dict[Label, int] = {}
    scale: dict[Label, float] = {}
    representatives: list[int] = []
    dead: list[Label] = []
    for row, label in enumerate(labels):
        if rays and first_metric[row, row] == 0.0:
            dead.append(label)
            continue
        for number, other in enumerate(representatives):
            factor = _factor(first_metric, row, other, rays)
            if factor is not None:
                place[label], scale[label] = number, factor
                break
        else:
            place[label], scale[label] = len(representatives), 1.0
            representatives.append(row)
    metric = first_metric[np.ix_(representatives, representatives)]
    if dead:
        metric = metric if representatives else np.ones((1, 1))  # any metric will do: the factor is zero
        place |= dict.fromkeys(dead, 0)
        scale |= dict.fromkeys(dead, 0.0)
    return Reduction(labels=tuple(labels), place=place, scale=scale, metric=metric)


def _factor(metric: Array, row: int, other: int, rays: bool) -> float | None:
    """C > 0 if the input of a row is c times that of another (c = 1 unless rays are alike), else None."""
    a, b, ab = (float(metric[i, j]) for i, j in ((row, row), (other, other), (row, other)))  # may overflow
    if abs(a - b) <= _SAME * (a + b) and a + b - 2 * ab <= _SAME * (a + b):
        return 1.0
    if rays and ab >= (1 - _SAME) * sqrt(a) * sqrt(b):
        return sqrt(a / b)
    return None
