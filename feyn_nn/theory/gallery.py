"""The diagrams of a cumulant as a lazy sequence that shows itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from feyn_nn._core import Pair, pair_name
from feyn_nn._core.text import inverse_power, subscript
from feyn_nn.actions import Action
from feyn_nn.diagrams import Diagram, generate

if TYPE_CHECKING:
    from feyn_nn.render import Gallery

_SHOWN = 48  # a notebook cell holds no more; the rest is counted


@dataclass(frozen=True, kw_only=True)
class DiagramStream:
    """Diagrams of κ_p(Ĝ) with labelled legs, fewest loops first; generated afresh each time it is read.

    Parameters
    ----------
    action : Action
    legs : int
    loops : int
        Every loop order through this one.
    pairs : tuple of Pair or None
        What the legs stand for, for pictures.
    """

    action: Action
    legs: int
    loops: int
    pairs: tuple[Pair, ...] | None = None

    def __iter__(self) -> Iterator[Diagram]:
        for loops in range(self.loops + 1):
            yield from generate(self.action, legs=self.legs, loops=loops)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, index: int) -> Diagram:
        if index < 0:
            return list(self)[index]
        for diagram in islice(self, index, index + 1):
            return diagram
        raise IndexError(f"there are {len(self)} diagrams")

    def leg_labels(self) -> tuple[str, ...]:
        """What to write at the end of each leg."""
        return leg_labels(self.legs, self.pairs)

    def gallery(self, limit: int | None = _SHOWN) -> Gallery:
        """Draw the first `limit` diagrams with symmetry factor and power of 1/n."""
        from feyn_nn.render import gallery

        shown = list(islice(self, limit))
        return gallery(shown, labels=self.leg_labels(), captions=[caption(diagram) for diagram in shown])

    def __repr__(self) -> str:
        lines = [f"  {diagram}" for diagram in islice(self, _SHOWN)]
        total = len(self)
        rest = [f"  … {total - _SHOWN} more"] if total > _SHOWN else []
        return "\n".join(
            [f"{total} diagrams with {self.legs} legs through {self.loops} loops:", *lines, *rest]
        )

    def _repr_html_(self) -> str:
        more = len(self) - _SHOWN
        rest = f"<p>… {more} more; read them all by iterating.</p>" if more > 0 else ""
        return self.gallery()._repr_html_() + rest


def caption(diagram: Diagram) -> str:
    """Symmetry factor and power of each small parameter, as a caption: ``1/2 · 1/n``."""
    factors = [str(diagram.symmetry_factor)]
    for name, power in diagram.powers.items():
        symbol = "n" if name == "width" else name
        factors.append(inverse_power(symbol, power))
    return " · ".join(factors)


def leg_labels(legs: int, pairs: tuple[Pair, ...] | None) -> tuple[str, ...]:
    """Ĝ with the pair of each leg as its index, or the number of the leg where no pair is given."""
    if pairs is None:
        return tuple(str(i + 1) for i in range(legs))
    return tuple(f"Ĝ{subscript(pair_name(pair))}" for pair in pairs)
