"""A layer's step as algebra: the recursion of κ_p(Ĝ^ℓ), order by order in 1/n."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from feyn_nn.rules.cumulant_node import Cumulant
from feyn_nn.rules.layer_step import LayerStep, layer_steps
from feyn_nn.rules.pair_sum import over_pairs
from feyn_nn.rules.vertex_node import Vertex


def step_expression(step: LayerStep, *, layer: Any, pairs: Sequence[Any], n_pairs: Any) -> sympy.Expr:
    """1/|Aut| Σ_q Π V Π κ of one diagram.

    Parameters
    ----------
    step : LayerStep
    layer : int or symbol
        ℓ, of the blobs and of the neurons; the result belongs to ℓ + 1.
    pairs : sequence
        The number of the pair, or a symbol, of each external label.
    n_pairs : int or symbol
        How many pairs each q runs over.
    """
    count = sum(sum(legs) for legs, _ in step.blobs)
    indices = [sympy.Symbol(f"q_{i + 1}", integer=True, nonnegative=True) for i in range(count)]
    following = iter(indices)
    at_vertex: list[list[sympy.Symbol]] = [[] for _ in step.vertices]
    factors: list[sympy.Expr] = []
    for legs, loops in step.blobs:
        ends = [(v, next(following)) for v, c in enumerate(legs) for _ in range(c)]
        for v, index in ends:
            at_vertex[v].append(index)
        factors.append(Cumulant(layer, [index for _, index in ends], loops))
    for block, incoming in zip(step.vertices, at_vertex, strict=True):
        factors.append(Vertex(layer, [pairs[label] for label in block], incoming))
    value = over_pairs(sympy.Mul(*factors), indices, n_pairs)
    return sympy.Rational(1, step.automorphisms) * value


def order_expression(rank: int, loops: int, *, layer: Any, pairs: Sequence[Any], n_pairs: Any) -> sympy.Expr:
    """κ_rank(Ĝ^{ℓ+1}) at exactly `loops` loops, in terms of layer ℓ: the sum of all steps and their copies."""
    copies = (copy for step in layer_steps(rank, loops) for copy in step.copies)
    return sympy.Add(*(step_expression(copy, layer=layer, pairs=pairs, n_pairs=n_pairs) for copy in copies))
