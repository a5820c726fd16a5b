"""Diagrams as JSON text, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from operator import index
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn.actions import action_from_data
from feyn_nn.diagrams.canonical import canonical_diagram
from feyn_nn.diagrams.diagram import Diagram

SCHEMA = "feyn_nn.diagram"
VERSION = 1


def to_json(diagram: Diagram) -> str:
    """Write a diagram and its theory as JSON.

    Returns
    -------
    str
        An object with the keys `schema`, `version`, `action`, `vertices` (names), `lines` (source, target,
        field), `legs`, `leg_groups`, `automorphisms` and `multiplicity`.

    Raises
    ------
    InvalidInput
        If the theory is not made of plain data.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tadpole,) = fnn.generate(fnn.actions.phi4(), legs=2, loops=1)
    >>> fnn.Diagram.from_json(tadpole.to_json()) == tadpole
    True
    """
    if not hasattr(diagram.action, "to_data"):
        raise InvalidInput(f"{diagram.action!r} cannot be written down; give it a method to_data()")
    lines = zip(diagram.lines, diagram.fields, strict=True)
    data = {
        "schema": SCHEMA,
        "version": VERSION,
        "action": diagram.action.to_data(),
        "vertices": [vertex.name for vertex in diagram.interactions],
        "lines": [[line.source, line.target, field] for line, field in lines],
        "legs": list(diagram.legs),
        "leg_groups": list(diagram.leg_groups),
        "automorphisms": diagram.automorphisms,
        "multiplicity": diagram.multiplicity,
    }
    return json.dumps(data, ensure_ascii=False)


def from_json(text: str) -> Diagram:
    """Read a diagram, bring it into canonical form and check the number of its automorphisms.

    Raises
    ------
    InvalidInput
        If the text is no JSON, has another schema or version, lacks something, is no diagram of its theory, gives a
        number of automorphisms that is not the diagram's, or a multiplicity below one.
    """
    data = read_object(text, SCHEMA, VERSION, "Diagram.to_json()")
    try:
        vertices, lines = [str(name) for name in data["vertices"]], [_line(line) for line in data["lines"]]
        legs, groups = list(data["legs"]), [index(group) for group in data["leg_groups"]]
        automorphisms, multiplicity = index(data["automorphisms"]), index(data["multiplicity"])
        action = action_from_data(data["action"])
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(
            f"the diagram lacks something or holds a wrong type ({error!r}); give the text that Diagram.to_json() wrote"
        ) from error
    found = canonical_diagram(action, vertices, lines, legs, leg_groups=groups)
    if found.automorphisms != automorphisms:
        raise InvalidInput(
            f"the diagram has {found.automorphisms} automorphisms, not {automorphisms}; the text was changed after "
            "Diagram.to_json() wrote it"
        )
    if multiplicity < 1:
        raise InvalidInput(
            f"multiplicity={multiplicity}: a diagram stands for itself at least; give 1 or more"
        )
    return found.standing_for(multiplicity)


def read_object(text: str, schema: str, version: int, writer: str) -> Mapping[str, Any]:
    """Read a JSON object of a schema and version.

    Raises
    ------
    InvalidInput
        If the text is no JSON, or has another schema or version; `writer` is what should have written it.
    """
    try:
        data = json.loads(text)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"this is no JSON ({error}); give the text that {writer} wrote") from error
    found = data.get("schema") if isinstance(data, Mapping) else None
    if found != schema:
        raise InvalidInput(f"schema={found!r} is not {schema!r}; give the text that {writer} wrote")
    given = data.get("version")
    if given is True or given != version:
        raise InvalidInput(
            f"version={given!r} of {schema} is unknown here, where version {version} is read; write the diagram "
            f"again with {writer}, or install a newer feyn_nn"
        )
    return dict(data)


def _line(line: Any) -> tuple[int, int, str]:
    source, target, field = line
    return index(source), index(target), str(field)
