"""The search behind :func:`feyn_nn.generate`: integer arrays in, integer arrays out.

It knows no action and no field, only nodes with half-edges of several types and lines that may join them.
"""

from feyn_nn.diagrams.engine.canonical import Canonical, canonical
from feyn_nn.diagrams.engine.enumeration import (
    Batch,
    Count,
    automorphism_histogram,
    count,
    generate,
    histogram_portions,
    line_tuples,
)
from feyn_nn.diagrams.engine.problem import Problem

__all__ = [
    "Batch",
    "Canonical",
    "Count",
    "Problem",
    "automorphism_histogram",
    "canonical",
    "count",
    "generate",
    "histogram_portions",
    "line_tuples",
]
