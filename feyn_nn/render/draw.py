"""Draw a diagram."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any

from feyn_nn._core import InvalidInput
from feyn_nn._core.text import counted, subscript
from feyn_nn.render.description import description_of, title_of
from feyn_nn.render.drawing import Drawing
from feyn_nn.render.head_scene import head_description, head_scene, head_title
from feyn_nn.render.heads import HeadSubject
from feyn_nn.render.scene import scene
from feyn_nn.render.subject import Subject
from feyn_nn.render.theme import Theme, find_theme


def draw(
    diagram: Subject | HeadSubject,
    *,
    theme: str | Theme = "classroom",
    file: str | PathLike[str] | None = None,
    labels: Sequence[str] | None = None,
    layers: Sequence[str] | None = None,
    caption: str | Sequence[str] | None = None,
    legend: bool = False,
    styles: Mapping[str, str] | None = None,
) -> Drawing:
    """Draw a diagram.

    A diagram of a network runs in depth from left to right: columns are layers, filled discs are cumulants of
    one neuron, white ones its Gaussian expectations with derivatives, the numbers in them (k, m) the lines that
    go out and come in. Other diagrams have their legs at the left and right edges.

    Parameters
    ----------
    diagram : Diagram, LayerStep or HeadDiagram
        What :func:`feyn_nn.generate` yields, one step of the recursion in depth, or a term of attention.
    theme : str or Theme
        ``"classroom"`` (large, in colours) or ``"paper"`` (small, black).
    file : path, optional
        Where to write the picture; the name ends in ``.svg``, ``.tex`` (TikZ), ``.png`` or ``.pdf``.
    labels : sequence of str, optional
        What is written at the legs; ``"1"``, ``"2"``, … if left out.
    layers : sequence of str, optional
        The names of the vertices' layers; ``"ℓ₁"``, ``"ℓ₂"``, … in the diagram's causal order if left out.
    caption : str or sequence of str, optional
        One or more lines of text under the picture.
    legend : bool
        Whether to say under the picture what each thing in it is.
    styles : mapping of str to str, optional
        How the lines of a field are drawn, by its name: ``"solid"``, ``"dashed"``, ``"dotted"`` or ``"wavy"``.
        By default, fields with a direction are solid, with arrows, and real ones beside them dashed.

    Returns
    -------
    Drawing

    Raises
    ------
    InvalidInput
        If the theme or a style is not known, `labels` or `layers` are too few or too many, or the file cannot be
        written.
    MissingExtra
        If PNG or PDF is asked for and Matplotlib is not installed.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> tadpole = next(fnn.generate(fnn.actions.phi4(), legs=2, loops=1))
    >>> fnn.draw(tadpole, caption="1/2").svg.startswith("<svg")
    True
    """
    found = find_theme(theme)
    if not isinstance(diagram, HeadSubject) and not hasattr(diagram, "lines"):
        raise InvalidInput(
            f"{type(diagram).__name__} is no diagram; give one that generate() yields, and several to gallery()"
        )
    names = _leg_labels(diagram, labels)
    captions = _words("caption", caption or ())
    if isinstance(diagram, HeadSubject):
        composed = head_scene(diagram, theme=found, labels=names, captions=captions, legend=legend)
        title, description = head_title(diagram), head_description(diagram, names, captions)
    else:
        composed = scene(
            diagram,
            theme=found,
            labels=names,
            layers=_layer_names(diagram, layers),
            captions=captions,
            legend=legend,
            styles=styles,
        )
        title, description = title_of(diagram), description_of(diagram, names, captions)
    drawing = Drawing(
        items=composed.items,
        box=composed.box,
        title=title,
        description=description,
        theme=found,
        crossings=composed.layout.crossings,
    )
    if file is not None:
        drawing.save(file)
    return drawing


def _leg_labels(diagram: Subject | HeadSubject, labels: Sequence[str] | None) -> list[str]:
    """One label per leg: those given, or numbers from 1."""
    return _named(labels, [str(i + 1) for i in range(diagram.n_legs)], "labels", "leg", "legs")


def _layer_names(diagram: Subject, layers: Sequence[str] | None) -> list[str]:
    order = list(diagram.causal_order)
    default = [f"ℓ{subscript(order.index(v) + 1)}" for v in range(len(order))]
    return _named(layers, default, "layers", "vertex", "vertices")


def _named(given: Sequence[str] | None, default: list[str], name: str, one: str, many: str) -> list[str]:
    if given is None:
        return default
    words = _words(name, given)
    if len(words) != len(default):
        raise InvalidInput(
            f"{name} has {counted(len(words), 'entry', 'entries')} for {counted(len(default), one, many)}; "
            f"give {name}= one string for each"
        )
    return words


def _words(name: str, given: Any) -> list[str]:
    """One string for each entry; text alone is one entry."""
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Iterable):
        raise InvalidInput(f"{name}={given!r}: give text, or a list of it")
    return [str(word) for word in given]
