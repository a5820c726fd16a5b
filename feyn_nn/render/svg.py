"""The display list as SVG: plain text, the same bytes every time, explicit about every stroke and fill."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from itertools import groupby
from typing import Any, TypeAlias

from feyn_nn.render.display import Curve, Disc, DisplayList, Item, Polygon, Region, Text
from feyn_nn.render.geometry import Box, Path, Point, is_straight

Element: TypeAlias = tuple[str, str]

# What XML 1.0 cannot hold, even escaped.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg_document(body: str, *, box: Box, title: str, description: str, font: str, background: str) -> str:
    """Return a complete SVG picture of `body` (from :func:`svg_items`) that shows `box`."""
    size = f'width="{number(box.width)}" height="{number(box.height)}"'
    corner = f'x="{number(box.left)}" y="{number(box.top)}"'
    view = f"{number(box.left)} {number(box.top)} {number(box.width)} {number(box.height)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{view}" role="img" '
        f'font-family="{quoted(font)}">\n'
        f"<title>{quoted(title)}</title>\n<desc>{quoted(description)}</desc>\n"
        f'<rect class="fnn-background" {corner} {size} fill="{background}" stroke="none"/>\n'
        f"{body}</svg>\n"
    )


def svg_items(items: DisplayList) -> str:
    """Return one element per item, each on a line of its own; neighbours of one style share a group that states it."""
    lines: list[str] = []
    for style, run in groupby((_WRITERS[type(item)](item) for item in items), key=lambda element: element[0]):
        elements = [element for _, element in run]
        if len(elements) > 1:
            lines += [f"<g {style}>", *(element.format(style="") for element in elements), "</g>"]
        else:
            lines += [elements[0].format(style=f" {style}")]
    return "".join(f"{line}\n" for line in lines)


def number(value: float) -> str:
    """Write a coordinate: two decimals, no trailing zeros, no minus zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def quoted(text: str) -> str:
    """Write text so that it is safe in XML, in elements and attributes alike."""
    return escape(_UNPRINTABLE.sub("\ufffd", text))


def place(point: Point) -> tuple[str, str]:
    """Write both coordinates of a point, to a tenth."""
    x, y = (f"{value:.1f}".removesuffix(".0") for value in (point.real, point.imag))
    return "0" if x == "-0" else x, "0" if y == "-0" else y


def _point(point: Point) -> str:
    return " ".join(place(point))


def _course(path: Path) -> str:
    if is_straight(path):
        return f"M{_point(path[0])}L{_point(path[-1])}"
    parts = [
        f"C{_point(path[i])} {_point(path[i + 1])} {_point(path[i + 2])}" for i in range(1, len(path) - 1, 3)
    ]
    return f"M{_point(path[0])}{''.join(parts)}"


# A writer returns the style of an item, and its element with a place for the style.


def _curve(item: Curve) -> Element:
    style = (
        f'fill="none" stroke="{item.colour}" stroke-width="{number(item.stroke)}"{_dashes(item.dashes)} '
        'stroke-linecap="round"'
    )
    return style, f'<path class="fnn-{item.role}" d="{_course(item.path)}"{{style}}/>'


def _region(item: Region) -> Element:
    border = f'stroke="{item.colour}" stroke-width="{number(item.stroke)}"{_dashes(item.dashes)}'
    return (
        f'fill="{item.fill}" {border}',
        f'<path class="fnn-{item.role}" d="{_course(item.path)}Z"{{style}}/>',
    )


def _dashes(lengths: tuple[float, ...]) -> str:
    return f' stroke-dasharray="{" ".join(map(number, lengths))}"' if lengths else ""


def _disc(item: Disc) -> Element:
    border = (
        f'stroke="{item.colour}" stroke-width="{number(item.stroke)}"' if item.stroke else 'stroke="none"'
    )
    x, y = place(item.centre)
    element = f'<circle class="fnn-{item.role}" cx="{x}" cy="{y}" r="{number(item.radius)}"{{style}}/>'
    return f'fill="{item.fill}" {border}', element


def _polygon(item: Polygon) -> Element:
    corners = " ".join(",".join(place(p)) for p in item.corners)
    return (
        f'fill="{item.fill}" stroke="none"',
        f'<polygon class="fnn-{item.role}" points="{corners}"{{style}}/>',
    )


def _text(item: Text) -> Element:
    shape = (' font-weight="bold"' if item.bold else "") + (' font-style="italic"' if item.italic else "")
    style = f'font-size="{number(item.size)}" text-anchor="{item.anchor}"{shape} fill="{item.colour}" stroke="none"'
    x, y = place(item.at)
    words = quoted(item.text).replace("{", "{{").replace("}", "}}")
    return style, f'<text class="fnn-{item.role}" x="{x}" y="{y}"{{style}}>{words}</text>'


_WRITERS: dict[type[Item], Callable[[Any], Element]] = {
    Curve: _curve,
    Disc: _disc,
    Polygon: _polygon,
    Region: _region,
    Text: _text,
}
