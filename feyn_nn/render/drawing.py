"""A finished picture, and the files it can be written to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from feyn_nn._core import InvalidInput
from feyn_nn.render.display import DisplayList
from feyn_nn.render.figure import picture_bytes
from feyn_nn.render.geometry import Box
from feyn_nn.render.svg import svg_document, svg_items
from feyn_nn.render.theme import Theme
from feyn_nn.render.tikz import tikz_picture

# Pixels of a PNG for each one of the picture: sharp on a slide.
_FINE = 2.0


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A picture, shown by Jupyter; ``drawing.save("x.svg")`` writes it, as ``.tex``, ``.png`` or ``.pdf`` too.

    Parameters
    ----------
    items : tuple of Item
        The display list, from the hindmost to the foremost.
    box : Box
        What the picture shows.
    title, description : str
        What a screen reader says first, and then.
    theme : Theme
        Gives the fonts and the ground.
    crossings : int
        How often lines cross in it.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tadpole,) = fnn.generate(fnn.actions.phi4(), legs=2, loops=1)
    >>> drawing = fnn.draw(tadpole)
    >>> drawing.svg[:4], "tikzpicture" in drawing.tikz
    ('<svg', True)
    """

    items: DisplayList
    box: Box
    title: str
    description: str
    theme: Theme
    crossings: int = 0

    @property
    def width(self) -> float:
        """The width in pixels."""
        return self.box.width

    @property
    def height(self) -> float:
        """The height in pixels."""
        return self.box.height

    @cached_property
    def svg(self) -> str:
        """A complete SVG document."""
        return svg_document(
            svg_items(self.items),
            box=self.box,
            title=self.title,
            description=self.description,
            font=self.theme.font,
            background=self.theme.background,
        )

    @cached_property
    def tikz(self) -> str:
        r"""A ``tikzpicture``, for ``\input`` into a document that uses the package tikz and no other."""
        return tikz_picture(
            self.items,
            box=self.box,
            title=self.title,
            font=self.theme.font,
            background=self.theme.background,
        )

    def picture(self, suffix: str) -> bytes:
        """Return the picture as PNG or PDF, by its ending ``".png"`` or ``".pdf"``.

        Raises
        ------
        MissingExtra
            If Matplotlib is not installed.
        """
        return picture_bytes(
            self.items,
            box=self.box,
            title=self.title,
            font=self.theme.font,
            background=self.theme.background,
            suffix=suffix,
            scale=_FINE,
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture to a file; its ending says how: ``.svg``, ``.tex`` (TikZ), ``.png`` or ``.pdf``.

        Raises
        ------
        InvalidInput
            If the name has another ending, or the file cannot be written.
        MissingExtra
            If PNG or PDF is asked for and Matplotlib is not installed.
        """
        if not isinstance(path, str | PathLike) or not str(path):
            raise InvalidInput(f"file={path!r}: give the name of a file, such as 'diagram.svg'")
        target = Path(path)
        writer = _FORMATS.get(target.suffix.lower())
        if writer is None:
            raise InvalidInput(
                f"file={str(target)!r} does not end in one of {', '.join(_FORMATS)}; "
                f"give for example {target.stem + '.svg'!r}"
            )
        content = writer(self)
        try:
            target.write_bytes(content)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InvalidInput(
                f"{str(target)!r} cannot be written ({reason}); give a file in a folder that exists"
            ) from error

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"Drawing({self.title!r}, {self.width:.0f} x {self.height:.0f})"


Writer: TypeAlias = Callable[[Drawing], bytes]

_FORMATS: dict[str, Writer] = {
    ".svg": lambda drawing: drawing.svg.encode(),
    ".tex": lambda drawing: drawing.tikz.encode(),
    ".png": lambda drawing: drawing.picture(".png"),
    ".pdf": lambda drawing: drawing.picture(".pdf"),
}


def register_format(suffix: str, writer: Writer) -> None:
    """Make ``drawing.save("x" + suffix)`` and ``draw(…, file="x" + suffix)`` write what `writer` returns.

    Parameters
    ----------
    suffix : str
        The ending, such as ``".dxf"``; one that is known is written by `writer` from now on.
    writer : callable
        From a `Drawing` to the bytes of the file. ``drawing.items`` are the things drawn, with their places, from the
        hindmost to the foremost: `Curve`, `Region`, `Disc`, `Polygon` and `Text` of :mod:`feyn_nn.render.display`.

    Raises
    ------
    InvalidInput
        If `suffix` is no ending.

    Examples
    --------
    >>> register_format(".count", lambda drawing: str(len(drawing.items)).encode())
    """
    if not isinstance(suffix, str) or Path("x" + str(suffix)).suffix != suffix or suffix != suffix.lower():
        raise InvalidInput(f"suffix={suffix!r} is no ending in lower case; give for example '.dxf'")
    _FORMATS[suffix] = writer
