"""How many diagrams there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from feyn_nn.actions import Action
from feyn_nn.diagrams.engine import histogram_portions
from feyn_nn.diagrams.generator import generate
from feyn_nn.diagrams.request import Request

_PATIENCE = 2.0  # seconds before a bar appears


class DiagramCount(NamedTuple):
    """The number of diagrams and the sum of their symmetry factors."""

    number: int
    symmetry_sum: Fraction


def count_diagrams(action: Action, *, legs: int | Sequence[str], loops: int, **options: Any) -> DiagramCount:
    """Count the diagrams of :func:`generate` one by one, keeping none.

    A terminal shows progress on anything that takes longer than two seconds.

    Parameters
    ----------
    action : Action
    legs : int or sequence of str
    loops : int
    **options
        The filters of :func:`generate`. With `equal_inputs` the sum still counts every diagram, the number one of
        each group.

    Raises
    ------
    InvalidInput
        As :func:`generate` does.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> fnn.count_diagrams(fnn.actions.phi4(), legs=2, loops=2)
    DiagramCount(number=3, symmetry_sum=Fraction(2, 3))
    """
    from tqdm import tqdm

    request = generate(action, legs=legs, loops=loops, **options).request
    number, total = 0, Fraction(0)
    with tqdm(unit=" diagrams", desc=action.name, delay=_PATIENCE, disable=None, leave=False) as bar:
        for found, weight in _counted(request):
            number, total = number + found, total + weight
            bar.update(found)
    return DiagramCount(number, total)


def _counted(request: Request) -> Iterator[tuple[int, Fraction]]:
    """Numbers of diagrams and sums of their weights, in portions."""
    if not request.plain or request.grouped:
        yield from ((1, diagram.weight) for diagram in request.diagrams())
        return
    for problem in request.problems():
        for portion in histogram_portions(problem):
            weights = (Fraction(times, automorphisms) for automorphisms, times in portion.items())
            yield portion.total(), sum(weights, start=Fraction(0))
