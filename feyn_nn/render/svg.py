"""The display list as SVG: plain text, the same bytes every time, explicit about every stroke and fill."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

from feyn_nn.render.display import Curve, Disc, DisplayList, Item, Polygon, Region, Text
from feyn_nn.render.geometry import Box, Path, Point, is_straight

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
    """Return one element per item, each on a line of its own."""
    return "".join(f"{_WRITERS[type(item)](item)}\n" for item in items)


def number(value: float) -> str:
    """Write a coordinate: two decimals, no trailing zeros, no minus zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def quoted(text: str) -> str:
    """Write text so that it is safe in XML, in elements and attributes alike."""
    return escape(_UNPRINTABLE.sub("\ufffd", text))


def _point(point: Point) -> str:
    return f"{number(point.real)} {number(point.imag)}"


def _course(path: Path) -> str:
    if is_straight(path):
        return f"M{_point(path[0])}L{_point(path[-1])}"
    parts = [
        f"C{_point(path[i])} {_point(path[i + 1])} {_point(path[i + 2])}" for i in range(1, len(path) - 1, 3)
    ]
    return f"M{_point(path[0])}{''.join(parts)}"


def _curve(item: Curve) -> str:
    return (
        f'<path class="fnn-{item.role}" d="{_course(item.path)}" fill="none" stroke="{item.colour}" '
        f'stroke-width="{number(item.stroke)}"{_dashes(item.dashes)} stroke-linecap="round"/>'
    )


def _region(item: Region) -> str:
    return (
        f'<path class="fnn-{item.role}" d="{_course(item.path)}Z" fill="{item.fill}" stroke="{item.colour}" '
        f'stroke-width="{number(item.stroke)}"{_dashes(item.dashes)}/>'
    )


def _dashes(lengths: tuple[float, ...]) -> str:
    return f' stroke-dasharray="{" ".join(map(number, lengths))}"' if lengths else ""


def _disc(item: Disc) -> str:
    border = (
        f'stroke="{item.colour}" stroke-width="{number(item.stroke)}"' if item.stroke else 'stroke="none"'
    )
    return (
        f'<circle class="fnn-{item.role}" cx="{number(item.centre.real)}" cy="{number(item.centre.imag)}" '
        f'r="{number(item.radius)}" fill="{item.fill}" {border}/>'
    )


def _polygon(item: Polygon) -> str:
    corners = " ".join(f"{number(p.real)},{number(p.imag)}" for p in item.corners)
    return f'<polygon class="fnn-{item.role}" points="{corners}" fill="{item.fill}" stroke="none"/>'


def _text(item: Text) -> str:
    style = (' font-weight="bold"' if item.bold else "") + (' font-style="italic"' if item.italic else "")
    return (
        f'<text class="fnn-{item.role}" x="{number(item.at.real)}" y="{number(item.at.imag)}" '
        f'font-size="{number(item.size)}" text-anchor="{item.anchor}"{style} fill="{item.colour}" stroke="none">'
        f"{quoted(item.text)}</text>"
    )


_WRITERS: dict[type[Item], Callable[[Any], str]] = {
    Curve: _curve,
    Disc: _disc,
    Polygon: _polygon,
    Region: _region,
    Text: _text,
}
