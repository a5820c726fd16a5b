"""Vertices: the legs they offer, and the small parameters they carry."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from feyn_nn._core import InvalidInput, Powers

MOST_LINES = 512
"""No diagram has more lines; the engine's own bound."""


class VertexKind(NamedTuple):
    """A vertex by the number of its legs.

    In a causal (directed) theory it sends out `outgoing` lines and takes in `incoming` ones. In an undirected
    theory all its legs are alike: `outgoing` is the valence and `incoming` zero.
    """

    outgoing: int
    incoming: int = 0

    @property
    def valence(self) -> int:
        """The number of legs."""
        return self.outgoing + self.incoming


@dataclass(frozen=True, kw_only=True)
class Vertex:
    """An interaction of a field theory: a term (coupling) Π_legs φ_leg / Π_φ (number of its legs φ)! of -S.

    Parameters
    ----------
    legs : sequence of str
        The fields that meet, each by the name of an end of a propagator, repeated where several are alike.
        Kept sorted.
    name : str, optional
        How it is called; made of its legs, such as ``"φ^4"``, if left out.
    powers : Powers
        The powers of the small parameters that it carries; none by default.
    at_most : int, optional
        The largest number of such vertices in one diagram. A :class:`FieldTheory` asks for it where any number
        of them fits into a given order of loops, as for mass terms and sources.

    Raises
    ------
    InvalidInput
        If there is no leg, one is no name, the name is no text, or `at_most` is below one.

    Examples
    --------
    >>> Vertex(legs=("φ", "φ", "φ", "φ"), powers=Powers(g=1)).name
    'φ^4'
    """

    legs: tuple[str, ...]
    name: str = ""
    powers: Powers = field(default_factory=Powers)
    at_most: int | None = None

    def __post_init__(self) -> None:
        legs = tuple(self.legs) if isinstance(self.legs, (list, tuple)) else ()
        if not legs or not all(isinstance(leg, str) and leg for leg in legs):
            raise InvalidInput(
                f"legs={self.legs!r}: a vertex needs a list of names of fields, such as ('φ', 'φ', 'φ')"
            )
        if not isinstance(self.powers, Powers):
            raise InvalidInput(f"powers={self.powers!r}: give Powers, such as Powers(g=1)")
        object.__setattr__(self, "legs", tuple(sorted(legs)))
        if not isinstance(self.name, str):
            raise InvalidInput(f"name={self.name!r} of a vertex: give text, such as 'φ^3', or leave it out")
        if not self.name:
            object.__setattr__(self, "name", _product(self.legs))
        most = self.at_most
        if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
            raise InvalidInput(f"at_most={most!r} of the vertex {self.name}: give an integer >= 1, or None")

    @property
    def valence(self) -> int:
        """The number of legs."""
        return len(self.legs)


def _product(legs: tuple[str, ...]) -> str:
    """``ψ̄ψφ``, ``φ^4``."""
    counts = Counter(legs)
    return "".join(leg if n == 1 else f"{leg}^{n}" for leg, n in counts.items())
