"""Sums of symmetry factors against field theory at a point."""

from __future__ import annotations

from fractions import Fraction
from math import factorial

import pytest

from feyn_nn._core import InvalidInput, Powers
from feyn_nn._core.polynomial import Polynomial
from feyn_nn.actions import (
    Action,
    CausalAction,
    Field,
    FieldTheory,
    Vertex,
    metric_theory,
    o_n,
    phi,
    phi3,
    phi4,
    yukawa,
)
from feyn_nn.diagrams import check_diagrams, count_diagrams, generate
from feyn_nn.diagrams.zero_dimensional import PointTheory

COMPLEX = FieldTheory(fields=[Field(name="ψ", conjugate="ψ̄")], vertices=[Vertex(legs=("ψ", "ψ", "ψ̄", "ψ̄"))])
THREE_FIELDS = FieldTheory(
    name="a scalar, a charged field and a second charged field",
    fields=[Field(name="φ"), Field(name="ψ", conjugate="ψ̄"), Field(name="χ", conjugate="χ̄")],
    vertices=[
        Vertex(legs=("φ", "ψ", "ψ̄")),
        Vertex(legs=("φ", "φ", "χ", "χ̄")),
        Vertex(legs=("ψ", "χ̄", "φ")),
        Vertex(legs=("χ", "ψ̄", "φ")),
        Vertex(legs=("φ", "φ"), at_most=1),
        Vertex(legs=("φ",), at_most=1),
    ],
)
TWO_CAUSAL = FieldTheory(
    acyclic=True,
    fields=[Field(name="a", conjugate="A"), Field(name="b", conjugate="B")],
    vertices=[Vertex(legs=tuple(legs)) for legs in ("AA", "AB", "Aab", "Abb", "Bab", "ABb", "AAAa")],
)

CHECKS = {
    "phi3": (phi3(), [(0, 7), (1, 5), (2, 5), (3, 4), (4, 3), (5, 2), (6, 1)]),
    "phi4": (phi4(), [(0, 8), (2, 6), (4, 4), (6, 3)]),
    "phi6": (phi((6,)), [(0, 13), (2, 8), (4, 7), (6, 6)]),
    "phi34": (phi((3, 4)), [(0, 6), (1, 4), (2, 4), (3, 3), (4, 2), (5, 2), (6, 1)]),
    "phi346": (phi((3, 4, 6)), [(0, 5), (1, 4), (2, 3), (4, 2), (6, 1)]),
    "metric": (metric_theory(), [(0, 6), (2, 5), (4, 4), (6, 2)]),
    "odd and even": (phi((5, 9)), [(0, 11), (1, 8), (3, 7)]),
}


@pytest.mark.parametrize("name", CHECKS)
def test_symmetry_factors_of_one_field(name):
    action, orders = CHECKS[name]
    for legs, loops in [
        *((legs, loops) for legs in range(7) for loops in range(3) if legs + loops < 6),
        *orders,
    ]:
        check = check_diagrams(action, legs=legs, loops=loops)
        assert check.agrees, f"{legs} legs, {loops} loops: {check}"
    assert all(
        check_diagrams(action, legs=legs, loops=loops).exact for legs, loops in orders
    )  # none is empty


@pytest.mark.parametrize(
    ("power", "legs", "loops"), [(9, 1, 4), (9, 3, 10), (10, 2, 8), (12, 0, 16), (20, 4, 17)]
)
def test_vertices_of_many_legs(power, legs, loops):
    check = check_diagrams(phi((power,)), legs=legs, loops=loops)
    assert check.agrees
    assert check.exact > 0


@pytest.mark.parametrize("legs", range(5))
@pytest.mark.parametrize("loops", range(4))
def test_disconnected_diagrams_too(legs, loops):
    if legs + loops < 6:
        check = check_diagrams(phi((3, 4)), legs=legs, loops=loops, connected=False)
        assert check.agrees
        assert check.generated > 0 or (legs, loops) in {(0, 1), (1, 0)}


@pytest.mark.parametrize(
    ("action", "legs", "loops"),
    [
        (COMPLEX, (), 4),
        (COMPLEX, ("ψ", "ψ̄"), 3),
        (COMPLEX, ("ψ", "ψ̄", "ψ", "ψ̄"), 2),
        (THREE_FIELDS, (), 3),
        (THREE_FIELDS, ("φ",), 2),
        (THREE_FIELDS, ("ψ", "χ̄"), 2),
        (THREE_FIELDS, ("φ", "ψ", "ψ̄"), 1),
        (THREE_FIELDS, ("χ", "χ̄", "ψ", "ψ̄"), 0),
        (yukawa(fermionic=False), ("φ", "φ"), 3),
        (yukawa(fermionic=False), ("φ", "ψ", "ψ̄"), 3),
        (yukawa(fermionic=False), (), 5),
    ],
)
def test_symmetry_factors_of_several_fields(action, legs, loops):
    for connected in (True, False):
        check = check_diagrams(action, legs=legs, loops=loops, connected=connected)
        assert check.agrees
        assert check.exact > 0


@pytest.mark.parametrize(
    ("action", "legs", "loops"),
    [
        (yukawa(), ("φ", "φ"), 3),
        (yukawa(), ("φ", "φ", "φ", "φ"), 1),
        (yukawa(flavours="N"), ("φ",), 3),
        (yukawa(flavours="N"), ("ψ", "ψ̄"), 3),
        (yukawa(flavours="N"), ("ψ", "ψ̄", "φ", "φ"), 2),
        (yukawa(flavours="N"), ("ψ", "ψ̄", "ψ", "ψ̄"), 2),
    ],
)
@pytest.mark.parametrize("connected", [True, False])
def test_closed_fermion_loops(action, legs, loops, connected):
    assert check_diagrams(action, legs=legs, loops=loops, connected=connected).agrees


def test_yukawa_theory_against_its_determinant():
    """Integrating out N fermions gives (1 - gφ)^N: log Z is the Gaussian mean of that, to any order in g."""
    order = 8
    vacuum = [check_diagrams(yukawa(flavours="N"), legs=(), loops=loops) for loops in range(order // 2 + 2)]
    for n in range(1, 5):
        # (1 - g φ)^n, since one closed loop of k vertices counts -n g^k φ^k / k and sums up to n log(1 - gφ)
        moments = [Fraction(0)] * (order + 1)
        for k in range(0, min(n, order) + 1, 2):
            binomial = Fraction(factorial(n), factorial(k) * factorial(n - k))
            moments[k] = binomial * factorial(k) / (2 ** (k // 2) * factorial(k // 2))
        logarithm = series_log(moments)
        for k in range(2, order + 1, 2):
            loops = k // 2 + 1  # k cubic vertices make k/2 + 1 loops
            assert vacuum[loops].generated.at(N=n) == logarithm[k]


def series_log(z: list[Fraction]) -> list[Fraction]:
    """Coefficients of log Z, from k z_k = Σ_j j w_j z_{k-j}."""
    w = [Fraction(0)] * len(z)
    for k in range(1, len(z)):
        w[k] = z[k] - sum((Fraction(j, k) * w[j] * z[k - j] for j in range(1, k)), Fraction(0))
    return w


@pytest.mark.parametrize("loops", range(2, 8))
def test_index_loops_against_the_radial_integral(loops):
    """Z(N) = ⟨exp(g (φ·φ)²/24)⟩ = Σ g^k N(N+2)…(N+4k-2) / (24^k k!), at several N."""
    check = check_diagrams(o_n(), legs=0, loops=loops)
    assert check.agrees
    vertices = loops - 1
    for n in (1, 2, 3, 4, 10, -2):
        z = []
        for k in range(vertices + 1):
            radial = Fraction(1)
            for i in range(2 * k):
                radial *= n + 2 * i
            z.append(radial / (24**k * factorial(k)))
        assert check.generated.at(N=n) == series_log(z)[vertices]
    # N = 1 is φ⁴ theory, and N = -2 is free
    assert check.generated.at(N=1) == count_diagrams(phi4(), legs=0, loops=loops).symmetry_sum
    assert loops == 2 or check.generated.at(N=-2) == 0


@pytest.mark.parametrize(("legs", "loops"), [(2, 4), (4, 2), (6, 1)])
@pytest.mark.parametrize("connected", [True, False])
def test_index_loops_with_legs(legs, loops, connected):
    assert check_diagrams(o_n((4, 6)), legs=legs, loops=loops, connected=connected).agrees


def test_an_index_and_a_singlet_together():
    """σ (φ·φ): a vector in the loop of a scalar."""
    theory = FieldTheory(
        fields=[Field(name="σ"), Field(name="φ", index="N")],
        vertices=[Vertex(legs=("σ", "φ", "φ")), Vertex(legs=("σ",) * 3)],
    )
    for legs, loops in [((), 4), (("σ", "σ"), 3), (("φ", "φ", "σ"), 2)]:
        check = check_diagrams(theory, legs=legs, loops=loops)
        assert check.agrees
        assert check.generated.variables == {"N"}


@pytest.mark.parametrize(("legs", "loops"), [(1, 1), (1, 2), (2, 0), (2, 1), (3, 0), (3, 1), (2, 2), (4, 0)])
def test_causal_diagrams_layer_by_layer(legs, loops):
    check = check_diagrams(CausalAction(), legs=legs, loops=loops)
    assert check.agrees
    assert check.exact.variables == {"layers"}


@pytest.mark.parametrize(
    ("action", "legs", "loops", "connected"),
    [
        (TWO_CAUSAL, ("a",), 1, True),
        (TWO_CAUSAL, ("a", "b"), 1, True),
        (TWO_CAUSAL, ("a", "A"), 1, True),  # the response of a to a source
        (TWO_CAUSAL, ("a", "b", "B"), 1, True),
        (TWO_CAUSAL, ("a", "b"), 1, False),
        (CausalAction(), 3, 1, False),
        (CausalAction(), 4, 0, False),
    ],
)
def test_other_causal_theories(action, legs, loops, connected):
    check = check_diagrams(action, legs=legs, loops=loops, connected=connected)
    assert check.agrees
    assert check.exact != 0


def test_the_causal_sum_by_hand():
    """The tadpole stands at two of the layers, in order."""
    (tadpole,) = generate(CausalAction(), legs=1, loops=1)
    check = check_diagrams(CausalAction(), legs=1, loops=1)
    for layers in range(6):
        assert check.generated.at(layers=layers) == tadpole.symmetry_factor * layers * (layers - 1) / 2


def test_a_lost_or_doubled_diagram_would_be_seen(monkeypatch):
    from feyn_nn.diagrams.request import Request

    every = Request.diagrams
    for change in (lambda found: found[1:], lambda found: [*found, found[0]]):
        monkeypatch.setattr(Request, "diagrams", lambda self, change=change: iter(change(list(every(self)))))
        assert not check_diagrams(o_n(), legs=2, loops=2).agrees
        assert not check_diagrams(CausalAction(), legs=2, loops=1).agrees
        assert not check_diagrams(phi4(), legs=2, loops=2, connected=False).agrees
    assert not check_diagrams(phi3(), legs=2, loops=1)._replace(generated=Fraction(1, 2)).agrees


def test_the_exact_series_against_integrals_known_by_hand():
    assert check_diagrams(phi3(), legs=0, loops=2).exact == Fraction(5, 24)  # 1/8 + 1/12
    assert check_diagrams(phi4(), legs=0, loops=2).exact == Fraction(1, 8)
    assert check_diagrams(phi4(), legs=0, loops=3).exact == Fraction(1, 48) + Fraction(1, 16)
    assert check_diagrams(phi4(), legs=2, loops=1).exact == Fraction(1, 2)
    # the bare line, three times, and the vertex
    assert check_diagrams(phi4(), legs=4, loops=0, connected=False).exact == 3 + 1
    assert check_diagrams(phi4(), legs=0, loops=0, connected=False) == (1, 1)  # nothing at all
    n = Polynomial.variable("N")
    assert check_diagrams(o_n(), legs=0, loops=2).exact == (n * n + 2 * n) * Fraction(1, 24)


def test_a_mass_term_is_a_vertex_of_two_legs():
    """At most two insertions into the line: each order is the line with that many, weight one."""
    theory = FieldTheory(
        fields=[Field(name="φ")], vertices=[Vertex(legs=("φ", "φ"), powers=Powers(m=1), at_most=2)]
    )
    found = list(generate(theory, legs=2, loops=0))
    assert sorted(d.powers["m"] for d in found) == [0, 1, 2]
    assert {d.automorphisms for d in found} == {1}
    rings = list(generate(theory, legs=0, loops=1))  # -½ log(1 - m): 1/2 and 1/4
    assert sorted(d.symmetry_factor for d in rings) == [Fraction(1, 4), Fraction(1, 2)]


@pytest.mark.parametrize(("legs", "loops"), [(0, 0), (1, 0), (2, 1)])
def test_trees_between_sources_are_components_too(legs, loops):
    theory = FieldTheory(
        fields=[Field(name="φ")], vertices=[Vertex(legs=("φ",) * 3), Vertex(legs=("φ",), at_most=5)]
    )
    check = check_diagrams(theory, legs=legs, loops=loops, connected=False)
    assert check.agrees
    found = {d.components for d in generate(theory, legs=legs, loops=loops, connected=False)}
    assert max(found) > legs + loops


def test_forests_by_hand():
    """With five sources at most: trees of 2, 3, 4, 5 of them weigh 1/2, 1/6, 1/8, 1/8."""
    theory = FieldTheory(
        fields=[Field(name="φ")], vertices=[Vertex(legs=("φ",) * 3), Vertex(legs=("φ",), at_most=5)]
    )
    two, three, four, five = Fraction(1, 2), Fraction(1, 6), Fraction(1, 8), Fraction(1, 8)
    forests = 1 + two + three + four + five + two**2 / 2 + two * three
    assert check_diagrams(theory, legs=0, loops=0, connected=False) == (forests, forests)


class Unwritten:
    """A theory that is not of this package: φ³ told by hand."""

    name, acyclic, fields, external, plates = "mine", False, (Field(name="x"),), ("x",), ()

    def contents(self, legs, loops, components=1):
        vertices = 2 * (loops - components) + len(legs)
        if vertices > 0:
            yield (self.vertex("x^3"),) * vertices

    def vertex(self, key):
        return Vertex(legs=("x",) * 3)


def test_a_theory_of_ones_own():
    action: Action = Unwritten()
    assert check_diagrams(action, legs=3, loops=2).agrees
    assert count_diagrams(action, legs=3, loops=2) == count_diagrams(phi3(), legs=3, loops=2)
    diagram = next(generate(action, legs=3, loops=2))
    with pytest.raises(InvalidInput, match="cannot be written down"):
        diagram.to_json()


def test_the_point_theory_of_two_disconnected_parts():
    """⟨φ φ⟩ twice: three pairings of four legs, all of two components."""
    theory = PointTheory(phi4())
    assert theory.sum_over_diagrams((), ("φ",) * 4, 2) == 3
    assert theory.sum_over_diagrams((), ("φ",) * 4, 1) == 0
