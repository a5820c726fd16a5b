"""Layer-step diagrams: against brute-force automorphisms, and the recursion of the numerical kernels."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations_with_replacement, permutations, product
from math import prod

import numpy as np
import pytest
import sympy

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind
from feyn_nn.kernels import recursion
from feyn_nn.rules.cumulant_node import Cumulant
from feyn_nn.rules.layer_step import Blob, LayerStep, layer_steps
from feyn_nn.rules.step_expression import order_expression
from feyn_nn.rules.vertex_node import Vertex

ORDERS = [(1, 1), (1, 2), (1, 3), (2, 0), (2, 1), (3, 0), (3, 1), (4, 0)]


def automorphisms(step: LayerStep) -> int:
    """Permutations of blobs and of their single lines that keep every line's ends."""
    lines = [(b, v) for b, blob in enumerate(step.blobs) for v, c in enumerate(blob.legs) for _ in range(c)]
    return sum(
        all(lines[t] == (p[b], v) for t, (b, v) in zip(moved, lines, strict=True))
        for p in permutations(range(len(step.blobs)))
        if all(step.blobs[b].loops == step.blobs[p[b]].loops for b in p)
        for moved in permutations(range(len(lines)))
    )


@pytest.mark.parametrize(("rank", "loops"), [(1, 1), (1, 2), (2, 0), (2, 1), (3, 0), (1, 3)])
def test_automorphisms_by_brute_force(rank, loops):
    for step in layer_steps(rank, loops):
        if sum(sum(blob.legs) for blob in step.blobs) <= 6:
            assert step.automorphisms == automorphisms(step)


@pytest.mark.parametrize(("rank", "loops"), ORDERS)
def test_as_many_as_in_the_numerical_recursion(rank, loops):
    """Σ 1/|Aut| for each set of block sizes and blobs, over all copies, with the loops of blobs dealt out."""
    found: Counter = Counter()
    for step in layer_steps(rank, loops):
        assert step.loops == loops
        for copy in step.copies:
            sizes = tuple(sorted(map(len, copy.vertices), reverse=True))
            blobs = tuple(sorted((sum(legs), own) for legs, own in copy.blobs))
            found[sizes, blobs] += Fraction(1, copy.automorphisms)
    expected: Counter = Counter()
    for term in recursion.step_terms(rank, loops):
        for shares in recursion._shares(loops - term.loops, term.blobs):
            blobs = tuple(sorted((sum(blob), own) for blob, own in zip(term.blobs, shares, strict=True)))
            weight = Fraction(term.weight).limit_denominator(10**6)
            expected[term.sizes, blobs] += weight * len(recursion.labellings(term.sizes))
    assert found == expected


@pytest.mark.parametrize(("rank", "loops"), ORDERS)
def test_copies_fold_without_overlap(rank, loops):
    steps = layer_steps(rank, loops)
    everything = [copy for step in steps for copy in step.copies]
    assert len(set(everything)) == len(everything)
    assert all(step.copies == copy.copies for step in steps for copy in step.copies[:3])
    assert all(kind not in ((1, 0),) for step in steps for kind in step.kinds)


def random_tables(n_pairs, kinds, rng):
    tables = {}
    for kind in kinds:
        raw = rng.normal(size=(n_pairs,) * kind.valence)
        out, into = range(kind.outgoing), range(kind.outgoing, kind.valence)
        images = [raw.transpose((*a, *b)) for a, b in product(permutations(out), permutations(into))]
        tables[kind] = 0.6 * sum(images) / len(images)
    return tables


def number(expression, tables, values) -> float:
    """An expression at one layer, with tables for vertices and arrays for the cumulants of the layer before."""
    if isinstance(expression, sympy.Sum):
        indices = [limit[0] for limit in expression.limits]
        ranges = [range(int(low), int(high) + 1) for _, low, high in expression.limits]
        return sum(
            number(
                expression.function.xreplace(dict(zip(indices, map(sympy.Integer, at), strict=True))),
                tables,
                values,
            )
            for at in product(*ranges)
        )
    if isinstance(expression, Vertex):
        return tables[expression.kind][tuple(int(i) for side in expression.args[1:] for i in side)]
    if isinstance(expression, Cumulant):
        return values[expression.rank, expression.loops][tuple(map(int, expression.args[1]))]
    if isinstance(expression, sympy.Add):
        return sum(number(part, tables, values) for part in expression.args)
    if isinstance(expression, sympy.Mul):
        return prod(number(part, tables, values) for part in expression.args)
    if isinstance(expression, sympy.Pow):
        return number(expression.base, tables, values) ** int(expression.exp)
    return float(expression)


@pytest.mark.parametrize(
    ("rank", "loops", "n_pairs"), [(1, 1, 3), (2, 0, 3), (2, 1, 1), (1, 2, 1), (3, 0, 2), (2, 1, 2)]
)
def test_the_equations_give_the_numbers_of_the_recursion(rank, loops, n_pairs):
    """Random tables at three layers, the equations evaluated as they stand, against einsum over the kernels' terms."""
    rng = np.random.default_rng(5)
    layers = [random_tables(n_pairs, recursion.kinds_needed(rank, loops), rng) for _ in range(3)]
    orders = [o for o in recursion.orders_needed(rank, loops) if tuple(o) != (1, 0)]
    values = {(q, own): np.zeros((n_pairs,) * q) for q, own in orders}
    for tables in layers:
        following = {order: np.zeros_like(array) for order, array in values.items()}
        for (q, own), array in following.items():
            for at in combinations_with_replacement(range(n_pairs), q):
                expression = order_expression(q, own, layer=sympy.Symbol("ell"), pairs=at, n_pairs=n_pairs)
                found = number(expression, tables, values)
                for image in set(permutations(at)):
                    array[image] = found
        values = following
    expected = recursion.cumulants(layers, rank, loops, n_pairs)
    for own in range(loops + 1):
        if (rank, own) != (1, 0):
            np.testing.assert_allclose(values[rank, own], expected[own], rtol=1e-11, atol=1e-13)
            assert np.abs(expected[own]).max() > 1e-3


def test_the_tadpole_and_its_kind():
    (line, tadpole) = layer_steps(1, 1)
    assert (line.blobs, tadpole.blobs) == ((Blob((1,), 1),), (Blob((2,), 0),))
    assert tadpole.kinds == (VertexKind(1, 2),)
    assert (tadpole.rank, tadpole.automorphisms) == (1, 2)


def test_errors():
    with pytest.raises(InvalidInput, match="each label 0"):
        LayerStep(vertices=((0,), (2,)), blobs=())
    with pytest.raises(InvalidInput, match="κ_1 a loop"):
        LayerStep(vertices=((0,),), blobs=(Blob((1,), 0),))
    with pytest.raises(InvalidInput, match="legs on the 1 vertices"):
        LayerStep(vertices=((0,),), blobs=(Blob((1, 1), 0),))
