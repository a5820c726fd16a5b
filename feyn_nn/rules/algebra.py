"""Diagrams as sympy expressions, by the Feynman rules of docs/theory/vertices.md.

An expression holds sums over layers and over pairs of inputs of vertices V and propagators J. It stays short;
:func:`explicit` writes it out in Gaussian expectations ⟨…⟩_{K^ℓ}, which :func:`feyn_nn.rules.closed_form`
evaluates where an activation allows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy

from feyn_nn._core import InvalidInput, Pair, as_pairs
from feyn_nn._core.text import counted
from feyn_nn.actions import CausalAction
from feyn_nn.diagrams import Diagram
from feyn_nn.rules.folding import folded
from feyn_nn.rules.gaussian_expectation import GaussianExpectation
from feyn_nn.rules.kernel_node import Kernel
from feyn_nn.rules.pair_numbers import numbered_pair, pair_number
from feyn_nn.rules.pair_sum import PairSum, over_pairs
from feyn_nn.rules.parameters import BiasVariance, WeightVariance, Width
from feyn_nn.rules.propagator import Propagator
from feyn_nn.rules.size_arguments import as_depth
from feyn_nn.rules.vertex_node import Vertex

__all__ = [
    "BiasVariance",
    "GaussianExpectation",
    "Kernel",
    "PairSum",
    "Propagator",
    "Vertex",
    "WeightVariance",
    "Width",
    "cumulant_expression",
    "diagram_expression",
    "explicit",
    "infinite_width_metric",
    "numbered_pair",
    "pair_number",
    "vertex_definitions",
]


def diagram_expression(
    diagram: Diagram, *, depth: int | str | sympy.Expr, pairs: Sequence[Pair] | None = None
) -> sympy.Expr:
    """The value of a diagram of the causal action by the Feynman rules, with every 1/n_ℓ.

    Parameters
    ----------
    diagram : Diagram
    depth : int, str or sympy expression
        L; legs end at layer L, vertices stand at layers 1 … L-1.
    pairs : list of pairs, optional
        What each leg stands for. Without it legs carry symbols p1, p2, … and lines run over all pairs, from 0
        to P - 1.

    Returns
    -------
    sympy.Expr
        Nested sums; :func:`explicit` writes them out.

    Raises
    ------
    InvalidInput
        If the diagram is not one of a causal action, `depth` is no depth, or `pairs` are not one pair of input labels
        for each leg.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tree,) = fnn.generate(fnn.actions.CausalAction(), legs=2, loops=0)
    >>> expression = diagram_expression(tree, depth=3, pairs=[(0, 0), (0, 0)])
    >>> expression.limits, expression.function
    (((ell_1, 1, 2),), J_00,00(3←ell_1 + 1)**2*C_W[ell_1 + 1]^2/n[ell_1] ⟨σ0σ0; σ0σ0⟩[ell_1])
    """
    if not isinstance(diagram.action, CausalAction):
        raise InvalidInput("the rules of the network's action apply to its own, directed diagrams")
    depth = as_depth(depth)
    pairs = leg_pairs(diagram, pairs)
    layers = layer_symbols(diagram)
    ends, n_pairs = leg_indices(diagram.n_legs, pairs)
    factors = [vertex_factor(diagram, v, layers[v]) for v in range(len(layers))]
    factors += [
        propagator_factor(diagram, i, layers, ends, n_pairs, depth) for i in range(len(diagram.lines))
    ]
    value = over_pairs(sympy.Mul(*factors), summed_indices(diagram), n_pairs)
    weight = sympy.Rational(1, diagram.automorphisms)
    return weight * _over_layers(value, diagram, layers, depth)


def cumulant_expression(
    diagrams: Iterable[Diagram], *, depth: int | sympy.Expr, pairs: Sequence[Pair] | None = None
) -> sympy.Expr:
    """The sum of many diagrams; those that differ by legs of one pair alone are written once, with their number."""
    counted = folded(diagrams, pairs)
    return sympy.Add(*(n * diagram_expression(d, depth=depth, pairs=pairs) for d, n in counted))


def infinite_width_metric(depth: int, pairs: Sequence[Pair]) -> sympy.Expr:
    """K^L of the pairs, multiplied."""
    return sympy.Mul(*(Kernel(depth, pair_number(pair)) for pair in pairs))


def explicit(expression: sympy.Expr) -> sympy.Expr:
    """Write out all sums over layers and pairs, all propagators and vertices, in Gaussian expectations.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tadpole,) = fnn.generate(fnn.actions.CausalAction(), legs=1, loops=1)
    >>> explicit(tadpole.expression(depth=2, pairs=[(0, 0)]))  # one hidden layer has no room for a loop
    0
    """
    if isinstance(expression, sympy.Sum):
        *inner, (index, low, high) = expression.limits
        body = expression.func(expression.function, *inner) if inner else expression.function
        layers = range(int(low), int(high) + 1)
        return sympy.Add(*(explicit(body.xreplace({index: sympy.Integer(i)})) for i in layers))
    if isinstance(expression, (Vertex, Propagator)):
        return expression.doit()
    if isinstance(expression, (sympy.Add, sympy.Mul, sympy.Pow)):
        return expression.func(*map(explicit, expression.args))
    return expression


def vertex_definitions(expression: sympy.Expr) -> dict[Vertex, sympy.Expr]:
    """Each vertex that an expression names, with what it stands for in Gaussian expectations.

    Examples
    --------
    >>> for vertex, value in vertex_definitions(3 * Vertex(1, (0,), (0,))).items():
    ...     print(vertex, "=", value)
    C_W[2] ∂_00 ⟨σ0σ0⟩[1] = ⟨(σ0^2)''⟩[1]*C_W[2]/2
    """
    found = sorted(expression.atoms(Vertex), key=sympy.default_sort_key)
    return {vertex: vertex.doit() for vertex in found}


def layer_symbols(diagram: Diagram) -> list[sympy.Symbol]:
    """ℓ_1, ℓ_2, … for the layers of the vertices, numbered in causal order."""
    symbols = sympy.symbols(f"ell_1:{len(diagram.vertices) + 1}", integer=True, positive=True)
    return [symbols[diagram.causal_order.index(v)] for v in range(len(symbols))]


def leg_pairs(diagram: Diagram, pairs: Any) -> tuple[Pair, ...] | None:
    """The pair of inputs of each leg, if they are given.

    Raises
    ------
    InvalidInput
        If there is not one pair of input labels for each leg.
    """
    found = None if pairs is None else as_pairs(pairs)
    if found is not None and len(found) != diagram.n_legs:
        raise InvalidInput(
            f"{counted(len(found), 'pair')} for {counted(diagram.n_legs, 'leg')}; give one pair for each leg"
        )
    return found


def leg_indices(n_legs: int, pairs: Sequence[Pair] | None) -> tuple[list[Any], Any]:
    """The pair of each leg, and the number of pairs that a sum runs over; symbols where they are not given."""
    if pairs is None:
        return [sympy.Symbol(f"p{i + 1}", integer=True) for i in range(n_legs)], sympy.Symbol(
            "P", integer=True
        )
    largest = max((label for pair in pairs for label in pair), default=0)
    return [sympy.Integer(pair_number(pair)) for pair in pairs], (largest + 1) * (largest + 2) // 2


def vertex_factor(diagram: Diagram, v: int, layer: Any) -> Vertex:
    """The factor V_{k,m} of vertex v, with the indices of the lines that meet it."""
    out = [_index("s", i) for i, line in enumerate(diagram.lines) if line.source == v]
    into = [_index("t", i) for i, line in enumerate(diagram.lines) if line.target == v]
    return Vertex(layer, out, into)


def propagator_factor(
    diagram: Diagram, line: int, layers: Sequence[Any], ends: Sequence[Any], n_pairs: Any, depth: Any
) -> Propagator:
    """The factor J of a line, from the layer behind its source to its target, or to L for a leg."""
    count = len(diagram.vertices)
    source, target = diagram.lines[line]
    end = ends[target - count] if target >= count else _index("t", line)
    last = depth if target >= count else layers[target]
    return Propagator(end, _index("s", line), last, layers[source] + 1, n_pairs)


def summed_indices(diagram: Diagram) -> list[sympy.Symbol]:
    """The pairs at the ends of all lines but the outer ends of legs."""
    count = len(diagram.vertices)
    return [
        _index(end, i)
        for i, line in enumerate(diagram.lines)
        for end in ("s", "t")
        if end == "s" or line.target < count
    ]


def layer_limits(diagram: Diagram, layers: Sequence[Any], depth: Any) -> list[tuple[Any, Any, Any]]:
    """(ℓ_v, lowest, highest) for each vertex in causal order: behind its parents and before L."""
    parents = {
        v: {line.source for line in diagram.internal_lines if line.target == v} for v in range(len(layers))
    }
    ancestors: dict[int, set[int]] = {}
    for v in diagram.causal_order:
        ancestors[v] = parents[v].union(*(ancestors[u] for u in parents[v]))
    limits = []
    for v in diagram.causal_order:
        latest = parents[v].difference(*(ancestors[u] for u in parents[v]))
        low = sympy.Max(*(layers[u] for u in sorted(latest))) + 1 if latest else sympy.Integer(1)
        limits.append((layers[v], low, depth - 1))
    return limits


def _index(end: str, line: int) -> sympy.Symbol:
    """The pair at the source (s) or target (t) end of a line."""
    return sympy.Symbol(f"{end}_{line + 1}", integer=True, nonnegative=True)


def _over_layers(value: sympy.Expr, diagram: Diagram, layers: Sequence[Any], depth: Any) -> sympy.Expr:
    for limits in reversed(layer_limits(diagram, layers, depth)):
        value = sympy.Sum(value, limits)
    return value
