"""Sums of 1/|Aut| without diagrams: field theory at a point, in exact rationals.

Where every propagator and coupling is one, the sum over all diagrams made of a given multiset of vertices and legs
is the number of Wick contractions over Π (legs of one field at a vertex)! Π (equal vertices)!. These numbers are the
coefficients of Z, and those of log Z are the sums over connected diagrams.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import comb, factorial, perm, prod
from typing import TypeAlias

from feyn_nn._core.polynomial import Polynomial
from feyn_nn.actions import Action, Field, Vertex

Value: TypeAlias = Fraction | Polynomial
Node: TypeAlias = Vertex | str  # a vertex, or an external leg by its field
Multiset: TypeAlias = tuple[tuple[Node, int], ...]  # each kind with its number, never zero


class PointTheory:
    """The theory of an action at a point, or in a chain of layers if it is causal.

    Parameters
    ----------
    action : Action
    layers : int
        For causal theories: the number of layers that vertices may stand at, each behind all that feed it.
    """

    def __init__(self, action: Action, *, layers: int = 0) -> None:
        self.action = action
        self.layers = layers
        self._connected: dict[Multiset, Value] = {}
        self._all: dict[Multiset, Value] = {}

    def sum_over_diagrams(
        self, vertices: tuple[Vertex, ...], legs: tuple[str, ...], components: int
    ) -> Value:
        """Σ 1/|Aut| over the diagrams of these vertices with labelled legs and this many components."""
        every: list[Node] = [*vertices, *legs]
        nodes: Multiset = tuple(Counter(every).items())
        return self._in_parts(nodes, components) * prod(factorial(n) for n in Counter(legs).values())

    def _in_parts(self, nodes: Multiset, components: int) -> Value:
        """The coefficient of (log Z)^components / components! at this multiset."""
        if not nodes or components == 0:
            return Fraction(not nodes and components == 0)
        if components == 1:
            return self._connected_part(nodes)
        total: Value = Fraction(0)
        for part, rest, share in _splits(nodes):
            total = total + self._connected_part(part) * self._in_parts(rest, components - 1) * share
        return total

    def _connected_part(self, nodes: Multiset) -> Value:
        """From Z = e^W: Z[n] = W[n] + Σ (m_1/n_1) W[m] Z[n - m], the sum over parts m that hold a node of kind 1."""
        if nodes not in self._connected:
            total = self._everything(nodes)
            for part, rest, share in _splits(nodes):
                if rest:
                    total = total - self._connected_part(part) * self._everything(rest) * share
            self._connected[nodes] = total
        return self._connected[nodes]

    def _everything(self, nodes: Multiset) -> Value:
        if nodes not in self._all:
            repeated = prod(factorial(n) for _, n in nodes)
            alike = prod(
                factorial(count) ** n
                for node, n in nodes
                if isinstance(node, Vertex)
                for count in Counter(node.legs).values()
            )
            ways = self._in_layers(nodes) if self.action.acyclic else self._contractions(nodes)
            self._all[nodes] = ways * Fraction(1, repeated * alike)
        return self._all[nodes]

    def _contractions(self, nodes: Multiset) -> Value:
        """The number of ways to join all legs in pairs, each closed loop with its factor."""
        inner, outer = (
            _ends([(v, n) for v, n in nodes if isinstance(v, Vertex)]),
            Counter({leg: n for leg, n in nodes if isinstance(leg, str)}),
        )
        total: Value = Fraction(1)
        for field in self.action.fields:
            total = total * _field_contractions(field, inner, outer)
        return total

    def _in_layers(self, nodes: Multiset) -> Fraction:
        """The number of ways to put the vertices into layers and join legs, all lines running to later layers."""
        kinds = [(vertex, n) for vertex, n in nodes if isinstance(vertex, Vertex)]
        outer = Counter({leg: n for leg, n in nodes if isinstance(leg, str)})
        ends = [field.ends for field in self.action.fields]
        states = Counter({(tuple(n for _, n in kinds), tuple(outer[first] for first, _ in ends)): 1})
        for _ in range(self.layers):
            following: Counter[tuple[tuple[int, ...], tuple[int, ...]]] = Counter()
            for (left, open_lines), ways in states.items():
                for chosen in product(*(range(n + 1) for n in left)):
                    placed = _ends([(v, n) for (v, _), n in zip(kinds, chosen, strict=True)])
                    taken = prod(perm(o, placed[last]) for o, (_, last) in zip(open_lines, ends, strict=True))
                    which = prod(comb(n, s) for n, s in zip(left, chosen, strict=True))
                    if taken:
                        after = tuple(n - s for n, s in zip(left, chosen, strict=True))
                        now = tuple(
                            o - placed[last] + placed[first]
                            for o, (first, last) in zip(open_lines, ends, strict=True)
                        )
                        following[after, now] += ways * which * taken
            states = following
        done = tuple(0 for _ in kinds), tuple(outer[last] for _, last in ends)
        return Fraction(states[done] * prod(factorial(outer[last]) for _, last in ends))


def _field_contractions(field: Field, inner: Counter[str], outer: Counter[str]) -> Value:
    """Wick's theorem for one field; with an index the legs all carry the same component.

    ⟨φ₁^e (φ·φ)^m⟩ = (e-1)!! Π_{i<m} (N + e + 2i), and ⟨ψ₁^e ψ̄₁^e (ψ̄·ψ)^m⟩ = e! Π_{i<m} (N + e + i).
    """
    first, last = field.ends
    ends, legs = inner[last] + outer[last], outer[last]
    if field.directed and inner[first] + outer[first] != ends:
        return Fraction(0)
    if not field.directed and ends % 2:
        return Fraction(0)
    if not field.routed:
        return Fraction(factorial(ends) if field.directed else _odd_factorial(ends))
    step = 1 if field.directed else 2
    total: Value = Fraction(factorial(legs) if field.directed else _odd_factorial(legs))
    for i in range((ends - legs) // step):
        total = total * (field.loop_factor + legs + step * i)
    return total


def _odd_factorial(ends: int) -> int:
    """The number of ways to join an even number of ends in pairs."""
    return prod(range(ends - 1, 0, -2))


def _ends(vertices: list[tuple[Vertex, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for vertex, n in vertices:
        for leg in vertex.legs if n else ():
            found[leg] += n
    return found


def _splits(nodes: Multiset) -> Iterator[tuple[Multiset, Multiset, Fraction]]:
    """Each way to split off a part that holds nodes of the first kind, with its share of those."""
    total = nodes[0][1]
    for counts in product(range(1, total + 1), *(range(n + 1) for _, n in nodes[1:])):
        part = tuple((node, m) for (node, _), m in zip(nodes, counts, strict=True) if m)
        rest = tuple((node, n - m) for (node, n), m in zip(nodes, counts, strict=True) if n > m)
        yield part, rest, Fraction(counts[0], total)
