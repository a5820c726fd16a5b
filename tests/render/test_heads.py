"""Diagrams of attention: rings, plates, score blobs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import tau

import numpy as np
import pytest

from feyn_nn.render import THEMES, draw, find_theme
from feyn_nn.render.display import Curve, Disc, Region, Text
from feyn_nn.render.geometry import polyline

Segment = tuple[tuple[int, int], tuple[int, int]]


def own(leg: int) -> Segment:
    """The segment of a ring of one leg."""
    return ((leg, 0), (leg, 1))


@dataclass(frozen=True)
class Heads:
    """A term of κ(Ĝ_1, …) behind attention, put together by hand."""

    rings: tuple[tuple[Segment, ...], ...]
    blobs: tuple[tuple[Segment, ...], ...]
    score_rings: tuple[int, ...] = ()

    @property
    def n_legs(self) -> int:
        return sum(map(len, self.rings))


PAIR: tuple[Segment, ...] = (((0, 0), (1, 0)), ((0, 1), (1, 1)))
TRIPLE: tuple[Segment, ...] = (((0, 0), (2, 1)), ((0, 1), (1, 0)), ((1, 1), (2, 0)))
DIAGRAMS = {
    "mean": Heads(((own(0),),), ((own(0),),)),
    "mean, 1/key_dim²": Heads(((own(0),),), ((own(0),),), (4, 4)),
    "independence breaking": Heads(((own(0),), (own(1),)), ((own(0), own(1)),)),
    "one channel": Heads((PAIR,), ((PAIR[0],), (PAIR[1],))),
    "one channel, its scores": Heads((PAIR,), (PAIR,), (4,)),
    "three legs": Heads((TRIPLE,), (TRIPLE[:1], TRIPLE[1:])),
    "two and one": Heads((PAIR, (own(2),)), ((PAIR[1], own(2)), (PAIR[0],))),
    "three rings": Heads(((own(0),), (own(1),), (own(2),)), ((own(0), own(1), own(2)),)),
    "two blobs": Heads(
        (PAIR, (((2, 0), (3, 0)), ((2, 1), (3, 1)))),
        ((PAIR[0], ((2, 0), (3, 0))), (PAIR[1], ((2, 1), (3, 1)))),
    ),
}


@pytest.mark.parametrize("theme", sorted(THEMES))
@pytest.mark.parametrize("name", DIAGRAMS)
def test_rings_blobs_and_plates(name: str, theme: str) -> None:
    diagram = DIAGRAMS[name]
    items = draw(diagram, theme=theme).items
    plates = [item.box for item in items if isinstance(item, Region)]
    assert len(plates) == 1 + len(diagram.rings)  # the head, and a value channel for each ring
    assert all(plates[0].union(inner) == plates[0] for inner in plates)
    assert not any(a.overlaps(b) for a, b in combinations(plates[1:], 2))
    roles = [item.role for item in items if isinstance(item, Disc)]
    assert roles.count("leg") == diagram.n_legs
    assert roles.count("expectation") == sum(len(blob) == 1 for blob in diagram.blobs)
    assert roles.count("cumulant") == sum(len(blob) > 1 for blob in diagram.blobs)
    dashed = [item for item in items if isinstance(item, Curve) and item.dashes]
    assert len(dashed) == sum(len(blob) for blob in diagram.blobs if len(blob) > 1)


def test_a_value_ring_is_a_circle() -> None:
    """The segments of a ring of three go once around: their lengths add up to the circumference."""
    arcs = [polyline(i.path) for i in draw(DIAGRAMS["three legs"]).items if isinstance(i, Curve)]
    radius = find_theme("classroom").spacing.radius * (2.0 + 3 * 0.55)
    lengths = [float(np.abs(np.diff(arc)).sum()) for arc in arcs[:3]]
    assert sum(lengths) == pytest.approx(tau * radius, rel=2e-3)
    ends = sorted((round(p.real, 6), round(p.imag, 6)) for arc in arcs[:3] for p in (arc[0], arc[-1]))
    assert ends[::2] == ends[1::2]  # each segment begins where another one ends


@pytest.mark.parametrize("theme", sorted(THEMES))
@pytest.mark.parametrize("name", DIAGRAMS)
def test_words_stand_alone(name: str, theme: str) -> None:
    """No two words overlap; no line runs through one; everything is in the picture."""
    labels = [f"Ĝ₀{i}" for i in range(DIAGRAMS[name].n_legs)]
    drawing = draw(DIAGRAMS[name], theme=theme, labels=labels, caption=name, legend=True)
    texts = [item for item in drawing.items if isinstance(item, Text) and item.text]
    assert not [(a.text, b.text) for a, b in combinations(texts, 2) if a.box.overlaps(b.box)]
    for curve in (item for item in drawing.items if isinstance(item, Curve)):
        line = polyline(curve.path)
        line = np.concatenate([line[:-1] + t * np.diff(line) for t in np.linspace(0, 1, 12)])
        for text in texts:
            box = text.box.padded(curve.stroke / 2 - 0.1 * text.size)
            x, y = line.real, line.imag
            assert not np.any((x > box.left) & (x < box.right) & (y > box.top) & (y < box.bottom)), text.text
    assert all(drawing.box.union(item.box) == drawing.box for item in drawing.items)


def test_said_in_words() -> None:
    drawing = draw(DIAGRAMS["two and one"], labels=["a", "b", "c"], caption="1/heads")
    assert drawing.title == "Diagram of an attention head: 2 value rings, 3 legs"
    assert drawing.description == (
        "All is in one head of a plate of heads. Value ring 1 joins legs a and b. Value ring 2 joins leg c. A score "
        "cumulant joins 2 segments of value rings 1 and 2. A score expectation is taken of 1 segment of value ring 1. "
        "1/heads"
    )
