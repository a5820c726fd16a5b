"""The rules of a textbook scalar theory, S = φ²/2 - Σ_k g_k φ^k / k!, applied to one diagram."""

from __future__ import annotations

import sympy

from feyn_nn.diagrams import Diagram
from feyn_nn.rules.explanation_step import ExplanationStep, counting_step, symmetry_step


def walk(diagram: Diagram) -> tuple[list[ExplanationStep], sympy.Expr]:
    """The steps, and the value that they end in: an integral over the positions of the vertices."""
    count = len(diagram.vertices)
    inner = sympy.symbols(f"x_1:{count + 1}")
    points = [*inner, *sympy.symbols(f"y_1:{diagram.n_legs + 1}")]
    propagator = sympy.Function("G")

    def name(node: int) -> str:
        return str(points[node]).replace("_", "")

    steps = [counting_step(diagram)]
    couplings = [sympy.Symbol(f"g_{kind.valence}") for kind in diagram.vertices]
    for v, (kind, coupling) in enumerate(zip(diagram.vertices, couplings, strict=True)):
        text = f"{kind.valence} lines meet; the coupling of φ^{kind.valence}, its {kind.valence}! used up."
        steps.append(ExplanationStep(rule=f"Vertex at {name(v)}", text=text, formulas=(coupling,)))
    lines = [propagator(points[a], points[b]) for a, b in diagram.lines]
    for line, (a, b) in zip(lines, diagram.lines, strict=True):
        steps.append(
            ExplanationStep(rule="Propagator", text=f"Between {name(a)} and {name(b)}.", formulas=(line,))
        )
    steps.append(symmetry_step(diagram, name))
    value = (
        sympy.Rational(1, diagram.automorphisms) * sympy.Mul(*couplings) * _integral(sympy.Mul(*lines), inner)
    )
    text = "The product of all factors" + (", the vertices integrated over space." if inner else ".")
    steps.append(ExplanationStep(rule="Value", text=text, formulas=(value,)))
    return steps, value


def _integral(value: sympy.Expr, positions: tuple[sympy.Symbol, ...]) -> sympy.Expr:
    return sympy.Integral(value, *positions) if positions else value
