"""The same picture in every format: TikZ, PNG, PDF."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from feyn_nn._core import InvalidInput, MissingExtra
from feyn_nn.diagrams import Diagram
from feyn_nn.render import THEMES, Drawing, draw, gallery
from feyn_nn.render.display import Text, text_width
from feyn_nn.render.subject import Subject
from feyn_nn.render.tex_text import tex

Families = Callable[..., list[Diagram]]
DOCUMENT = "\\documentclass{article}\\usepackage{tikz}\\begin{document}\n%s\n\\end{document}\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Ĝ₀₁", r"$\hat{G}_{01}$"),
        ("1/2 · 1/n²", r"1/2 $\cdot$ 1/$n^{2}$"),
        ("κ₂(Ĝ)", r"$\kappa_{2}$($\hat{G}$)"),
        ("χ∥", r"$\chi$∥"),
        ("Δ⁻¹", r"$\Delta^{-1}$"),
        ("heads²", r"$\mathrm{heads}^{2}$"),
        ("ℓ₁, ℓ₂", r"$\ell_{1}$, $\ell_{2}$"),
        ("50% of {a_b} & $5 #1", r"50\% of \{a\_$b$\} \& \$5 \#1"),
        ("a\\b ~ ^", r"a\textbackslash{}$b$ \textasciitilde{} \textasciicircum{}"),
        ("Schrödinger, Poincaré", r"Schr\"{o}dinger, Poincar\'{e}"),
        ("αβ", r"$\alpha \beta$"),
        ("σ′x", r"$\sigma {}'x$"),
        ("", ""),
        ("two\n lines", "two lines"),
    ],
)
def test_words_for_tex(text: str, written: str) -> None:
    assert tex(text) == written


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_tikz_holds_the_points_of_the_svg(theme: str, family: Families) -> None:
    """Every number of the SVG's items is a coordinate of the TikZ, and the other way round."""
    for diagram in [*family(("network", 2, 1, 5)), *family(("phi4", 4, 2, 9))]:
        drawing = draw(diagram, theme=theme, caption=diagram.caption)
        body = drawing.svg.partition("<rect")[2].partition("\n")[2]
        drawn = re.findall(r'(?: d| points)="([^"]*)"', body)
        pairs = re.findall(r'c?x="([-\d.]+)" c?y="([-\d.]+)"', body)
        numbers = [n for text in drawn for n in re.findall(r"-?[\d.]+", text)] + [n for p in pairs for n in p]
        commands = drawing.tikz.partition(" rectangle ")[2].partition("\n")[2]
        coordinates = [n for p in re.findall(r"\((-?[\d.]+),(-?[\d.]+)\)", commands) for n in p]
        assert sorted(coordinates) == sorted(numbers)
        assert len(commands.splitlines()) == len(drawing.items) + 1


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_tikz_compiles(family: Families, tmp_path: Path) -> None:
    nasty = 'κ₂(Ĝ₀₀) & 50% of {x_1}^2 \\ $5 #1 ~ "é" <ℓ|ψ̄> −√½'
    drawings = [
        *(draw(d, theme=theme, caption=nasty) for theme in THEMES for d in family(("network", 1, 1, 1))),
        *(draw(d) for d in family(("phi4", 2, 2, 1))),
    ]
    (tmp_path / "all.tex").write_text(DOCUMENT % "\n\n".join(d.tikz for d in drawings), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "all.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_png_and_pdf(theme: str, tadpole: Subject, tmp_path: Path) -> None:
    drawing = draw(tadpole, theme=theme, labels=["Ĝ₀₀"], caption="$a_b", file=tmp_path / "tadpole.png")
    data = (tmp_path / "tadpole.png").read_bytes()
    assert struct.unpack(">II", data[16:24]) == (int(2 * drawing.width), int(2 * drawing.height))
    drawing.save(tmp_path / "tadpole.pdf")
    page = (tmp_path / "tadpole.pdf").read_bytes()
    assert page.startswith(b"%PDF")
    assert page == drawing.picture(".pdf")
    size = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", page)
    assert size is not None
    assert [float(x) for x in size.groups()] == pytest.approx([0.75 * drawing.width, 0.75 * drawing.height])


def pixels(drawing: Drawing) -> object:
    import io

    from matplotlib.image import imread

    return imread(io.BytesIO(drawing.picture(".png")))


@pytest.mark.parametrize("theme", ["classroom", "paper"])
def test_png_without_a_glyph_is_refused(theme: str, tadpole: Subject) -> None:
    drawing = draw(tadpole, theme=theme, labels=["日"])
    assert "日" in drawing.svg
    with pytest.raises(
        InvalidInput, match=r"'日'.*format \.png.*take another character, or the format \.svg"
    ):
        drawing.picture(".png")


def test_png_shows_the_colours(tadpole: Subject) -> None:
    """In the middle of each disc, above its writing, stands its fill; at the corner the ground."""
    import numpy as np
    from matplotlib.colors import to_rgb

    from feyn_nn.render.display import Disc

    drawing = draw(tadpole)
    seen = np.asarray(pixels(drawing))
    discs = [item for item in drawing.items if isinstance(item, Disc)]
    assert len(discs) == 3
    for disc in discs:
        at = disc.centre - 0.7j * disc.radius - complex(drawing.box.left, drawing.box.top)
        assert seen[round(2 * at.imag), round(2 * at.real), :3] == pytest.approx(to_rgb(disc.fill), abs=0.01)
    assert seen[0, 0, :3] == pytest.approx([1.0, 1.0, 1.0])


def test_words_are_no_wider_than_thought(family: Families) -> None:
    """The room kept for a label is enough in the widest font that the SVG names."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    words = [item for d in family(("network", 3, 0, 1)) for item in draw(d, caption=d.caption).items]
    texts = {item.text for item in words if isinstance(item, Text)}
    texts |= {"Ĝ₀₀", "Ĝ₁₁", "Δκ", "cumulant of one neuron", "1/16 · g4²", "heads⁻¹", "10,0"}
    for text in texts:
        shape = TextPath((0, 0), text, size=100, prop=FontProperties(family="DejaVu Sans"))  # type: ignore[arg-type]
        assert shape.get_extents().width <= text_width(text, 100.0)


def test_without_matplotlib_one_is_told_what_to_install(
    tadpole: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r"pip install 'feyn_nn\[plot\]'"):
        draw(tadpole, file=tmp_path / "tadpole.png")
    draw(tadpole, file=tmp_path / "tadpole.tex")
    assert (tmp_path / "tadpole.tex").read_text(encoding="utf-8").startswith("% Feynman diagram: 2 vertices")


def test_a_gallery_in_every_format(family: Families, tmp_path: Path) -> None:
    shown = gallery(family(("phi4", 2, 2, 1)), columns=2)
    for ending in (".svg", ".tex", ".png", ".pdf"):
        shown.save(tmp_path / f"all{ending}")
    assert (tmp_path / "all.tex").read_text(encoding="utf-8") == shown.tikz
    assert len({path.stat().st_size > 1000 for path in tmp_path.iterdir()}) == 1
