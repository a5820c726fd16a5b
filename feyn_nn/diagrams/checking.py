"""Whether no diagram is missing, none is there twice, and each has the right symmetry factor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from math import comb, factorial
from typing import NamedTuple

from feyn_nn._core.polynomial import Polynomial
from feyn_nn.actions import Action
from feyn_nn.diagrams.counting import count_diagrams
from feyn_nn.diagrams.generator import generate
from feyn_nn.diagrams.request import Request
from feyn_nn.diagrams.zero_dimensional import PointTheory, Value


class DiagramCheck(NamedTuple):
    """The sum of symmetry factors found by generation, beside the exact one.

    Fractions; polynomials in the sizes of indices where a field has one, and in the number of `layers` where lines
    only run forward.
    """

    generated: Value
    exact: Value

    @property
    def agrees(self) -> bool:
        """Whether the two sums are the same."""
        return self.generated == self.exact


def check_diagrams(
    action: Action, *, legs: int | Sequence[str], loops: int, connected: bool = True
) -> DiagramCheck:
    """Compare Σ 1/|Aut| with field theory at a point, an exact rational series that knows no diagrams.

    Setting every propagator and coupling to one turns the sum over connected diagrams into a coefficient of
    log ∫ dφ exp(-φ²/2 + Σ_vertices Π φ^n/n! + jφ), one integration for each field. Diagrams of a theory with
    indices are weighed with their :meth:`~feyn_nn.diagrams.Diagram.index_polynomial`, every leg with the same
    component. In a causal theory vertices stand at layers 1 … `layers`, each behind all that feed it, and a diagram
    counts once for each way to do so; the exact sum then carries the moments of a chain from layer to layer.

    Parameters
    ----------
    action : Action
        Any theory, your own included.
    legs : int or sequence of str
    loops : int
    connected : bool
        False compares the sum over all diagrams, from Z.

    Raises
    ------
    InvalidInput
        As :func:`generate` does.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> fnn.check_diagrams(fnn.actions.phi4(), legs=2, loops=2)
    DiagramCheck(generated=Fraction(2, 3), exact=Fraction(2, 3))
    >>> print(fnn.check_diagrams(fnn.actions.CausalAction(), legs=1, loops=1).exact)
    1/4 layers² - 1/4 layers
    """
    request = generate(action, legs=legs, loops=loops, connected=connected).request
    if action.acyclic:
        return _in_layers(request)
    exact = _exact(request, PointTheory(action))
    if any(field.routed for field in action.fields):
        total = Polynomial()
        for diagram in request.diagrams():
            total = total + diagram.index_polynomial() * diagram.symmetry_factor
        return DiagramCheck(total, Polynomial() + exact)
    return DiagramCheck(
        count_diagrams(action, legs=legs, loops=loops, connected=connected).symmetry_sum, exact
    )


def _exact(request: Request, theory: PointTheory) -> Value:
    total: Value = Fraction(request.empty)
    for contents, components in request.contents():
        total = total + theory.sum_over_diagrams(contents.vertices, contents.legs, components)
    return total


def _in_layers(request: Request) -> DiagramCheck:
    """Both sums at as many numbers of layers as pin a polynomial: one more than there are vertices."""
    largest = max((len(contents.vertices) for contents, _ in request.contents()), default=0)
    generated = [Fraction(0)] * (largest + 1)
    for diagram in request.diagrams():
        ways = placements(len(diagram.vertices), frozenset(map(tuple, diagram.internal_lines)), largest)
        generated = [total + diagram.symmetry_factor * n for total, n in zip(generated, ways, strict=True)]
    exact = [_exact(request, PointTheory(request.action, layers=n)) for n in range(largest + 1)]
    return DiagramCheck(
        _through(generated),
        _through(Fraction(value.at() if isinstance(value, Polynomial) else value) for value in exact),
    )


@lru_cache(maxsize=4096)
def placements(count: int, lines: frozenset[tuple[int, ...]], layers: int) -> tuple[int, ...]:
    """In how many ways `count` vertices fit into 0, 1, …, `layers` layers, each line running to a later one."""
    parents = [sum(1 << a for a, b in lines if b == v) for v in range(count)]
    filled, found = {0: 1}, []
    for _ in range(layers + 1):
        found.append(filled.get((1 << count) - 1, 0))
        following: defaultdict[int, int] = defaultdict(int)
        for before, ways in filled.items():
            ready = [1 << v for v in range(count) if not before >> v & 1 and parents[v] & ~before == 0]
            for size in range(len(ready) + 1):
                for chosen in combinations(ready, size):
                    following[before + sum(chosen)] += ways
        filled = following
    return tuple(found)


def _through(values: Iterable[Fraction]) -> Polynomial:
    """The polynomial in the number of layers that takes these values at 0, 1, 2, … (Newton's series)."""
    points = list(values)
    total, binomial = Polynomial(), Polynomial.constant(1)
    layers = Polynomial.variable("layers")
    for k in range(len(points)):
        difference = sum((-1) ** (k - i) * comb(k, i) * points[i] for i in range(k + 1))
        total = total + binomial * difference * Fraction(1, factorial(k))
        binomial = binomial * (layers - k)
    return total
