"""What the diagram generator needs to know of a field theory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from feyn_nn._core import Powers


class VertexKind(NamedTuple):
    """A vertex by the legs it offers.

    In a causal (directed) theory it sends out `outgoing` lines and takes in `incoming` ones. In an undirected
    theory all its legs are alike: `outgoing` is the valence and `incoming` zero.
    """

    outgoing: int
    incoming: int = 0

    @property
    def valence(self) -> int:
        """The number of legs."""
        return self.outgoing + self.incoming


class Action(Protocol):
    """A field theory with one field, as the generator sees it."""

    @property
    def name(self) -> str:
        """How the theory is called in messages."""

    @property
    def directed(self) -> bool:
        """Whether lines run from an outgoing to an incoming leg, and never in a circle."""

    @property
    def has_bare_line(self) -> bool:
        """Whether two external legs may be joined with no vertex between them."""

    def contents(self, legs: int, loops: int) -> Iterator[tuple[VertexKind, ...]]:
        """Yield every multiset of vertices that a connected diagram may be made of, largest kind first."""

    def powers(self, kind: VertexKind) -> Powers:
        """Return the powers of the small parameters that a vertex carries."""
