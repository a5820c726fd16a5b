"""Tensor contractions that are planned once and repeated at every layer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Axes: TypeAlias = tuple[int, ...]


class Contraction(NamedTuple):
    """What to sum: the axis numbers of each operand, and those of the result."""

    operands: tuple[Axes, ...]
    result: Axes

    def __call__(self, operands: Sequence[Array]) -> Array:
        """Sum over the axes that are not in the result."""
        if all(operand.size == 1 for operand in operands):
            return np.full((1,) * len(self.result), prod(operand.item() for operand in operands))
        waiting = list(operands)
        for places, subscripts in _steps(self, tuple(operand.shape for operand in operands)):
            taken = [waiting.pop(place) for place in places]
            waiting.append(np.einsum(subscripts, *taken))
        return waiting[0]


@lru_cache(maxsize=20_000)
def _steps(contraction: Contraction, shapes: tuple[tuple[int, ...], ...]) -> tuple[tuple[Axes, str], ...]:
    """Contractions of two operands each, in a good order; operands are taken out from the last place down."""
    arguments: list[Any] = []
    for axes, shape in zip(contraction.operands, shapes, strict=True):
        arguments += [np.broadcast_to(0.0, shape), list(axes)]
    path = np.einsum_path(*arguments, list(contraction.result), optimize="greedy")[0][1:]
    waiting = list(contraction.operands)
    steps = []
    for entry in path:
        places = tuple(sorted(entry, reverse=True))
        taken = [waiting.pop(place) for place in places]
        needed = set(contraction.result).union(*waiting)
        kept = tuple(dict.fromkeys(axis for axes in taken for axis in axes if axis in needed))
        kept = contraction.result if not waiting else kept
        steps.append((places, _subscripts(taken, kept)))
        waiting.append(kept)
    return tuple(steps)


def _subscripts(operands: Sequence[Axes], result: Axes) -> str:
    letters: dict[int, str] = {}
    for axis in (axis for axes in operands for axis in axes):
        letters.setdefault(axis, chr(ord("a") + len(letters)))
    left = ",".join("".join(letters[axis] for axis in axes) for axes in operands)
    return f"{left}->{''.join(letters[axis] for axis in result)}"
