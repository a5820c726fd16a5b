"""The depth axis of a causal drawing: faint columns with the names of their layers, and an arrow along the depth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from feyn_nn.render.arrowhead import arrowhead
from feyn_nn.render.display import Curve, Item, Polygon, Text, text_width
from feyn_nn.render.geometry import Box, straight
from feyn_nn.render.theme import Theme

_DEPTH = "depth ℓ"


def depth_axis(columns: Sequence[float], names: Sequence[str], content: Box, theme: Theme) -> list[Item]:
    """Return what stands behind and under a causal diagram.

    Parameters
    ----------
    columns : sequence of float
        The x of each column.
    names : sequence of str
        What is written under each.
    content : Box
        What the rest of the picture covers.
    theme : Theme
    """
    radius = theme.spacing.radius
    room = 0.9 * min(b - a for a, b in pairwise(columns))
    size = min(theme.axis_size, room / max(text_width(name, 1.0) for name in names))
    top, bottom = content.top - 0.5 * radius, content.bottom + 0.8 * radius
    bands: list[Item] = []
    words: list[Item] = []
    for x, name in zip(columns, names, strict=True):
        half = max(1.5 * radius, 0.5 * text_width(name, size))
        bands.append(_band(Box(x - half, top, x + half, bottom + 1.7 * size), theme))
        at = complex(x, bottom + 1.15 * size)
        words.append(
            Text(role="axis", at=at, text=name, size=size, colour=theme.axis, anchor="middle", italic=True)
        )
    return [*bands, *_depth_arrow(columns[0], columns[-1], bottom + 1.7 * size, theme), *words]


def _depth_arrow(left: float, right: float, top: float, theme: Theme) -> list[Item]:
    size = theme.axis_size
    y = top + 0.9 * size
    start, end = complex(left + text_width(_DEPTH, size) + 0.5 * size, y), complex(right, y)
    return [
        Text(role="axis", at=complex(left, y + 0.33 * size), text=_DEPTH, size=size, colour=theme.axis),
        Curve(role="axis", path=straight(start, end), colour=theme.axis, stroke=0.5 * theme.stroke),
        arrowhead(end, 1 + 0j, 0.6 * size, theme.axis),
    ]


def _band(box: Box, theme: Theme) -> Polygon:
    corners = (
        complex(box.left, box.top),
        complex(box.right, box.top),
        complex(box.right, box.bottom),
        complex(box.left, box.bottom),
    )
    return Polygon(role="band", corners=corners, fill=theme.band)
