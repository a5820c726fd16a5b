"""Feynman diagrams of any action: what they are, all of them, each once."""

from feyn_nn.actions import VertexKind
from feyn_nn.diagrams.canonical import canonical_diagram
from feyn_nn.diagrams.checking import DiagramCheck, check_diagrams
from feyn_nn.diagrams.counting import DiagramCount, count_diagrams
from feyn_nn.diagrams.diagram import Diagram, Line
from feyn_nn.diagrams.generator import DiagramIterator, generate

__all__ = [
    "Diagram",
    "DiagramCheck",
    "DiagramCount",
    "DiagramIterator",
    "Line",
    "VertexKind",
    "canonical_diagram",
    "check_diagrams",
    "count_diagrams",
    "generate",
]
