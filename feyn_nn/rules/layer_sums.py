"""The sum over the layers of a diagram's vertices in closed form, where every layer is alike.

With the same vertices at each layer and propagators χ for every line and layer, one input, a diagram is its
vertices times a purely combinatorial sum: over all ways to place its vertices on layers 1 … L-1, parents before
children, of χ to the number of layers that its lines cross. Placing layer by layer walks through the sets of
vertices placed so far. A walk of k moves through sets that c_0, …, c_k lines leave contributes
χ^(lines that pass the moves) h_{L-1-k}(χ^{c_0}, …, χ^{c_k}), h_m the complete homogeneous symmetric polynomial. For
χ = 1 that is binom(L-1, k), and the sum is the strict order polynomial of the diagram's partial order (Stanley 1970).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import combinations
from math import factorial
from typing import Any, NamedTuple, TypeAlias

import sympy

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind
from feyn_nn.diagrams import Diagram
from feyn_nn.rules.size_arguments import as_depth, as_width

Vertices: TypeAlias = Mapping[VertexKind, Any] | Callable[[VertexKind], Any]
"""V_{k,m} without n^{1-k}, by kind."""


class Walk(NamedTuple):
    """What a walk through the sets of placed vertices contributes by.

    Parameters
    ----------
    cuts : tuple of int
        How many lines leave each set that it visits, sorted.
    passing : int
        How many lines pass layers that hold a vertex, in all.
    """

    cuts: tuple[int, ...]
    passing: int


def layer_sum(diagram: Diagram, *, depth: Any, slope: Any = 1) -> sympy.Expr:
    """Σ over the layers of all vertices of χ^(layers that lines cross), as a closed expression in L.

    Parameters
    ----------
    diagram : Diagram
        Of the causal action.
    depth : int, symbol or str
        L.
    slope : number or symbol
        χ, the propagator of one layer; not zero.

    Returns
    -------
    sympy.Expr
        A polynomial in L for χ = 1; else a sum of χ^(cL) times rational functions of χ.

    Raises
    ------
    InvalidInput
        If the diagram is none of a causal action, the slope is zero, or the depth is none.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tadpole,) = fnn.generate(fnn.actions.CausalAction(), legs=1, loops=1)
    >>> sympy.factor(layer_sum(tadpole, depth=sympy.Symbol("L")))
    (L - 2)*(L - 1)/2
    """
    if not diagram.directed:
        raise InvalidInput(
            "only the diagrams of a network's action have layers to sum over; give one of those"
        )
    chi = as_exact(slope)
    if chi == 0:
        raise InvalidInput(
            "slope=0: nothing reaches the next layer; give the slope χ of the kernel, not zero"
        )
    depth = as_depth(depth)
    parts = []
    for walk, number in _walks(diagram).items():
        values = tuple(sorted((chi**c for c in walk.cuts), key=sympy.default_sort_key))
        moves = len(walk.cuts) - 1
        parts.append(number * chi**walk.passing * homogeneous(values, depth - 1 - moves))
    total = sympy.Add(*parts)
    return sympy.expand(total) if chi == 1 else total


def diagram_in_depth(
    diagram: Diagram,
    *,
    depth: Any,
    slope: Any = 1,
    vertices: Vertices | None = None,
    width: Any = None,
) -> sympy.Expr:
    """1/|Aut| Π V · :func:`layer_sum`, the value of a diagram where every layer is alike, for one input.

    Parameters
    ----------
    diagram : Diagram
    depth, slope
        As in :func:`layer_sum`.
    vertices : mapping or callable, optional
        V_{k,m} without n^{1-k} for each kind in the diagram; symbols v_{k,m} where it is not given.
    width : int or symbol, optional
        n; the symbol n by default.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (vertex,) = fnn.generate(fnn.actions.CausalAction(), legs=2, loops=0)
    >>> diagram_in_depth(vertex, depth=5, vertices={(2, 0): 5})
    20/n
    """
    values = (
        vertex_value(kind, vertices) * as_width(width) ** (1 - kind.outgoing) for kind in diagram.vertices
    )
    weight = sympy.Rational(1, diagram.automorphisms)
    return weight * sympy.Mul(*values) * layer_sum(diagram, depth=depth, slope=slope)


def vertex_value(kind: VertexKind, vertices: Vertices | None) -> sympy.Expr:
    """V_{k,m} without its n^{1-k}: what is given, or its symbol.

    Raises
    ------
    InvalidInput
        If some vertices are given and this one is not.
    """
    if vertices is None:
        return sympy.Symbol(f"v_{{{kind.outgoing}{kind.incoming}}}", real=True)
    if callable(vertices):
        return as_exact(vertices(kind))
    if kind not in vertices:
        raise InvalidInput(
            f"vertices lack V{tuple(kind)}; give its value, as vertices={{VertexKind{tuple(kind)}: …}}"
        )
    return as_exact(vertices[kind])


def as_exact(value: Any) -> sympy.Expr:
    """A number or expression as sympy's; a float as the rational number that its shortest decimals write."""
    return sympy.Rational(repr(value)) if isinstance(value, float) else sympy.sympify(value)


@lru_cache(maxsize=4096)
def homogeneous(values: tuple[sympy.Expr, ...], degree: sympy.Expr) -> sympy.Expr:
    """h_degree(x_0, …, x_k), the sum of all monomials of a degree, which may be a symbol ≥ -k.

    For equal x it is binom(degree + k, k) x^degree; else h_m(…, x, y) = (h_{m+1}(…, x) - h_{m+1}(…, y)) / (x - y).

    Examples
    --------
    >>> x, y = sympy.symbols("x y")
    >>> sympy.expand(sympy.cancel(homogeneous((x, y), sympy.Integer(2))))
    x**2 + x*y + y**2
    """
    first, last = values[0], values[-1]
    if first == last:
        k = len(values) - 1
        return sympy.Mul(*(degree + i for i in range(1, k + 1))) / factorial(k) * first**degree
    return (homogeneous(values[:-1], degree + 1) - homogeneous(values[1:], degree + 1)) / (first - last)


@lru_cache(maxsize=1024)
def _walks(diagram: Diagram) -> Counter[Walk]:
    """How many walks from nothing to all vertices there are of each kind."""
    count = len(diagram.vertices)
    parents = [{line.source for line in diagram.internal_lines if line.target == v} for v in range(count)]
    at: dict[frozenset[int], Counter[Walk]] = {frozenset(): Counter({Walk((0,), 0): 1})}
    done: Counter[Walk] = Counter()
    while at:
        following: dict[frozenset[int], Counter[Walk]] = {}
        for placed, walks in at.items():
            if len(placed) == count:
                done.update(walks)
                continue
            ready = [v for v in range(count) if v not in placed and parents[v] <= placed]
            for chosen in (set(c) for size in range(1, len(ready) + 1) for c in combinations(ready, size)):
                after = placed | chosen
                passing = sum(source in placed and target not in after for source, target in diagram.lines)
                cut = sum(source in after and target not in after for source, target in diagram.lines)
                for walk, number in walks.items():
                    longer = Walk(tuple(sorted((*walk.cuts, cut))), walk.passing + passing)
                    following.setdefault(after, Counter())[longer] += number
        at = following
    return done
