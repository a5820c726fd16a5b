"""A Feynman diagram as a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from feyn_nn._core import Pair, Powers
from feyn_nn._core.polynomial import Polynomial
from feyn_nn._core.text import inverse_power, power
from feyn_nn.actions import Action, Vertex, VertexKind

if TYPE_CHECKING:
    import networkx
    import sympy

    from feyn_nn.rules.explanation import Explanation


class Line(NamedTuple):
    """A line between two nodes; that of a directed field runs from `source` to `target`."""

    source: int
    target: int


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A diagram in canonical form: two diagrams are equal exactly when they are isomorphic.

    Nodes 0 … V-1 are the vertices, nodes V … V+n_legs-1 the external legs, leg i being node V+i. Diagrams come
    from :func:`feyn_nn.generate`, from :func:`feyn_nn.diagrams.canonical_diagram` or from :meth:`from_json`, which
    bring them into canonical form; equality and hash rest on it. An isomorphism keeps the legs, but for those of
    one group (see `leg_groups`), which it may exchange.

    Parameters
    ----------
    vertices : tuple of VertexKind
        How many lines each vertex sends out and takes in (for undirected lines: joins, and zero).
    interactions : tuple of Vertex
        Which interaction of the theory each vertex is.
    lines : tuple of Line
        All lines, external ones included and parallel ones repeated, sorted.
    fields : tuple of str
        The field of each line.
    legs : tuple of str
        The field of each external leg.
    leg_groups : tuple of int
        Legs of one group may be exchanged; all different where legs are labelled.
    automorphisms : int
        |Aut|: how many relabellings of vertices, lines and interchangeable legs leave the diagram as it is; m! for
        m parallel lines and 2^s s! for s undirected self-loops of a vertex (s! for directed ones) included.
    action : Action
        The theory whose diagram this is (not part of the identity).
    multiplicity : int
        How many diagrams this one stands for, where those that differ by a permutation of equal inputs are given
        once (not part of the identity).

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tadpole,) = fnn.generate(fnn.actions.phi4(), legs=2, loops=1)
    >>> tadpole.symmetry_factor, tadpole.loops, len(tadpole.lines)
    (Fraction(1, 2), 1, 3)
    """

    vertices: tuple[VertexKind, ...] = field(compare=False)
    interactions: tuple[Vertex, ...]
    lines: tuple[Line, ...]
    fields: tuple[str, ...]
    legs: tuple[str, ...]
    leg_groups: tuple[int, ...]
    automorphisms: int = field(compare=False)
    action: Action = field(compare=False, repr=False)
    multiplicity: int = field(default=1, compare=False)

    @property
    def n_legs(self) -> int:
        """The number of external legs."""
        return len(self.legs)

    @property
    def directed(self) -> bool:
        """Whether lines run forward only, as those of a network's causal action do."""
        return self.action.acyclic

    @property
    def pointed(self) -> tuple[bool, ...]:
        """Whether each line has a direction."""
        directed = {f.name for f in self.action.fields if f.directed}
        return tuple(name in directed for name in self.fields)

    @property
    def symmetry_factor(self) -> Fraction:
        """1/|Aut|, the weight of the diagram."""
        return Fraction(1, self.automorphisms)

    @property
    def weight(self) -> Fraction:
        """`multiplicity` / |Aut|: the symmetry factors of all diagrams that this one stands for."""
        return Fraction(self.multiplicity, self.automorphisms)

    def standing_for(self, multiplicity: int) -> Diagram:
        """The same diagram, said to stand for this many."""
        return replace(self, multiplicity=multiplicity)

    @property
    def components(self) -> int:
        """The number of connected parts, counting the legs with what they hang on."""
        root = list(range(len(self.vertices) + self.n_legs))
        for source, target in self.lines:
            old, new = root[source], root[target]
            root = [new if r == old else r for r in root]
        return len(set(root))

    @property
    def loops(self) -> int:
        """The number of independent loops: internal lines - vertices + 1 for a connected diagram."""
        return len(self.lines) - len(self.vertices) - self.n_legs + self.components

    @property
    def powers(self) -> Powers:
        """The powers of the small parameters, read off the vertices."""
        return reduce(mul, (vertex.powers for vertex in self.interactions), Powers())

    def index_polynomial(self, contracted: Iterable[tuple[int, int]] | None = None) -> Polynomial:
        """The exact sum over the ways in which indices run through the diagram: one factor N for each closed loop.

        See :func:`feyn_nn.diagrams.index_loops.index_polynomial`.
        """
        from feyn_nn.diagrams.index_loops import index_polynomial

        return index_polynomial(self, contracted)

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
        inverse = self.action.plates
        symbols = (
            (inverse_power if name in inverse else power)("n" if name == "width" else name, k)
            for name, k in self.powers.items()
        )
        return " · ".join([str(self.symmetry_factor), *symbols])

    @property
    def causal_order(self) -> tuple[int, ...]:
        """The vertices of a directed diagram, each behind all that feed it; those first that feed the longest chains.

        Vertices are named ℓ₁, ℓ₂, … in this order in formulas and pictures; of equals, the lowest number comes first.
        """
        ahead = [0] * len(self.vertices)
        for _ in self.vertices:
            for source, target in self.internal_lines:
                ahead[source] = max(ahead[source], ahead[target] + 1) if self.directed else 0
        return tuple(sorted(range(len(ahead)), key=lambda v: (-ahead[v], v)))

    def expression(self, *, depth: int, pairs: Sequence[Pair] | None = None) -> sympy.Expr:
        """The value of the diagram in a network of `depth` weight layers, by the Feynman rules.

        See :func:`feyn_nn.rules.algebra.diagram_expression`.
        """
        from feyn_nn.rules.algebra import diagram_expression

        return diagram_expression(self, depth=depth, pairs=pairs)

    def latex(self, *, depth: int, pairs: Sequence[Pair] | None = None) -> str:
        """The expression in LaTeX."""
        from feyn_nn.rules.latex import as_latex

        return as_latex(self.expression(depth=depth, pairs=pairs))

    def explain(self, *, depth: int | None = None, pairs: Sequence[Pair] | None = None) -> Explanation:
        """Walk from the picture to the value, rule by rule; see :func:`feyn_nn.rules.explanation.explain`."""
        from feyn_nn.rules.explanation import explain

        return explain(self, depth=depth, pairs=pairs)

    def _repr_svg_(self) -> str:
        from feyn_nn.render import draw

        return draw(self, caption=self.caption).svg

    def to_networkx(self) -> networkx.MultiGraph[int]:
        """The diagram as a networkx multigraph; see :func:`feyn_nn.diagrams.graphs.to_networkx`."""
        from feyn_nn.diagrams.graphs import to_networkx

        return to_networkx(self)

    @classmethod
    def from_networkx(cls, graph: networkx.Graph[int], action: Action | None = None) -> Diagram:
        """Read a multigraph such as :meth:`to_networkx` makes; see :func:`feyn_nn.diagrams.graphs.from_networkx`."""
        from feyn_nn.diagrams.graphs import from_networkx

        return from_networkx(graph, action)

    def to_json(self) -> str:
        """The diagram and its theory as JSON text; see :func:`feyn_nn.diagrams.schema.to_json`."""
        from feyn_nn.diagrams.schema import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Diagram:
        """Read what :meth:`to_json` wrote; see :func:`feyn_nn.diagrams.schema.from_json`."""
        from feyn_nn.diagrams.schema import from_json

        return from_json(text)

    def __repr__(self) -> str:
        return f"Diagram({self})"

    def __str__(self) -> str:
        v = len(self.vertices)

        def node(i: int) -> str:
            return f"leg{i - v}" if i >= v else f"v{i}"

        kinds = ", ".join(f"v{i}={vertex.name}" for i, vertex in enumerate(self.interactions))
        lines = " ".join(
            f"{node(a)}{'→' if pointed else '–'}{node(b)}"
            for (a, b), pointed in zip(self.lines, self.pointed, strict=True)
        )
        return f"1/{self.automorphisms}  [{kinds}]  {lines}"
