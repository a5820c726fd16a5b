"""Curves, boxes, crossings."""

from __future__ import annotations

import cmath
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feyn_nn.render.geometry import (
    Box,
    bent,
    crossings,
    distance,
    enclosing,
    is_straight,
    middle,
    path_box,
    petal,
    pieces,
    polyline,
    spline,
    split,
    straight,
    trimmed,
)

points = st.builds(complex, st.floats(-100, 100), st.floats(-100, 100))


def test_an_arc_is_nearly_a_circle() -> None:
    arc = polyline(bent(0j, 10 + 0j, 3.0))
    radius = (5**2 + 3**2) / 6
    assert np.abs(np.abs(arc - complex(5, 3 - radius)) - radius).max() < 0.02 * radius
    assert middle(bent(0j, 10 + 0j, 3.0))[0] == pytest.approx(5 + 3j, abs=0.02)


@given(points, points, st.floats(-0.5, 0.5))
def test_boxes_hold_their_curves(start: complex, end: complex, sag: float) -> None:
    if abs(end - start) < 1:
        return
    path = bent(start, end, sag * abs(end - start))
    box, line = path_box(path), polyline(path)
    assert box.left - 1e-9 <= line.real.min()
    assert box.right + 1e-9 >= line.real.max()
    assert box.top - 1e-9 <= line.imag.min()
    assert box.bottom + 1e-9 >= line.imag.max()
    # and no larger than they are: the sampled extent misses little
    assert box.height <= np.ptp(line.imag) + 0.02 * abs(end - start)


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=6))
def test_splines_pass_their_points_and_never_turn_back(heights: list[float]) -> None:
    through = [complex(10 * i, y) for i, y in enumerate(heights)]
    path = spline(through)
    assert path[::3] == pytest.approx(tuple(through))
    assert np.all(np.diff(polyline(path).real) > 0)


def test_a_spline_through_a_straight_line_is_straight() -> None:
    assert is_straight(spline([0j, 10 + 5j, 20 + 10j, 40 + 20j]))


@given(st.floats(0.05, 0.95))
def test_splitting_keeps_the_curve(t: float) -> None:
    (piece,) = pieces(bent(0j, 10 + 2j, 3.0))
    left, right = split(piece, t)
    assert left[-1] == right[0]
    assert (left[0], right[-1]) == (piece[0], piece[-1])
    assert all(distance(polyline(piece), complex(p)) < 0.02 for p in (*polyline(left), *polyline(right)))


def test_trimming_stops_at_the_discs() -> None:
    for path in (bent(0j, 10 + 0j, 3.0), straight(0j, 10j), petal(0j, 20j), spline([0j, 10 + 3j, 20 - 3j])):
        cut = trimmed(path, 1.0, 2.0)
        assert abs(cut[0] - path[0]) == pytest.approx(1.0, abs=1e-5)
        assert abs(cut[-1] - path[-1]) == pytest.approx(2.0, abs=1e-5)


def test_a_petal_reaches_its_tip_and_is_symmetric() -> None:
    loop = petal(3 + 0j, 3 + 10j)
    assert path_box(loop).bottom == pytest.approx(10.0)
    box = path_box(loop)
    assert box.left + box.right == pytest.approx(6.0)
    assert 0.5 < box.width / box.height < 1.0


def test_crossings_are_counted() -> None:
    x, y = polyline(straight(-1 + 0.1j, 1 + 0.1j)), polyline(straight(-1j, 1j))
    assert crossings([x, y]) == 1
    assert crossings([x], [y]) == 1
    assert crossings([x, x + 1j]) == 0
    assert crossings([x]) == 0
    wave = polyline(spline([complex(i, (-1) ** i) for i in range(6)]))
    assert crossings([wave, polyline(straight(-1 + 0.01j, 7 + 0.01j))]) == 5


@given(points, st.floats(0, 2 * math.pi))
def test_distance_does_not_depend_on_the_orientation(point: complex, angle: float) -> None:
    turn = cmath.rect(1.0, angle)
    line = polyline(bent(0j, 10 + 3j, 2.0))
    assert distance(line * turn, point * turn) == pytest.approx(distance(line, point), abs=1e-9)


def test_boxes() -> None:
    a, b = Box(0, 0, 2, 1), Box(2, 0, 3, 1)
    assert not a.overlaps(b)
    assert a.overlaps(b.padded(0.1))
    assert enclosing([a, b]) == Box(0, 0, 3, 1)
    assert (a.width, a.height) == (2, 1)
