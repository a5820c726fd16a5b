"""What the diagram generator needs to know of a field theory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from feyn_nn._core import InvalidInput
from feyn_nn.actions.field import Field
from feyn_nn.actions.vertex import MOST_LINES, Vertex, VertexKind


class Action(Protocol):
    """A field theory, as the generator sees it.

    A theory may have infinitely many vertices as long as finitely many fit into each order of loops; diagrams
    ask for them by `contents` alone.
    """

    @property
    def name(self) -> str:
        """How the theory is called in messages."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """What propagates."""

    @property
    def acyclic(self) -> bool:
        """Whether lines, all of them directed, never run in a circle, as in a theory of causes and effects."""

    @property
    def external(self) -> tuple[str, ...]:
        """The ends of lines that may be external legs."""

    @property
    def plates(self) -> tuple[str, ...]:
        """Those of the small parameters that are inverse sizes, such as 1/width."""

    def contents(
        self, legs: tuple[str, ...], loops: int, components: int = 1
    ) -> Iterator[tuple[Vertex, ...]]:
        """Yield every multiset of vertices that diagrams with this many components may hold, equal ones adjacent.

        With V vertices, E legs and c components there are V + E - c + loops lines.
        """

    def vertex(self, key: Vertex | VertexKind | str) -> Vertex:
        """Find a vertex by its name or by the number of its legs.

        Raises
        ------
        InvalidInput
            If the theory has no such vertex, or more than one.
        """

    def to_data(self) -> dict[str, Any]:
        """Return what :func:`action_from_data` needs to make the theory again: plain data, fit for JSON."""


def leg_names(action: Action, legs: Any) -> tuple[str, ...]:
    """The field of each external leg, from their number or their names.

    Raises
    ------
    InvalidInput
        If `legs` is negative, too large, no integer and no list of fields; if a leg names no field; or if a number
        does not tell which of several fields is meant.
    """
    if hasattr(legs, "tolist"):  # numpy's numbers and arrays of names
        legs = legs.tolist()
    if isinstance(legs, (list, tuple)):
        for leg in legs:
            if leg not in action.external:
                known = ", ".join(action.external)
                raise InvalidInput(f"leg {leg!r} names no field of {action.name}; its legs are {known}")
        return tuple(legs)
    number = non_negative("legs", legs)
    only = action.fields[0]
    if number and (len(action.fields) > 1 or (only.directed and not action.acyclic)):
        several = ", ".join(repr(name) for name in action.external)
        raise InvalidInput(
            f"legs={number} does not say which fields of {action.name} they are; give a list of {several}"
        )
    return (only.name,) * number


def non_negative(name: str, value: Any) -> int:
    """Check a number of legs or loops.

    Raises
    ------
    InvalidInput
        If it is no integer, below zero, or more than any diagram has.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < 0:
        hint = " or a list of fields" if name == "legs" else ""
        raise InvalidInput(f"{name}={value!r}: give an integer >= 0{hint}")
    number = int(value.__index__())
    if number > MOST_LINES:  # each leg and each loop takes a line; said before their vertices fill the memory
        raise InvalidInput(f"{name}={number}: diagrams have at most {MOST_LINES} lines; give fewer {name}")
    return number


def check_plate(plate: Any) -> None:
    """Check the name of a size that appears inverted.

    Raises
    ------
    InvalidInput
        If it cannot name a small parameter.
    """
    if not (isinstance(plate, str) and plate.isidentifier()):
        raise InvalidInput(f"plate={plate!r}: give the name of a size, such as 'width'")
