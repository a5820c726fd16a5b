"""How the lines of each field are drawn: solid, dashed, dotted or wavy, with an arrow if they have a direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from feyn_nn._core import InvalidInput, nearest
from feyn_nn.render.geometry import Path, Point, is_straight, middle, polyline
from feyn_nn.render.subject import Subject, directed_fields, fields_of

Drawn: TypeAlias = tuple[Path, tuple[float, ...]]  # a path and its dashes

# The height of a wave and the length of half of one, in thicknesses of the line.
_AMPLITUDE, _HALF_WAVE = 2.2, 4.6
# Where the control points of half a sine stand along it.
_SINE = 0.3642


@dataclass(frozen=True, kw_only=True)
class LineStyle:
    """How a line is drawn.

    Parameters
    ----------
    pattern : str
        ``"solid"``, ``"dashed"``, ``"dotted"`` or ``"wavy"``.
    arrow : bool
        Whether an arrowhead shows its direction.

    Raises
    ------
    InvalidInput
        If there is no such pattern.
    """

    pattern: str = "solid"
    arrow: bool = False

    def __post_init__(self) -> None:
        if self.pattern not in PATTERNS:
            raise InvalidInput(
                f"pattern={self.pattern!r} is not known; {nearest(str(self.pattern), PATTERNS)}"
            )


def line_styles(diagram: Subject, given: Mapping[str, str] | None = None) -> dict[str, LineStyle]:
    """Return the style of each field of a diagram's theory.

    Lines with a direction are solid and have an arrow; where there are such, real fields are dashed, as
    scalars beside fermions are. Further fields of a kind get the next pattern.

    Parameters
    ----------
    diagram : Subject
    given : mapping of str to str, optional
        The patterns of some fields, by name.

    Raises
    ------
    InvalidInput
        If a name is no field of the diagram's theory, or a pattern is not known.
    """
    directed, names = directed_fields(diagram), fields_of(diagram)
    if given is not None and not isinstance(given, Mapping):
        raise InvalidInput(
            f"styles={given!r}: give a pattern by the name of a field, such as {{{names[0]!r}: 'wavy'}}"
        )
    if unknown := [name for name in given or {} if name not in names]:
        raise InvalidInput(
            f"styles names {unknown[0]!r}, which is no field here; {nearest(unknown[0], names)}"
        )
    free = {
        True: ["solid", "dashed", "wavy", "dotted"],
        False: ["dashed", "wavy", "dotted", "solid"] if directed else ["solid", "dashed", "wavy", "dotted"],
    }
    styles: dict[str, LineStyle] = {}
    for name in names:
        patterns = free[name in directed]
        pattern = (given or {}).get(name, patterns[0])
        free[name in directed] = [p for p in patterns if p != pattern] or patterns
        styles[name] = LineStyle(pattern=pattern, arrow=name in directed)
    return styles


def drawn(path: Path, pattern: str, stroke: float) -> Drawn:
    """Return what is drawn for a line along `path`: the path itself or waves about it, and its dashes."""
    return PATTERNS[pattern](path, stroke)


def _solid(path: Path, stroke: float) -> Drawn:
    return path, ()


def _dashed(path: Path, stroke: float) -> Drawn:
    return path, (3.6 * stroke, 3.2 * stroke)


def _dotted(path: Path, stroke: float) -> Drawn:
    return path, (0.1 * stroke, 2.6 * stroke)


def _wavy(path: Path, stroke: float) -> Drawn:
    """Half waves on alternating sides, as many as fit."""
    points = polyline(path)
    length = float(abs(points[1:] - points[:-1]).sum())
    count = max(2, 2 * round(length / (2 * _HALF_WAVE * stroke)))
    spots = [_spot(path, k / count) for k in range(count + 1)]
    wave: list[Point] = [spots[0][0]]
    for k, ((a, along_a), (b, along_b)) in enumerate(pairwise(spots)):
        reach, height = _SINE * abs(b - a), (-1) ** k * _AMPLITUDE * stroke / 0.75
        wave += [a + along_a * (reach + 1j * height), b + along_b * (-reach + 1j * height), b]
    return tuple(wave), ()


def _spot(path: Path, fraction: float) -> tuple[Point, Point]:
    """The point at a fraction of the length, with the tangent, which a straight line has everywhere."""
    if is_straight(path):
        chord = path[-1] - path[0]
        return path[0] + fraction * chord, chord / abs(chord)
    return middle(path, fraction)


PATTERNS: dict[str, Callable[[Path, float], Drawn]] = {
    "solid": _solid,
    "dashed": _dashed,
    "dotted": _dotted,
    "wavy": _wavy,
}
