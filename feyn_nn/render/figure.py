"""The display list as PNG or PDF, by Matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from feyn_nn._core.errors import InvalidInput, require_extra
from feyn_nn.render.display import Anchor, Curve, Disc, DisplayList, Item, Polygon, Region, Text
from feyn_nn.render.geometry import Box, Path

if TYPE_CHECKING:
    from matplotlib.patches import Patch
    from matplotlib.text import Text as Words

_PIXELS, _POINTS = 96.0, 72.0  # to the inch
_SIDES: dict[Anchor, str] = {"start": "left", "middle": "center", "end": "right"}


def picture_bytes(
    items: DisplayList, *, box: Box, title: str, font: str, background: str, suffix: str, scale: float
) -> bytes:
    """Return the picture in the format of the ending `suffix`, its pixels `scale` times as fine.

    Raises
    ------
    MissingExtra
        If Matplotlib is not installed.
    InvalidInput
        If the fonts have no glyph for a character.
    """
    require_extra("matplotlib", "plot", f"a picture in the format {suffix}")
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(box.width / _PIXELS, box.height / _PIXELS), facecolor=background)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1), frameon=False)
    axes.set(xlim=(box.left, box.right), ylim=(box.bottom, box.top), xticks=[], yticks=[])
    # Matplotlib brings these along: the same picture everywhere.
    families = [*([] if font.rstrip().endswith("sans-serif") else ["DejaVu Serif"]), "DejaVu Sans"]
    _require_glyphs([item.text for item in items if isinstance(item, Text)], families, suffix)
    for item in items:
        axes.add_artist(_MAKERS[type(item)](item))
    for words in axes.texts:
        words.set_fontfamily(families)
    stream = io.BytesIO()
    metadata: dict[str, Any] = {"Title": title} | ({"CreationDate": None} if suffix == ".pdf" else {})
    with mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(
            stream, format=suffix[1:], dpi=_PIXELS * scale, facecolor=background, metadata=metadata
        )
    return stream.getvalue()


def _require_glyphs(texts: Sequence[str], families: Sequence[str], suffix: str) -> None:
    from matplotlib.font_manager import findfont, get_font

    known = set().union(*(get_font(findfont(family)).get_charmap() for family in families))
    for text in texts:
        missing = [character for character in text if ord(character) not in known]
        if missing:
            raise InvalidInput(
                f"{text!r} cannot be written in a picture in the format {suffix}: its fonts "
                f"({', '.join(families)}) have no {missing[0]!r}; "
                "take another character, or the format .svg, which uses the reader's fonts"
            )


def _points(pixels: float) -> float:
    return pixels * _POINTS / _PIXELS


def _patch(
    path: Path, *, closed: bool, fill: str, colour: str, stroke: float, dashes: Sequence[float]
) -> Patch:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    corners = [(p.real, p.imag) for p in path]
    codes = [Outline.MOVETO] + [Outline.CURVE4] * (len(path) - 1)
    if closed:
        corners, codes = [*corners, corners[0]], [*codes, Outline.CLOSEPOLY]
    patch = PathPatch(Outline(corners, codes), facecolor=fill, edgecolor=colour, capstyle="round")
    patch.set_linewidth(_points(stroke))
    if dashes:
        patch.set_linestyle((0, tuple(length / stroke for length in dashes)))
    return patch


def _curve(item: Curve) -> Patch:
    return _patch(
        item.path, closed=False, fill="none", colour=item.colour, stroke=item.stroke, dashes=item.dashes
    )


def _region(item: Region) -> Patch:
    return _patch(
        item.path, closed=True, fill=item.fill, colour=item.colour, stroke=item.stroke, dashes=item.dashes
    )


def _disc(item: Disc) -> Patch:
    from matplotlib.patches import Circle

    centre = (item.centre.real, item.centre.imag)
    border = item.colour if item.stroke else "none"
    return Circle(centre, item.radius, facecolor=item.fill, edgecolor=border, linewidth=_points(item.stroke))


def _polygon(item: Polygon) -> Patch:
    from matplotlib.patches import Polygon as Corners

    return Corners([(p.real, p.imag) for p in item.corners], facecolor=item.fill, edgecolor="none")


def _text(item: Text) -> Words:
    from matplotlib.text import Text as Words

    return Words(
        item.at.real,
        item.at.imag,
        item.text,
        parse_math=False,
        color=item.colour,
        fontsize=_points(item.size),
        ha=_SIDES[item.anchor],
        va="baseline",
        fontweight="bold" if item.bold else "normal",
        fontstyle="italic" if item.italic else "normal",
    )


_MAKERS: dict[type[Item], Callable[[Any], Any]] = {
    Curve: _curve,
    Region: _region,
    Disc: _disc,
    Polygon: _polygon,
    Text: _text,
}
