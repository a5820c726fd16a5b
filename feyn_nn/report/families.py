"""The families of diagrams that the atlas holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from feyn_nn._core.text import counted, subscript
from feyn_nn.actions import Action, CausalAction, phi3, phi4
from feyn_nn.diagrams import generate
from feyn_nn.report.leg_classes import LegClass, leg_classes

_METRIC = {
    1: "the mean of the metric",
    2: "the four-point vertex of the field",
    3: "the six-point vertex of the field",
}
_CORRELATOR = {0: "vacuum graphs", 2: "two legs", 4: "four legs"}


@dataclass(frozen=True, kw_only=True)
class Family:
    """All diagrams of one theory with so many legs and loops.

    Parameters
    ----------
    name : str
        The name of its folder, such as ``"kappa2-1loop"``.
    title : str
    action : Action
    legs, loops : int
    directed : bool
        Whether its lines run forward in depth, as those of a network do.
    """

    name: str
    title: str
    action: Action
    legs: int
    loops: int
    directed: bool

    def classes(self) -> list[LegClass]:
        """Generate the diagrams, those that differ by a permutation of legs together."""
        return leg_classes(generate(self.action, legs=self.legs, loops=self.loops))


def families() -> list[Family]:
    """Return the families of the atlas.

    κ₁ through two loops, κ₂ and κ₃ through one; φ³ and φ⁴ through three, with no, two and four legs.
    """
    return [*_network_families(), *_scalar_families()]


def _network_families() -> Iterator[Family]:
    for legs, loops in ((1, 1), (1, 2), (2, 0), (2, 1), (3, 0), (3, 1)):
        title = f"κ{subscript(legs)}(Ĝ), {_METRIC[legs]}, {_in_loops(loops)}"
        name = f"kappa{legs}-{loops}loop"
        yield Family(name=name, title=title, action=CausalAction(), legs=legs, loops=loops, directed=True)


def _scalar_families() -> Iterator[Family]:
    for name, symbol, action in (("phi3", "φ³", phi3()), ("phi4", "φ⁴", phi4())):
        for legs in (0, 2, 4):
            for loops in range(2 if legs == 0 else 0, 4):
                title = f"{symbol}, {_CORRELATOR[legs]}, {_in_loops(loops)}"
                folder = f"{name}-{legs}legs-{loops}loop"
                yield Family(name=folder, title=title, action=action, legs=legs, loops=loops, directed=False)


def _in_loops(loops: int) -> str:
    return f"{counted(loops, 'loop')}" if loops else "no loop"
