"""Theories from plain data, as a file keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from feyn_nn._core import InvalidInput, Powers, nearest
from feyn_nn.actions.action import Action
from feyn_nn.actions.causal import CausalAction
from feyn_nn.actions.family import VertexFamily
from feyn_nn.actions.field import Field
from feyn_nn.actions.field_theory import FieldTheory
from feyn_nn.actions.vertex import Vertex


def action_from_data(data: Any) -> Action:
    """Make a theory again from what its `to_data` returned.

    Raises
    ------
    InvalidInput
        If the data are not those of a theory.

    Examples
    --------
    >>> from feyn_nn.actions import phi4
    >>> action_from_data(phi4().to_data()) == phi4()
    True
    """
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if not isinstance(kind, str) or kind not in _READERS:
        raise InvalidInput(f"kind={kind!r} is no kind of theory; {nearest(str(kind), _READERS)}")
    try:
        return _READERS[kind](data)
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(
            f"the data of a theory of kind {kind!r} lack something or hold a wrong type ({error}); "
            "give them as to_data() returns them"
        ) from error


def _field_theory(data: Mapping[str, Any]) -> FieldTheory:
    return FieldTheory(
        name=data["name"],
        acyclic=data["acyclic"],
        plates=tuple(data["plates"]),
        fields=tuple(Field(**field) for field in data["fields"]),
        vertices=tuple(
            Vertex(name=v["name"], legs=tuple(v["legs"]), powers=Powers(**v["powers"]), at_most=v["at_most"])
            for v in data["vertices"]
        ),
    )


_READERS: dict[str, Callable[[Mapping[str, Any]], Action]] = {
    "field theory": _field_theory,
    "causal": lambda data: CausalAction(plate=data["plate"]),
    "vertex family": lambda data: VertexFamily(name=data["name"], plate=data["plate"]),
}
