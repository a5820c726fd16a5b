"""The rules of a network's causal action, applied to one diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from feyn_nn._core import Pair
from feyn_nn._core.text import counted
from feyn_nn.diagrams import Diagram
from feyn_nn.rules import algebra
from feyn_nn.rules.explanation_step import ExplanationStep, counting_step, symmetry_step
from feyn_nn.rules.size_arguments import as_depth


class LayerRange(sympy.Basic):
    """The layers that a vertex may stand at: arguments are ℓ, the lowest and the highest."""

    def _latex(self, printer: Any) -> str:
        layer, low, high = map(printer.doprint, self.args)
        return rf"{low} \leq {layer} \leq {high}"

    def _sympystr(self, printer: Any) -> str:
        layer, low, high = map(printer.doprint, self.args)
        return f"{low} ≤ {layer} ≤ {high}"


def walk(
    diagram: Diagram, *, depth: Any, pairs: Sequence[Pair] | None
) -> tuple[list[ExplanationStep], sympy.Expr]:
    """The steps, and the value that they end in."""
    L = sympy.Symbol("L", integer=True, positive=True) if depth is None else as_depth(depth)
    pairs = algebra.leg_pairs(diagram, pairs)
    value = algebra.diagram_expression(diagram, depth=L, pairs=pairs)
    layers = algebra.layer_symbols(diagram)
    ends, n_pairs = algebra.leg_indices(diagram.n_legs, pairs)
    known = dict.fromkeys(algebra.summed_indices(diagram), sympy.Integer(0)) if n_pairs == 1 else {}

    def name(node: int) -> str:
        return str(layers[node]).replace("ell_", "ℓ") if node < len(layers) else f"leg {node - len(layers)}"

    steps = [counting_step(diagram), _layer_step(diagram, layers, L, name)]
    steps += [_vertex_step(diagram, v, layers, name, known) for v in diagram.causal_order]
    steps.append(_power_step(diagram, name))
    for i, (source, target) in enumerate(diagram.lines):
        factor = algebra.propagator_factor(diagram, i, layers, ends, n_pairs, L)
        text = f"From {name(source)} to {name(target)}: one J for each layer that it crosses."
        steps.append(ExplanationStep(rule="Propagator", text=text, formulas=(factor.xreplace(known),)))
    steps.append(_pair_step(diagram, n_pairs))
    steps.append(symmetry_step(diagram, name))
    steps.append(ExplanationStep(rule="Value", text="The product of all factors, summed.", formulas=(value,)))
    return steps, value


def _layer_step(diagram: Diagram, layers: Sequence[Any], L: Any, name: Any) -> ExplanationStep:
    orders = tuple(LayerRange(*limits) for limits in algebra.layer_limits(diagram, layers, L))
    fed = [
        f"{name(v)} is fed by {' and '.join(name(u) for u in sorted(_parents(diagram, v)))}"
        for v in diagram.causal_order
        if _parents(diagram, v)
    ]
    order = f" {', '.join(fed)}: lines run forward." if fed else ""
    text = f"Each vertex stands at a hidden layer, 1 … L - 1, and is summed over them.{order}"
    return ExplanationStep(rule="Layers", text=text, formulas=orders)


def _vertex_step(diagram: Diagram, v: int, layers: Sequence[Any], name: Any, known: Any) -> ExplanationStep:
    k, m = diagram.vertices[v]
    cumulant = "the mean of σσ" if k == 1 else f"the joint cumulant of {k} products σσ"
    slope = f", {counted(m, 'derivative')} with respect to the metric" if m else ""
    text = f"{counted(k, 'line')} out, {m} in: {cumulant} of one neuron{slope}."
    factor = algebra.vertex_factor(diagram, v, layers[v]).xreplace(known)
    return ExplanationStep(rule=f"Vertex V({k},{m}) at {name(v)}", text=text, formulas=(factor,))


def _power_step(diagram: Diagram, name: Any) -> ExplanationStep:
    sources = [v for v in diagram.causal_order if diagram.vertices[v].outgoing > 1]
    parts = [f"{name(v)} brings {diagram.vertices[v].outgoing - 1}" for v in sources]
    total = sum(kind.outgoing - 1 for kind in diagram.vertices)
    text = (
        f"n^(1-k) at each vertex: {', '.join(parts)}; {total} in all,"
        f" legs - 1 + loops = {diagram.n_legs} - 1 + {diagram.loops}."
    )
    return ExplanationStep(rule="Powers of 1/n", text=text)


def _pair_step(diagram: Diagram, n_pairs: Any) -> ExplanationStep:
    if n_pairs == 1:
        return ExplanationStep(rule="Pairs", text="One input: every line carries the pair 00.")
    count = len(algebra.summed_indices(diagram))
    text = f"{counted(count, 'end')} of lines, each summed over the {n_pairs} pairs of inputs."
    return ExplanationStep(rule="Pairs", text=text)


def _parents(diagram: Diagram, v: int) -> set[int]:
    return {line.source for line in diagram.internal_lines if line.target == v}
