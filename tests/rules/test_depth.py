"""Closed expressions in depth: against brute force over layers, exact moments, and the numerical recursion."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from math import factorial, prod

import numpy as np
import pytest
import sympy

from feyn_nn._core import InvalidInput
from feyn_nn.actions import CausalAction, VertexKind, phi4
from feyn_nn.diagrams import generate
from feyn_nn.kernels import recursion
from feyn_nn.networks import activation
from feyn_nn.rules.algebra import diagram_expression
from feyn_nn.rules.depth_law import cumulant_in_depth
from feyn_nn.rules.homogeneous import homogeneous_vertex
from feyn_nn.rules.layer_sums import diagram_in_depth, homogeneous, layer_sum

L, n, chi = sympy.Symbol("L"), sympy.Symbol("n"), sympy.Symbol("chi", positive=True)


@cache
def diagrams(legs, loops):
    return tuple(generate(CausalAction(), legs=legs, loops=loops))


def by_brute_force(diagram, depth, slope):
    """The sum over every placement, layer by layer."""
    count, total = len(diagram.vertices), sympy.Integer(0)
    for layers in product(range(1, depth), repeat=count):
        ends = [(layers[a], layers[b] if b < count else depth) for a, b in diagram.lines]
        if all(a < b for a, b in ends):
            total += slope ** sum(b - a - 1 for a, b in ends)
    return total


@pytest.mark.parametrize("slope", [1, sympy.Rational(2, 3), -1])
@pytest.mark.parametrize(("legs", "loops"), [(1, 1), (2, 0), (2, 1), (3, 0)])
def test_a_diagram_against_all_placements(legs, loops, slope):
    for diagram in diagrams(legs, loops)[::2]:
        law = layer_sum(diagram, depth=L, slope=slope)
        for depth in (1, 2, 3, 4, 6):
            expected = by_brute_force(diagram, depth, sympy.sympify(slope))
            assert law.subs(L, depth) - expected == 0


def test_a_symbolic_slope():
    for diagram in (*diagrams(1, 1), *diagrams(2, 0), *diagrams(2, 1)[-3:]):
        law = layer_sum(diagram, depth=L, slope=chi)
        for depth in (2, 4):
            assert sympy.cancel(law.subs(L, depth) - by_brute_force(diagram, depth, chi)) == 0


def test_degree_of_the_polynomial_is_the_number_of_vertices():
    for diagram in diagrams(2, 1):
        assert sympy.Poly(layer_sum(diagram, depth=L), L).degree() == len(diagram.vertices)


@pytest.mark.parametrize("slope", [1, sympy.Rational(3, 4)])
@pytest.mark.parametrize(("rank", "loops"), [(1, 1), (1, 2), (2, 0), (2, 1), (3, 0)])
def test_the_law_is_the_sum_of_all_diagrams(rank, loops, slope):
    """Two roads that share nothing: moments of Δ as functions of ℓ, and order polynomials of diagrams."""
    law = cumulant_in_depth(rank, loops, depth=L, slope=slope)
    parts = [diagram_in_depth(d, depth=L, slope=slope) for k in range(loops + 1) for d in diagrams(rank, k)]
    for depth in (1, 2, 3, 5, 9):
        assert sympy.expand((law - sympy.Add(*parts)).subs(L, depth)) == 0
    assert law.subs(L, 3) != 0


@pytest.mark.parametrize("slope", [Fraction(9, 10), Fraction(1), Fraction(5, 4)])
def test_the_law_against_the_numerical_recursion(slope):
    rng = np.random.default_rng(11)
    kinds = recursion.kinds_needed(2, 2) - {VertexKind(1, 1)}
    values = {kind: Fraction(int(rng.integers(-9, 10)), 4) for kind in sorted(kinds)}
    tables = {kind: np.full((1,) * kind.valence, float(v)) for kind, v in values.items()}
    tables[VertexKind(1, 1)] = np.full((1, 1), float(slope))
    expected = recursion.cumulants([tables] * 6, 2, 2, 1)
    exact = {kind: sympy.Rational(v.numerator, v.denominator) for kind, v in values.items()}
    chosen = sympy.Rational(slope.numerator, slope.denominator)
    law = cumulant_in_depth(
        2, 2, depth=7, slope=chosen, width=n, vertices=lambda kind: exact.get(kind, sympy.Integer(0))
    )
    for own in range(3):
        coefficient = sympy.expand(law).coeff(n, -1 - own)
        assert float(coefficient) == pytest.approx(expected[own].item(), rel=1e-12)


def moments_of_a_layer(sigma, order):
    """⟨(Σ_j σ(g_j)² / n c_1)^k⟩ for k ≤ order as polynomials in e = 1/n, from ⟨σ^{2p}⟩ by counting coincidences."""
    e = sympy.Symbol("e")
    below = {"linear": sympy.Integer(1), "relu": sympy.Integer(0), "leaky_relu(0.5)": sympy.Rational(1, 2)}[
        sigma
    ]
    one = [prod(range(1, 2 * p, 2)) * (below ** (2 * p) + 1) / 2 for p in range(order + 1)]
    series = sympy.symbols("u")
    log = sympy.series(
        sympy.log(sum(m * series**p / factorial(p) for p, m in enumerate(one))), series, 0, order + 1
    ).removeO()
    scaled = sympy.expand(log.subs(series, series * e / one[1]) / e)
    whole = sympy.series(sympy.exp(scaled), series, 0, order + 1).removeO()
    return e, [sympy.expand(whole).coeff(series, k) * factorial(k) for k in range(order + 1)]


@pytest.mark.parametrize("sigma", ["linear", "relu", "leaky_relu(0.5)"])
def test_exact_moments_of_homogeneous_networks(sigma):
    """E[Ĝ_L^k] = Π over layers of the moments of one factor; κ_2 through 3 loops, κ_3 through 2, at every depth."""
    e, factors = moments_of_a_layer(sigma, 3)

    def vertices(kind):
        return homogeneous_vertex(activation(sigma), kind)

    laws = {
        rank: cumulant_in_depth(rank, loops, depth=L, width=1 / e, vertices=vertices)
        for rank, loops in ((2, 3), (3, 2))
    }
    assert cumulant_in_depth(1, 3, depth=L, vertices=vertices) == 0
    for depth in (2, 3, 4, 7):
        m1, m2, m3 = (sympy.expand(factors[k] ** (depth - 1)) for k in (1, 2, 3))
        exact = {2: m2 - m1**2, 3: m3 - 3 * m2 * m1 + 2 * m1**3}
        for rank, law in laws.items():
            found, expected = sympy.Poly(law.subs(L, depth), e), sympy.Poly(sympy.expand(exact[rank]), e)
            for power in range(rank - 1, 5):
                assert found.coeff_monomial(e**power) == expected.coeff_monomial(e**power)


def test_linear_at_high_order():
    """Var Ĝ = G² ((1 + 2/n)^{L-1} - 1): binomial coefficients, through n^{-7}."""
    law = cumulant_in_depth(
        2, 6, depth=L, width=n, vertices=lambda kind: homogeneous_vertex(activation("linear"), kind)
    )
    for k in range(1, 8):
        expected = sympy.expand(2**k * sympy.ff(L - 1, k) / factorial(k))
        assert sympy.expand(sympy.expand(law).coeff(n, -k) - expected) == 0


def test_homogeneous_polynomial():
    x, y = sympy.symbols("x y")
    for degree in range(4):
        expected = sympy.Add(*(x**i * y**j * (j + 1) for i in range(5) for j in range(5) if i + j == degree))
        assert sympy.cancel(homogeneous((x, y, y), sympy.Integer(degree)) - expected) == 0
    assert sympy.cancel(homogeneous((x, y, y), sympy.Integer(-1))) == 0


def test_errors():
    (tree,) = diagrams(2, 0)
    with pytest.raises(InvalidInput, match="slope=0"):
        layer_sum(tree, depth=L, slope=0)
    with pytest.raises(InvalidInput, match="slope=0"):
        cumulant_in_depth(2, 0, depth=L, slope=0)
    with pytest.raises(InvalidInput, match="vertices lack V"):
        diagram_in_depth(tree, depth=L, vertices={})
    with pytest.raises(InvalidInput, match="not homogeneous"):
        homogeneous_vertex(activation("tanh"), VertexKind(2, 0))
    with pytest.raises(InvalidInput, match="only the diagrams of a network"):
        layer_sum(next(generate(phi4(), legs=2, loops=1)), depth=L)


@pytest.mark.parametrize("depth", [0, -1, 2.5, True, "two layers", None, [3], float("nan"), sympy.oo, 1j])
def test_what_is_no_depth(depth):
    (tree,) = diagrams(2, 0)
    for call in (
        lambda: layer_sum(tree, depth=depth),
        lambda: cumulant_in_depth(2, 0, depth=depth),
        lambda: diagram_expression(tree, depth=depth),
    ):
        with pytest.raises(InvalidInput, match=r"depth=.*: give an integer >= 1, or a symbol"):
            call()


@pytest.mark.parametrize("width", [0, -4, float("inf"), True, "n n", [3]])
def test_what_is_no_width(width):
    (tree,) = diagrams(2, 0)
    for call in (
        lambda: diagram_in_depth(tree, depth=L, width=width),
        lambda: cumulant_in_depth(2, 0, depth=L, width=width),
    ):
        with pytest.raises(InvalidInput, match=r"width=.*: give a width > 0, or a symbol"):
            call()


def test_depths_and_widths_by_name():
    (tree,) = diagrams(2, 0)
    symbols = {"depth": sympy.Symbol("D"), "width": sympy.Symbol("N")}
    names = {"depth": "D", "width": "N"}
    assert cumulant_in_depth(2, 0, **names) == cumulant_in_depth(2, 0, **symbols)
    assert diagram_in_depth(tree, **names) == diagram_in_depth(tree, **symbols)
    assert cumulant_in_depth(2, 0, depth=1) == 0


def test_values_that_are_no_numbers():
    """Vertices may be any expressions, floats are taken as they are typed."""
    kinds = {VertexKind(2, 0): sympy.pi + chi, VertexKind(1, 2): 0.1}
    law = cumulant_in_depth(1, 1, depth=4, width=n, vertices=lambda kind: kinds.get(kind, 0))
    (tadpole,) = diagrams(1, 1)
    expected = diagram_in_depth(
        tadpole,
        depth=4,
        width=n,
        vertices={VertexKind(2, 0): sympy.pi + chi, VertexKind(1, 2): sympy.Rational(1, 10)},
    )
    assert sympy.expand(law - expected) == 0
