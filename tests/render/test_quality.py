"""What makes a picture readable, measured on every diagram of many families."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise

import numpy as np
import pytest

from feyn_nn.diagrams import Diagram
from feyn_nn.render import Scene, find_theme, scene
from feyn_nn.render.display import Curve, Disc, Text
from feyn_nn.render.geometry import Box, Polyline, distance, polyline

FAMILIES = [
    ("network", 1, 1, 1),
    ("network", 1, 2, 1),
    ("network", 2, 0, 1),
    ("network", 2, 1, 1),
    ("network", 3, 0, 1),
    ("network", 3, 1, 5),
    ("network", 4, 0, 2),
    ("network", 1, 3, 37),
    ("network", 2, 2, 17),
    ("phi3", 0, 3, 1),
    ("phi3", 1, 3, 1),
    ("phi3", 2, 3, 13),
    ("phi3", 4, 1, 4),
    ("phi3", 4, 2, 61),
    ("phi4", 0, 2, 1),
    ("phi4", 0, 3, 1),
    ("phi4", 2, 0, 1),
    ("phi4", 2, 1, 1),
    ("phi4", 2, 2, 1),
    ("phi4", 2, 3, 1),
    ("phi4", 4, 2, 4),
    ("phi4", 6, 1, 9),
    ("phi34", 2, 2, 3),
]


def compose(diagram: Diagram, theme: str) -> Scene:
    return scene(
        diagram,
        theme=find_theme(theme),
        labels=[f"Ĝ₀{'₀₁₂₃₄₅'[i]}" for i in range(diagram.n_legs)],
        layers=[f"ℓ{'₁₂₃₄₅₆₇₈'[i]}" for i in range(len(diagram.vertices))],
        captions=[diagram.caption, "second line"],
    )


def strokes(composed: Scene) -> list[Curve]:
    return [item for item in composed.items if isinstance(item, Curve) and item.role != "axis"]


def dense(line: Polyline) -> Polyline:
    return np.concatenate([np.linspace(a, b, 12) for a, b in pairwise(line)])


def inside(line: Polyline, box: Box) -> bool:
    x, y = line.real, line.imag
    return bool(np.any((x > box.left) & (x < box.right) & (y > box.top) & (y < box.bottom)))


def check(diagram: Diagram, theme: str) -> None:
    composed, look = compose(diagram, theme), find_theme(theme)
    curves, texts = strokes(composed), [item for item in composed.items if isinstance(item, Text)]
    radius = look.spacing.radius if diagram.directed else look.point_radius

    assert len(curves) == len(diagram.lines)
    assert sum(curve.role == "external" for curve in curves) == len(diagram.external_lines)

    frame = composed.box.padded(-0.99 * look.margin)
    assert all(frame.union(item.box) == frame for item in composed.items)

    assert not [(a.text, b.text) for a, b in combinations(texts, 2) if a.box.overlaps(b.box)]
    legs = [item for item in composed.items if isinstance(item, Disc) and item.role == "leg"]
    assert not [text.text for text in texts for leg in legs if text.box.overlaps(leg.box)]
    seen = [dense(polyline(curve.path)) for curve in curves]
    assert not [t.text for t in texts for line in seen if inside(line, t.box.padded(look.stroke / 2))]

    places = composed.layout.positions
    assert all(abs(a - b) > 2 * radius + look.stroke for a, b in combinations(places, 2))
    for ends, line in zip(diagram.lines, seen, strict=True):
        for node, place in enumerate(places):
            if node not in ends:
                size = radius if node < len(diagram.vertices) else look.leg_radius
                assert distance(line, place) > size + look.stroke / 2


@pytest.mark.parametrize("chosen", FAMILIES, ids=str)
def test_pictures_are_readable(
    chosen: tuple[str, int, int, int], family: Callable[..., list[Diagram]]
) -> None:
    for i, diagram in enumerate(family(chosen)):
        check(diagram, ("classroom", "paper")[i % 2])


def test_lines_run_from_left_to_right(family: Callable[..., list[Diagram]]) -> None:
    for diagram in family(("network", 3, 1, 5)):
        composed = compose(diagram, "paper")
        for curve in strokes(composed):
            assert np.all(np.diff(polyline(curve.path).real) > 0)
        legs = composed.layout.positions[len(diagram.vertices) :]
        assert len({leg.real for leg in legs}) == 1
        assert [leg.imag for leg in legs] == sorted(leg.imag for leg in legs)
        assert max(place.real for place in composed.layout.positions) == legs[0].real


def test_legs_of_undirected_diagrams_stand_at_the_edges(family: Callable[..., list[Diagram]]) -> None:
    for diagram in family(("phi4", 4, 2, 3)):
        places = compose(diagram, "paper").layout.positions
        vertices, legs = places[: len(diagram.vertices)], places[len(diagram.vertices) :]
        assert max(leg.real for leg in legs[:2]) < min(vertex.real for vertex in vertices)
        assert min(leg.real for leg in legs[2:]) > max(vertex.real for vertex in vertices)
        assert legs[0].imag < legs[1].imag
        assert legs[2].imag < legs[3].imag


def test_filled_cumulants_and_white_expectations(family: Callable[..., list[Diagram]]) -> None:
    for diagram in family(("network", 2, 1, 1)):
        discs = [
            item for item in compose(diagram, "paper").items if isinstance(item, Disc) and item.role != "leg"
        ]
        look = find_theme("paper")
        for (outgoing, _), disc in zip(diagram.vertices, discs, strict=True):
            assert disc.fill == (look.expectation if outgoing == 1 else look.cumulant)
