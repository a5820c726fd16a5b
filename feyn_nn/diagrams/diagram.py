"""A Feynman diagram as a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from feyn_nn._core import Pair, Powers
from feyn_nn._core.text import inverse_power, power
from feyn_nn.actions import Action, VertexKind

if TYPE_CHECKING:
    import networkx
    import sympy

    from feyn_nn.rules.explanation import Explanation


class Line(NamedTuple):
    """A line between two nodes; in a directed theory it runs from `source` to `target`."""

    source: int
    target: int


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A diagram in canonical form: two diagrams are equal exactly when they are isomorphic with fixed legs.

    Nodes 0 … V-1 are the vertices, nodes V … V+n_legs-1 the external legs, leg i being node V+i. Diagrams come
    from :func:`feyn_nn.generate`, or from :func:`feyn_nn.diagrams.canonical_diagram`, which bring them into
    canonical form; equality and hash rest on it.

    Parameters
    ----------
    vertices : tuple of VertexKind
    n_legs : int
        The number of labelled external legs.
    lines : tuple of Line
        All lines, external ones included and parallel ones repeated, sorted.
    directed : bool
        Whether lines have a direction, as those of a network's causal action do.
    automorphisms : int
        |Aut|: how many relabellings of vertices and lines leave the diagram as it is, its legs fixed; m! for m
        parallel lines and 2^s s! for s self-loops of a vertex included.
    action : Action
        The theory whose diagram this is (not part of the identity).
    """

    vertices: tuple[VertexKind, ...]
    n_legs: int
    lines: tuple[Line, ...]
    directed: bool
    automorphisms: int = field(compare=False)
    action: Action = field(compare=False, repr=False)

    @property
    def symmetry_factor(self) -> Fraction:
        """1/|Aut|, the weight of the diagram."""
        return Fraction(1, self.automorphisms)

    @property
    def loops(self) -> int:
        """The number of independent loops: internal lines - vertices + 1."""
        return len(self.lines) - len(self.vertices) - self.n_legs + 1

    @property
    def powers(self) -> Powers:
        """The powers of the small parameters, read off the vertices."""
        return reduce(mul, (self.action.powers(kind) for kind in self.vertices), Powers())

    @property
    def internal_lines(self) -> tuple[Line, ...]:
        """The lines that join two vertices."""
        return tuple(line for line in self.lines if max(line) < len(self.vertices))

    @property
    def external_lines(self) -> tuple[Line, ...]:
        """The lines that end in an external leg."""
        return tuple(line for line in self.lines if max(line) >= len(self.vertices))

    @property
    def caption(self) -> str:
        """Symmetry factor and powers of the small parameters: ``1/2 · 1/n²``, or ``1/2 · g4²``."""
        write = inverse_power if self.directed else power
        symbols = ((write("n" if name == "width" else name, k)) for name, k in self.powers.items())
        return " · ".join([str(self.symmetry_factor), *symbols])

    @property
    def causal_order(self) -> tuple[int, ...]:
        """The vertices of a directed diagram, each behind all that feed it; of equals, the lowest number first.

        Vertices are named ℓ₁, ℓ₂, … in this order in formulas and pictures.
        """
        level = [0] * len(self.vertices)
        for _ in self.vertices:
            for source, target in self.internal_lines:
                level[target] = max(level[target], level[source] + 1) if self.directed else 0
        return tuple(sorted(range(len(level)), key=lambda v: (level[v], v)))

    def expression(self, *, depth: int, pairs: Sequence[Pair] | None = None) -> sympy.Expr:
        """The value of the diagram in a network of `depth` weight layers, by the Feynman rules.

        See :func:`feyn_nn.rules.algebra.diagram_expression`.
        """
        from feyn_nn.rules.algebra import diagram_expression

        return diagram_expression(self, depth=depth, pairs=pairs)

    def latex(self, *, depth: int, pairs: Sequence[Pair] | None = None) -> str:
        """The expression in LaTeX."""
        import sympy

        return str(sympy.latex(self.expression(depth=depth, pairs=pairs)))

    def explain(self, *, depth: int | None = None, pairs: Sequence[Pair] | None = None) -> Explanation:
        """Walk from the picture to the value, rule by rule; see :func:`feyn_nn.rules.explanation.explain`."""
        from feyn_nn.rules.explanation import explain

        return explain(self, depth=depth, pairs=pairs)

    def _repr_svg_(self) -> str:
        from feyn_nn.render import draw

        return draw(self, caption=self.caption).svg

    def to_networkx(self) -> networkx.MultiGraph[int]:
        """The diagram as a networkx multigraph (directed if the theory is), nodes marked `kind` or `leg`."""
        import networkx

        graph: networkx.MultiGraph[int] = networkx.MultiDiGraph() if self.directed else networkx.MultiGraph()
        for v, kind in enumerate(self.vertices):
            graph.add_node(v, kind=tuple(kind))
        for i in range(self.n_legs):
            graph.add_node(len(self.vertices) + i, leg=i)
        graph.add_edges_from(self.lines)
        return graph

    def __str__(self) -> str:
        v = len(self.vertices)
        joint = "→" if self.directed else "–"

        def node(i: int) -> str:
            return f"leg{i - v}" if i >= v else f"v{i}"

        kinds = ", ".join(
            f"v{i}=V({k.outgoing},{k.incoming})" if self.directed else f"v{i}=φ^{k.valence}"
            for i, k in enumerate(self.vertices)
        )
        lines = " ".join(f"{node(a)}{joint}{node(b)}" for a, b in self.lines)
        return f"1/{self.automorphisms}  [{kinds}]  {lines}"
