"""Arrowheads, and where on their lines they stand."""

from __future__ import annotations

from collections.abc import Sequence

from feyn_nn.render.display import Curve, Polygon
from feyn_nn.render.geometry import Path, Point, distance, middle, polyline


def arrowhead(at: Point, direction: Point, length: float, colour: str) -> Polygon:
    """Return an arrowhead in `at` that points along the unit vector `direction`."""
    tip, back = at + 0.55 * length * direction, at - 0.45 * length * direction
    side = 0.38j * length * direction
    return Polygon(
        role="arrow", corners=(tip, back + side, back + 0.22 * length * direction, back - side), fill=colour
    )


def arrowheads(
    curves: Sequence[Curve], paths: Sequence[Path], pointed: Sequence[bool], length: float
) -> list[Polygon]:
    """Return an arrowhead on each line that is `pointed`, in its middle or nearby where no other line passes."""
    lines = [polyline(path) for path in paths]
    arrows: list[Polygon] = []
    for i, path in enumerate(paths):
        if pointed[i]:
            others = [*lines[:i], *lines[i + 1 :]]
            spots = [middle(path, fraction) for fraction in (0.5, 0.4, 0.6, 0.33, 0.67)]
            clear = [spot for spot in spots if all(distance(line, spot[0]) > length for line in others)]
            arrows.append(arrowhead(*(clear or spots)[0], length, curves[i].colour))
    return arrows
