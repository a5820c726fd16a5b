"""Diagrams of attention as JSON text, and back."""

from __future__ import annotations

import json
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn.diagrams.head_diagram import SCORE_RINGS, HeadDiagram, Segment, connected
from feyn_nn.diagrams.schema import read_object

SCHEMA = "feyn_nn.head_diagram"
VERSION = 1
_WRITER = "HeadDiagram.to_json()"


def to_json(diagram: HeadDiagram) -> str:
    """Write a diagram of attention as JSON.

    Returns
    -------
    str
        An object with the keys `schema`, `version`, `rings` and `blobs` (lists of lists of segments, a segment being
        two ends [leg, which of its labels]) and `score_rings`.

    Examples
    --------
    >>> from feyn_nn.diagrams.head_diagram import HeadDiagram, head_diagrams
    >>> (mean,) = head_diagrams(legs=1)
    >>> HeadDiagram.from_json(mean.to_json()) == mean
    True
    """
    data = {
        "schema": SCHEMA,
        "version": VERSION,
        "rings": diagram.rings,
        "blobs": diagram.blobs,
        "score_rings": diagram.score_rings,
    }
    return json.dumps(data)


def from_json(text: str) -> HeadDiagram:
    """Read what :func:`to_json` wrote.

    Raises
    ------
    InvalidInput
        If the text is no JSON, has another schema or version, lacks something, or is no diagram: each end of each leg
        is in one segment, the segments of a ring close it, blobs group the same segments and join all rings, and the
        score rings are (), (4,), (6,) or (4, 4).
    """
    data = read_object(text, SCHEMA, VERSION, _WRITER)
    try:
        rings, blobs = _groups(data["rings"]), _groups(data["blobs"])
        diagram = HeadDiagram(rings=rings, blobs=blobs, score_rings=tuple(map(int, data["score_rings"])))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"the diagram lacks something or holds a wrong type ({error!r}); give the text that {_WRITER} wrote"
        ) from error
    if not _holds_together(diagram):
        raise InvalidInput(
            f"these rings and blobs are no diagram of attention; give the text that {_WRITER} wrote"
        )
    return diagram


def _groups(data: Any) -> tuple[tuple[Segment, ...], ...]:
    return tuple(tuple(_segment(segment) for segment in group) for group in data)


def _segment(data: Any) -> Segment:
    (a, i), (b, j) = data
    return (int(a), int(i)), (int(b), int(j))


def _holds_together(diagram: HeadDiagram) -> bool:
    segments = [segment for ring in diagram.rings for segment in ring]
    ends = sorted(end for segment in segments for end in segment)
    return (
        bool(segments)
        and ends == [(leg, side) for leg in range(diagram.n_legs) for side in (0, 1)]
        and all(_closes(ring) for ring in diagram.rings)
        and sorted(segment for blob in diagram.blobs for segment in blob) == sorted(segments)
        and all(diagram.blobs)
        and connected(diagram.rings, diagram.blobs)
        and diagram.score_rings in SCORE_RINGS
    )


def _closes(ring: tuple[Segment, ...]) -> bool:
    """Whether the segments join all their legs, both ends of each, into one ring."""
    legs = [((leg, 0), (leg, 1)) for leg in sorted({leg for segment in ring for leg, _ in segment})]
    ends = {end for segment in ring for end in segment}
    return ends == {end for leg in legs for end in leg} and connected(legs, ring)
