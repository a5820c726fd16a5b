"""Mirror symmetries: those that diagrams have, those that layouts know, and those that pictures show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from judge import places_of
from mirrors import mirrors_in, mirrors_of
from random_pictures import Lines

from feyn_nn.diagrams import Diagram
from feyn_nn.render import draw, find_theme
from feyn_nn.render.causal import causal_layout
from feyn_nn.render.constraints import constrained, snapped
from feyn_nn.render.courses import lines_between
from feyn_nn.render.embedding import Embedding
from feyn_nn.render.geometry import bent, polyline, spline
from feyn_nn.render.mirrors import Symmetriser, Symmetry, symmetries
from feyn_nn.render.parts import limbs, links, pendants, sides
from feyn_nn.render.placement import wedges
from feyn_nn.render.polish import Polish
from feyn_nn.render.reshaping import evened
from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.turning import best_turn

FAMILIES = [
    ("phi3", 0, 3, 1),
    ("phi3", 2, 1, 1),
    ("phi3", 2, 2, 1),
    ("phi3", 2, 3, 11),
    ("phi3", 4, 1, 5),
    ("phi3", 4, 2, 23),
    ("phi4", 2, 3, 1),
    ("phi4", 4, 2, 4),
    ("network", 1, 2, 1),
    ("network", 2, 1, 1),
    ("network", 3, 1, 5),
]
BOTH = {"upside down", "left to right"}


def graph(n_vertices: int, n_legs: int, *lines: tuple[int, int]) -> Lines:
    valence = [sum(line.count(node) for line in lines) for node in range(n_vertices)]
    return Lines(tuple((v, 0) for v in valence), n_legs, lines, directed=False)


Y = graph(4, 2, (0, 1), (0, 4), (0, 5), (1, 2), (1, 3), (2, 2), (3, 3))
BOX = graph(4, 4, (0, 1), (1, 3), (2, 3), (0, 2), (0, 4), (1, 5), (2, 6), (3, 7))
EXCHANGE = graph(2, 4, (0, 1), (0, 2), (0, 3), (1, 4), (1, 5))
CROSSED = graph(2, 4, (0, 1), (0, 2), (0, 5), (1, 3), (1, 4))
TADPOLE = graph(2, 2, (0, 1), (0, 2), (0, 3), (1, 1))
TRIANGLE = graph(3, 2, (0, 3), (0, 4), (0, 1), (0, 2), (1, 2), (1, 1), (2, 2))
LOPSIDED = graph(3, 4, (0, 1), (1, 2), (2, 2), (0, 3), (0, 4), (1, 5), (0, 6))
ROSE = graph(1, 4, (0, 0), (0, 1), (0, 2), (0, 3), (0, 4))
RING = graph(3, 0, (0, 1), (1, 2), (0, 2), (0, 0))


@pytest.mark.parametrize(
    ("subject", "mirrors"),
    [
        (Y, {"left to right"}),
        (BOX, BOTH),
        (EXCHANGE, BOTH),
        (CROSSED, set()),  # no picture without crossings
        (TADPOLE, {"left to right"}),
        (TRIANGLE, {"left to right"}),  # upside down, the line between the two would cross the legs' line
        (LOPSIDED, set()),
        (RING, {"any"}),
        (ROSE, {"any"}),  # a self-loop lies on one axis or the other
    ],
    ids=["Y", "box", "exchange", "crossed", "tadpole", "triangle", "lopsided", "ring", "rose"],
)
def test_mirrors_told_by_eye(subject: Any, mirrors: set[str]) -> None:
    assert mirrors_of(subject) == mirrors
    shown = mirrors_in(draw(subject), subject)
    assert shown if mirrors == {"any"} else shown >= mirrors


def test_mirrors_are_seen_on_the_picture() -> None:
    """Moving one vertex with its lines, or bending one line, spoils them."""
    drawing = draw(BOX)
    assert mirrors_in(drawing, BOX) == BOTH
    items = list(drawing.items)
    bent = next(i for i, item in enumerate(items) if item.role == "internal")
    path = items[bent].path  # type: ignore[attr-defined]
    items[bent] = replace(items[bent], path=(path[0], path[1] + 40 + 40j, *path[2:]))  # type: ignore[call-arg]
    assert mirrors_in(replace(drawing, items=tuple(items)), BOX) == set()
    items = list(drawing.items)
    moved = next(i for i, item in enumerate(items) if item.role == "vertex")
    items[moved] = items[moved].moved(5 + 0j)
    assert mirrors_in(replace(drawing, items=tuple(items)), BOX) == set()


@pytest.mark.parametrize("chosen", FAMILIES, ids=str)
def test_pictures_keep_every_mirror(
    chosen: tuple[str, int, int, int], family: Callable[..., list[Diagram]]
) -> None:
    found = 0
    for i, diagram in enumerate(family(chosen)):
        mirrors = mirrors_of(diagram)
        shown = mirrors_in(draw(diagram, theme=("classroom", "paper")[i % 2]), diagram)
        assert shown if mirrors == {"any"} else shown >= mirrors
        found += bool(mirrors)
    assert found


def involutions(n: int) -> Iterator[tuple[int, ...]]:
    return (image for image in permutations(range(n)) if all(image[image[i]] == i for i in range(n)))


@pytest.mark.parametrize(
    "subject", [Y, BOX, EXCHANGE, TRIANGLE, RING], ids=["Y", "box", "exchange", "triangle", "ring"]
)
def test_symmetries_are_all_there_are(subject: Any) -> None:
    """Against every involution of vertices, legs and tips, by their effect on the lines."""
    skeleton = Skeleton.of(subject)
    n, v = skeleton.n_nodes + len(skeleton.roots), skeleton.n_vertices
    lines = {frozenset(ends): number for ends, number in skeleton.bundles.items()}
    lines |= {frozenset((root, skeleton.n_nodes + i)): 0 for i, root in enumerate(skeleton.roots)}

    def crowded(image: tuple[int, ...]) -> bool:
        fixed = [node for node in range(n) if image[node] == node]
        return any(sum(frozenset((a, b)) in lines for b in fixed) > 2 for a in fixed)

    left, right = skeleton.left, skeleton.right
    wanted = {1: [*left[::-1], *right[::-1]], -1: [*right, *left] if left else None}
    known = {(mirror.image, mirror.sign) for symmetry in symmetries(skeleton) for mirror in symmetry.mirrors}
    expected = {
        (image, sign)
        for image, sign in product(involutions(n), (1, -1))
        if wanted[sign] == list(image[v : skeleton.n_nodes])
        and {frozenset(image[node] for node in ends): number for ends, number in lines.items()} == lines
        and all((node < skeleton.n_nodes) == (image[node] < skeleton.n_nodes) for node in range(n))
        and not crowded(image)
        and not closed(image, lines)
    }
    assert {pair for pair in known if pair[1] == 1 or left} == expected


def closed(image: tuple[int, ...], lines: dict[frozenset[int], int]) -> bool:
    """Whether nodes that stay in place form a ring."""
    fixed = {node for node in range(len(image)) if image[node] == node}
    inner = [ends for ends in lines if ends <= fixed]
    while any(sum(node in ends for ends in inner) == 1 for node in fixed):
        loose = {node for node in fixed if sum(node in ends for ends in inner) == 1}
        inner = [ends for ends in inner if not ends & loose]
    return bool(inner)


@pytest.mark.parametrize("subject", [Y, BOX, EXCHANGE, RING], ids=["Y", "box", "exchange", "ring"])
def test_places_become_symmetric(subject: Any) -> None:
    skeleton = Skeleton.of(subject)
    n = len(skeleton.distances)
    found = symmetries(skeleton)
    assert found[0] == Symmetry()
    rng = np.random.default_rng(5)
    places = rng.normal(size=(len(found), n)) + 1j * rng.normal(size=(len(found), n))
    symmetric = Symmetriser(found, n)(places)
    np.testing.assert_allclose(symmetric[0], places[0])
    for symmetry, once in zip(found, symmetric, strict=True):
        for mirror in symmetry.mirrors:
            centred = once - once.mean()
            np.testing.assert_allclose(mirror(centred), centred, atol=1e-12)
            for node in range(n):
                (move,) = symmetry.moves(node, np.array([0.3 - 0.2j]), n)
                np.testing.assert_allclose(mirror(move), move, atol=1e-12)


@pytest.mark.parametrize("chosen", [("phi3", 2, 3, 2), ("phi3", 4, 2, 1), ("phi4", 4, 3, 3)], ids=str)
def test_parts_are_joined_in_their_roots_alone(
    chosen: tuple[str, int, int, int], family: Callable[..., list[Diagram]]
) -> None:
    seen = dict.fromkeys((pendants, links, sides, limbs), 0)
    for diagram in family(chosen):
        skeleton = Skeleton.of(diagram)
        for find in seen:
            for part in find(skeleton):
                seen[find] += 1
                joined = {n for ends in skeleton.bundles for n in ends if {*ends} & {*part.nodes}}
                assert joined == {*part.nodes, *part.roots}
                assert len(part.roots) == (2 if find is links else 1)
                legs = [n for n in part.nodes if n >= skeleton.n_vertices]
                if find is sides:
                    assert legs in (skeleton.left, skeleton.right)
                assert len(legs) == {pendants: 0, links: 0, limbs: 1, sides: 2}[find]
                inner = [ends for ends in skeleton.pairs if {*ends} <= {*part.nodes, *part.roots}]
                assert len(part.shape.pairs) == len(inner) + len(part.roots)
    assert all(seen[find] for find in (pendants, links))


def test_parts_by_eye() -> None:
    """A tadpole hangs on the line; the two-loop Y hangs on its foot as a whole."""
    assert [(p.roots, p.nodes) for p in pendants(Skeleton.of(TADPOLE))] == [((0,), (1,))]
    assert [(p.roots, p.nodes) for p in pendants(Skeleton.of(Y))] == [((0,), (1, 2, 3))]
    assert pendants(Skeleton.of(RING)) == links(Skeleton.of(RING)) == []
    assert [(p.roots, p.nodes) for p in sides(Skeleton.of(EXCHANGE))] == [
        ((1,), (0, 2, 3)),
        ((0,), (1, 4, 5)),
    ]
    assert [(p.roots, p.nodes) for p in limbs(Skeleton.of(LOPSIDED))] == [((0,), (1, 2, 5))]


def vertices(subject: Any) -> list[complex]:
    """Where the vertices stand in the picture."""
    return places_of(draw(subject, theme="paper"), subject)[0][: len(subject.vertices)]


def test_tadpoles_on_the_line_between_two_legs_stand_upright() -> None:
    at = vertices(graph(6, 2, (0, 6), (0, 1), (1, 2), (2, 3), (2, 3), (3, 7), (0, 4), (1, 5), (4, 4), (5, 5)))
    for root, tip in ((0, 4), (1, 5)):
        assert abs((at[tip] - at[root]).real) < 0.2 < abs((at[tip] - at[root]).imag)


def test_a_box_put_into_the_line_is_even() -> None:
    """Mirror symmetric between its two roots, though the bubble before it spoils the symmetry of the whole."""
    at = vertices(graph(6, 2, (0, 6), (0, 1), (0, 1), (1, 2), (2, 3), (2, 4), (4, 5), (4, 5), (3, 5), (3, 7)))
    middle = (at[2] + at[3]) / 2
    assert abs((at[4] + at[5]).real / 2 - middle.real) < 0.2
    assert abs((at[4] - at[5]).imag) < 0.2


def test_a_part_between_two_vertices_becomes_even() -> None:
    """Of a skewed box: about the perpendicular bisector of its roots, which stay; nothing else moves."""
    lines = ((0, 6), (0, 1), (0, 1), (1, 2), (2, 3), (2, 4), (4, 5), (4, 5), (3, 5), (3, 7))
    (box,) = [part for part in links(Skeleton.of(graph(6, 2, *lines))) if part.roots == (2, 3)]
    places = np.array([-3, -2, 0, 1 + 1j, 0.9 - 1j, 1.9 + 0.3j, -4, 2 + 1j], dtype=np.complex128)
    middle, along = (places[2] + places[3]) / 2, places[3] - places[2]
    even = [moved for moved in evened(places, box) if abs(moved[4] - moved[5]) > 0.1]
    assert even
    for moved in even:
        np.testing.assert_array_equal(np.delete(moved, [4, 5]), np.delete(places, [4, 5]))
        four, five = (moved[[4, 5]] - middle) / along
        assert four == pytest.approx(-five.conjugate())


def test_a_side_is_even() -> None:
    """The triangle that ends in both right legs is upright, though a tadpole spoils the symmetry of the whole."""
    at = vertices(
        graph(6, 4, (0, 6), (0, 7), (0, 1), (1, 2), (2, 2), (1, 3), (3, 4), (3, 5), (4, 5), (4, 8), (5, 9))
    )
    assert abs((at[4] - at[5]).real) < 0.2
    assert abs((at[4] + at[5]).imag / 2 - at[3].imag) < 0.2


def test_bubbles_before_one_leg_are_in_line() -> None:
    lines = ((0, 6), (0, 7), (0, 1), (1, 8), (1, 2), (2, 3), (2, 3), (3, 4), (4, 5), (4, 5), (5, 9))
    at = np.array(vertices(graph(6, 4, *lines)))[1:]
    along = (at[-1] - at[0]) / abs(at[-1] - at[0])
    assert np.abs(((at - at[0]) * along.conjugate()).imag).max() < 0.02 * abs(at[-1] - at[0])


def test_lines_are_level_and_upright_or_clearly_not(family: Callable[..., list[Diagram]]) -> None:
    """Of the straight lines between vertices next to none lean by less than three degrees, and half do not lean."""
    leaning: list[float] = []
    for diagram in family(("phi3", 2, 2, 1)) + family(("phi3", 4, 1, 2)):
        at = vertices(diagram)
        ends = [
            pair for pair in diagram.lines if max(pair) < len(at) and list(diagram.lines).count(pair) == 1
        ]
        steps = [at[b] - at[a] for a, b in ends if a != b]
        leaning += [min(abs(s.real), abs(s.imag)) / abs(s) for s in steps]
    slopes = np.array(leaning)
    assert np.mean((slopes > 0.005) & (slopes < 0.05)) < 0.03
    assert np.mean(slopes < 0.005) > 0.5


def test_a_bubble_makes_room_for_its_neighbours() -> None:
    """Flatter than alone, where its lines would leave the corners of a triangle as one with the sides."""
    subject = graph(4, 2, (0, 1), (0, 4), (0, 5), (1, 2), (1, 3), (2, 3), (2, 3))
    skeleton = Skeleton.of(subject)
    points = [0j, -100j, -40 - 190j, 40 - 190j, -90 + 0j, 90 + 0j]
    spacing = replace(find_theme("paper").spacing, radius=3.0, label=20.0)
    (*_, narrow), paths = lines_between(points, subject, skeleton, spacing)
    assert narrow == wedges(subject, paths)
    round_ones = [bent(points[2], points[3], sag * 80) for sag in (0.3, -0.3)]
    assert wedges(subject, [*paths[:5], *round_ones]) > narrow + 0.5


def test_pairs_of_mirrors_go_together(family: Callable[..., list[Diagram]]) -> None:
    """Two mirrors of a symmetry commute, and agree in one node at most: it stands in the centre."""
    pairs = 0
    for chosen in (("phi3", 0, 3, 1), ("phi3", 4, 2, 3), ("phi4", 0, 3, 1), ("phi4", 4, 2, 1)):
        for diagram in family(chosen):
            for a, b in (s.mirrors for s in symmetries(Skeleton.of(diagram)) if len(s.mirrors) == 2):
                pairs += 1
                assert [a.image[i] for i in b.image] == [b.image[i] for i in a.image]
                assert sum(i == j for i, j in zip(a.image, b.image, strict=True)) <= 1
    assert pairs > 5


def test_many_self_loops_take_no_time() -> None:
    """Self-loops of one vertex are alike: their permutations are not tried."""
    assert 1 <= len(symmetries(Skeleton.of(graph(1, 2, (0, 1), (0, 2), *[(0, 0)] * 30)))) < 20


@pytest.mark.parametrize("chosen", [("phi3", 2, 3, 11), ("phi3", 4, 2, 37), ("phi4", 4, 2, 5)], ids=str)
def test_polish_keeps_mirrors_and_costs_little(
    chosen: tuple[str, int, int, int], family: Callable[..., list[Diagram]]
) -> None:
    for diagram in family(chosen):
        skeleton = Skeleton.of(diagram)
        embedding = Embedding(skeleton)
        polish = Polish(skeleton, embedding.price, drawn=alone)
        for wanted in symmetries(skeleton)[:2]:
            places = embedding.best(wanted)[0]
            before = best_turn(places[: skeleton.n_nodes], skeleton)
            after = polish(before)
            assert after.mirrors >= before.mirrors
            touched = (
                len(pendants(skeleton)) + len(links(skeleton)) + len(sides(skeleton)) + len(limbs(skeleton))
            )
            assert embedding.price(after.places) < embedding.price(before.places) + 3.0 * (touched + 1)


def alone(part: Skeleton) -> Any:
    """A part drawn alone, without polish."""
    return best_turn(Embedding(part).best(symmetries(part)[-1])[0][: part.n_nodes], part).places


def test_legs_are_brought_to_their_edges() -> None:
    skeleton = Skeleton.of(BOX)
    rng = np.random.default_rng(3)
    places = constrained(rng.normal(size=(6, 8)) + 1j * rng.normal(size=(6, 8)), skeleton)
    for one in places:
        assert max(one[[4, 5]].real) < min(one[:4].real) - 0.69
        assert min(one[[6, 7]].real) > max(one[:4].real) + 0.69
        for a, b in ((4, 5), (6, 7)):
            assert one[a].real == pytest.approx(one[b].real)
            assert one[b].imag - one[a].imag > 0.999
    np.testing.assert_allclose(constrained(places, skeleton), places, atol=1e-12)


def test_nearly_level_lines_become_level() -> None:
    """Lines within the reach, other vertices only if they are nearly on one level; a leg stays where it is."""
    skeleton = Skeleton.of(BOX)
    places = np.array([0.01 + 0j, 1 + 0.02j, 0.12 + 1j, 1.5 + 0.9j, -1 + 0.04j, -1 + 1j, 2 + 0.5j, 2 + 1.05j])
    level = snapped(places, skeleton, 0.2)
    assert level[[0, 1]].imag == pytest.approx([0.04] * 2)  # as high as the leg
    assert level[[2, 3]].imag == pytest.approx([0.95] * 2, abs=0.11)
    assert level[2].imag == level[3].imag
    assert level[[0, 2]].real == pytest.approx([0.065] * 2)
    np.testing.assert_array_equal(level[4:], places[4:])
    near = snapped(places, skeleton, 0.05)
    assert near[[0, 2]].real == pytest.approx([0.01, 0.12])
    assert near[[2, 3]].imag == pytest.approx([1.0, 0.9])


@pytest.mark.parametrize("chosen", [("network", 3, 1, 7), ("network", 1, 3, 29)], ids=str)
def test_no_causal_line_is_nearly_level(
    chosen: tuple[str, int, int, int], family: Callable[..., list[Diagram]]
) -> None:
    """Lines between neighbouring columns are level to the pixel, or rise by more than an eighth of a row."""
    theme = find_theme("paper")
    seen = 0
    for diagram in family(chosen):
        layout = causal_layout(diagram, theme.spacing)
        for a, b in diagram.lines:
            ends = layout.positions[a], layout.positions[b]
            if layout.columns.index(ends[1].real) == layout.columns.index(ends[0].real) + 1:
                rise = abs((ends[1] - ends[0]).imag)
                seen += rise < 1e-9
                assert rise < 1e-9 or rise > theme.spacing.row / 8
    assert seen > 20


def test_long_lines_do_not_overshoot() -> None:
    """A line stays between the heights of the points around it, and rises or falls all the way between them."""
    through = [0j, 10 + 8j, 20 + 9j, 30 + 9j, 40 + 2j]
    heights = [polyline(path).imag for path in (spline(through)[3 * i : 3 * i + 4] for i in range(4))]
    for height, a, b in zip(heights, through[:-1], through[1:], strict=True):
        low, high = sorted((a.imag, b.imag))
        assert height.min() >= low - 1e-9
        assert height.max() <= high + 1e-9
        assert np.all(np.diff(height) * np.sign(b.imag - a.imag) >= -1e-9)


def test_wedges_are_counted() -> None:
    """Lines that leave a vertex within twenty degrees of each other, at both of their ends if they are parallel."""
    star = graph(2, 2, (0, 1), (0, 1), (0, 2), (1, 3))
    legs = [bent(0j, -50 + 0j, 0.0), bent(100 + 0j, 150 + 0j, 0.0)]

    def of_bubble(sag: float) -> float:
        return wedges(star, [bent(0j, 100 + 0j, sag), bent(0j, 100 + 0j, -sag), *legs])

    assert of_bubble(0.0) == 2.0
    assert 0.5 < of_bubble(3.0) < 1.5
    assert of_bubble(30.0) == 0.0


def test_best_turn_counts_mirrors() -> None:
    skeleton = Skeleton.of(EXCHANGE)
    places = np.array([-0.5, 0.5, -1 - 0.5j, -1 + 0.5j, 1 - 0.5j, 1 + 0.5j], dtype=np.complex128)
    assert best_turn(places, skeleton).mirrors == 2
    assert best_turn(places + np.array([0, 0.4j, 0, 0, 0, 0]), skeleton).mirrors == 0


def test_a_self_loop_points_into_the_gap_that_keeps_the_mirror() -> None:
    """Between two legs at right angles, rather than into one of two wider gaps."""
    star = graph(1, 3, (0, 0), (0, 1), (0, 2), (0, 3))
    skeleton = Skeleton.of(star)
    (petal,) = skeleton.petals([0j, -1 - 1j, -1 + 1j, 1.4 + 0j])
    assert petal.direction == pytest.approx(-1)
    (petal,) = skeleton.petals([0j, -1 - 0.5j, -1 + 0.5j, 1.4 + 0j])  # too narrow
    assert abs(petal.direction.imag) > 0.5
    assert mirrors_in(draw(star, theme=find_theme("paper")), star) == {"upside down"}
