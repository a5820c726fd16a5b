"""The atlas: a folder with every diagram of its families as SVG, TikZ and JSON, and pages to browse them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Any

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.diagrams import Diagram
from feyn_nn.diagrams.head_diagram import HeadDiagram
from feyn_nn.render import draw
from feyn_nn.render.drawing import Drawing
from feyn_nn.report.atlas_page import family_page, index_page, overview
from feyn_nn.report.families import Family, HeadFamily, families
from feyn_nn.report.formula import Formula, formula_of
from feyn_nn.report.head_formula import HeadFormula
from feyn_nn.report.leg_classes import LegClass
from feyn_nn.report.representative import clearest

SCHEMA = "feyn_nn.atlas"
VERSION = 2


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One picture of the atlas.

    Parameters
    ----------
    name : str
        The name of its files, without ending.
    diagram : Diagram or HeadDiagram
        The one of its class that is drawn.
    count : int
        How many diagrams it stands for: those that differ from it by a permutation of legs.
    drawing : Drawing
    """

    name: str
    diagram: Diagram | HeadDiagram
    count: int
    drawing: Drawing

    @property
    def formula(self) -> Formula | HeadFormula:
        """Its value."""
        return (
            HeadFormula(diagram=self.diagram)
            if isinstance(self.diagram, HeadDiagram)
            else formula_of(self.diagram)
        )

    @property
    def symmetry_factor(self) -> Fraction:
        """1/|Aut|; terms of attention, whose segments are all told apart, have none."""
        return Fraction(1) if isinstance(self.diagram, HeadDiagram) else self.diagram.symmetry_factor

    @property
    def tikz(self) -> str:
        """The picture in the style of a paper."""
        return draw(self.diagram, theme="paper").tikz

    def data(self) -> dict[str, Any]:
        """What the JSON file says of it."""
        return {
            "name": self.name,
            "symmetry_factor": str(self.symmetry_factor),
            "count": self.count,
            "caption": self.diagram.caption,
            "powers": {name: int(power) for name, power in self.diagram.powers.items()},
            "latex": self.formula.latex(),
            "diagram": json.loads(self.diagram.to_json()),
        }


def write_atlas(
    folder: str | PathLike[str],
    *,
    only: Sequence[str] = (),
    progress: Callable[[str], None] = lambda message: None,
) -> dict[str, int]:
    """Write the atlas.

    Parameters
    ----------
    folder : path
        Made if need be. Each family gets a folder of its own there, with ``001.svg``, ``001.tex``, …,
        ``diagrams.json`` and ``index.html``; ``index.html`` and ``README.md`` lead to them.
    only : sequence of str, optional
        The names of some families; all if left out. The index names all that the folder holds.
    progress : callable, optional
        Is given a line of text before each family.

    Returns
    -------
    dict of str to int
        How many pictures each family has.

    Raises
    ------
    InvalidInput
        If a name is no family's, or the folder cannot be written to.
    """
    if not str(folder):
        raise InvalidInput("the folder of the atlas has no name; give one, such as 'atlas'")
    pictures: dict[str, int] = {}
    for family in _chosen(only):
        progress(f"{family.name}: {family.title}")
        entries = entries_of(family.classes())
        _write_family(_made(Path(folder) / family.name), family, entries)
        pictures[family.name] = len(entries)
    present = [data for family in families() if (data := _data_in(Path(folder) / family.name))]
    _write(Path(folder) / "index.html", index_page(present))
    _write(Path(folder) / "README.md", overview(present))
    return pictures


def _data_in(folder: Path) -> dict[str, Any] | None:
    """What the JSON file of a family's folder says; None if there is no such file."""
    file = folder / "diagrams.json"
    if not file.exists():
        return None
    try:
        data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"{str(file)!r} is no JSON file of an atlas; remove it, or give another folder"
        ) from error
    return data


def entries_of(classes: Iterable[LegClass[Diagram | HeadDiagram]]) -> list[Entry]:
    """Draw the clearest diagram of each class."""
    entries: list[Entry] = []
    for number, members in enumerate(classes, start=1):
        diagram, drawing = clearest(members)
        entries.append(Entry(name=f"{number:03d}", diagram=diagram, count=members.count, drawing=drawing))
    return entries


def family_data(family: Family | HeadFamily, entries: Sequence[Entry]) -> dict[str, Any]:
    """What the JSON file of a family says."""
    total = sum((e.count * e.symmetry_factor for e in entries), start=Fraction(0))
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "family": family.name,
        "title": family.title,
        "kind": family.kind,
        "legs": family.legs,
        "loops": family.loops,
        "number": sum(e.count for e in entries),
        "symmetry_sum": str(total),
        "diagrams": [entry.data() for entry in entries],
    }


def _chosen(only: Sequence[str]) -> list[Family | HeadFamily]:
    known = {family.name: family for family in families()}
    if unknown := [name for name in only if name not in known]:
        raise InvalidInput(f"there is no family {unknown[0]!r}; {nearest(unknown[0], known)}")
    return [family for name, family in known.items() if not only or name in only]


def _write_family(folder: Path, family: Family | HeadFamily, entries: Sequence[Entry]) -> None:
    for entry in entries:
        entry.drawing.save(folder / f"{entry.name}.svg")
        _write(folder / f"{entry.name}.tex", entry.tikz)
    _write(folder / "diagrams.json", _json(family_data(family, entries)))
    _write(folder / "index.html", family_page(family, entries))


def _json(data: dict[str, Any]) -> str:
    """JSON with one line for each diagram, so that a change of one is seen as such."""
    head = json.dumps({**data, "diagrams": []}, ensure_ascii=False)
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in data["diagrams"])
    return f"{head[:-2]}\n{rows}\n]}}\n"


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"cannot make the folder {str(folder)!r} ({error.strerror}); give another"
        ) from error
    return folder


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InvalidInput(
            f"{str(path)!r} cannot be written ({error.strerror}); give another folder"
        ) from error
