"""The picture as a file: valid, the same every time, safe, and said in words."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput
from feyn_nn.diagrams import Diagram
from feyn_nn.render import THEMES, Drawing, draw, find_theme, gallery
from feyn_nn.render.subject import Subject

SVG = "{http://www.w3.org/2000/svg}"


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def of_role(root: ElementTree.Element, role: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.get("class") == f"fnn-{role}"]


def test_the_tadpole(tadpole: Subject) -> None:
    drawing = draw(tadpole, labels=["Ĝ₀₀"], caption=["1/2", "1/n"])
    root = parse(drawing.svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert [
        len(of_role(root, role)) for role in ("internal", "external", "cumulant", "expectation", "leg")
    ] == [2, 1, 1, 1, 1]
    assert [element.text for element in of_role(root, "caption")] == ["1/2", "1/n"]
    assert [element.text for element in of_role(root, "label")] == ["2,0", "1,2", "Ĝ₀₀"]
    assert [element.text for element in of_role(root, "axis") if element.text] == ["depth ℓ", "ℓ₁", "ℓ₂", "L"]
    assert root.findtext(f"{SVG}title") == drawing.title == "Feynman diagram: 2 vertices, 1 leg, 1 loop"
    assert root.findtext(f"{SVG}desc") == (
        "Depth runs from left to right. Vertex 1 is a cumulant of order 2: 2 out, 0 in. "
        "Vertex 2 is a Gaussian expectation: 1 out, 2 in. 2 lines run from vertex 1 to vertex 2. "
        "1 line runs from vertex 2 to leg Ĝ₀₀. 1/2 1/n"
    )
    assert drawing._repr_svg_() == drawing.svg
    assert "Drawing('Feynman diagram" in repr(drawing)


def test_nothing_leaves_the_view(tadpole: Subject) -> None:
    root = parse(draw(tadpole).svg)
    left, top, width, height = map(float, root.get("viewBox", "").split())
    for disc in root.iter(f"{SVG}circle"):
        x, y, r = (float(disc.get(name, "nan")) for name in ("cx", "cy", "r"))
        assert left + r < x < left + width - r
        assert top + r < y < top + height - r
    ground = root.find(f"{SVG}rect")
    assert ground is not None
    assert [float(ground.get(name, "nan")) for name in ("x", "y", "width", "height")] == [
        left,
        top,
        width,
        height,
    ]
    assert ground.get("fill") == "#ffffff"


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_strokes_and_fills_are_explicit(theme: str, tadpole: Subject) -> None:
    root = parse(draw(tadpole, theme=theme).svg)
    group = {child: parent for parent in root.iter(f"{SVG}g") for child in parent}
    shapes = [e for e in root.iter() if e.get("class")]
    assert len(shapes) > 10
    for shape in shapes:
        style = {**group[shape].attrib, **shape.attrib} if shape in group else shape.attrib
        assert {"fill", "stroke"} <= style.keys()


def test_words_are_escaped(tadpole: Subject) -> None:
    nasty = "<&\"'>\x00 ]]>"
    root = parse(draw(tadpole, labels=[nasty], caption=nasty, layers=[nasty, nasty]).svg)
    assert of_role(root, "caption")[0].text == nasty.replace("\x00", "\ufffd")
    assert nasty.replace("\x00", "\ufffd") in (root.findtext(f"{SVG}desc") or "")


def test_the_same_bytes_every_time(family: Callable[..., list[Diagram]]) -> None:
    chosen = [*family(("network", 3, 0, 1)), *family(("phi4", 4, 1, 1))]
    program = (
        "import hashlib, feyn_nn.actions as a\nfrom feyn_nn.diagrams import generate\nfrom feyn_nn.render import draw\n"
        "ds = [*generate(a.CausalAction(), legs=3, loops=0), *generate(a.phi4(), legs=4, loops=1)]\n"
        "print(''.join(draw(d).svg for d in ds), end='')"
    )
    other = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={"PYTHONHASHSEED": "12345"},
    )
    assert other.stdout == "".join(draw(d).svg for d in chosen)


def test_layers_are_named_in_causal_order(family: Callable[..., list[Diagram]]) -> None:
    for diagram in family(("network", 2, 1, 1)):
        root = parse(draw(diagram).svg)
        named = [e.text or "" for e in of_role(root, "axis") if e.text][1:-1]
        assert sorted(", ".join(named).split(", ")) == [f"ℓ{'₁₂₃₄'[i]}" for i in range(len(diagram.vertices))]


def test_saving(tmp_path: Path, tadpole: Subject) -> None:
    file = tmp_path / "tadpole.svg"
    drawing = draw(tadpole, file=file)
    assert isinstance(drawing, Drawing)
    assert file.read_text(encoding="utf-8") == drawing.svg
    drawing.save(str(tmp_path / "again.SVG"))
    assert (tmp_path / "again.SVG").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"theme": "classrom"}, "did you mean 'classroom'? Known: classroom, paper"),
        ({"theme": 3}, "theme=3 is not known"),
        ({"labels": ["a", "b"]}, "labels has 2 entries for 1 leg;"),
        ({"layers": ["a"]}, "layers has 1 entry for 2 vertices;"),
        (
            {"file": "tadpole.jpg"},
            "does not end in one of .svg, .tex, .png, .pdf; give for example 'tadpole.svg'",
        ),
        ({"file": "no/such/folder/tadpole.svg"}, "cannot be written"),
        ({"file": "nul\x00.svg"}, "cannot be written"),
    ],
)
def test_errors_say_what_to_type(given: dict[str, Any], says: str, tadpole: Subject) -> None:
    with pytest.raises(InvalidInput) as caught:
        draw(tadpole, **given)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path, tadpole: Subject) -> None:
    (tmp_path / "x.svg").mkdir()
    with pytest.raises(InvalidInput, match="cannot be written"):
        draw(tadpole, file=tmp_path / "x.svg")


def test_a_theme_may_be_ones_own(tadpole: Subject) -> None:
    from dataclasses import replace

    svg = draw(tadpole, theme=replace(find_theme("paper"), name="red", line="#ff0000")).svg
    assert 'stroke="#ff0000"' in svg


def test_gallery(family: Callable[..., list[Diagram]]) -> None:
    diagrams = family(("network", 3, 0, 1))
    shown = gallery(iter(diagrams), captions=(d.caption for d in diagrams), columns=3)
    assert len(shown) == 7
    root = parse(shown.svg)
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    cells = set()
    for e in of_role(root, "leg"):
        x, y = float(e.get("cx", "nan")), float(e.get("cy", "nan"))
        assert 0 < x < width
        assert 0 < y < height
        cells.add((int(3 * x // width), int(3 * y // height)))
    assert cells == {(i % 3, i // 3) for i in range(7)}
    assert [e.text for e in of_role(root, "caption")] == [d.caption for d in diagrams]
    assert (root.findtext(f"{SVG}desc") or "").count("Feynman diagram") == 7
    assert repr(shown) == "Gallery(7 Feynman diagrams)"
    html = shown._repr_html_()
    assert html.count("<svg ") == 7
    assert "repeat(3, 300px)" in html
    shares = {
        float(w) / d.width
        for w, d in zip(re.findall(r'style="width:([\d.]+)px', html), shown.drawings, strict=True)
    }
    assert max(shares) - min(shares) < 1e-4  # all are shown on one scale
    parse(html)


def test_gallery_of_nothing_and_of_one(tadpole: Subject, tmp_path: Path) -> None:
    assert [e.tag for e in parse(gallery([]).svg)] == [f"{SVG}{tag}" for tag in ("title", "desc", "rect")]
    one = gallery([tadpole], theme="paper", labels=["a"])
    one.save(tmp_path / "one.svg")
    assert (
        parse((tmp_path / "one.svg").read_text(encoding="utf-8")).findtext(f"{SVG}title")
        == "1 Feynman diagram"
    )
    assert "auto-fill" in one._repr_html_()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"columns": 0}, "columns=0"),
        ({"columns": True}, "columns=True"),
        ({"captions": []}, "captions has 0 entries for 1 diagram;"),
        ({"captions": ["a", "b"]}, "captions has more than 1 entry for 1 diagram;"),
        ({"theme": "slides"}, "Known: classroom, paper"),
    ],
)
def test_gallery_errors(given: dict[str, Any], says: str, tadpole: Subject) -> None:
    with pytest.raises(InvalidInput) as caught:
        gallery([tadpole], **given)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        (lambda d: fnn.draw(3), "int is no diagram"),
        (lambda d: fnn.draw([d, d]), "list is no diagram; give one that generate"),
        (lambda d: fnn.draw(d, labels=5), "labels=5: give text, or a list of it"),
        (lambda d: fnn.draw(d, caption=5), "caption=5: give text"),
        (
            lambda d: fnn.draw(d, styles=5),
            "styles=5: give a pattern by the name of a field, such as {'φ': 'wavy'}",
        ),
        (lambda d: fnn.draw(d, file=3), "file=3: give the name of a file"),
        (lambda d: fnn.draw(d, file=""), "file='': give the name of a file"),
        (fnn.gallery, "diagrams is one Diagram; give a list"),
        (lambda d: fnn.gallery([d], captions=5), "captions is one int; give a list"),
    ],
)
def test_what_newcomers_try(spoilt: Callable[[Any], Any], says: str) -> None:
    (tadpole,) = fnn.generate(fnn.actions.phi4(), legs=2, loops=1)
    with pytest.raises(fnn.InvalidInput) as caught:
        spoilt(tadpole)
    assert says in str(caught.value)
