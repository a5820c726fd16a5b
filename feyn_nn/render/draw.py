"""Draw a diagram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from feyn_nn._core import InvalidInput
from feyn_nn._core.text import subscript
from feyn_nn.render.description import counted, description_of, title_of
from feyn_nn.render.scene import Scene, scene
from feyn_nn.render.subject import Subject
from feyn_nn.render.svg import svg_document, svg_items
from feyn_nn.render.theme import Theme, find_theme


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A picture, shown by Jupyter; ``drawing.svg`` is its text, ``drawing.save("x.svg")`` writes it.

    Parameters
    ----------
    svg : str
        A complete SVG document.
    width, height : float
        Its size in pixels.
    title : str
        What a screen reader says first.
    """

    svg: str
    width: float
    height: float
    title: str

    def save(self, path: str | PathLike[str]) -> None:
        """Write the picture to a file whose name ends in ``.svg``.

        Raises
        ------
        InvalidInput
            If the name has another ending, or the file cannot be written.
        """
        write_picture(self.svg, path, suffix=".svg")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"Drawing({self.title!r}, {self.width:.0f} x {self.height:.0f})"


def draw(
    diagram: Subject,
    *,
    theme: str | Theme = "classroom",
    file: str | PathLike[str] | None = None,
    labels: Sequence[str] | None = None,
    layers: Sequence[str] | None = None,
    caption: str | Sequence[str] | None = None,
) -> Drawing:
    """Draw a diagram as SVG.

    A diagram of a network runs in depth from left to right: columns are layers, filled discs are cumulants of
    one neuron, white ones its Gaussian expectations with derivatives, the numbers in them (k, m) the lines that
    go out and come in. Other diagrams have their legs at the left and right edges.

    Parameters
    ----------
    diagram : Diagram
        What :func:`feyn_nn.generate` yields.
    theme : str or Theme
        ``"classroom"`` (large, in colours) or ``"paper"`` (small, black).
    file : path, optional
        Where to write the picture; the name ends in ``.svg``.
    labels : sequence of str, optional
        What is written at the legs; ``"1"``, ``"2"``, … if left out.
    layers : sequence of str, optional
        The names of the vertices' layers; ``"ℓ₁"``, ``"ℓ₂"``, … in the diagram's causal order if left out.
    caption : str or sequence of str, optional
        One or more lines of text under the picture.

    Returns
    -------
    Drawing

    Raises
    ------
    InvalidInput
        If the theme is not known, `labels` or `layers` are too few or too many, or the file cannot be written.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> tadpole = next(fnn.generate(fnn.actions.phi4(), legs=2, loops=1))
    >>> fnn.draw(tadpole, caption="1/2").svg.startswith("<svg")
    True
    """
    found = find_theme(theme)
    names = _leg_labels(diagram, labels)
    captions = [caption] if isinstance(caption, str) else [str(line) for line in caption or ()]
    composed = scene(
        diagram, theme=found, labels=names, layers=_layer_names(diagram, layers), captions=captions
    )
    title = title_of(diagram)
    drawing = Drawing(
        svg=_document(composed, title, description_of(diagram, names, captions), found),
        width=composed.box.width,
        height=composed.box.height,
        title=title,
    )
    if file is not None:
        drawing.save(file)
    return drawing


def _leg_labels(diagram: Subject, labels: Sequence[str] | None) -> list[str]:
    """One label per leg: those given, or numbers from 1."""
    return _named(labels, [str(i + 1) for i in range(diagram.n_legs)], "labels", "leg", "legs")


def _layer_names(diagram: Subject, layers: Sequence[str] | None) -> list[str]:
    order = list(diagram.causal_order)
    default = [f"ℓ{subscript(order.index(v) + 1)}" for v in range(len(order))]
    return _named(layers, default, "layers", "vertex", "vertices")


def _named(given: Sequence[str] | None, default: list[str], name: str, one: str, many: str) -> list[str]:
    if given is None:
        return default
    words = [given] if isinstance(given, str) else [str(word) for word in given]
    if len(words) != len(default):
        raise InvalidInput(
            f"{name} has {counted(len(words), 'entry', 'entries')} for {counted(len(default), one, many)}; "
            f"give {name}= one string for each"
        )
    return words


def _document(composed: Scene, title: str, description: str, theme: Theme) -> str:
    return svg_document(
        svg_items(composed.items),
        box=composed.box,
        title=title,
        description=description,
        font=theme.font,
        background=theme.background,
    )


def write_picture(text: str, path: str | PathLike[str], *, suffix: str) -> None:
    """Write `text` to a file whose name must end in `suffix`.

    Raises
    ------
    InvalidInput
        If the name has another ending, or the file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != suffix:
        raise InvalidInput(
            f"file={str(target)!r} does not end in {suffix}; give for example {target.stem + suffix!r}"
        )
    try:
        target.write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(
            f"{str(target)!r} cannot be written ({reason}); give a file in a folder that exists"
        ) from error
