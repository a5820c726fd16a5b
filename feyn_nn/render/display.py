"""The display list: what a drawing consists of, each thing with its place, before any file format."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

from feyn_nn.render.geometry import Box, Path, Point, path_box

Role: TypeAlias = Literal[
    "band",
    "axis",
    "internal",
    "external",
    "arrow",
    "plate",
    "cumulant",
    "expectation",
    "blob",
    "vertex",
    "leg",
    "label",
    "caption",
    "legend",
]
Anchor: TypeAlias = Literal["start", "middle", "end"]

# Widths of characters in em, on the wide side: the reader's font is not known.
_NARROW, _WIDE = frozenset("ijlftr.,:;|!()[]'`·ℓ "), frozenset("mwMW@%—→←⟶∑Σ")


@dataclass(frozen=True, kw_only=True)
class Item:
    """Anything drawn; `role` says what it stands for."""

    role: Role

    @property
    def box(self) -> Box:
        """What it covers."""
        raise TypeError(f"{type(self).__name__} covers nothing")

    def moved(self, by: Point) -> Self:
        """Return the same thing, `by` further on."""
        raise TypeError(f"{type(self).__name__} stands nowhere")


@dataclass(frozen=True, kw_only=True)
class Curve(Item):
    """A stroke along a path of joined cubic Béziers; a straight line has one even piece.

    `dashes` are the lengths of strokes and gaps in turn; none for a line without gaps.
    """

    path: Path
    colour: str
    stroke: float
    dashes: tuple[float, ...] = ()

    @property
    def box(self) -> Box:
        """What it covers, its thickness included."""
        return path_box(self.path).padded(self.stroke / 2)

    def moved(self, by: Point) -> Self:
        """Return the same curve, `by` further on."""
        return replace(self, path=tuple(point + by for point in self.path))


@dataclass(frozen=True, kw_only=True)
class Region(Item):
    """A closed path with a border and perhaps a fill (``"none"``: one sees through): a plate, a ring."""

    path: Path
    fill: str
    colour: str
    stroke: float
    dashes: tuple[float, ...] = ()

    @property
    def box(self) -> Box:
        """What it covers, its border included."""
        return path_box(self.path).padded(self.stroke / 2)

    def moved(self, by: Point) -> Self:
        """Return the same region, `by` further on."""
        return replace(self, path=tuple(point + by for point in self.path))


@dataclass(frozen=True, kw_only=True)
class Disc(Item):
    """A filled circle with a border; `stroke` 0 means none."""

    centre: Point
    radius: float
    fill: str
    colour: str
    stroke: float

    @property
    def box(self) -> Box:
        """What it covers, its border included."""
        c = self.centre
        return Box(c.real, c.imag, c.real, c.imag).padded(self.radius + self.stroke / 2)

    def moved(self, by: Point) -> Self:
        """Return the same disc, `by` further on."""
        return replace(self, centre=self.centre + by)


@dataclass(frozen=True, kw_only=True)
class Polygon(Item):
    """A filled polygon."""

    corners: tuple[Point, ...]
    fill: str

    @property
    def box(self) -> Box:
        """What it covers."""
        xs, ys = [p.real for p in self.corners], [p.imag for p in self.corners]
        return Box(min(xs), min(ys), max(xs), max(ys))

    def moved(self, by: Point) -> Self:
        """Return the same polygon, `by` further on."""
        return replace(self, corners=tuple(corner + by for corner in self.corners))


@dataclass(frozen=True, kw_only=True)
class Text(Item):
    """One line of text; `at` is its baseline's start, middle or end, as `anchor` says."""

    at: Point
    text: str
    size: float
    colour: str
    anchor: Anchor = "start"
    bold: bool = False
    italic: bool = False

    @property
    def box(self) -> Box:
        """What it covers at most, in whatever font."""
        width = text_width(self.text, self.size)
        left = self.at.real - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * width
        return Box(left, self.at.imag - 0.95 * self.size, left + width, self.at.imag + 0.28 * self.size)

    def moved(self, by: Point) -> Self:
        """Return the same text, `by` further on."""
        return replace(self, at=self.at + by)


DisplayList: TypeAlias = tuple[Item, ...]


def text_width(text: str, size: float) -> float:
    """Return an upper estimate of the width of `text` in a font of that size."""
    return size * sum(_em(character) for character in text)


def _em(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if character in _NARROW:
        return 0.4
    if character in _WIDE or unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if unicodedata.decomposition(character).startswith(("<sub>", "<super>")):
        return 0.42
    return 0.76 if character.isupper() else 0.62
