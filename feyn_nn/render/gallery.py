"""Many diagrams side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from os import PathLike

from feyn_nn._core import InvalidInput
from feyn_nn.render.description import counted
from feyn_nn.render.draw import Drawing, draw, write_picture
from feyn_nn.render.geometry import Box
from feyn_nn.render.subject import Subject
from feyn_nn.render.svg import number, quoted, svg_document
from feyn_nn.render.theme import Theme, find_theme

# Wider than this, in pixels, a combined picture begins a new row by itself.
_WIDE = 1000.0


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

    @property
    def svg(self) -> str:
        """All pictures in one SVG document, row by row, each in the middle of its cell."""
        columns = self._columns()
        cell_width, cell_height = self._cell()
        body = "".join(
            _placed(
                drawing, (i % columns) * cell_width, (i // columns) * cell_height, cell_width, cell_height
            )
            for i, drawing in enumerate(self.drawings)
        )
        rows = math.ceil(len(self.drawings) / columns)
        return svg_document(
            body,
            box=Box(0.0, 0.0, max(columns * cell_width, 1.0), max(rows * cell_height, 1.0)),
            title=self._title(),
            description=" ".join(
                f"({i}) {drawing.title}." for i, drawing in enumerate(self.drawings, start=1)
            ),
            font=self.theme.font,
            background=self.theme.background,
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write the combined picture to a file whose name ends in ``.svg``.

        Raises
        ------
        InvalidInput
            If the name has another ending, or the file cannot be written.
        """
        write_picture(self.svg, path, suffix=".svg")

    def _repr_html_(self) -> str:
        width = number(max((drawing.width for drawing in self.drawings), default=0.0))
        tracks = f"repeat({self.columns}, max-content)" if self.columns else f"repeat(auto-fill, {width}px)"
        cells = "".join(f'<div style="margin:auto">{drawing.svg}</div>' for drawing in self.drawings)
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
    diagrams: Iterable[Subject],
    *,
    theme: str | Theme = "classroom",
    labels: Sequence[str] | None = None,
    captions: Iterable[str | Sequence[str]] | None = None,
    columns: int | None = None,
) -> Gallery:
    """Draw diagrams side by side.

    Parameters
    ----------
    diagrams : iterable of Diagram
        What :func:`feyn_nn.generate` yields.
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
    drawn = list(diagrams)
    lines = [None] * len(drawn) if captions is None else list(islice(captions, len(drawn) + 1))
    if len(lines) != len(drawn):
        n = min(len(lines), len(drawn))
        given = f"{'more than ' if len(lines) > n else ''}{counted(n, 'entry', 'entries')}"
        raise InvalidInput(
            f"captions has {given} for {counted(len(drawn), 'diagram')}; give captions= one for each"
        )
    drawings = [
        draw(diagram, theme=found, labels=labels, caption=caption)
        for diagram, caption in zip(drawn, lines, strict=True)
    ]
    return Gallery(drawings=tuple(drawings), theme=found, columns=columns)


def _placed(drawing: Drawing, x: float, y: float, width: float, height: float) -> str:
    """The picture as an element of another one, in the middle of a cell."""
    left, top = x + (width - drawing.width) / 2, y + (height - drawing.height) / 2
    corner = f'<svg x="{number(left)}" y="{number(top)}" '
    return drawing.svg.replace("<svg ", corner, 1)
