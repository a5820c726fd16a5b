"""Feynman rules: the vertices as plain data, and as algebra.

The plain data (:class:`Factor`, :func:`unit_cumulant`) feed the numerical kernels as well. What needs sympy is
imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from feyn_nn.rules.expectation import Expectation, Factor
from feyn_nn.rules.moment import Moment, moment_cumulant
from feyn_nn.rules.vertex import Monomial, Polynomial, unit_cumulant

if TYPE_CHECKING:
    from feyn_nn.rules.algebra import (
        BiasVariance,
        GaussianExpectation,
        Kernel,
        Propagator,
        Vertex,
        WeightVariance,
        Width,
        cumulant_expression,
        diagram_expression,
        explicit,
        vertex_definitions,
    )
    from feyn_nn.rules.closed_forms import closed_form, has_closed_form, register_closed_form
    from feyn_nn.rules.cumulant_node import Cumulant
    from feyn_nn.rules.depth_law import cumulant_in_depth
    from feyn_nn.rules.explanation import Explanation, explain
    from feyn_nn.rules.layer_step import Blob, LayerStep, layer_steps
    from feyn_nn.rules.layer_sums import diagram_in_depth, layer_sum

__all__ = [
    "BiasVariance",
    "Blob",
    "Cumulant",
    "Expectation",
    "Explanation",
    "Factor",
    "GaussianExpectation",
    "Kernel",
    "LayerStep",
    "Moment",
    "Monomial",
    "Polynomial",
    "Propagator",
    "Vertex",
    "WeightVariance",
    "Width",
    "closed_form",
    "cumulant_expression",
    "cumulant_in_depth",
    "diagram_expression",
    "diagram_in_depth",
    "explain",
    "explicit",
    "has_closed_form",
    "layer_steps",
    "layer_sum",
    "moment_cumulant",
    "register_closed_form",
    "unit_cumulant",
    "vertex_definitions",
]

_HOMES = {
    "algebra": (
        "BiasVariance",
        "GaussianExpectation",
        "Kernel",
        "Propagator",
        "Vertex",
        "WeightVariance",
        "Width",
        "cumulant_expression",
        "diagram_expression",
        "explicit",
        "vertex_definitions",
    ),
    "closed_forms": ("closed_form", "has_closed_form", "register_closed_form"),
    "cumulant_node": ("Cumulant",),
    "depth_law": ("cumulant_in_depth",),
    "explanation": ("Explanation", "explain"),
    "layer_step": ("Blob", "LayerStep", "layer_steps"),
    "layer_sums": ("diagram_in_depth", "layer_sum"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a name that needs sympy when it is first used."""
    if name in _HOME:
        return getattr(importlib.import_module(f"feyn_nn.rules.{_HOME[name]}"), name)
    raise AttributeError(f"module 'feyn_nn.rules' has no attribute {name!r}")
