"""The formulas of the atlas: their numbers, term by term, and how they are written."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise, product
from math import prod

import pytest

from feyn_nn.actions import CausalAction, phi, phi3, phi4
from feyn_nn.diagrams import Diagram, generate
from feyn_nn.report.formula import Factor, Formula, formula_of

DEPTH = 5


def value(formula: Formula, ranges: Mapping[str, range], symbols: Mapping[object, Fraction]) -> Fraction:
    """Read a formula as it stands: sum over its indices, keep where the conditions hold, multiply its factors."""
    names = sorted({name for condition in formula.conditions for name in condition.split("<")})
    total = Fraction(0)
    for choice in product(*(ranges[name[0]] for name in names)):
        place = dict(zip(names, choice, strict=True))
        chains = [[place[name] for name in condition.split("<")] for condition in formula.conditions]
        if all(a < b for chain in chains for a, b in pairwise(chain)):
            above = prod(number(factor, place, symbols) for factor in formula.numerator)
            total += above / prod(number(factor, place, symbols) for factor in formula.denominator)
    return formula.weight * total


def number(factor: Factor, place: Mapping[str, int], symbols: Mapping[object, Fraction]) -> Fraction:
    lower = tuple(place.get(index, index) for index in factor.lower)
    return symbols[factor.symbol, lower, tuple(factor.upper)] ** factor.power


class Values(dict[object, Fraction]):
    """A random number for every symbol that is asked for; propagators between points are symmetric."""

    def __init__(self) -> None:
        self.source = random.Random(7)

    def __missing__(self, key: object) -> Fraction:
        assert isinstance(key, tuple)
        symbol, lower, upper = key
        if symbol == "G" and list(lower) != sorted(lower, key=str):
            return self[symbol, tuple(sorted(lower, key=str)), upper]
        self[key] = Fraction(self.source.randint(1, 9), self.source.randint(1, 9))
        return self[key]


@pytest.mark.parametrize(("legs", "loops"), [(1, 1), (1, 2), (2, 0), (2, 1), (3, 0)])
def test_network_formulas_are_the_sum_over_layers(legs: int, loops: int) -> None:
    """Against the rules applied to the lines themselves: every layer from 1 to L - 1, lines forward in depth."""
    for diagram in generate(CausalAction(), legs=legs, loops=loops):
        symbols, v = Values(), len(diagram.vertices)
        total = Fraction(0)
        for layers in product(range(1, DEPTH), repeat=v):
            place = {**dict(enumerate(layers)), **dict.fromkeys(range(v, v + legs), "L")}
            if all(layers[a] < layers[b] for a, b in diagram.internal_lines):
                kinds = zip(diagram.vertices, layers, strict=True)
                term = Fraction(1)
                for (k, m), layer in kinds:
                    term *= symbols["V", (layer,), (f"({k},{m})",)] / symbols["n", (layer,), ()] ** (k - 1)
                total += term * prod(symbols["J", (place[b], place[a]), ()] for a, b in diagram.lines)
        found = value(formula_of(diagram), {"ℓ": range(1, DEPTH)}, symbols)
        assert found == total * diagram.symmetry_factor != 0


@pytest.mark.parametrize(
    ("action", "legs", "loops"), [(phi4(), 2, 2), (phi3(), 2, 1), (phi((3, 4)), 1, 2), (phi4(), 0, 3)]
)
def test_scalar_formulas_are_sums_over_points(action: object, legs: int, loops: int) -> None:
    """On a space of three points: the product of all lines, summed over where the vertices are."""
    for diagram in generate(action, legs=legs, loops=loops):  # type: ignore[arg-type]
        symbols, v = Values(), len(diagram.vertices)
        couplings = prod(symbols["g", (str(k),), ()] for k, _ in diagram.vertices)
        total = Fraction(0)
        for points in product(range(3), repeat=v):
            place = {**dict(enumerate(points)), **{v + i: f"y{i + 1}" for i in range(legs)}}
            total += prod(symbols["G", (place[a], place[b]), ()] for a, b in diagram.lines)
        found = value(formula_of(diagram), {"x": range(3)}, symbols)
        assert found == total * couplings * diagram.symmetry_factor != 0


def test_a_bare_line() -> None:
    (line,) = generate(phi4(), legs=2, loops=0)
    assert formula_of(line).latex() == "G_{y_{1},y_{2}}"


def first(diagrams: object) -> Diagram:
    return next(iter(diagrams))  # type: ignore[call-overload, no-any-return]


def test_how_they_are_written() -> None:
    tadpole = formula_of(first(generate(CausalAction(), legs=1, loops=1)))
    assert tadpole.latex() == (
        r"\frac{1}{2} \sum_{\ell_{1} < \ell_{2}} "
        r"\frac{V^{(2,0)}_{\ell_{1}}V^{(1,2)}_{\ell_{2}}J_{\ell_{2},\ell_{1}}^{2}J_{L,\ell_{2}}}{n_{\ell_{1}}}"
    )
    assert tadpole.html() == (
        "1/2 ∑<sub>ℓ₁ &lt; ℓ₂</sub> <i>V</i><sup>(2,0)</sup><sub>ℓ₁</sub> <i>V</i><sup>(1,2)</sup><sub>ℓ₂</sub> "
        "<i>J</i><sub>ℓ₂,ℓ₁</sub><sup>2</sup> <i>J</i><sub>L,ℓ₂</sub> / <i>n</i><sub>ℓ₁</sub>"
    )
    squared = Factor(symbol="V", lower=["ℓ1"], upper=["(2,0)"], power=2)
    written = Formula(weight=Fraction(1), sign="", conditions=[], numerator=[squared]).latex()
    assert written == r"\big(V^{(2,0)}_{\ell_{1}}\big)^{2}"
