"""What the drawing needs to know of a diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Subject(Protocol):
    """A diagram as the drawing sees it: :class:`feyn_nn.diagrams.Diagram`, or anything of the same shape.

    Nodes 0 … V-1 are the vertices, nodes V … V+n_legs-1 the external legs. A directed line runs from its
    source to its target, deeper in the network.
    """

    @property
    def vertices(self) -> Sequence[tuple[int, int]]:
        """How many lines each vertex sends out and takes in; undirected: its valence and 0."""

    @property
    def n_legs(self) -> int:
        """The number of external legs."""

    @property
    def lines(self) -> Sequence[tuple[int, int]]:
        """All lines as pairs of nodes, parallel ones repeated."""

    @property
    def directed(self) -> bool:
        """Whether lines run forward in depth."""

    @property
    def causal_order(self) -> Sequence[int]:
        """The vertices in the order in which they are named ℓ₁, ℓ₂, …."""
