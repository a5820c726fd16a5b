"""Diagrams of attention as files, with an index."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from feyn_nn._core import InvalidInput
from feyn_nn._core.text import powers_name
from feyn_nn.diagrams.head_diagram import head_diagrams
from feyn_nn.theory.gallery import head_index_of, save_head_diagrams


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
