"""feyn_nn: Feynman diagrams of neural-network field theories.

A random neural network is a field theory: its output is a field, averages over its weights are correlators,
1/width is ħ. Name a network and its inputs, and get the diagrams of a connected correlator, their algebra,
their numbers, and a verdict against sampled networks::

    import feyn_nn as fnn
    net = fnn.MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
    x = fnn.Inputs.digits(2)
    c = fnn.metric_cumulant(net, pairs=[(0, 0), (1, 1)], loops=1)
    c.evaluate(x).coefficients
    print(fnn.validate(net, x, pairs=[(0, 0), (1, 1)], loops=1))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from feyn_nn._core import Estimate, FeynNNError, InvalidInput, MissingExtra, Powers

if TYPE_CHECKING:
    from feyn_nn import actions as actions
    from feyn_nn import flow as flow
    from feyn_nn.diagrams import Diagram, check_diagrams, count_diagrams, generate
    from feyn_nn.montecarlo import OnePointDensity, Simulation, WeightLaw, one_point_density, simulate
    from feyn_nn.networks import MLP, Inputs, Specification
    from feyn_nn.networks import Feedforward as Feedforward
    from feyn_nn.networks import MultiHeadAttention as MultiHeadAttention
    from feyn_nn.networks import Sequential as Sequential
    from feyn_nn.networks import Tokens as Tokens
    from feyn_nn.networks import UnitLayer as UnitLayer
    from feyn_nn.references import citation
    from feyn_nn.render import draw, gallery
    from feyn_nn.theory import (
        Correlator,
        Derivation,
        Evaluation,
        MetricCumulant,
        correlator,
        derive,
        infinite_width_kernel,
        metric_cumulant,
    )
    from feyn_nn.validation import Report, validate

__version__ = "0.1.0"

_HOMES = {
    "diagrams": ("Diagram", "check_diagrams", "count_diagrams", "generate"),
    "montecarlo": ("OnePointDensity", "Simulation", "WeightLaw", "one_point_density", "simulate"),
    "networks": (
        "MLP",
        "Feedforward",
        "Inputs",
        "MultiHeadAttention",
        "Sequential",
        "Specification",
        "Tokens",
        "UnitLayer",
    ),
    "references": ("citation",),
    "render": ("draw", "gallery"),
    "theory": (
        "Correlator",
        "Derivation",
        "Evaluation",
        "MetricCumulant",
        "correlator",
        "derive",
        "infinite_width_kernel",
        "metric_cumulant",
    ),
    "validation": ("Report", "validate"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "MLP",
    "Correlator",
    "Derivation",
    "Diagram",
    "Estimate",
    "Evaluation",
    "Feedforward",
    "FeynNNError",
    "Inputs",
    "InvalidInput",
    "MetricCumulant",
    "MissingExtra",
    "MultiHeadAttention",
    "OnePointDensity",
    "Powers",
    "Report",
    "Sequential",
    "Simulation",
    "Specification",
    "Tokens",
    "UnitLayer",
    "WeightLaw",
    "actions",
    "check_diagrams",
    "citation",
    "correlator",
    "count_diagrams",
    "derive",
    "draw",
    "flow",
    "gallery",
    "generate",
    "infinite_width_kernel",
    "metric_cumulant",
    "one_point_density",
    "simulate",
    "validate",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import feyn_nn`` stays fast."""
    if name in ("actions", "flow"):
        return importlib.import_module(f"feyn_nn.{name}")
    if name in _HOME:
        value = getattr(importlib.import_module(f"feyn_nn.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'feyn_nn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
