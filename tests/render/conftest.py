"""Diagrams to draw: generated ones of every kind, and one put together by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

import pytest

from feyn_nn.actions import Action, CausalAction, phi, phi3, phi4
from feyn_nn.diagrams import Diagram, generate

Family = tuple[str, int, int, int]  # action, legs, loops, every which one

ACTIONS: dict[str, Action] = {
    "network": CausalAction(),
    "phi3": phi3(),
    "phi4": phi4(),
    "phi34": phi(powers=(3, 4)),
}


@dataclass(frozen=True)
class HandMade:
    """Anything with the attributes of a diagram can be drawn."""

    vertices: tuple[tuple[int, int], ...]
    n_legs: int
    lines: tuple[tuple[int, int], ...]
    directed: bool = True
    causal_order: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "causal_order", tuple(range(len(self.vertices))))


@pytest.fixture
def hand_made() -> type[HandMade]:
    """Return the class, for tests that put together their own."""
    return HandMade


@pytest.fixture
def tadpole() -> HandMade:
    """V_{2,0} into V_{1,2}: the 1/n correction of the two-point function."""
    return HandMade(vertices=((2, 0), (1, 2)), n_legs=1, lines=((0, 1), (0, 1), (1, 2)))


@pytest.fixture
def family() -> Callable[[Family], list[Diagram]]:
    """Return the diagrams of a family, every n-th of them."""

    def diagrams(family: Family) -> list[Diagram]:
        action, legs, loops, stride = family
        return list(islice(generate(ACTIONS[action], legs=legs, loops=loops), 0, None, stride))

    return diagrams
