"""Theories with a vertex for every even number of legs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from feyn_nn._core import InvalidInput, Powers
from feyn_nn.actions.action import check_plate
from feyn_nn.actions.field import Field
from feyn_nn.actions.field_theory import FieldTheory
from feyn_nn.actions.vertex import Vertex, VertexKind

_FIELD = Field(name="φ")


@dataclass(frozen=True, kw_only=True)
class VertexFamily:
    """A real field with a vertex φ^{2k} that carries n^{1-k}, for every k >= 2.

    Parameters
    ----------
    plate : str
        The name of the size that appears as 1/n.
    name : str
        How the theory is called in messages.

    Raises
    ------
    InvalidInput
        If `plate` cannot name a small parameter.
    """

    plate: str
    name: str
    acyclic: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        check_plate(self.plate)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The one real field."""
        return (_FIELD,)

    @property
    def external(self) -> tuple[str, ...]:
        """The ends of lines that may be external legs."""
        return (_FIELD.name,)

    @property
    def plates(self) -> tuple[str, ...]:
        """The size that appears inverted."""
        return (self.plate,)

    def vertex(self, key: Vertex | VertexKind | str) -> Vertex:
        """Find a vertex by the number of its legs, or by its name ``"φ^6"``.

        Raises
        ------
        InvalidInput
            If the number of legs is odd or below four.
        """
        if isinstance(key, VertexKind):
            key = f"{_FIELD.name}^{key.outgoing}" if key.incoming == 0 else str(tuple(key))
        name = key.name if isinstance(key, Vertex) else str(key)
        digits = name.removeprefix(f"{_FIELD.name}^")
        if not digits.isdecimal() or int(digits) < 4 or int(digits) % 2:
            raise InvalidInput(f"{self.name} has no vertex {name!r}; its vertices are φ^4, φ^6, φ^8, …")
        return self._vertex(int(digits))

    def contents(
        self, legs: tuple[str, ...], loops: int, components: int = 1
    ) -> Iterator[tuple[Vertex, ...]]:
        """Yield the multisets of vertices that fit into this order, those of most legs first."""
        largest = 2 * (loops - components) + len(legs) + 2
        vertices = tuple(self._vertex(k) for k in range(4, max(largest, 4) + 1, 2))
        theory = FieldTheory(fields=(_FIELD,), vertices=vertices)
        yield from theory.contents(legs, loops, components)

    def to_data(self) -> dict[str, Any]:
        """Return the theory as plain data, fit for JSON."""
        return {"kind": "vertex family", "name": self.name, "plate": self.plate}

    def _vertex(self, legs: int) -> Vertex:
        return Vertex(legs=(_FIELD.name,) * legs, powers=Powers(**{self.plate: legs // 2 - 1}))
