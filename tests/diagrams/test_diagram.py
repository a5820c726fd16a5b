from __future__ import annotations

from itertools import islice
from xml.etree import ElementTree

import pytest

from feyn_nn._core import Powers
from feyn_nn.actions import (
    CausalAction,
    Field,
    FieldTheory,
    Vertex,
    VertexKind,
    metric_theory,
    phi,
    phi4,
    yukawa,
)
from feyn_nn.diagrams import canonical_diagram, generate
from feyn_nn.render import draw
from feyn_nn.rules.algebra import diagram_expression


@pytest.mark.parametrize(("legs", "loops"), [(1, 2), (2, 1), (3, 0), (4, 0), (3, 1)])
def test_causal_order_follows_every_line(legs, loops):
    for diagram in generate(CausalAction(), legs=legs, loops=loops):
        order = diagram.causal_order
        assert sorted(order) == list(range(len(diagram.vertices)))
        assert all(order.index(source) < order.index(target) for source, target in diagram.internal_lines)


def test_causal_order_of_equals_is_by_number():
    kinds = [VertexKind(2, 0), VertexKind(2, 0), VertexKind(1, 2)]
    diagram = canonical_diagram(CausalAction(), kinds, [(0, 2), (1, 2), (0, 3), (1, 4), (2, 5)], 3)
    assert diagram.causal_order == (0, 1, 2)


def test_theories_with_and_without_direction_do_not_mix():
    causal = next(d for d in generate(CausalAction(), legs=3, loops=0) if len(d.vertices) == 1)
    (scalar,) = generate(phi((3,)), legs=3, loops=0)
    assert causal.vertices == scalar.vertices
    assert causal.lines == scalar.lines
    assert causal.fields != scalar.fields
    assert causal != scalar
    assert next(generate(phi((3, 4)), legs=3, loops=0)) == scalar


def test_captions():
    (tadpole,) = generate(CausalAction(), legs=1, loops=1)
    assert tadpole.caption == "1/2 · 1/n"
    assert next(generate(CausalAction(plate="heads"), legs=1, loops=1)).caption == "1/2 · 1/heads"
    (tree,) = generate(CausalAction(), legs=2, loops=0)
    assert tree.caption == "1 · 1/n"
    assert {d.caption for d in generate(phi((3, 4)), legs=2, loops=1)} == {"1/2 · g4", "1/2 · g3²"}
    (bare,) = generate(phi4(), legs=2, loops=0)
    assert bare.caption == "1"
    assert {d.caption for d in generate(metric_theory(), legs=4, loops=0)} == {"1 · 1/n"}
    by_hand = FieldTheory(
        fields=[Field(name="φ")],
        vertices=[Vertex(legs=("φ",) * 4, powers=Powers(heads=2, g=1))],
        plates=["heads"],
    )
    assert next(generate(by_hand, legs=4, loops=0)).caption == "1 · g · 1/heads²"


def test_text_names_vertices_and_lines():
    (sunset,) = (d for d in generate(phi4(), legs=2, loops=2) if d.lines.count((0, 1)) == 3)
    assert str(sunset) == "1/6  [v0=φ^4, v1=φ^4]  v0–v1 v0–v1 v0–v1 v0–leg0 v1–leg1"
    (tree,) = generate(CausalAction(), legs=2, loops=0)
    assert str(tree) == "1/1  [v0=V(2,0)]  v0→leg0 v0→leg1"


def test_lines_with_a_direction_are_drawn_with_arrows():
    """Also those that begin at a leg, ψ̄, and so run from a higher node to a lower one."""
    for diagram in generate(yukawa(), legs=["ψ", "ψ̄"], loops=1):
        assert diagram.pointed == tuple(name == "ψ" for name in diagram.fields)
        root = ElementTree.fromstring(draw(diagram).svg)
        assert sum(e.get("class") == "fnn-arrow" for e in root.iter()) == sum(diagram.pointed)
    for diagram in generate(phi4(), legs=2, loops=1):
        assert not any(
            e.get("class") == "fnn-arrow" for e in ElementTree.fromstring(draw(diagram).svg).iter()
        )


def test_lines_end_where_their_legs_are():
    """A line that begins at a leg is seen right up to it, and cut off at the vertex."""
    from feyn_nn.render.placement import Spacing
    from feyn_nn.render.undirected import undirected_layout

    for diagram in generate(yukawa(), legs=["ψ̄", "ψ"], loops=1):
        layout = undirected_layout(diagram, Spacing(column=80.0, row=50.0, radius=4.0))
        for (source, target), path in zip(diagram.lines, layout.paths, strict=True):
            assert (path[0], path[-1]) == (layout.positions[source], layout.positions[target])


@pytest.mark.parametrize(
    ("action", "legs", "loops"), [(phi4(), 0, 0), (phi4(), 4, 0), (CausalAction(), 2, 1)]
)
def test_disconnected_diagrams_are_drawn(action, legs, loops):
    for diagram in islice(generate(action, legs=legs, loops=loops, connected=False), 4):
        root = ElementTree.fromstring(diagram._repr_svg_())
        drawn = [e for e in root.iter() if e.get("class") in {"fnn-internal", "fnn-external"}]
        assert len(drawn) == len(diagram.lines)


def test_a_diagram_draws_and_writes_itself():
    (tadpole,) = generate(CausalAction(), legs=1, loops=1)
    assert ElementTree.fromstring(tadpole._repr_svg_()).tag.endswith("svg")
    assert tadpole.caption in tadpole._repr_svg_()
    for pairs in (None, [(0, 0)]):
        assert tadpole.expression(depth=3, pairs=pairs) == diagram_expression(tadpole, depth=3, pairs=pairs)
