"""Diagrams as sympy expressions.

A diagram becomes 1/|Aut| times nested sums over the layers of its vertices and over the pairs of inputs on its
lines, of the factors that the Feynman rules give: for a vertex V_{k,m} at layer ℓ
C_W[ℓ+1]^k n[ℓ]^{1-k} :class:`Vertex`, for a line :class:`Propagator`. A vertex unfolds into Gaussian
expectations of one neuron, ``vertex.doit()``, from the same plain data as the numerical kernels use.

Pairs of inputs are numbered (0,0), (0,1), (1,1), (0,2), (1,2), (2,2), …: pair (a, b), a ≤ b, has the number
b(b+1)/2 + a, whatever the number of inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isqrt
from typing import Any

import sympy

from feyn_nn._core import InvalidInput, Pair, pair_name
from feyn_nn.actions import CausalAction, VertexKind
from feyn_nn.diagrams import Diagram
from feyn_nn.rules.vertex import unit_cumulant

WIDTH = sympy.IndexedBase("n")
"""n[ℓ], the width of hidden layer ℓ."""

WEIGHT_VARIANCE = sympy.IndexedBase("C_W")
"""C_W[ℓ], the weight variance of weight layer ℓ."""


def pair_number(pair: Pair) -> int:
    """The number b(b+1)/2 + a of an unordered pair (a, b), a ≤ b.

    Examples
    --------
    >>> [pair_number(p) for p in [(0, 0), (0, 1), (1, 1), (0, 2)]]
    [0, 1, 2, 3]
    """
    a, b = sorted(pair)
    return b * (b + 1) // 2 + a


def numbered_pair(number: int) -> Pair:
    """The pair with a given number, the inverse of :func:`pair_number`."""
    b = (isqrt(8 * number + 1) - 1) // 2
    return number - b * (b + 1) // 2, b


class GaussianExpectation(sympy.Function):
    """⟨Π_α ∂^{j_α}[σ_α^{a_α}]⟩ over N(0, K^ℓ): arguments are ℓ, then a tuple (α, a, j) for each input."""

    is_commutative = True  # sympy would ask the tuples, which do not know

    @classmethod
    def eval(cls, *_: Any) -> None:
        """Never evaluates by itself."""
        return

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        layer, *factors = self.args
        text = " ".join(_factor_latex(*map(int, factor)) for factor in factors)
        return _powered(rf"\left\langle {text} \right\rangle_{{K^{{({printer.doprint(layer)})}}}}", exp)


class Kernel(sympy.Function):
    """K^ℓ_p, the infinite-width kernel: arguments are ℓ and the number of a pair."""

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        layer, pair = self.args
        return _powered(rf"K^{{({printer.doprint(layer)})}}_{{{_pair_latex(pair, printer)}}}", exp)


class Vertex(sympy.Function):
    """∂_{q1} … ∂_{qm} κ_k[ω_p1, …, ω_pk] at K^ℓ: arguments are ℓ, (p1, …, pk) and (q1, …, qm)."""

    is_commutative = True

    @property
    def kind(self) -> VertexKind:
        """The numbers of outgoing and incoming lines."""
        return VertexKind(len(self.args[1]), len(self.args[2]))

    def doit(self, **_: Any) -> sympy.Expr:
        """The vertex as a polynomial in Gaussian expectations; itself while an index is a symbol."""
        layer, outgoing, incoming = self.args
        indices = (*outgoing, *incoming)
        if not all(index.is_Integer for index in indices):
            return self
        pairs = [numbered_pair(int(index)) for index in indices]
        out, into = tuple(sorted(pairs[: len(outgoing)])), tuple(sorted(pairs[len(outgoing) :]))
        total = sympy.Integer(0)
        for monomial, coefficient in unit_cumulant(out, into):
            term = sympy.Rational(coefficient.numerator, coefficient.denominator)
            for expectation in monomial:
                term *= GaussianExpectation(layer, *(sympy.Tuple(*factor) for factor in expectation))
            total += term
        return total

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        layer, outgoing, incoming = self.args
        lower = ", ".join(_pair_latex(p, printer) for p in outgoing)
        if incoming:
            lower += "; " + ", ".join(_pair_latex(q, printer) for q in incoming)
        upper = f"{len(outgoing)},{len(incoming)}"
        return _powered(rf"V^{{({upper})}}_{{{lower}}}({printer.doprint(layer)})", exp)


class Propagator(sympy.Function):
    """J^{b-1} … J^{a} from pair q at layer a to pair p at layer b: arguments p, q, b, a, number of pairs.

    J^ℓ_pq = C_W[ℓ+1] ∂_q⟨ω_p⟩ is V_{1,1}; no layer in between gives δ_pq.
    """

    def doit(self, **_: Any) -> sympy.Expr:
        """The product of the layers' Jacobians, written out; itself while an argument is a symbol."""
        p, q, end, start, n_pairs = self.args
        if not all(argument.is_Integer for argument in self.args):
            return self
        if end == start:
            return sympy.Integer(int(p == q))
        last = end - 1
        jacobian = [
            WEIGHT_VARIANCE[end] * Vertex(last, sympy.Tuple(p), sympy.Tuple(r)).doit() for r in range(n_pairs)
        ]
        return sympy.Add(
            *(j * Propagator(r, q, last, start, n_pairs).doit() for r, j in enumerate(jacobian) if j)
        )

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        p, q, end, start, _ = self.args
        layers = rf"{printer.doprint(end)} \leftarrow {printer.doprint(start)}"
        lower = f"{_pair_latex(p, printer)}, {_pair_latex(q, printer)}"
        return _powered(rf"J_{{{lower}}}({layers})", exp)


def diagram_expression(diagram: Diagram, *, depth: int, pairs: Sequence[Pair] | None = None) -> sympy.Expr:
    """The value of a diagram of the causal action by the Feynman rules, with every 1/n_ℓ.

    Parameters
    ----------
    diagram : Diagram
    depth : int
        L; legs end at layer L, vertices stand at layers 1 … L-1.
    pairs : sequence of Pair, optional
        What each leg stands for. Without it legs carry symbols p1, p2, … and lines run over all pairs, from 0
        to P - 1.

    Returns
    -------
    sympy.Expr
        Nested sums; :func:`explicit` writes them out.

    Raises
    ------
    InvalidInput
        If the diagram is not one of a causal action, or `pairs` does not have one pair for each leg.
    """
    if not isinstance(diagram.action, CausalAction):
        raise InvalidInput("the rules of the network's action apply to its own, directed diagrams")
    if pairs is not None and len(pairs) != diagram.n_legs:
        raise InvalidInput(f"{len(pairs)} pairs for {diagram.n_legs} legs; give one pair for each leg")
    count = len(diagram.vertices)
    symbols = sympy.symbols(f"ell_1:{count + 1}", integer=True, positive=True)
    layers = [symbols[diagram.causal_order.index(v)] for v in range(count)]
    ends, n_pairs = _leg_indices(diagram.n_legs, pairs)
    factors, summed = _lines(diagram, layers, ends, n_pairs, depth)
    for v, kind in enumerate(diagram.vertices):
        factors.append(WEIGHT_VARIANCE[layers[v] + 1] ** kind.outgoing)
        factors.append(WIDTH[layers[v]] ** (1 - kind.outgoing))
        out = [_index("s", i) for i, line in enumerate(diagram.lines) if line.source == v]
        into = [_index("t", i) for i, line in enumerate(diagram.lines) if line.target == v]
        factors.append(Vertex(layers[v], sympy.Tuple(*out), sympy.Tuple(*into)))
    value = sympy.Mul(*factors)
    if n_pairs == 1:
        value = value.subs(dict.fromkeys(summed, 0))
    elif summed:
        value = sympy.Sum(value, *((index, 0, n_pairs - 1) for index in summed))
    weight = sympy.Rational(1, diagram.automorphisms)
    return weight * _over_layers(value, diagram, layers, depth)


def cumulant_expression(
    diagrams: Iterable[Diagram], *, depth: int, pairs: Sequence[Pair] | None = None
) -> sympy.Expr:
    """The sum of many diagrams."""
    return sympy.Add(*(diagram_expression(d, depth=depth, pairs=pairs) for d in diagrams))


def infinite_width_metric(depth: int, pairs: Sequence[Pair]) -> sympy.Expr:
    """K^L of the pairs, multiplied."""
    return sympy.Mul(*(Kernel(depth, pair_number(pair)) for pair in pairs))


def explicit(expression: sympy.Expr) -> sympy.Expr:
    """Write out all sums over layers and pairs, all propagators and vertices, in Gaussian expectations."""
    if isinstance(expression, sympy.Sum):
        *inner, (index, low, high) = expression.limits
        body = sympy.Sum(expression.function, *inner) if inner else expression.function
        layers = range(int(low), int(high) + 1)
        return sympy.Add(*(explicit(body.xreplace({index: sympy.Integer(i)})) for i in layers))
    if isinstance(expression, (Vertex, Propagator)):
        return expression.doit()
    if isinstance(expression, (sympy.Add, sympy.Mul, sympy.Pow)):
        return expression.func(*map(explicit, expression.args))
    return expression


def _leg_indices(n_legs: int, pairs: Sequence[Pair] | None) -> tuple[list[Any], Any]:
    if pairs is None:
        return [sympy.Symbol(f"p{i + 1}", integer=True) for i in range(n_legs)], sympy.Symbol(
            "P", integer=True
        )
    largest = max(label for pair in pairs for label in pair)
    return [sympy.Integer(pair_number(pair)) for pair in pairs], (largest + 1) * (largest + 2) // 2


def _index(end: str, line: int) -> sympy.Symbol:
    """The pair at the source (s) or target (t) end of a line."""
    return sympy.Symbol(f"{end}_{line + 1}", integer=True, nonnegative=True)


def _lines(
    diagram: Diagram, layers: Sequence[Any], ends: Sequence[Any], n_pairs: Any, depth: int
) -> tuple[list[Any], list[Any]]:
    """The propagators, and the pair indices that are summed over."""
    count = len(diagram.vertices)
    factors, summed = [], []
    for i, (source, target) in enumerate(diagram.lines):
        summed.append(_index("s", i))
        if target < count:
            summed.append(_index("t", i))
        end = ends[target - count] if target >= count else _index("t", i)
        last = depth if target >= count else layers[target]
        factors.append(Propagator(end, _index("s", i), last, layers[source] + 1, n_pairs))
    return factors, summed


def _over_layers(value: sympy.Expr, diagram: Diagram, layers: Sequence[Any], depth: int) -> sympy.Expr:
    """Sum over the layer of each vertex, behind those of its parents and before L."""
    parents = {
        v: {line.source for line in diagram.internal_lines if line.target == v} for v in range(len(layers))
    }
    ancestors: dict[int, set[int]] = {}
    for v in diagram.causal_order:
        ancestors[v] = parents[v].union(*(ancestors[u] for u in parents[v]))
    for v in reversed(diagram.causal_order):
        latest = parents[v].difference(*(ancestors[u] for u in parents[v]))
        low = sympy.Max(*(layers[u] for u in sorted(latest))) + 1 if latest else 1
        value = sympy.Sum(value, (layers[v], low, depth - 1))
    return value


def _factor_latex(label: int, power: int, derivatives: int) -> str:
    body = rf"\sigma_{{{label}}}" + (f"^{{{power}}}" if power > 1 else "")
    if derivatives == 0:
        return body
    derivative = r"\partial" + (f"^{{{derivatives}}}" if derivatives > 1 else "")
    return rf"{derivative}({body})"


def _pair_latex(index: Any, printer: Any) -> str:
    return pair_name(numbered_pair(int(index))) if index.is_Integer else str(printer.doprint(index))


def _powered(text: str, exp: str | None) -> str:
    return text if exp is None else rf"\left({text}\right)^{{{exp}}}"
