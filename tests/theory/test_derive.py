"""The derived recursion: against textbook equations, and, followed through the layers, against evaluated networks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import sympy

import feyn_nn as fnn
from feyn_nn._core import InvalidInput
from feyn_nn.rules.algebra import (
    BiasVariance,
    GaussianExpectation,
    Kernel,
    WeightVariance,
    Width,
    cumulant_expression,
    pair_number,
)
from feyn_nn.rules.cumulant_node import Cumulant
from feyn_nn.theory.derive import Derivation

ELL = sympy.Symbol("ell", integer=True, positive=True)
TANH = fnn.MLP(depth=4, width=8, activation="tanh")
PINNED = json.loads((Path(__file__).parents[1] / "data" / "operation_counts.json").read_text())


def test_the_kernel_and_its_first_correction_for_one_input():
    """K, V and K^{1} as in Roberts, Yaida and Hanin, chapters 4 and 5, with 1/n_ℓ written out."""
    found = fnn.derive(TANH, rank=1, loops=1).explicit()

    def mean(power, derivatives=0):
        return GaussianExpectation(ELL, sympy.Tuple(0, power, derivatives))

    C_W, slope = WeightVariance(ELL + 1), WeightVariance(ELL + 1) * mean(2, 2) / 2
    V, K1 = (lambda layer: Cumulant(layer, (0, 0))), (lambda layer: Cumulant(layer, (0,), 1))
    expected = {
        Kernel(ELL + 1, 0): BiasVariance(ELL + 1) + C_W * mean(2),
        V(ELL + 1): C_W**2 * (mean(4) - mean(2) ** 2) / Width(ELL) + slope**2 * V(ELL),
        K1(ELL + 1): slope * K1(ELL) + C_W * mean(2, 4) * V(ELL) / 8,
    }
    assert found.keys() == expected.keys()
    for left, right in found.items():
        assert sympy.expand(right - expected[left]) == 0


def test_the_four_point_vertex_in_general():
    """V_(12)(34): the connected product at this layer, and the vertex below carried through two Jacobians."""
    found = str(fnn.derive(TANH, rank=2, loops=0).equation(rank=2, loops=0))
    assert found.splitlines() == [
        "V[ℓ+1]_(12)(34)",
        "  = C_W[ℓ+1]^2/n[ℓ] ⟨σ1σ2; σ3σ4⟩[ℓ]",
        "  + Σ_q1,q2 C_W[ℓ+1] ∂_q1 ⟨σ1σ2⟩[ℓ] C_W[ℓ+1] ∂_q2 ⟨σ3σ4⟩[ℓ] V[ℓ]_(q1)(q2)",
    ]


def test_a_closed_recursion_by_hand():
    """Linear: V' = C_W² (2K²/n + V), six-point by the third cumulant 8 G³ of G χ²."""
    net = fnn.MLP(depth=3, width=8, activation="linear")
    found = fnn.derive(net, rank=3, loops=0).explicit(closed=True)
    C_W, n, K = WeightVariance(ELL + 1), Width(ELL), Kernel(ELL, 0)
    V, V6 = Cumulant(ELL, (0, 0)), Cumulant(ELL, (0, 0, 0))
    assert sympy.expand(found[Cumulant(ELL + 1, (0, 0))] - C_W**2 * (2 * K**2 / n + V)) == 0
    six = C_W**3 * (8 * K**3 / n**2 + 12 * K * V / n + V6)  # three times 4 K V from V_{2,1}
    assert sympy.expand(found[Cumulant(ELL + 1, (0, 0, 0))] - six) == 0


def followed(net: fnn.MLP, metric, equations, n_labels: int):
    """Every cumulant at the last layer, in numbers, by the closed equations."""
    at, metric = {}, np.asarray(metric)
    for left in equations:
        if isinstance(left, Kernel):
            a, b = next(
                (a, b) for b in range(n_labels) for a in range(b + 1) if pair_number((a, b)) == left.args[1]
            )
            at[left.func(ELL, left.args[1])] = float(metric[a, b])
        else:
            at[left.func(ELL, *left.args[1:])] = 0.0
    symbols = [*at, WeightVariance(ELL + 1), BiasVariance(ELL + 1), Width(ELL)]
    plain = {symbol: sympy.Dummy() for symbol in symbols}
    compiled = sympy.lambdify(
        list(plain.values()), [right.xreplace(plain) for right in equations.values()], "math", cse=True
    )
    values = list(at.values())
    for n, C_W, C_b in zip(net.widths, net.weight_variances[1:], net.bias_variances[1:], strict=True):
        values = compiled(*values, C_W, C_b, n)
    return {left.func(net.depth, *left.args[1:]): v for left, v in zip(equations, values, strict=True)}


NETWORKS = [
    fnn.MLP(
        depth=5,
        width=(8, 12, 6, 10),
        activation="relu",
        weight_variance=(1.0, 2.0, 1.7, 2.2, 1.5),
        bias_variance=0.1,
    ),
    fnn.MLP(depth=4, width=16, activation="sin", weight_variance=1.6, bias_variance=0.1),
    fnn.MLP(depth=4, width=16, activation="polynomial(0.2, 1, 0.1)", weight_variance=0.8),
]


@pytest.mark.parametrize("net", NETWORKS)
def test_followed_through_the_layers(net):
    """Symbolic equations and closed forms, turned into numbers, against the compiled kernels."""
    x = fnn.Inputs.from_metric([[0.9]])
    found = followed(net, [[0.9]], fnn.derive(net, rank=2, loops=1).explicit(closed=True), 1)
    for rank, loops in ((2, 1), (1, 1)):
        expected = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=loops).evaluate(x)
        for own in range(loops + 1):
            if (rank, own) != (1, 0):
                power = rank - 1 + own
                exact = expected.coefficients[power] / net.widths[0] ** power
                assert found[Cumulant(net.depth, (0,) * rank, own)] == pytest.approx(exact, rel=1e-11)


def test_followed_through_the_layers_with_two_inputs():
    net = fnn.MLP(depth=4, width=10, activation="relu", weight_variance=2.0, bias_variance=0.1)
    metric = np.array([[1.0, 0.4], [0.4, 0.7]])
    equations = fnn.derive(net, rank=1, loops=1).explicit([(0, 1)], closed=True)
    assert len(equations) == 3 + 6 + 3
    found = followed(net, metric, equations, 2)
    x = fnn.Inputs.from_metric(metric)
    for pairs, own in (([(0, 1)], 1), ([(1, 1)], 1), ([(0, 0), (1, 1)], 0), ([(0, 1), (0, 1)], 0)):
        expected = fnn.metric_cumulant(net, pairs=pairs, loops=own).evaluate(x).coefficients
        value = found[Cumulant(4, tuple(map(pair_number, pairs)), own)]
        assert value == pytest.approx(expected[len(pairs) - 1 + own] / 10, rel=1e-10)


@pytest.mark.parametrize("activation", ["relu", "linear", "leaky_relu(0.1)"])
@pytest.mark.parametrize(("rank", "loops"), [(2, 2), (3, 1)])
def test_closed_expressions_in_depth(activation, rank, loops):
    """Polynomials in depth, with any weight variance, against the evaluated network."""
    net = fnn.MLP(depth=12, width=20, activation=activation, weight_variance=1.3)
    law = fnn.derive(net, rank=rank, loops=loops).in_depth(12, width=20)
    kernel = fnn.infinite_width_kernel(net, fnn.Inputs.from_metric([[0.7]]))[0, 0]
    expected = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=loops).evaluate(
        fnn.Inputs.from_metric([[0.7]])
    )
    assert float(law.subs(Kernel(12, 0), kernel)) == pytest.approx(expected.at(), rel=1e-12)


def test_the_polynomial_of_critical_relu():
    """κ_2 = K² ((1 + 5/n)^{L-1} - 1), since E[Ĝ²] = K² (1 + 5/n)^{L-1}: each order exactly."""
    net = fnn.MLP(depth=8, width=64, activation="relu", weight_variance=2.0)
    L, n = sympy.Symbol("L"), sympy.Symbol("n")
    law = fnn.derive(net, rank=2, loops=5).in_depth()
    for k in range(1, 7):
        expected = 5**k * sympy.ff(L - 1, k) / sympy.factorial(k) * Kernel(L, 0) ** 2
        assert sympy.expand(sympy.expand(law).coeff(n, -k) - sympy.expand(expected)) == 0
    assert not law.atoms(sympy.Float)


@pytest.mark.parametrize(
    ("net", "kernel"),
    [
        (fnn.MLP(depth=9, width=12, activation="tanh", weight_variance=1.5, bias_variance=0.2), None),
        (fnn.MLP(depth=9, width=12, activation="sin", weight_variance=0.9, bias_variance=0.3), None),
        (fnn.MLP(depth=9, width=12, activation="relu", weight_variance=2.0), 0.7),
    ],
)
@pytest.mark.parametrize(("rank", "loops"), [(1, 1), (2, 1)])
def test_geometric_sums_at_a_fixed_point(net, kernel, rank, loops):
    """K* found by iteration; then every depth at once, against the evaluated network of depth 9."""
    if kernel is None:
        deep = fnn.MLP(**{**net._typed(), "depth": 200})
        kernel = fnn.infinite_width_kernel(deep, fnn.Inputs.from_metric([[0.5]]))[0, 0]
    law = fnn.derive(net, rank=rank, loops=loops).at_fixed_point(kernel)
    found = float(law.subs({"L": 9, "n": 12}))
    x = fnn.Inputs.from_metric([[kernel]])
    expected = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=loops).evaluate(x).at()
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-14)


def test_what_is_no_fixed_point():
    with pytest.raises(InvalidInput, match=r"kernel=.* is no fixed point"):
        fnn.derive(TANH, rank=2, loops=0).at_fixed_point(0.5)
    with pytest.raises(InvalidInput, match="layers of the network differ"):
        fnn.derive(NETWORKS[0], rank=2, loops=0).at_fixed_point(0.5)
    with pytest.raises(InvalidInput, match="or there is none"):
        fnn.derive(fnn.MLP(depth=1, activation="tanh"), rank=2, loops=0).at_fixed_point(0.5)


def test_which_orders_are_needed():
    orders = [(e.rank, e.loops) for e in fnn.derive(TANH, rank=2, loops=1)]
    assert orders == [(1, 0), (2, 0), (1, 1), (3, 0), (2, 1)]
    assert [(e.rank, e.loops) for e in fnn.derive(TANH, rank=1, loops=0)] == [(1, 0)]
    assert {(e.rank, e.loops) for e in fnn.derive(TANH, rank=3, loops=0)} == {(1, 0), (2, 0), (3, 0)}


def test_how_it_shows_itself():
    found = fnn.derive(TANH, rank=3, loops=1)
    text = found.latex()
    assert text.count("{") == text.count("}")
    assert text.count(r"\left\langle") == text.count(r"\right\rangle")
    assert not re.search(r"Vertex|Cumulant|Tuple|operatorname|\^\{[^{}]*\}\^|_\{[^{}]*\}_", text)
    assert found._repr_latex_() == f"$$\n{text}\n$$"
    assert repr(found) == str(found)
    assert not re.search(r"\bell\b|ell_|\*\*|q_|None", str(found))
    assert "the six-point vertex, 1 loop:" in str(found)
    assert "+ 2 relabellings]" in str(found)
    for equation in found:
        copies = sum(len(step.copies) for step in equation.steps)
        written = str(equation).count("\n  ") + sum(
            map(int, re.findall(r"\+ (\d+) relabelling", str(equation)))
        )
        assert written == max(copies, 1)


@pytest.mark.parametrize(("rank", "loops"), [(2, 1), (3, 0), (3, 1)])
def test_terms_that_stand_for_others_say_for_how_many(rank, loops):
    """Each term is written once, and what is written counts the layer-step diagrams of the recursion one by one."""
    equation = fnn.derive(TANH, rank=rank, loops=loops).equation(rank=rank, loops=loops)
    every = sum(len(step.copies) for step in equation.steps)
    for text, pattern in [
        (str(equation), r"\+ (\d+) relabelling"),
        (equation.latex(), r"\+ (\d+)\\ \\text\{relabelling"),
    ]:
        others = sum(map(int, re.findall(pattern, text)))
        assert len(equation.steps) + others == every


def test_the_whole_equation_as_an_expression():
    equation = fnn.derive(TANH, rank=2, loops=0).equation(rank=2, loops=0)
    pairs = [pair_number((1, 2)), pair_number((3, 4))]
    assert equation.expression.lhs == Cumulant(ELL + 1, pairs)
    assert equation.expression.rhs == equation.sides(pairs, sympy.Symbol("P", integer=True, positive=True))[1]


def test_as_data():
    found = json.loads(json.dumps(fnn.derive(TANH, rank=1, loops=1).to_dict()))
    (tadpole,) = [t for e in found["equations"] for t in e["terms"] if t["symmetry_factor"] == "1/2"]
    assert tadpole == {
        "vertices": [[0]],
        "blobs": [{"legs": [2], "loops": 0}],
        "symmetry_factor": "1/2",
        "copies": 1,
    }
    assert fnn.MLP.from_dict(found["network"]) == TANH


@pytest.mark.parametrize(("key", "expected"), PINNED["recursion"].items())
def test_size_of_the_equations(key, expected):
    """Terms after folding, and operations: a lost common factor or fold shows here."""
    rank, loops = map(int, key.split(","))
    equation = Derivation(network=TANH, rank=rank, loops=loops).equation(rank=rank, loops=loops)
    found = {
        "steps": len(equation.steps),
        "copies": sum(len(step.copies) for step in equation.steps),
        "one_input": int(sympy.count_ops(equation.sides([0] * rank, 1)[1])),
    }
    assert found == expected


@pytest.mark.parametrize(("key", "expected"), PINNED["diagrams"].items())
def test_size_of_the_sums_of_diagrams(key, expected):
    """Diagrams that differ by legs of the same pair are written once."""
    rank, loops = map(int, key.split(","))
    diagrams = list(fnn.generate(fnn.actions.CausalAction(), legs=rank, loops=loops))
    folded = cumulant_expression(diagrams, depth=5, pairs=[(0, 0)] * rank)
    found = {"terms": len(sympy.Add.make_args(folded)), "operations": int(sympy.count_ops(folded))}
    assert found == expected


def test_errors():
    with pytest.raises(InvalidInput, match="rank=0"):
        fnn.derive(TANH, rank=0, loops=1)
    with pytest.raises(InvalidInput, match="loops=-1"):
        fnn.derive(TANH, rank=1, loops=-1)
    with pytest.raises(InvalidInput, match=r"give one of \(1, 0\)"):
        fnn.derive(TANH, rank=1, loops=0).equation(rank=3, loops=0)
    with pytest.raises(InvalidInput, match="not homogeneous"):
        fnn.derive(TANH, rank=2, loops=0).in_depth()
    with pytest.raises(InvalidInput, match="no biases"):
        fnn.derive(NETWORKS[0], rank=2, loops=0).in_depth()
    relu = fnn.derive(fnn.MLP(depth=3, width=8, activation="relu", weight_variance=2.0), rank=2, loops=0)
    for wrong in ({"depth": 0}, {"width": 0}):
        with pytest.raises(InvalidInput, match="=0: give"):
            relu.in_depth(**wrong)
        with pytest.raises(InvalidInput, match="=0: give"):
            relu.at_fixed_point(1.0, **wrong)
    for kernel in (-1.0, "one", float("nan"), None):
        with pytest.raises(InvalidInput, match="kernel="):
            relu.at_fixed_point(kernel)
    with pytest.raises(InvalidInput, match="no closed form"):
        fnn.derive(TANH, rank=2, loops=0).explicit(closed=True)


@pytest.mark.parametrize(("rank", "loops"), [(1, 0), (1, 1), (2, 0), (2, 1)])
def test_each_term_is_drawn_with_its_factor(rank, loops):
    equation = fnn.derive(TANH, rank=2, loops=1).equation(rank=rank, loops=loops)
    pictures = equation.gallery(theme="paper").drawings
    assert len(pictures) == len(equation.steps) == {(1, 0): 0, (1, 1): 2, (2, 0): 2, (2, 1): 7}[rank, loops]
    for step, drawing in zip(equation.steps, pictures, strict=True):
        assert drawing.description.count("of the layer before") == len(step.blobs)
        assert (
            f"{len(step.vertices) + len(step.blobs)} vertice" in drawing.title or "1 vertex" in drawing.title
        )
        assert ("1/2" in drawing.description) == (step.automorphisms == 2)
        assert ("labellings" in drawing.description) == (len(step.copies) > 1)
