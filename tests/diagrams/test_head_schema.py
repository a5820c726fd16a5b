"""Diagrams of attention as JSON, and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.diagrams.head_diagram import HeadDiagram, head_diagrams

PAIR = next(head_diagrams(legs=2))


@pytest.mark.parametrize(("legs", "loops"), [(1, 2), (2, 2), (3, 1)])
def test_there_and_back(legs: int, loops: int) -> None:
    for diagram in head_diagrams(legs, loops):
        assert HeadDiagram.from_json(diagram.to_json()) == diagram


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "feyn_nn.diagram"}, "is not 'feyn_nn.head_diagram'"),
        ({"version": 2}, "version=2 of feyn_nn.head_diagram is unknown"),
        ({"rings": None}, "holds a wrong type"),
        ({"rings": [[[[0, 0], [1, 0]]]]}, "no diagram of attention"),
        (
            {"rings": [[[[0, 0], [0, 1]], [[1, 0], [1, 1]]]]},
            "no diagram of attention",
        ),  # two rings called one
        ({"blobs": [[[[0, 0], [1, 0]]]]}, "no diagram of attention"),
        ({"score_rings": [5]}, "no diagram of attention"),
    ],
)
def test_what_is_no_diagram(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        HeadDiagram.from_json(json.dumps(json.loads(PAIR.to_json()) | change))


def test_rings_that_nothing_joins() -> None:
    rings = [[[[0, 0], [0, 1]]], [[[1, 0], [1, 1]]]]
    apart = json.loads(PAIR.to_json()) | {"rings": rings, "blobs": rings}
    with pytest.raises(InvalidInput, match="no diagram of attention"):
        HeadDiagram.from_json(json.dumps(apart))
    with pytest.raises(InvalidInput, match="no JSON"):
        HeadDiagram.from_json("{")
