"""Plane geometry of a drawing: points are complex numbers, y pointing down; curves are joined cubic Béziers."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = complex
Path: TypeAlias = tuple[Point, ...]  # 3 n + 1 control points of n cubic pieces
Polyline: TypeAlias = NDArray[np.complex128]

# Chord errors stay far below a line's thickness, and crossings are told apart well.
_STEPS = np.linspace(0.0, 1.0, 21)
_EXPONENTS = np.arange(1, 4)


class Box(NamedTuple):
    """An upright rectangle; `top` is smaller than `bottom`."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """The horizontal extent."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """The vertical extent."""
        return self.bottom - self.top

    def padded(self, margin: float) -> Box:
        """Return the box grown by `margin` on every side."""
        return Box(self.left - margin, self.top - margin, self.right + margin, self.bottom + margin)

    def union(self, other: Box) -> Box:
        """Return the smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def overlaps(self, other: Box) -> bool:
        """Whether the two boxes share more than their borders."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def enclosing(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds all of `boxes`; a point at the origin if there is none."""
    return reduce(Box.union, found) if (found := list(boxes)) else Box(0.0, 0.0, 0.0, 0.0)


def straight(start: Point, end: Point) -> Path:
    """Return the straight line as one cubic piece, run through evenly."""
    return bent(start, end, 0.0)


def bent(start: Point, end: Point, sag: float) -> Path:
    """Return a circular arc whose middle lies `sag` to the right of the chord, as seen by one who walks along it.

    One cubic that agrees with the circle in its ends, its tangents there and its middle.
    """
    chord = end - start
    turn = 1 + 2j * sag / abs(chord)
    return (start, start + chord / 3 * turn**2, end - chord / 3 * turn.conjugate() ** 2, end)


def spline(points: Sequence[Point]) -> Path:
    """Return the smooth curve through `points`, whose x increase: a monotone cubic Hermite spline.

    It nowhere leaves the heights of the two points around it (Fritsch & Butland 1984). Points on one straight line
    give that straight line.
    """
    steps = [b - a for a, b in pairwise(points)]
    slopes = [step.imag / step.real for step in steps]
    inner = [
        _between(*both, left.real, right.real)
        for both, (left, right) in zip(pairwise(slopes), pairwise(steps), strict=True)
    ]
    ends = [_outer(slopes[0], inner[0]), _outer(slopes[-1], inner[-1])] if inner else slopes * 2
    tangents = [ends[0], *inner, ends[1]]
    path: list[Point] = [points[0]]
    for a, step, (m, n) in zip(points[:-1], steps, pairwise(tangents), strict=True):
        third = step.real / 3
        path += [a + third * (1 + 1j * m), a + step - third * (1 + 1j * n), a + step]
    return tuple(path)


def _between(left: float, right: float, before: float, after: float) -> float:
    """The slope at a point between two pieces: level at an extremum, else their harmonic mean, weighted by lengths."""
    if left * right <= 0:
        return 0.0
    total = 3 * (before + after)
    return total / ((2 * after + before) / left + (after + 2 * before) / right)


def _outer(slope: float, inner: float) -> float:
    """The slope at an end, so that the curve bends evenly, but does not turn back."""
    free = 1.5 * slope - 0.5 * inner
    return 0.0 if free * slope <= 0 else math.copysign(min(abs(free), 3 * abs(slope)), slope)


def petal(root: Point, tip: Point, opening: float = 1.0) -> Path:
    """Return a round loop that starts and ends in `root`, at the angle `opening` to its axis, and reaches `tip`."""
    axis = tip - root
    leaving, arriving = cmath.rect(0.666, opening), 0.5j * min(1.0, opening)
    upper = (root + leaving * axis, tip + arriving * axis)
    lower = (tip - arriving * axis, root + leaving.conjugate() * axis)
    return (root, *upper, tip, *lower, root)


def rounded(box: Box, radius: float) -> Path:
    """Return a rectangle with round corners, a closed path."""
    corners = [
        (complex(box.right, box.top), 1 + 0j),
        (complex(box.right, box.bottom), 1j),
        (complex(box.left, box.bottom), -1 + 0j),
        (complex(box.left, box.top), -1j),
    ]
    path: list[Point] = [corners[-1][0] + radius]
    for corner, along in corners:
        before, after = corner - radius * along, corner + 1j * radius * along
        path += straight(path[-1], before)[1:]
        path += (before + 0.5523 * radius * along, after - 0.5523j * radius * along, after)
    return tuple(path)


def pieces(path: Path) -> list[Path]:
    """Return the cubic pieces of a path, four control points each."""
    return [path[i : i + 4] for i in range(0, len(path) - 1, 3)]


def split(piece: Path, t: float) -> tuple[Path, Path]:
    """Cut one cubic piece at parameter `t` (de Casteljau)."""
    left, right, level = [piece[0]], [piece[-1]], list(piece)
    while len(level) > 1:
        level = [(1 - t) * a + t * b for a, b in pairwise(level)]
        left.append(level[0])
        right.append(level[-1])
    return tuple(left), tuple(reversed(right))


def trimmed(path: Path, start_radius: float, end_radius: float) -> Path:
    """Cut off what lies in a disc about the start and in one about the end."""
    return _without_start(_without_start(path, start_radius)[::-1], end_radius)[::-1]


def _without_start(path: Path, radius: float) -> Path:
    first, low, high = path[:4], 0.0, 1.0
    if radius <= 0 or abs(first[3] - first[0]) <= radius:
        return path
    a, b, c = _powers(first)
    if len(path) == 4 and abs(a) + abs(b) < 1e-9 * abs(c):  # a straight line, run through evenly
        return split(first, radius / abs(c))[1]
    for _ in range(24):
        middle = (low + high) / 2
        inside = abs(((a * middle + b) * middle + c) * middle) < radius
        low, high = (middle, high) if inside else (low, middle)
    return (*split(first, high)[1], *path[4:])


def _powers(piece: Path) -> tuple[Point, Point, Point]:
    """Return a, b, c of the piece p(t) = p(0) + c t + b t² + a t³."""
    p0, p1, p2, p3 = piece
    return p3 - 3 * p2 + 3 * p1 - p0, 3 * (p2 - 2 * p1 + p0), 3 * (p1 - p0)


def is_straight(path: Path) -> bool:
    """Whether all control points lie on the chord, to within a hundredth."""
    chord = path[-1] - path[0]
    slack = 0.01 * abs(chord)
    return slack > 0 and all(abs((chord.conjugate() * (p - path[0])).imag) < slack for p in path[1:-1])


def polyline(path: Path) -> Polyline:
    """Return points along the path, evenly spaced in the parameter of each piece; of a straight line the ends."""
    if is_straight(path):
        return np.array([path[0], path[-1]])
    parts = [
        piece[0] + (_STEPS[:, None] ** _EXPONENTS) @ np.array(_powers(piece)[::-1]) for piece in pieces(path)
    ]
    return np.concatenate([part[0 if i == 0 else 1 :] for i, part in enumerate(parts)])


def middle(path: Path, fraction: float = 0.5) -> tuple[Point, Point]:
    """Return the point at `fraction` of the length, and the unit tangent there."""
    points = polyline(path)
    steps = np.abs(np.diff(points))
    lengths = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = fraction * float(lengths[-1])
    i = min(int(np.searchsorted(lengths, wanted, side="right")) - 1, len(steps) - 1)
    step = complex(points[i + 1] - points[i])
    return complex(points[i]) + step * (wanted - float(lengths[i])) / abs(step), step / abs(step)


def path_box(path: Path) -> Box:
    """Return the exact bounding box of a path: ends, and where a coordinate is stationary."""
    points = [path[0], path[-1]]
    for piece in pieces(path):
        points.append(piece[3])
        for axis in ([p.real for p in piece], [p.imag for p in piece]):
            points += [split(piece, t)[0][-1] for t in _stationary(axis)]
    xs, ys = [p.real for p in points], [p.imag for p in points]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _stationary(axis: list[float]) -> list[float]:
    p0, p1, p2, p3 = axis
    a, b, c = p3 - 3 * p2 + 3 * p1 - p0, 2 * (p2 - 2 * p1 + p0), p1 - p0
    scale = 1e-12 * (abs(a) + abs(b) + abs(c))
    if abs(a) <= scale:
        roots = [-c / b] if abs(b) > scale else []
    else:
        discriminant = b * b - 4 * a * c
        root = math.sqrt(max(discriminant, 0.0))
        roots = [(-b - root) / (2 * a), (-b + root) / (2 * a)] if discriminant >= 0 else []
    return [t for t in roots if 0 < t < 1]


def crossings(lines: Sequence[Polyline], others: Sequence[Polyline] | None = None) -> int:
    """Count the points where two different polylines cross: among `lines`, or of `lines` with `others`."""
    among = others is None
    right = lines if others is None else others
    if not lines or not right:
        return 0
    (owner_a, start_a, step_a), (owner_b, start_b, step_b) = _segments(lines), _segments(right)
    between = start_b[None, :] - start_a[:, None]
    turn = _cross(step_a[:, None], step_b[None, :])
    side_b = _cross(step_a[:, None], between)  # on which side of segment a segment b begins
    side_a = _cross(between, step_b[None, :])  # minus on which side of segment b segment a begins
    hits = ((side_b > 0) != (side_b + turn > 0)) & ((side_a > 0) != (side_a - turn > 0))
    if among:
        hits &= owner_a[:, None] < owner_b[None, :]
    return int(np.count_nonzero(hits))


def _segments(lines: Sequence[Polyline]) -> tuple[NDArray[np.intp], Polyline, Polyline]:
    """Return the line, the start and the step of every segment."""
    owner = np.repeat(np.arange(len(lines)), [len(line) - 1 for line in lines])
    return (
        owner,
        np.concatenate([line[:-1] for line in lines]),
        np.concatenate([line[1:] - line[:-1] for line in lines]),
    )


def distance(line: Polyline, point: Point) -> float:
    """Return the least distance of a polyline from a point."""
    return float(distances(line, np.array([point]))[0])


def distances(line: Polyline, points: Polyline) -> NDArray[np.float64]:
    """Return the least distance of a polyline from each of `points`."""
    start, step = line[:-1, None], (line[1:] - line[:-1])[:, None]
    length = np.maximum(step.real**2 + step.imag**2, 1e-300)
    along = np.real((points - start) * step.conj()) / length
    np.minimum(np.maximum(along, 0.0, out=along), 1.0, out=along)
    return np.asarray(np.abs(start + along * step - points).min(axis=0))


def _cross(a: NDArray[np.complex128], b: NDArray[np.complex128]) -> NDArray[np.float64]:
    return np.imag(np.conj(a) * b)
