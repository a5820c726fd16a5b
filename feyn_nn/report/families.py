"""The families of diagrams that the atlas holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from feyn_nn._core.text import counted, subscript
from feyn_nn.actions import Action, CausalAction, phi3, phi4
from feyn_nn.diagrams import Diagram, generate
from feyn_nn.diagrams.head_diagram import HeadDiagram, head_diagrams
from feyn_nn.report.head_classes import head_classes
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
    kind : str
        ``"network"`` or ``"scalar"``: what its page explains.
    """

    name: str
    title: str
    action: Action
    legs: int
    loops: int
    kind: str

    def classes(self) -> list[LegClass[Diagram]]:
        """Generate the diagrams, those that differ by a permutation of legs together."""
        return leg_classes(generate(self.action, legs=self.legs, loops=self.loops))


@dataclass(frozen=True, kw_only=True)
class HeadFamily:
    """All diagrams of a cumulant of the metric behind a layer of attention.

    Parameters
    ----------
    name, title : str
    legs : int
    loops : int
        Every power of 1/key_dim through this one.
    """

    name: str
    title: str
    legs: int
    loops: int
    kind: str = "attention"

    def classes(self) -> list[LegClass[HeadDiagram]]:
        """Generate the diagrams, those that differ by the names of legs or the order of a leg's labels together."""
        return head_classes(head_diagrams(self.legs, self.loops))


def families() -> list[Family | HeadFamily]:
    """Return the families of the atlas.

    κ₁ through two loops, κ₂ and κ₃ through one; κ₁ … κ₃ behind attention through 1/key_dim², 1/key_dim and 1; φ³ and
    φ⁴ through three loops, with no, two and four legs.
    """
    return [*_network_families(), *_head_families(), *_scalar_families()]


def _head_families() -> Iterator[HeadFamily]:
    for legs, loops, order in (
        (1, 2, "through 1/key_dim²"),
        (2, 1, "through 1/key_dim"),
        (3, 0, "key_dim → ∞"),
    ):
        title = f"attention, κ{subscript(legs)}(Ĝ), {order}"
        yield HeadFamily(name=f"attention-kappa{legs}", title=title, legs=legs, loops=loops)


def _network_families() -> Iterator[Family]:
    for legs, loops in ((1, 1), (1, 2), (2, 0), (2, 1), (3, 0), (3, 1)):
        title = f"κ{subscript(legs)}(Ĝ), {_METRIC[legs]}, {_in_loops(loops)}"
        name = f"kappa{legs}-{loops}loop"
        yield Family(name=name, title=title, action=CausalAction(), legs=legs, loops=loops, kind="network")


def _scalar_families() -> Iterator[Family]:
    for name, symbol, action in (("phi3", "φ³", phi3()), ("phi4", "φ⁴", phi4())):
        for legs in (0, 2, 4):
            for loops in range(2 if legs == 0 else 0, 4):
                title = f"{symbol}, {_CORRELATOR[legs]}, {_in_loops(loops)}"
                folder = f"{name}-{legs}legs-{loops}loop"
                yield Family(name=folder, title=title, action=action, legs=legs, loops=loops, kind="scalar")


def _in_loops(loops: int) -> str:
    return f"{counted(loops, 'loop')}" if loops else "no loop"
