"""Many diagrams side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from os import PathLike
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn._core.text import counted
from feyn_nn.render.draw import draw
from feyn_nn.render.drawing import Drawing
from feyn_nn.render.geometry import Box, Point
from feyn_nn.render.heads import HeadSubject
from feyn_nn.render.subject import Subject
from feyn_nn.render.svg import number, quoted
from feyn_nn.render.theme import Theme, find_theme

# Wider than this, in pixels, a combined picture begins a new row by itself.
_WIDE = 1000.0
# A notebook shows pictures no wider than this, in pixels: three to a row.
_COLUMN = 300.0


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Pictures side by side: a grid in Jupyter, one combined picture as ``gallery.svg``.

    Parameters
    ----------
    drawings : tuple of Drawing
    theme : Theme
        Their common theme.
    columns : int or None
        Pictures per row; as many as fit if None.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> len(fnn.gallery(fnn.generate(fnn.actions.phi4(), legs=2, loops=2)))
    3
    """

    drawings: tuple[Drawing, ...]
    theme: Theme
    columns: int | None = None

    def __post_init__(self) -> None:
        columns = self.columns
        if columns is not None and (not isinstance(columns, int) or isinstance(columns, bool) or columns < 1):
            raise InvalidInput(f"columns={columns!r}: give an integer >= 1, or None for as many as fit")

    def __len__(self) -> int:
        return len(self.drawings)

    @cached_property
    def drawing(self) -> Drawing:
        """All pictures in one, row by row, each in the middle of its cell."""
        columns = self._columns()
        width, height = self._cell()
        rows = math.ceil(len(self.drawings) / columns)
        items = [
            item.moved(_corner(drawing, complex(i % columns * width, i // columns * height), width, height))
            for i, drawing in enumerate(self.drawings)
            for item in drawing.items
        ]
        return Drawing(
            items=tuple(items),
            box=Box(0.0, 0.0, max(columns * width, 1.0), max(rows * height, 1.0)),
            title=self._title(),
            description=" ".join(
                f"({i}) {drawing.title}." for i, drawing in enumerate(self.drawings, start=1)
            ),
            theme=self.theme,
        )

    @property
    def svg(self) -> str:
        """All pictures in one SVG document."""
        return self.drawing.svg

    @property
    def tikz(self) -> str:
        """All pictures in one ``tikzpicture``."""
        return self.drawing.tikz

    def save(self, path: str | PathLike[str]) -> None:
        """Write all pictures to one file, as :meth:`feyn_nn.render.Drawing.save` does."""
        self.drawing.save(path)

    def _repr_html_(self) -> str:
        widest = self._cell()[0]
        scale = min(1.0, _COLUMN / max(widest, 1.0))
        tracks = f"repeat({self.columns or 'auto-fill'}, {number(scale * widest)}px)"
        cells = "".join(
            f'<div style="margin:auto">{_scaled(drawing, scale)}</div>' for drawing in self.drawings
        )
        return (
            f'<div role="group" aria-label="{quoted(self._title())}" style="display:grid;gap:8px;overflow-x:auto;'
            f'background:{self.theme.background};grid-template-columns:{tracks}">{cells}</div>'
        )

    def __repr__(self) -> str:
        return f"Gallery({self._title()})"

    def _title(self) -> str:
        return counted(len(self.drawings), "Feynman diagram")

    def _cell(self) -> tuple[float, float]:
        widths = [drawing.width for drawing in self.drawings]
        heights = [drawing.height for drawing in self.drawings]
        return max(widths, default=0.0), max(heights, default=0.0)

    def _columns(self) -> int:
        fitting = max(1, int(_WIDE // max(self._cell()[0], 1.0)))
        return max(1, min(self.columns or fitting, len(self.drawings)))


def gallery(
    diagrams: Iterable[Subject | HeadSubject],
    *,
    theme: str | Theme = "classroom",
    labels: Sequence[str] | None = None,
    captions: Iterable[str | Sequence[str]] | None = None,
    columns: int | None = None,
) -> Gallery:
    """Draw diagrams side by side.

    Parameters
    ----------
    diagrams : iterable of Diagram, LayerStep or HeadDiagram
        What :func:`feyn_nn.generate` yields, or the terms of attention.
    theme : str or Theme
        ``"classroom"`` or ``"paper"``.
    labels : sequence of str, optional
        What is written at the legs, the same in every picture.
    captions : iterable of (str or sequence of str), optional
        The lines of text under each picture, one entry per diagram.
    columns : int, optional
        Pictures per row; as many as fit if left out.

    Returns
    -------
    Gallery

    Raises
    ------
    InvalidInput
        If the theme is not known, `columns` is below 1, or the number of captions or labels is wrong.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> from feyn_nn.render import gallery
    >>> gallery(fnn.generate(fnn.actions.phi4(), legs=2, loops=2))
    Gallery(3 Feynman diagrams)
    """
    found = find_theme(theme)
    drawn = list(_iterable("diagrams", diagrams))
    given = None if captions is None else _iterable("captions", captions)
    lines = [None] * len(drawn) if given is None else list(islice(given, len(drawn) + 1))
    if len(lines) != len(drawn):
        n = min(len(lines), len(drawn))
        entries = f"{'more than ' if len(lines) > n else ''}{counted(n, 'entry', 'entries')}"
        raise InvalidInput(
            f"captions has {entries} for {counted(len(drawn), 'diagram')}; give captions= one for each"
        )
    drawings = [
        draw(diagram, theme=found, labels=labels, caption=caption)
        for diagram, caption in zip(drawn, lines, strict=True)
    ]
    return Gallery(drawings=tuple(drawings), theme=found, columns=columns)


def _iterable(name: str, given: Any) -> Iterable[Any]:
    if not isinstance(given, Iterable):
        raise InvalidInput(f"{name} is one {type(given).__name__}; give a list, one entry for each picture")
    return given


def _scaled(drawing: Drawing, scale: float) -> str:
    """The picture as an element of a page, smaller; all of one gallery by the same factor."""
    size = f"width:{number(scale * drawing.width)}px;height:{number(scale * drawing.height)}px"
    return drawing.svg.replace("<svg ", f'<svg style="{size}" ', 1)


def _corner(drawing: Drawing, cell: Point, width: float, height: float) -> Point:
    """How far a picture moves to stand in the middle of a cell."""
    room = complex(width - drawing.width, height - drawing.height) / 2
    return cell + room - complex(drawing.box.left, drawing.box.top)
