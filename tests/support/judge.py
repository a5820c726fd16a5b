"""What makes a picture readable, judged on the finished display list alone.

The judge knows nothing of layouts: it looks at what was drawn, and says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn.render import Drawing
from feyn_nn.render.display import Curve, Disc, Item, Polygon, Region, Text
from feyn_nn.render.geometry import Box

Points = NDArray[np.complex128]

NODES = ("cumulant", "expectation", "blob", "vertex")
# Two lines may share this many thicknesses of their course, beyond their vertices: a crossing at 20 degrees does.
SHARED = 9.0


def faults(drawing: Drawing, subject: Any) -> list[str]:
    """Return what is wrong with the picture of a diagram, a layer step or a head; nothing if it is readable."""
    items = drawing.items
    found = [*_border(drawing), *_words(items), *_discs(items)]
    if hasattr(subject, "lines"):
        found += [*_told(drawing, subject), *_courses(drawing, subject)]
    else:
        found += _in_head(drawing)
    return found


def sampled(path: Sequence[complex]) -> Points:
    """Return points along joined cubic Béziers, by Bernstein polynomials: 33 for each piece.

    They are spaced unevenly, so that crossings in the middle of symmetric lines do not fall on them.
    """
    t = np.linspace(0.0, 1.0, 33)[:, None] ** 1.03
    basis = np.concatenate([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    return np.concatenate([basis @ np.array(path[i : i + 4]) for i in range(0, len(path) - 1, 3)])


def meetings(first: Points, second: Points) -> int:
    """Count the crossings of two polylines, by the signs of triangles."""
    a, b, c, d = first[:-1, None], first[1:, None], second[None, :-1], second[None, 1:]

    def parted(p: Any, q: Any, r: Any, s: Any) -> Any:
        """Whether r and s lie on different sides of pq, collinear points on none."""
        left, right = ((q - p).conjugate() * (r - p)).imag, ((q - p).conjugate() * (s - p)).imag
        return (left * right < 0) & (np.minimum(abs(left), abs(right)) > 1e-9 * abs(q - p))

    return int(np.count_nonzero(parted(a, b, c, d) & parted(c, d, a, b)))


def crossing_count(drawing: Drawing) -> int:
    """Count how often lines cross in the picture."""
    lines = [sampled(curve.path) for curve in lines_of(drawing)]
    return sum(meetings(a, b) for a, b in combinations(lines, 2))


def lines_of(drawing: Drawing) -> list[Curve]:
    """Return the lines of the diagram, in its order."""
    return [i for i in drawing.items if isinstance(i, Curve) and i.role in ("internal", "external")]


def _border(drawing: Drawing) -> Iterator[str]:
    frame = drawing.box.padded(-0.99 * drawing.theme.margin)
    for item in drawing.items:
        if frame.union(item.box) != frame:
            yield f"{item.role} leaves the border"


def _texts(items: Sequence[Item]) -> list[Text]:
    return [item for item in items if isinstance(item, Text) and item.text.strip()]


def _words(items: Sequence[Item]) -> Iterator[str]:
    texts = _texts(items)
    for a, b in combinations(texts, 2):
        if a.box.overlaps(b.box):
            yield f"the words {a.text!r} and {b.text!r} overlap"
    discs = [item for item in items if isinstance(item, Disc)]
    strokes = [(_dense(sampled(i.path)), i.stroke) for i in items if isinstance(i, (Curve, Region))]
    heads = [item for item in items if isinstance(item, Polygon) and item.role == "arrow"]
    for text in texts:
        if any(_enters(line, text.box.padded(stroke / 2)) for line, stroke in strokes):
            yield f"a line runs through {text.text!r}"
        if any(text.box.overlaps(disc.box) and not _names(text, disc) for disc in discs):
            yield f"{text.text!r} touches a disc"
        if any(text.box.overlaps(head.box) for head in heads):
            yield f"{text.text!r} touches an arrowhead"


def _dense(line: Points) -> Points:
    share = np.linspace(0.0, 1.0, 6)[:, None]
    return np.asarray((1 - share) * line[:-1] + share * line[1:]).ravel()


def _enters(line: Points, box: Box) -> bool:
    x, y = line.real, line.imag
    return bool(np.any((x > box.left) & (x < box.right) & (y > box.top) & (y < box.bottom)))


def _names(text: Text, disc: Disc) -> bool:
    """Whether the text is what stands in the disc."""
    box = text.box
    middle = complex((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    return abs(middle - disc.centre) < 0.5 * disc.radius and box.width < 2 * disc.radius


def _discs(items: Sequence[Item]) -> Iterator[str]:
    """Discs that are not the ring and the core of one blob keep apart."""
    discs = [item for item in items if isinstance(item, Disc)]
    for a, b in combinations(discs, 2):
        concentric = a.role == b.role == "blob" and a.centre == b.centre
        apart = a.radius + b.radius + (a.stroke + b.stroke) / 2
        if not concentric and abs(a.centre - b.centre) <= apart:
            yield f"a {a.role} and a {b.role} touch"


def places_of(drawing: Drawing, subject: Any) -> tuple[list[complex], list[float]]:
    """Where the nodes of a diagram were drawn, and how large; what a legend shows comes after them."""
    discs = [item for item in drawing.items if isinstance(item, Disc)]
    rings: dict[complex, float] = {}
    for disc in discs:
        if disc.role in NODES:
            rings.setdefault(disc.centre, disc.radius + disc.stroke / 2)
    legs = [(disc.centre, disc.radius) for disc in discs if disc.role == "leg"]
    nodes = [*list(rings.items())[: len(subject.vertices)], *legs[: subject.n_legs]]
    return [at for at, _ in nodes], [radius for _, radius in nodes]


def _told(drawing: Drawing, subject: Any) -> Iterator[str]:
    """The picture, read by where its lines end, is the diagram."""
    at, radii = places_of(drawing, subject)
    curves, n, v = lines_of(drawing), len(subject.vertices) + subject.n_legs, len(subject.vertices)
    if len(at) != n or len(curves) != len(subject.lines):
        yield "not every vertex, leg or line is drawn"
        return
    slack = drawing.theme.stroke
    for (a, b), curve in zip(subject.lines, curves, strict=True):
        for node, end in ((a, curve.path[0]), (b, curve.path[-1])):
            reach = radii[node] if node < v else 0.0
            if abs(abs(end - at[node]) - reach) > slack:
                yield f"line {a}-{b} does not end in {node}"
        if (max(a, b) >= v) != (curve.role == "external"):
            yield f"line {a}-{b} is drawn as {curve.role}"


def _courses(drawing: Drawing, subject: Any) -> Iterator[str]:
    """Lines keep clear of foreign vertices and legs, and do not run on top of each other."""
    at, radii = places_of(drawing, subject)
    lines = [sampled(curve.path) for curve in lines_of(drawing)]
    stroke = drawing.theme.stroke
    for ends, line in zip(subject.lines, lines, strict=False):
        apart = _distance(line, np.array(at)) - np.array(radii)
        for node in np.flatnonzero(apart <= stroke / 2).tolist():
            if node not in ends:
                yield f"line {ends} runs through {node}"
    for (e, a), (f, b) in combinations(zip(subject.lines, lines, strict=False), 2):
        shared = [(at[node], radii[node]) for node in {*e} & {*f}]
        if _together(a, b, shared, drawing) > SHARED * stroke:
            yield f"lines {tuple(e)} and {tuple(f)} run on top of each other"


def _in_head(drawing: Drawing) -> Iterator[str]:
    """Lines of a head touch only the discs at their ends and those that sit on them."""
    discs = [item for item in drawing.items if isinstance(item, Disc)]
    for curve in lines_of(drawing):
        line = sampled(curve.path)
        apart_of = _distance(line, np.array([disc.centre for disc in discs]))
        for disc, apart in zip(discs, apart_of.tolist(), strict=True):
            reach = disc.radius + (disc.stroke + curve.stroke) / 2
            ends = [abs(disc.centre - end) for end in (curve.path[0], curve.path[-1])]
            seated = apart < 0.1 * curve.stroke and not curve.dashes
            if apart <= reach and min(ends) > reach and not seated:
                yield f"a line runs through a {disc.role}"


def _distance(line: Points, points: Points) -> NDArray[np.float64]:
    start, step = line[:-1, None], (line[1:] - line[:-1])[:, None]
    along = ((points - start) * step.conj()).real / np.maximum(abs(step) ** 2, 1e-12)
    return np.asarray(abs(start + np.clip(along, 0, 1) * step - points).min(axis=0))


def _together(a: Points, b: Points, shared: list[tuple[complex, float]], drawing: Drawing) -> float:
    """The length of the longest stretch of line a that lies on line b, away from the vertices they share."""
    stroke = drawing.theme.stroke
    near = 1.5 * stroke
    if a.real.min() > b.real.max() + near or b.real.min() > a.real.max() + near:
        return 0.0
    if a.imag.min() > b.imag.max() + near or b.imag.min() > a.imag.max() + near:
        return 0.0
    on = _distance(b, a) < near
    for at, radius in shared:
        on &= abs(a - at) > radius + 0.2 * drawing.theme.spacing.column
    longest, length = 0.0, 0.0
    for (p, q), both in zip(pairwise(a), on[:-1] & on[1:], strict=True):
        length = length + abs(q - p) if both else 0.0
        longest = max(longest, length)
    return longest
