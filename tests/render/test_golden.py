"""Display lists, thing by thing, as they were when looked at and found good.

After a change that is meant, look at the pictures and run ``python tests/render/test_golden.py``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feyn_nn.actions import CausalAction, phi4
from feyn_nn.diagrams import generate
from feyn_nn.render import Drawing, LayerStep, draw
from feyn_nn.render.display import Curve, Disc, Item, Polygon, Region, Text

GOLDEN = Path(__file__).parents[1] / "data" / "display_lists.json"


def pictures() -> dict[str, Drawing]:
    (tadpole,) = generate(CausalAction(), legs=1, loops=1)
    (sunset,) = [d for d in generate(phi4(), legs=2, loops=2) if d.automorphisms == 6]
    step = LayerStep(neurons=[[0], [1]], blobs=[[0, 1]])
    return {
        "tadpole": draw(tadpole, theme="paper", labels=["Ĝ₀₀"], caption="1/2 · 1/n"),
        "sunset": draw(sunset, theme="classroom"),
        "layer step": draw(step, theme="paper"),
    }


def written(item: Item) -> str:
    """One line for each thing: what it stands for, and where."""
    match item:
        case Curve(path=points) | Region(path=points) | Polygon(corners=points):
            shape = " ".join(f"{p.real:.1f},{p.imag:.1f}" for p in points)
        case Disc(centre=c, radius=r):
            shape = f"{c.real:.1f},{c.imag:.1f} r {r:.1f}"
        case Text(at=at, text=text, size=size):
            shape = f"{at.real:.1f},{at.imag:.1f} {text!r} {size:.1f}"
        case _:
            raise AssertionError(item)
    return f"{item.role} {type(item).__name__} {shape}".replace("-0.0", "0.0")


def lists() -> dict[str, list[str]]:
    return {name: [written(item) for item in drawing.items] for name, drawing in pictures().items()}


@pytest.mark.parametrize("name", ["tadpole", "sunset", "layer step"])
def test_display_lists_are_as_they_were(name: str) -> None:
    assert lists()[name] == json.loads(GOLDEN.read_text(encoding="utf-8"))[name]


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(lists(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
