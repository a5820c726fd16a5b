r"""The display list as TikZ: explicit coordinates, one command per item, nothing needed beside ``tikz`` itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from feyn_nn.render.display import Anchor, Curve, Disc, DisplayList, Item, Polygon, Region, Text
from feyn_nn.render.geometry import Box, Path, Point, is_straight
from feyn_nn.render.svg import number, place
from feyn_nn.render.tex_text import tex

_ANCHORS: dict[Anchor, str] = {"start": "base west", "middle": "base", "end": "base east"}

# A pixel is 1/96 inch, a big point 1/72; text is set at 10 pt and scaled, so that every size can be had.
_POINT, _SET_AT = 0.75, 10.0

Command: TypeAlias = tuple[
    str, str
]  # the style of an item, and its command with a place for the style's name
_STYLE = "?"


def tikz_picture(items: DisplayList, *, box: Box, title: str, font: str, background: str) -> str:
    r"""Return a ``tikzpicture`` that a document takes in with ``\input`` after ``\usepackage{tikz}``."""
    face = r"\sffamily" if font.rstrip().endswith("sans-serif") else r"\rmfamily"
    colours = sorted({background, *(colour for item in items for colour in _colours(item))} - {"none"})
    written = [_WRITERS[type(item)](item) for item in items]
    styles = {style: f"s{i}" for i, style in enumerate(dict.fromkeys(style for style, _ in written), start=1)}
    ground = f"\\fill[{_name(background)}] {_point(complex(box.left, box.top))} rectangle "
    lines = [
        f"% {' '.join(title.split())}",
        f"\\begin{{tikzpicture}}[x={_POINT}bp,y=-{_POINT}bp,line cap=round,line join=round,",
        f"every node/.style={{inner sep=0pt,outer sep=0pt,font=\\fontsize{{10}}{{12}}\\selectfont{face}}},",
        *(f"{name}/.style={{{style}}}," for style, name in styles.items()),
        "]",
        *(f"\\definecolor{{{_name(colour)}}}{{HTML}}{{{colour[1:].upper()}}}" for colour in colours),
        f"{ground}{_point(complex(box.right, box.bottom))};",
        *(command.replace(_STYLE, styles[style], 1) for style, command in written),
        "\\end{tikzpicture}",
    ]
    return "\n".join([*lines, ""])


def _colours(item: Item) -> list[str]:
    return [value for name in ("colour", "fill") if (value := getattr(item, name, None))]


def _name(colour: str) -> str:
    return f"fnn{colour[1:].upper()}"


def _point(point: Point) -> str:
    return f"({','.join(place(point))})"


def _size(pixels: float) -> str:
    return f"{number(_POINT * pixels)}bp"


def _course(path: Path) -> str:
    if is_straight(path):
        return f"{_point(path[0])}--{_point(path[-1])}"
    parts = [
        f"..controls{_point(path[i])}and{_point(path[i + 1])}..{_point(path[i + 2])}"
        for i in range(1, len(path) - 1, 3)
    ]
    return f"{_point(path[0])}{''.join(parts)}"


def _dashes(lengths: Sequence[float]) -> str:
    steps = [f"{'off' if i % 2 else 'on'} {_size(length)}" for i, length in enumerate(lengths)]
    return f",dash pattern={' '.join(steps)}" if steps else ""


def _curve(item: Curve) -> Command:
    pen = f"draw={_name(item.colour)},line width={_size(item.stroke)}{_dashes(item.dashes)}"
    return pen, f"\\path[{_STYLE}] {_course(item.path)};"


def _pen(item: Region | Disc, dashes: Sequence[float] = ()) -> str:
    fill = f"fill={_name(item.fill)}" if item.fill != "none" else "fill=none"
    if not item.stroke:
        return fill
    return f"{fill},draw={_name(item.colour)},line width={_size(item.stroke)}{_dashes(dashes)}"


def _region(item: Region) -> Command:
    return _pen(item, item.dashes), f"\\path[{_STYLE}] {_course(item.path)}--cycle;"


def _disc(item: Disc) -> Command:
    pen = f"{_pen(item)},radius={_size(item.radius)}"
    return pen, f"\\path[{_STYLE}] {_point(item.centre)} circle[];"


def _polygon(item: Polygon) -> Command:
    return f"fill={_name(item.fill)}", f"\\path[{_STYLE}] {'--'.join(map(_point, item.corners))}--cycle;"


def _text(item: Text) -> Command:
    face = (r"\bfseries " if item.bold else "") + (r"\itshape " if item.italic else "")
    scale = number(_POINT * item.size / _SET_AT)
    style = f"anchor={_ANCHORS[item.anchor]},text={_name(item.colour)},scale={scale}"
    return style, f"\\node[{_STYLE}] at {_point(item.at)} {{{face}{tex(item.text)}}};"


_WRITERS: dict[type[Item], Callable[[Any], Command]] = {
    Curve: _curve,
    Region: _region,
    Disc: _disc,
    Polygon: _polygon,
    Text: _text,
}
