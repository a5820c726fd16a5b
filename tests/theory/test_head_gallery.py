"""Diagrams of attention as files, with an index."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput
from feyn_nn._core.text import powers_name
from feyn_nn.diagrams.head_diagram import head_diagrams
from feyn_nn.theory.gallery import head_index_of, save_head_diagrams

NET = fnn.MultiHeadAttention(heads=2, key_dim=8, value_dim=4)
TOKENS = fnn.Tokens.from_metric([[1.0, 0.3], [0.3, 0.8]], n_tokens=2)
PAIRS = [((0, 0), (0, 1)), ((0, 0), (0, 0))]


def test_every_diagram_has_its_picture(tmp_path):
    written = save_head_diagrams(2, 0, tmp_path / "heads")
    assert [diagram for diagram, _ in written] == list(head_diagrams(2, 0))
    assert len({file.name for _, file in written}) == len(written) == 5
    index = head_index_of("κ₂(Ĝ)", written)
    for diagram, file in written:
        assert ElementTree.parse(file).getroot().tag.endswith("svg")
        assert powers_name(diagram.powers) in file.read_text(encoding="utf-8")
        assert f"![{powers_name(diagram.powers)}]({file.name})" in index


def test_a_folder_that_cannot_be_made():
    with pytest.raises(InvalidInput, match="cannot make the folder"):
        save_head_diagrams(1, 0, "/dev/null/heads")


def test_a_gallery_shows_values_that_add_up():
    c = fnn.metric_cumulant(NET, pairs=PAIRS, loops=1)
    pictures = c.gallery(TOKENS)
    assert len(pictures) == len(c.diagrams) == 10
    values = [float(value) for value in re.findall(r">value ([-+.e0-9]+)<", pictures.svg)]
    coefficients = c.evaluate(TOKENS).coefficients
    assert sum(values) == pytest.approx(sum(coefficients.values()), rel=1e-4)
    assert "Ĝ₀.₀,₀.₁" in pictures.svg
    assert "⟨M₁₂′⟩⟨M₁′₂⟩ (4-ring)" in pictures.svg
    assert "1/heads · 1/value_dim · 1/key_dim" in pictures.svg
    assert len(c.gallery(limit=3)) == 3
    assert len(fnn.metric_cumulant(NET, rank=3, loops=0).gallery()) == 48
    with pytest.raises(InvalidInput, match="no tokens here"):
        fnn.metric_cumulant(NET, rank=2, loops=0).gallery(TOKENS)


def test_a_diagram_shows_itself_and_its_expression():
    c = fnn.metric_cumulant(NET, pairs=PAIRS, loops=0)
    assert sum(diagram.expression(pairs=PAIRS) for diagram in c.diagrams) == c.expression
    diagram = c.diagrams[-1]
    assert diagram.caption == "1/heads"
    assert ElementTree.fromstring(diagram._repr_svg_()).tag.endswith("svg")
    assert r"\langle M_{0.0,0.0} M_{0.0,0.1}\rangle" in diagram.latex(pairs=PAIRS)
    assert c.latex() in c._repr_latex_()
    assert fnn.metric_cumulant(NET, rank=3, loops=0)._repr_latex_() is None
