"""The diagrams of a cumulant as a lazy sequence that shows itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, overload

from feyn_nn._core import InvalidInput, Pair, pair_name
from feyn_nn._core.text import counted, subscript
from feyn_nn.actions import Action
from feyn_nn.diagrams import Diagram, generate
from feyn_nn.networks.checks import integer

if TYPE_CHECKING:
    from feyn_nn.diagrams.head_diagram import HeadDiagram
    from feyn_nn.render import Gallery

MOST_SHOWN = 48  # a notebook cell holds no more; the rest is counted


class _Kept:
    """What a source yields, each diagram asked for once however often it is read."""

    def __init__(self, source: Callable[[], Iterator[Diagram]]) -> None:
        self._source = source
        self._diagrams: list[Diagram] = []
        self._rest: Iterator[Diagram] | None = None

    def __iter__(self) -> Iterator[Diagram]:
        position = 0
        while position < len(self._diagrams) or self._more():
            yield self._diagrams[position]
            position += 1

    def __getstate__(self) -> dict[str, object]:
        """What is kept can be sent elsewhere, a generator cannot."""
        return {**self.__dict__, "_rest": None}

    def _more(self) -> bool:
        """Read one more; after an interruption go on behind what is kept."""
        if self._rest is None:
            self._rest = islice(self._source(), len(self._diagrams), None)
        try:
            found = list(islice(self._rest, 1))
        except BaseException:
            self._rest = None
            raise
        self._diagrams += found
        return bool(found)


@dataclass(frozen=True, kw_only=True)
class DiagramStream:
    """Diagrams of κ_p(Ĝ) with labelled legs, fewest loops first; each is generated when it is first read, and kept.

    For numbers of diagrams that do not fit into memory use :func:`feyn_nn.generate`, which keeps none.

    Parameters
    ----------
    action : Action
    legs : int
    loops : int
        Every loop order through this one.
    pairs : tuple of Pair or None
        What the legs stand for, for pictures.
    """

    action: Action
    legs: int
    loops: int
    pairs: tuple[Pair, ...] | None = None
    _read: _Kept = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_read", _Kept(self._generated))

    def __iter__(self) -> Iterator[Diagram]:
        return iter(self._read)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, index: int) -> Diagram: ...

    @overload
    def __getitem__(self, index: slice) -> list[Diagram]: ...

    def __getitem__(self, index: int | slice) -> Diagram | list[Diagram]:
        if isinstance(index, slice) or index < 0:
            return list(self)[index]
        for diagram in islice(self, index, index + 1):
            return diagram
        raise IndexError(f"there are {len(self)} diagrams")

    def grouped(self) -> Iterator[Diagram]:
        """Yield one of the diagrams that differ by a permutation of legs with equal pairs, with their number.

        The sum over all diagrams is the sum over these, each `multiplicity` times.
        """
        equal = self.pairs or range(self.legs)
        for loops in range(self.loops + 1):
            yield from generate(self.action, legs=self.legs, loops=loops, equal_inputs=equal)

    def _generated(self) -> Iterator[Diagram]:
        for loops in range(self.loops + 1):
            yield from generate(self.action, legs=self.legs, loops=loops)

    def leg_labels(self) -> tuple[str, ...]:
        """What to write at the end of each leg."""
        return leg_labels(self.legs, self.pairs)

    def gallery(self, limit: int | None = MOST_SHOWN) -> Gallery:
        """Draw the first `limit` diagrams with symmetry factor and power of 1/n; all for None.

        Raises
        ------
        InvalidInput
            If `limit` is no integer >= 0.
        """
        from feyn_nn.render import gallery

        shown = list(islice(self, checked_limit(limit)))
        return gallery(shown, labels=self.leg_labels(), captions=[diagram.caption for diagram in shown])

    def save(self, folder: str | PathLike[str]) -> list[tuple[Diagram, Path]]:
        """Draw every diagram into a folder, which is made if need be, as ``kappa2-1loop-003.svg`` and the like.

        Returns
        -------
        list of (Diagram, Path)
            Each diagram with its file.

        Raises
        ------
        InvalidInput
            If the folder cannot be made or written to.
        """
        from feyn_nn.render import draw

        place = _made(folder)
        written: list[tuple[Diagram, Path]] = []
        number: Counter[int] = Counter()
        for diagram in self:
            number[diagram.loops] += 1
            file = place / f"kappa{self.legs}-{diagram.loops}loop-{number[diagram.loops]:03d}.svg"
            draw(diagram, labels=self.leg_labels(), caption=diagram.caption, file=file)
            written.append((diagram, file))
        return written

    def __repr__(self) -> str:
        legs, loops = counted(self.legs, "leg"), counted(self.loops, "loop")
        return _listed(f"with {legs} through {loops}", len(self), self)

    def _repr_html_(self) -> str:
        return self.gallery()._repr_html_() + _rest_in_html(len(self))


class HeadDiagrams(tuple["HeadDiagram", ...]):
    """The diagrams of a cumulant behind attention: a tuple that shows itself.

    Legs are named by their numbers, as in the names of the segments M.
    """

    def gallery(self, limit: int | None = MOST_SHOWN) -> Gallery:
        """Draw the first `limit` diagrams with their powers."""
        from feyn_nn.render import gallery

        shown = self[: checked_limit(limit)]
        return gallery(shown, captions=[[diagram.name, diagram.caption] for diagram in shown])

    def __repr__(self) -> str:
        return _listed("of attention", len(self), self)

    def _repr_html_(self) -> str:
        return self.gallery()._repr_html_() + _rest_in_html(len(self))


def _listed(kind: str, total: int, diagrams: Iterable[object]) -> str:
    """One line for each diagram, as many as fit on a page."""
    lines = [f"  {diagram}" for diagram in islice(diagrams, MOST_SHOWN)]
    rest = [f"  … {total - MOST_SHOWN} more"] if total > MOST_SHOWN else []
    head = f"{counted(total, 'diagram')} {kind}{':' if total else ''}"
    return "\n".join([head, *lines, *rest])


def _rest_in_html(total: int) -> str:
    more = total - MOST_SHOWN
    return f"<p>… {more} more; read them all by iterating.</p>" if more > 0 else ""


def _made(folder: str | PathLike[str]) -> Path:
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"cannot make the folder {str(place)!r}: {error.strerror}; give another"
        ) from error
    return place


def save_head_diagrams(rank: int, loops: int, folder: str | PathLike[str]) -> list[tuple[HeadDiagram, Path]]:
    """Draw every diagram of κ_rank(Ĝ) of an attention layer through 1/key_dim^loops, as :meth:`DiagramStream.save`.

    Files are named ``kappa2-heads-003.svg`` and the like.

    Raises
    ------
    InvalidInput
        If the folder cannot be made or written to.
    """
    from feyn_nn.diagrams.head_diagram import head_diagrams
    from feyn_nn.render import draw

    place, written = _made(folder), []
    for number, diagram in enumerate(head_diagrams(rank, loops), start=1):
        file = place / f"kappa{rank}-heads-{number:03d}.svg"
        draw(diagram, caption=diagram.caption, file=file)
        written.append((diagram, file))
    return written


def head_index_of(title: str, written: Sequence[tuple[HeadDiagram, Path]]) -> str:
    """Markdown that shows drawn diagrams of attention, each with its expectation and its powers."""
    parts = [f"## {title}: {len(written)} diagrams\n"]
    for diagram, file in written:
        parts += [f"![{diagram.caption}]({file.name})", f"{diagram.name}\n"]
    return "\n".join(parts)


def index_of(title: str, written: Sequence[tuple[Diagram, Path]], *, depth: int | None = None) -> str:
    """Markdown that shows drawn diagrams, and their expressions for a network of `depth` weight layers if given.

    The expressions are those for one input, where the sums over pairs of inputs at the ends of lines are gone.
    """
    parts = [f"## {title}: {len(written)} diagrams\n"]
    for diagram, file in written:
        parts.append(f"![{diagram.loops} loops, {diagram.caption}]({file.name})")
        if depth is not None:
            parts.append(f"\n$$ {diagram.latex(depth=depth, pairs=[(0, 0)] * diagram.n_legs)} $$\n")
    return "\n".join([*parts, ""])


def leg_labels(legs: int, pairs: tuple[Pair, ...] | None) -> tuple[str, ...]:
    """Ĝ with the pair of each leg as its index, or the number of the leg where no pair is given."""
    if pairs is None:
        return tuple(str(i + 1) for i in range(legs))
    return tuple(f"Ĝ{subscript(pair_name(pair))}" for pair in pairs)


def checked_limit(limit: int | None) -> int | None:
    """How many diagrams to draw, as an integer; None for all.

    Raises
    ------
    InvalidInput
        If it is no integer >= 0.
    """
    return None if limit is None else integer("limit", limit, least=0)
