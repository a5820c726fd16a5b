"""Diagrams of attention: rings of value channels, joined by cumulants over the scores, inside a plate of heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from feyn_nn._core import Powers, pairings, set_partitions
from feyn_nn._core.text import powers_name, subscript

if TYPE_CHECKING:
    import sympy

End: TypeAlias = tuple[int, int]  # leg, and which of its two labels: 0 or 1
Segment: TypeAlias = tuple[End, End]  # a value line from one end to another: a factor M

SCORE_RINGS: dict[tuple[int, ...], int] = {(): 0, (4,): 1, (6,): 2, (4, 4): 2}
"""Rings of scores, by how many scores they connect, with their power of 1/key_dim through the second."""


@dataclass(frozen=True, kw_only=True)
class HeadDiagram:
    """One term of κ_k(Ĝ_p1, …, Ĝ_pk) behind attention: a product of score cumulants of M = A Σ_V Aᵀ.

    The legs are joined into closed *value rings*, one for each independent value channel, by segments M; *score
    blobs* are joint cumulants of the segments over the scores that all channels share; *score rings* are the
    connected functions of the scores, beyond the Gaussian one, that the blobs hold between them. All legs hang on
    one unit of the plate of heads. The value is output_variance^k times the product of the blobs.

    Parameters
    ----------
    rings : tuple of tuples of Segment
        The segments of each value ring.
    blobs : tuple of tuples of Segment
        The same segments, grouped into score cumulants.
    score_rings : tuple of int
        The sizes of the score rings: () at infinite key_dim, (4,), (6,) or (4, 4).

    Examples
    --------
    >>> [diagram.name for diagram in head_diagrams(legs=2) if diagram.powers["value_dim"] == 0]
    ['⟨M₁₁′ M₂₂′⟩']
    """

    rings: tuple[tuple[Segment, ...], ...]
    blobs: tuple[tuple[Segment, ...], ...]
    score_rings: tuple[int, ...] = ()

    @cached_property
    def n_legs(self) -> int:
        """k, the number of metrics."""
        return sum(map(len, self.rings))

    @property
    def powers(self) -> Powers:
        """The power of 1/heads, of 1/value_dim and of 1/key_dim."""
        return Powers(
            heads=self.n_legs - 1,
            value_dim=self.n_legs - len(self.rings),
            key_dim=SCORE_RINGS[self.score_rings],
        )

    @property
    def name(self) -> str:
        """The score blobs, each an angle bracket, segments named by their ends: legs from 1, second labels primed."""
        text = "".join(f"⟨{' '.join(map(_segment_name, blob))}⟩" for blob in self.blobs)
        rings = "".join(f" ({size}-ring)" for size in self.score_rings)
        return text + rings

    @property
    def caption(self) -> str:
        """The powers of the small parameters: ``1/heads · 1/value_dim``."""
        return powers_name(self.powers)

    def expression(self, *, pairs: Sequence[Any] | None = None) -> sympy.Expr:
        """The value of the diagram in C_O, N_h, d_v, d_k and score cumulants of M.

        See :func:`feyn_nn.rules.head_algebra.head_expression`.
        """
        from feyn_nn.rules.head_algebra import head_expression

        return head_expression([self], pairs)

    def latex(self, *, pairs: Sequence[Any] | None = None) -> str:
        """The expression in LaTeX."""
        import sympy

        return str(sympy.latex(self.expression(pairs=pairs)))

    def to_json(self) -> str:
        """The diagram as JSON text; see :func:`feyn_nn.diagrams.head_schema.to_json`."""
        from feyn_nn.diagrams.head_schema import to_json

        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> HeadDiagram:
        """Read what :meth:`to_json` wrote; see :func:`feyn_nn.diagrams.head_schema.from_json`."""
        from feyn_nn.diagrams.head_schema import from_json

        return from_json(text)

    def _repr_svg_(self) -> str:
        from feyn_nn.render import draw

        return draw(self, caption=self.caption).svg

    def __repr__(self) -> str:
        return f"HeadDiagram({self})"

    def __str__(self) -> str:
        plates = ", ".join(
            f"ring of {len(ring)} leg{'s' if len(ring) > 1 else ''}: {' '.join(map(_segment_name, ring))}"
            for ring in self.rings
        )
        return f"{self.name} from value {plates}; {self.powers!r}"


def head_diagrams(legs: int, loops: int = 0) -> Iterator[HeadDiagram]:
    """Yield every diagram of κ_legs(Ĝ) through 1/key_dim^loops, labelled legs, nothing folded.

    By total cumulance (Brillinger 1969): κ of one head is a sum over partitions of the legs into value rings of
    the joint cumulants, over the scores, of the rings' values; and a cumulant of products of M is the sum over all
    groupings of the M that connect the rings (Leonov & Shiryaev 1959). A ring of b legs can be closed in
    2^{b-1} (b-1)! ways.

    Examples
    --------
    >>> [sum(1 for _ in head_diagrams(legs=k)) for k in (1, 2, 3)]
    [1, 5, 59]
    """
    for rings in ring_closures(legs):
        segments = tuple(segment for ring in rings for segment in ring)
        for blobs in set_partitions(segments):
            if connected(rings, blobs):
                for score_rings, power in SCORE_RINGS.items():
                    if power <= loops:
                        yield HeadDiagram(rings=rings, blobs=blobs, score_rings=score_rings)


def ring_closures(legs: int) -> Iterator[tuple[tuple[Segment, ...], ...]]:
    """Yield every way to join the labelled ends of the legs into closed rings, each once: (2 legs - 1)!! of them.

    Examples
    --------
    >>> sum(1 for _ in ring_closures(3))
    15
    """
    for blocks in set_partitions(range(legs)):
        yield from _closed(blocks)


def _closed(blocks: Sequence[tuple[int, ...]]) -> Iterator[tuple[tuple[Segment, ...], ...]]:
    """Every way to close each block of legs into one ring."""
    if not blocks:
        yield ()
        return
    legs = [((leg, 0), (leg, 1)) for leg in blocks[0]]
    ends = [end for leg in legs for end in leg]
    for pairing in pairings(ends):
        if connected(legs, pairing):
            for rest in _closed(blocks[1:]):
                yield (pairing, *rest)


def connected(groups: Sequence[Sequence[object]], links: Sequence[Sequence[object]]) -> bool:
    """Whether the links, sets of members of the groups, join all groups."""
    owner = {member: i for i, group in enumerate(groups) for member in group}
    parent = list(range(len(groups)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for link in links:
        for member in link[1:]:
            parent[root(owner[member])] = root(owner[link[0]])
    return len({root(i) for i in range(len(groups))}) == 1


def _segment_name(segment: Segment) -> str:
    """Both ends by the number of their leg, primed where it is the second label of its pair."""
    return f"M{''.join(subscript(leg + 1) + ('′' if side else '') for leg, side in segment)}"
