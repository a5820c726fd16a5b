"""The diagrams that a validation rests on, grouped and drawn, as figures of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from feyn_nn._core.observables import FieldObservable, Observable
from feyn_nn._core.text import counted, powers_name, subscript
from feyn_nn.actions import CausalAction
from feyn_nn.diagrams import Diagram, generate
from feyn_nn.render import draw
from feyn_nn.report import mathml
from feyn_nn.report.formula import formula_of
from feyn_nn.report.leg_classes import LegClass, leg_classes
from feyn_nn.report.markup import element
from feyn_nn.report.representative import clearest

if TYPE_CHECKING:
    from feyn_nn.diagrams.head_diagram import HeadDiagram
    from feyn_nn.validation.judgement import Judgement

MOST_SHOWN = 24
"""Pictures of one cumulant and order; the page says how many more there are."""

_SCALE = 0.6  # all pictures alike, so that they keep their proportions to each other


@dataclass(frozen=True, kw_only=True)
class PictureGroup:
    """The diagrams of one cumulant of the metric at one order.

    Parameters
    ----------
    title : str
    note : str
        How many diagrams there are, and how many are shown.
    figures : tuple of str
        HTML.
    """

    title: str
    note: str
    figures: tuple[str, ...]


def picture_groups(judgements: Sequence[Judgement]) -> Iterator[PictureGroup]:
    """Yield the diagrams of every cumulant of the metric that the observables are made of, order by order."""
    attention = judgements[0].prediction.parameter != "n"
    for rank, loops in _ranks(judgements).items():
        yield from _attention_groups(rank, loops) if attention else _causal_groups(rank, loops)


def rank_of(observable: Observable) -> int:
    """The order of the cumulants of the metric that make it up; 0 where none does."""
    if isinstance(observable, FieldObservable):
        return observable.order // 2 if observable.pairings() else 0
    return observable.order


def _ranks(judgements: Sequence[Judgement]) -> dict[int, int]:
    """Each rank that occurs, with the most loops that are asked for."""
    most: dict[int, int] = {}
    for prediction in (judgement.prediction for judgement in judgements):
        rank = rank_of(prediction.observable)
        trees = rank - 1 if prediction.parameter == "n" else 0
        most[rank] = max(prediction.orders[-1] - trees, most.get(rank, 0))
    return {rank: loops for rank, loops in sorted(most.items()) if rank}


def _causal_groups(rank: int, most: int) -> Iterator[PictureGroup]:
    for loops in range(most + 1):
        classes = leg_classes(generate(CausalAction(), legs=rank, loops=loops))
        if classes:
            total = sum(members.count for members in classes)
            yield PictureGroup(
                title=f"κ{subscript(rank)}(Ĝ), {counted(loops, 'loop') if loops else 'no loop'}",
                note=_note(total, len(classes), "those that differ by a permutation of legs share one"),
                figures=tuple(_causal_figure(members) for members in classes[:MOST_SHOWN]),
            )


def _attention_groups(rank: int, loops: int) -> Iterator[PictureGroup]:
    from feyn_nn.diagrams.head_diagram import head_diagrams

    found: dict[str, list[HeadDiagram]] = {}
    for diagram in head_diagrams(rank, loops):
        found.setdefault(powers_name(diagram.powers), []).append(diagram)
    for name, members in found.items():
        yield PictureGroup(
            title=f"κ{subscript(rank)}(Ĝ), order {name}",
            note=_note(len(members), len(members), ""),
            figures=tuple(_figure(draw(own).svg, own.name) for own in members[:MOST_SHOWN]),
        )


def _note(diagrams: int, pictures: int, why: str) -> str:
    grouped = f" in {counted(pictures, 'picture')}, {why}" if pictures < diagrams else ""
    rest = f"; the first {MOST_SHOWN} are shown" if pictures > MOST_SHOWN else ""
    return f"{counted(diagrams, 'diagram')}{grouped}{rest}."


def _causal_figure(members: LegClass[Diagram]) -> str:
    diagram, drawing = clearest(members)
    copies = f" · {members.count} permutations of legs" if members.count > 1 else ""
    return _figure(drawing.svg, f"{diagram.caption}{copies}", mathml.formula(formula_of(diagram)))


def _figure(svg: str, caption: str, formula: str = "") -> str:
    return element("figure", _scaled(svg), element("figcaption", escape(caption), element("div", formula)))


def _scaled(svg: str) -> str:
    """The picture smaller, without the sizes that its root states."""
    head, _, body = svg.partition(">")
    width, height = (
        _SCALE * float(head.partition(f'{side}="')[2].partition('"')[0]) for side in ("width", "height")
    )
    return f'{head} style="width:{width:.0f}px;max-width:100%;height:auto;aspect-ratio:{width:.0f}/{height:.0f}">{body}'
