"""The pages of the atlas: plain HTML that needs no script, and an overview in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from feyn_nn._core.text import counted
from feyn_nn.report.families import Family, HeadFamily

if TYPE_CHECKING:
    from feyn_nn.report.atlas import Entry

Data: TypeAlias = Mapping[str, Any]  # what the JSON file of a family says

# The overview shows the pictures of families that have no more than this.
_SHOWN = 9

# All pictures are shown this much smaller, so that they keep their proportions to each other.
_SCALE = 0.62

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:78rem;margin:0 auto;padding:1.5rem;color:#1a1a1a;background:#fff}
a{color:#00507d}h1{font-size:1.6rem;margin:.2em 0}
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(20rem,1fr));gap:1rem}
figure{margin:0;padding:.8rem;border:1px solid #d5dce2;border-radius:.5rem;display:flex;flex-direction:column}
figure img{margin:auto;max-width:100%;height:auto}
figcaption{font-size:.95rem;margin-top:.6rem;border-top:1px solid #eef3f7;padding-top:.4rem}
.formula{font-family:"STIX Two Text",Georgia,serif;overflow-wrap:anywhere}
small,.files{color:#5f6b76;font-size:.85rem}table{border-collapse:collapse}td,th{padding:.3rem .8rem;text-align:left;
border-bottom:1px solid #d5dce2}td.n{text-align:right}
"""

LEGEND = """<p>Depth runs from left to right. A filled blob is a cumulant of one neuron, k ≥ 2 lines out, a white one
a Gaussian expectation; the numbers in them are k, m: the lines that go out and come in. Lines carry fluctuations of
the metric and end in the labelled legs. In the formulas, for one input, <i>V</i> is
<i>C</i><sub>W</sub><sup>k</sup> ∂<sup>m</sup> κ<sub>k</sub> of a neuron of its layer, and
<i>J</i><sub>b,a</sub> carries what a vertex of layer a sends out to layer b.</p>"""
_SCALAR = """<p>The action is φ²/2 − g φ<sup>k</sup>/k!. In the formulas, <i>G</i> is the propagator,
x<sub>i</sub> the points of the vertices, y<sub>i</sub> those of the legs.</p>"""
_ATTENTION = """<p>All legs hang on one head, the outer frame, of <i>N</i><sub>h</sub>. A circle in an inner frame is a
value ring: one of <i>d</i><sub>v</sub> value channels, whose segments <i>M</i> = <i>A</i> Σ <i>A</i><sup>T</sup> join
the two labels of the legs, the second one primed in the formulas. A white blob is the expectation of a segment over
the scores; a filled one, with dashed lines, the joint cumulant of the segments that it touches. A wavy ring with a
number is a score ring: a connected function of so many scores, beyond key_dim → ∞. Its number is the superscript of the
product in the formula, whose factors share it in every way.</p>"""
_NOTES = {"network": LEGEND, "scalar": _SCALAR, "attention": _ATTENTION}

_INTRODUCTION = """# The atlas

Every diagram of the metric's cumulants κ₁ through two loops, κ₂ and κ₃ through one, of κ₁, κ₂ and κ₃ behind a layer
of attention, and of φ³ and φ⁴ theory through three loops, with no, two and four legs. Diagrams that differ by a
permutation of legs share one picture, with their number. In each folder: the pictures as SVG and as TikZ (`\\input` it
after `\\usepackage{tikz}`), all diagrams with their formulas in `diagrams.json`, and `index.html` to browse them. What
`diagrams.json` holds under `"diagram"` is what `Diagram.to_json` writes and `Diagram.from_json` reads.

This folder is written by `feyn-nn atlas diagrams` (`make atlas`).
"""


def index_page(families: Sequence[Data]) -> str:
    """Return the page that leads to the families, from what their JSON files say."""
    rows = "\n".join(
        f'<tr><td><a href="{data["family"]}/index.html">{escape(data["title"])}</a></td>'
        f'<td class="n">{len(data["diagrams"])}</td><td class="n">{data["number"]}</td></tr>'
        for data in families
    )
    table = f"<table><tr><th>family</th><th>pictures</th><th>diagrams</th></tr>\n{rows}</table>"
    note = "<p>Diagrams that differ by a permutation of legs share one picture.</p>"
    return _page("The atlas of Feynman diagrams", f"{note}\n{table}")


def family_page(family: Family | HeadFamily, entries: Sequence[Entry]) -> str:
    """Return the page that shows a family."""
    figures = "\n".join(_figure(entry, family.kind) for entry in entries)
    total = counted(sum(entry.count for entry in entries), "diagram")
    body = (
        f'<p><a href="../index.html">← all families</a> · {total} in {counted(len(entries), "picture")} · '
        f'<a href="diagrams.json">JSON</a></p>\n{_NOTES[family.kind]}\n'
        f"<main>\n{figures}\n</main>"
    )
    return _page(family.title, body)


def _copies(count: int, kind: str) -> str:
    """How many diagrams share a picture."""
    return "" if count == 1 else f"{count} permutations of {'labels' if kind == 'attention' else 'legs'}"


def _figure(entry: Entry, kind: str) -> str:
    drawing = entry.drawing
    copies = " · ".join(filter(None, [entry.diagram.caption, _copies(entry.count, kind)]))
    return (
        f'<figure id="{entry.name}"><img src="{entry.name}.svg" width="{_SCALE * drawing.width:.0f}" '
        f'height="{_SCALE * drawing.height:.0f}" loading="lazy" alt="{escape(drawing.title)}">'
        f"<figcaption>{escape(copies)}"
        f'<div class="formula">{entry.formula.html()}</div><div class="files">{entry.name} · '
        f'<a href="{entry.name}.svg">SVG</a> · <a href="{entry.name}.tex">TikZ</a></div></figcaption></figure>'
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"{body}\n</body></html>\n"
    )


def overview(families: Sequence[Data]) -> str:
    """Return the overview in Markdown: how many diagrams there are, and the small families' pictures."""
    rows = [
        f"| [{data['title']}]({data['family']}/) | {len(data['diagrams'])} | {data['number']} |"
        for data in families
    ]
    table = "\n".join(["| family | pictures | diagrams |", "| --- | ---: | ---: |", *rows])
    shown = [_pictures(data) for data in families if len(data["diagrams"]) <= _SHOWN]
    return "\n".join([_INTRODUCTION, table, "", *shown])


def _pictures(data: Data) -> str:
    rows = []
    for row in data["diagrams"]:
        copies = f" ({copies})" if (copies := _copies(row["count"], data["kind"])) else ""
        picture = f"![{row['caption']}]({data['family']}/{row['name']}.svg)"
        rows.append(f"| {picture} | {row['caption']}{copies} | ${row['latex']}$ |")
    return "\n".join(
        [f"## {data['title']}\n", "| diagram | factor | value |", "| --- | --- | --- |", *rows, ""]
    )
