"""Lines of several fields: patterns, arrows, waves."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.render import draw
from feyn_nn.render.display import Curve, Polygon
from feyn_nn.render.geometry import bent, petal, polyline, straight
from feyn_nn.render.strokes import drawn, line_styles


@dataclass(frozen=True)
class OneField:
    name: str
    directed: bool = False


@dataclass(frozen=True)
class Theory:
    fields: tuple[OneField, ...]


@dataclass(frozen=True)
class SeveralFields:
    """A diagram that names the field of each line, and its theory."""

    lines: tuple[tuple[int, int], ...]
    fields: tuple[str, ...]
    action: Theory
    vertices: tuple[tuple[int, int], ...] = ((3, 0), (3, 0))
    n_legs: int = 2
    directed: bool = False
    causal_order: tuple[int, ...] = field(default=(0, 1))


YUKAWA = Theory((OneField("φ"), OneField("ψ", directed=True)))
FERMION_LOOP = SeveralFields(((0, 1), (1, 0), (0, 2), (1, 3)), ("ψ", "ψ", "φ", "φ"), YUKAWA)
SELF_ENERGY = SeveralFields(((0, 1), (0, 1), (2, 0), (1, 3)), ("ψ", "φ", "ψ", "ψ"), YUKAWA)


def strokes(diagram: SeveralFields, **options: object) -> list[Curve]:
    return [item for item in draw(diagram, **options).items if isinstance(item, Curve)]  # type: ignore[arg-type]


def test_directed_lines_have_arrows_and_real_ones_beside_them_dashes() -> None:
    curves = strokes(FERMION_LOOP)
    assert [bool(curve.dashes) for curve in curves] == [False, False, True, True]
    arrows = [item for item in draw(FERMION_LOOP).items if isinstance(item, Polygon)]
    assert len(arrows) == 2
    up, down = (arrow.corners[0].real - arrow.corners[2].real for arrow in arrows)
    assert up > 0 > down  # one runs there, the other one back


def test_an_arrow_points_where_its_line_runs() -> None:
    """Lines run from leg 1 through the diagram to leg 2, from left to right."""
    drawing = draw(SELF_ENERGY)
    arrows = [item for item in drawing.items if isinstance(item, Polygon)]
    assert len(arrows) == 3
    assert all(arrow.corners[0].real > arrow.corners[2].real for arrow in arrows)
    assert "1 ψ line runs from leg 1 to vertex 1." in drawing.description
    assert "1 φ line joins vertex 1 and vertex 2." in drawing.description


def test_patterns_of_ones_own() -> None:
    assert line_styles(SELF_ENERGY, {"φ": "wavy"})["φ"].pattern == "wavy"
    assert [len(curve.path) > 4 for curve in strokes(SELF_ENERGY, styles={"φ": "wavy"})] == [
        False,
        True,
        False,
        False,
    ]


def test_every_field_has_a_pattern_of_its_own() -> None:
    real = Theory(tuple(OneField(name) for name in "abcd"))
    many = SeveralFields(((0, 1), (0, 1), (0, 2), (1, 3)), tuple("abcd"), real)
    assert [style.pattern for style in line_styles(many).values()] == ["solid", "dashed", "wavy", "dotted"]
    assert not any(style.arrow for style in line_styles(many).values())


@pytest.mark.parametrize("path", [straight(1j, 100 + 40j), bent(0j, 90 + 0j, 25.0), petal(0j, 60j)], ids=str)
def test_waves_follow_their_line(path: tuple[complex, ...]) -> None:
    """They begin and end where it does, never leave it by more than their height, and cross it each half wave."""
    wave, dashes = drawn(path, "wavy", 2.0)
    assert dashes == ()
    assert (wave[0], wave[-1]) == pytest.approx((path[0], path[-1]))
    line, waves = polyline(path), polyline(wave)
    dense = np.concatenate([line[:-1] + t * np.diff(line) for t in np.linspace(0, 1, 40)])
    away = np.abs(waves[:, None] - dense[None, :]).min(axis=1)
    assert 0.85 * 4.4 < away.max() < 1.1 * 4.4
    crossings = len(wave) // 3
    assert crossings == pytest.approx(float(np.abs(np.diff(line)).sum()) / (4.6 * 2.0), abs=1.01)
    assert crossings % 2 == 0


@pytest.mark.parametrize(
    ("styles", "says"),
    [({"φφ": "wavy"}, "did you mean 'φ'?"), ({"φ": "wave"}, "did you mean 'wavy'?")],
)
def test_misspelt_styles(styles: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidInput, match=r"known|no field") as caught:
        draw(SELF_ENERGY, styles=styles)
    assert says in str(caught.value)
