"""What makes a picture readable, judged on every diagram of many families and on random ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fewest_crossings import fewest_crossings
from judge import crossing_count, faults
from random_pictures import KINDS, picture

from feyn_nn.actions import CausalAction, phi4
from feyn_nn.diagrams import Diagram, generate
from feyn_nn.render import Drawing, Scene, draw, find_theme, scene
from feyn_nn.render.display import Curve, Disc, Text
from feyn_nn.render.geometry import polyline

RESULTS = json.loads((Path(__file__).parents[1] / "data" / "pictures.json").read_text(encoding="utf-8"))
SAMPLE = 20  # of the random pictures of each kind are drawn again
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


@pytest.mark.parametrize("chosen", FAMILIES, ids=str)
def test_pictures_are_readable(
    chosen: tuple[str, int, int, int], family: Callable[..., list[Diagram]]
) -> None:
    for i, diagram in enumerate(family(chosen)):
        labels = [f"Ĝ₀{'₀₁₂₃₄₅'[i]}" for i in range(diagram.n_legs)]
        theme, caption = ("classroom", "paper")[i % 2], [diagram.caption, "second line"]
        assert faults(draw(diagram, theme=theme, labels=labels, caption=caption), diagram) == []


@pytest.mark.parametrize("kind", KINDS)
def test_random_pictures(kind: str) -> None:
    """They are as the campaign drew them, readable, and cross no more often than an independent search."""
    for seed in range(3, 3 + SAMPLE):
        subject, drawing = picture(kind, seed)
        assert faults(drawing, subject) == []
        assert str(drawing.crossings) == RESULTS["random"][kind]["crossings"][seed]
        if hasattr(subject, "lines"):
            assert fewest_crossings(subject) in (None, drawing.crossings)


def test_the_campaign_found_no_fault() -> None:
    """Thousands of random pictures; `make pictures` judges them anew."""
    parts = RESULTS["random"]
    assert set(parts) == set(KINDS)
    assert [part["failures"] for part in parts.values()] == [{}] * len(KINDS)
    assert sum(part["pictures"] for part in parts.values()) >= 4000
    compared = {kind: part["crossings_compared"] / part["pictures"] for kind, part in parts.items()}
    assert all(share > 0.9 for kind, share in compared.items() if kind != "head")


def test_the_campaign_judged_all_of_the_atlas() -> None:
    """In both themes; the crossings of all but attention's are the fewest."""
    atlas = Path(__file__).parents[2] / "diagrams"
    pictures = [path.parent.name for path in atlas.glob("*/*.svg")]
    assert RESULTS["atlas"]["pictures"] == len(pictures)
    assert RESULTS["atlas"]["failures"] == {}
    heads = sum(name.startswith("attention") for name in pictures)
    assert RESULTS["atlas"]["crossings_compared"] == len(pictures) - heads


def test_the_campaign_found_mirrors_kept() -> None:
    """All that pictures without crossings can have; one of the random ones lacks one."""
    assert RESULTS["atlas"]["mirrors_lost"] == []
    assert RESULTS["atlas"]["mirrored"] >= 200
    parts = RESULTS["random"]
    assert sum(parts[kind]["mirrored"] for kind in ("network", "generated", "scalar")) >= 500
    lost = [name for part in parts.values() for name in part["mirrors_lost"]]
    assert lost == ["scalar 107"]  # its self-loop would have to stand in a gap of fifty degrees


def tadpole_and_ladder() -> list[tuple[Diagram, Drawing]]:
    (tadpole,) = generate(phi4(), legs=2, loops=1)
    ladder = list(generate(CausalAction(), legs=2, loops=1))[3]
    return [(diagram, draw(diagram, caption="1/2")) for diagram in (tadpole, ladder)]


@pytest.mark.parametrize("which", [0, 1])
def test_the_judge_sees_what_is_wrong(which: int) -> None:
    diagram, drawing = tadpole_and_ladder()[which]
    items = list(drawing.items)
    lines = [i for i, item in enumerate(items) if isinstance(item, Curve) and item.role != "axis"]
    words = [
        i for i, item in enumerate(items) if isinstance(item, Text) and item.role in ("label", "caption")
    ]
    discs = [i for i, item in enumerate(items) if isinstance(item, Disc)]

    def spoilt(i: int, item: object) -> list[str]:
        changed = replace(drawing, items=(*items[:i], item, *items[i + 1 :]))  # type: ignore[arg-type]
        return faults(changed, diagram)

    def moved(i: int, to: complex) -> list[str]:
        box = items[i].box
        return spoilt(i, items[i].moved(to - complex((box.left + box.right) / 2, (box.top + box.bottom) / 2)))

    assert faults(drawing, diagram) == []
    on_line = complex(polyline(items[lines[0]].path)[7 if which else 10])  # type: ignore[attr-defined]
    assert any("runs through" in fault for fault in moved(words[-1], on_line))
    assert any("overlap" in fault for fault in moved(words[-1], items[words[0]].at))  # type: ignore[attr-defined]
    assert any("touch" in fault for fault in moved(discs[0], items[discs[-1]].centre))  # type: ignore[attr-defined]
    assert any("border" in fault for fault in moved(words[-1], complex(drawing.box.right, 0)))
    assert any("does not end" in fault for fault in spoilt(lines[0], items[lines[0]].moved(40j)))
    again = replace(items[lines[0]], path=items[lines[1]].path)  # type: ignore[call-arg, attr-defined]
    assert any("on top of each other" in fault for fault in spoilt(lines[0], again))
    fewer = replace(drawing, items=tuple(item for item in items if item is not items[lines[0]]))
    assert any("not every" in fault for fault in faults(fewer, diagram))


def test_crossings_are_counted_on_the_picture(family: Callable[..., list[Diagram]]) -> None:
    for chosen in (("network", 3, 1, 9), ("phi3", 4, 2, 97), ("phi4", 4, 2, 9)):
        for diagram in family(chosen):
            drawing = draw(diagram)
            assert drawing.crossings == crossing_count(drawing)


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
