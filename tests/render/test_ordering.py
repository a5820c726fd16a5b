"""Crossings are as few as an independent search finds; symmetric diagrams look symmetric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, permutations, product
from math import factorial, prod

import numpy as np
import pytest
from fewest_crossings import fewest_crossings

from feyn_nn.diagrams import Diagram
from feyn_nn.render import find_theme
from feyn_nn.render.causal import causal_layout
from feyn_nn.render.columns import columns
from feyn_nn.render.geometry import crossings
from feyn_nn.render.ordering import best_orders, crossing_number, layered
from feyn_nn.render.placement import flaws
from feyn_nn.render.planar import planar_places
from feyn_nn.render.skeleton import Skeleton
from feyn_nn.render.subject import Subject
from feyn_nn.render.undirected import undirected_layout

SPACING = find_theme("classroom").spacing


def crossings_in_columns(diagram: Diagram, column: Sequence[int]) -> int:
    """Try all orders of all columns at once, every parallel line a line of its own."""
    members: list[list[object]] = [[] for _ in range(max(column) + 1)]
    for node, c in enumerate(column):
        members[c].append(node)
    steps: list[tuple[int, object, object]] = []
    for a, b in diagram.lines:
        stops: list[object] = [a, *((a, b, c) for c in range(column[a] + 1, column[b])), b]
        for c, stop in enumerate(stops[1:-1], start=column[a] + 1):
            if stop not in members[c]:
                members[c].append(stop)
        steps += [(column[a] + i, stops[i], stops[i + 1]) for i in range(len(stops) - 1)]

    def crossings(order: tuple[tuple[object, ...], ...]) -> int:
        spans = [(c, order[c].index(s), order[c + 1].index(t)) for c, s, t in steps]
        return sum(
            c == d and (s - u) * (t - w) < 0 for i, (c, s, t) in enumerate(spans) for d, u, w in spans[:i]
        )

    inner = [list(permutations(items)) for items in members[:-1]]
    return min(crossings((*order, tuple(members[-1]))) for order in product(*inner))


@pytest.mark.parametrize(
    "chosen", [("network", 2, 1, 1), ("network", 3, 0, 1), ("network", 3, 1, 4), ("network", 1, 2, 1)]
)
def test_crossings_are_the_fewest(
    chosen: tuple[str, int, int, int], family: Callable[..., list[Diagram]]
) -> None:
    checked = 0
    for diagram in family(chosen):
        graph = layered(diagram)
        if prod(factorial(len(items)) for items in graph.members[:-1]) > 300:
            continue
        least = crossings_in_columns(diagram, columns(diagram))
        assert all(crossing_number(graph, order) == least for order in best_orders(graph))
        drawn = causal_layout(diagram, SPACING)
        found = flaws(diagram, drawn.positions, drawn.paths, SPACING.radius)
        assert found == (0, fewest_crossings(diagram))
        assert found[1] <= least
        checked += 1
    assert checked >= 7


@pytest.mark.parametrize("chosen", [("network", 2, 1, 1), ("network", 3, 0, 1), ("network", 1, 2, 2)])
def test_the_independent_search_against_all_drawings(
    chosen: tuple[str, int, int, int], family: Callable[..., list[Diagram]]
) -> None:
    """Every vertex in a column of its own, in every causal order, and every order within every column."""
    compared = 0
    for diagram in family(chosen):
        v = len(diagram.vertices)
        if v > 4:
            continue
        found = []
        for place in permutations(range(v)):
            column = (*place, *[v] * diagram.n_legs)
            if all(column[a] < column[b] for a, b in diagram.lines):
                found.append(crossings_in_columns(diagram, column))
        assert fewest_crossings(diagram) == min(found)
        compared += 1
    assert compared >= 5


def test_known_crossing_numbers(hand_made: Callable[..., Subject]) -> None:
    """K₅ and K₃,₃ have 1, K₆ has 3; two legs of a box that stand in the wrong order cost 1."""

    def number(edges: Iterable[tuple[int, int]], n_vertices: int, n_legs: int = 0) -> int | None:
        return fewest_crossings(
            hand_made(vertices=((3, 0),) * n_vertices, n_legs=n_legs, lines=tuple(edges), directed=False)
        )

    assert number(combinations(range(4), 2), 4) == 0
    assert number(combinations(range(5), 2), 5) == 1
    assert number(product(range(3), range(3, 6)), 6) == 1
    assert number(combinations(range(6), 2), 6) == 3
    box = [(0, 1), (1, 2), (2, 3), (0, 3)]
    assert number([*box, (0, 4), (3, 5), (1, 6), (2, 7)], 4, 4) == 0
    assert number([*box, (0, 4), (3, 5), (2, 6), (1, 7)], 4, 4) == 1


def test_columns_are_as_close_as_the_lines_allow(family: Callable[..., list[Diagram]]) -> None:
    """No vertex can move to another column and make the lines shorter in sum."""
    for diagram in family(("network", 3, 1, 7)):
        column = columns(diagram)
        assert all(column[a] < column[b] for a, b in diagram.lines)
        length = sum(column[b] - column[a] for a, b in diagram.lines)
        for v in range(len(diagram.vertices)):
            for c in range(max(column)):
                moved = [*column[:v], c, *column[v + 1 :]]
                if all(moved[a] < moved[b] for a, b in diagram.lines):
                    assert sum(moved[b] - moved[a] for a, b in diagram.lines) >= length


def test_wide_diagrams_are_drawn_too(hand_made: Callable[..., Subject]) -> None:
    """Eight sources into one merger: too many orders to try them all."""
    n = 8
    lines = (*((i, n) for i in range(n)), *((i, n + 1 + i) for i in range(n)), (n, 2 * n + 1))
    wide = hand_made(vertices=(*[(2, 0)] * n, (1, n)), n_legs=n + 1, lines=lines)
    (order,) = best_orders(layered(wide))
    assert sorted(order[0]) == list(range(n))
    drawn = causal_layout(wide, SPACING)
    assert flaws(wide, drawn.positions, drawn.paths, SPACING.radius)[0] == 0


def mirrored(places: tuple[complex, ...]) -> set[complex]:
    return {complex(round(p.real), -round(p.imag) or 0.0) for p in places}


def test_symmetric_diagrams_look_symmetric(hand_made: Callable[..., Subject], tadpole: Subject) -> None:
    places = causal_layout(tadpole, SPACING).positions
    assert [p.imag for p in places] == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)
    chain = ((0, 2), (0, 2), (0, 3), (0, 4), (1, 2), (1, 2), (1, 5), (1, 6))
    bubbles = hand_made(vertices=((4, 0),) * 3, n_legs=4, lines=chain, directed=False)
    places = undirected_layout(bubbles, SPACING).positions
    centre = places[2]
    left, right = (places[0] - centre, places[3] - centre), (places[1] - centre, places[5] - centre)
    assert [-p.conjugate() for p in left] == pytest.approx(list(right), abs=0.5)
    assert places[3] - centre == pytest.approx((places[4] - centre).conjugate(), abs=0.5)
    assert [p.imag for p in places[:3]] == pytest.approx([centre.imag] * 3, abs=1e-6)


def test_mirror_symmetry_of_causal_diagrams_is_kept(hand_made: Callable[..., Subject]) -> None:
    """One source of four lines, a bubble between two external lines."""
    lines = ((0, 1), (0, 1), (0, 2), (0, 4), (1, 3))
    drawn = causal_layout(hand_made(vertices=((4, 0), (1, 2)), n_legs=3, lines=lines), SPACING)
    source, merger, *legs = drawn.positions
    assert source.imag == pytest.approx(merger.imag, abs=0.01)
    assert legs[0].imag + legs[2].imag == pytest.approx(2 * legs[1].imag, abs=0.01)


@pytest.mark.parametrize("loops", [2, 3])
def test_self_energies_run_along_a_straight_line(loops: int, family: Callable[..., list[Diagram]]) -> None:
    for diagram in family(("phi4", 2, loops, 1)):
        v = len(diagram.vertices)
        places = undirected_layout(diagram, SPACING).positions
        roots = [a for a, b in diagram.lines if b >= v]
        assert {round(places[node].imag, 6) for node in (*roots, v, v + 1)} == {round(places[v].imag, 6)}


def planar_with_legs(diagram: Diagram) -> bool:
    """Whether it can be drawn without crossings, its legs around it in the order of the edges.

    The legs are joined to a hub through a ring, so that they lie on one face and in that order.
    """
    import networkx

    v, n = len(diagram.vertices), diagram.n_legs
    graph = networkx.Graph([(a, b) for a, b in diagram.lines if a != b])
    around = [*range(v, v + (n + 1) // 2), *reversed(range(v + (n + 1) // 2, v + n))]
    for a, b in zip(around, [*around[1:], *around[:1]], strict=True):
        graph.add_edges_from([(a, ("ring", a)), (("ring", a), ("ring", b)), (("ring", a), "hub")])
    return bool(networkx.check_planarity(graph)[0])


@pytest.mark.parametrize(
    "chosen", [("phi4", 4, 2, 3), ("phi3", 2, 3, 11), ("phi3", 4, 1, 4), ("phi34", 2, 2, 5)]
)
def test_undirected_lines_cross_only_where_they_must(
    chosen: tuple[str, int, int, int], family: Callable[..., list[Diagram]]
) -> None:
    """A picture has crossings exactly if the diagram, its legs in their places, is not planar."""
    for diagram in family(chosen):
        drawn = undirected_layout(diagram, SPACING)
        assert (drawn.crossings == 0) == planar_with_legs(diagram)
        assert flaws(diagram, drawn.positions, drawn.paths, SPACING.radius)[1] == drawn.crossings


def test_tuttes_drawing_has_no_crossing(family: Callable[..., list[Diagram]]) -> None:
    found = 0
    for diagram in family(("phi3", 4, 1, 1)):
        skeleton = Skeleton.of(diagram)
        places = planar_places(skeleton)
        assert (places is None) != planar_with_legs(diagram)
        if places is not None:
            ends = [
                *skeleton.bundles,
                *((root, skeleton.n_nodes + i) for i, root in enumerate(skeleton.roots)),
            ]
            lines = [places[list(pair)] for pair in ends]
            shortened = [np.array([0.99 * a + 0.01 * b, 0.01 * a + 0.99 * b]) for a, b in lines]
            assert crossings(shortened) == 0
            found += 1
    assert found >= 20
