"""One step of the recursion in depth, drawn as in the papers."""

from __future__ import annotations

from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.render import THEMES, LayerStep, draw
from feyn_nn.render.display import Curve, Disc, Region, Text
from feyn_nn.render.geometry import polyline

STEPS = [
    LayerStep(neurons=[[0]], blobs=[[0, 0]]),
    LayerStep(neurons=[[0, 1]]),
    LayerStep(neurons=[[0], [1]], blobs=[[0, 1]]),
    LayerStep(neurons=[[0], [1]], blobs=[[0, 0, 1]]),
    LayerStep(neurons=[[0], [1]], blobs=[[0], [0, 1]]),
    LayerStep(neurons=[[0, 2], [1]], blobs=[[0, 1]]),
    LayerStep(neurons=[[0], [1], [2]], blobs=[[0, 1, 2]]),
    LayerStep(neurons=[[0], [1], [2]], blobs=[[0, 1], [1, 2]]),
    LayerStep(neurons=[[0]], blobs=[[0, 0], [0, 0]]),
]


def test_vertices_and_lines() -> None:
    """κ_3 with two lines into the neuron of labels 0 and 2, one into that of label 1."""
    step = LayerStep(neurons=[[0, 2], [1]], blobs=[[0, 0, 1]])
    assert step.vertices == ((3, 0), (2, 2), (1, 1))
    assert step.lines == ((0, 1), (0, 1), (0, 2), (1, 3), (1, 5), (2, 4))
    assert step.roles == ("blob", "cumulant", "expectation")
    assert step.names == ("κ₃", "2,2", "1,1")


@pytest.mark.parametrize("theme", sorted(THEMES))
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_blobs_left_neurons_in_plates_legs_right(step: LayerStep, theme: str) -> None:
    items = draw(step, theme=theme, labels=[f"Ĝ{i}" for i in range(step.n_legs)], legend=False).items
    blobs = {d.centre.real for d in items if isinstance(d, Disc) and d.role == "blob"}
    neurons = [d for d in items if isinstance(d, Disc) and d.role in ("cumulant", "expectation")]
    legs = [d for d in items if isinstance(d, Disc) and d.role == "leg"]
    assert len(blobs) == min(len(step.blobs), 1)
    assert len({d.centre.real for d in neurons}) == len({d.centre.real for d in legs}) == 1
    assert max(blobs, default=-1e9) < neurons[0].centre.real < legs[0].centre.real
    frames = [item.box for item in items if isinstance(item, Region)]
    assert len(frames) == len(step.neurons)
    for neuron, frame in zip(neurons, frames, strict=True):
        assert frame.union(neuron.box) == frame
    assert not any(a.overlaps(b) for a, b in combinations(frames, 2))


@pytest.mark.parametrize("theme", sorted(THEMES))
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_words_stand_alone(step: LayerStep, theme: str) -> None:
    """No two words overlap, none lies on a line, with legend and caption."""
    items = draw(step, theme=theme, caption="1/2 · 1/n", legend=True).items
    texts = [item for item in items if isinstance(item, Text) and item.text]
    assert not [(a.text, b.text) for a, b in combinations(texts, 2) if a.box.overlaps(b.box)]
    for curve in (item for item in items if isinstance(item, Curve)):
        line = polyline(curve.path)
        line = np.concatenate([line[:-1] + t * np.diff(line) for t in np.linspace(0, 1, 12)])
        for box in (text.box.padded(curve.stroke / 2) for text in texts if not text.bold):
            x, y = line.real, line.imag
            assert not np.any((x > box.left) & (x < box.right) & (y > box.top) & (y < box.bottom))


def test_said_in_words_and_in_a_legend() -> None:
    drawing = draw(LayerStep(neurons=[[0], [1]], blobs=[[0, 1]]), legend=True)
    assert "Vertex 1 is the cumulant of order 2 of the layer before: 2 out, 0 in." in drawing.description
    root = ElementTree.fromstring(drawing.svg)
    words = [e.text for e in root.iter() if e.get("class") == "fnn-legend" and e.text]
    assert words == [
        "cumulant κ of the layer before",
        "Gaussian expectation (1 out)",
        "plate: a sum over n neurons",
        "propagator: fluctuations, forward in depth",
        "external line, ending in a leg",
        "k,m: lines out, lines in",
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"neurons": []}, "neurons=[]"),
        ({"neurons": [[0], []]}, "at least one label"),
        ({"neurons": [[0], [0]]}, "each label 0, 1, … once"),
        ({"neurons": [[0, 2]]}, "each label 0, 1, … once"),
        ({"neurons": [[0]], "blobs": [[]]}, "at least one"),
        ({"neurons": [[0]], "blobs": [[0, 1]]}, "the neuron vertices 0 … 0"),
    ],
)
def test_errors_say_what_to_give(given: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        LayerStep(**given)
    assert says in str(caught.value)
