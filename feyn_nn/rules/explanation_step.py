"""One rule of an explanation, and what diagrams of all theories have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy

from feyn_nn._core.text import counted
from feyn_nn.diagrams import Diagram
from feyn_nn.rules.symmetry import Symmetry, cycles, symmetry


@dataclass(frozen=True, kw_only=True)
class ExplanationStep:
    """One rule.

    Parameters
    ----------
    rule : str
        Its name.
    text : str
        What it says of this diagram.
    formulas : tuple of sympy expressions
        What it gives.
    """

    rule: str
    text: str
    formulas: tuple[sympy.Basic, ...] = ()


def counting_step(diagram: Diagram) -> ExplanationStep:
    """How many vertices, lines and loops there are."""
    vertices, lines = len(diagram.vertices), len(diagram.lines) - diagram.n_legs
    text = (
        f"{counted(vertices, 'vertex', 'vertices')}, {counted(lines, 'internal line')},"
        f" {counted(diagram.n_legs, 'leg')}: {lines} - {vertices} + 1 = {counted(diagram.loops, 'loop')}."
    )
    return ExplanationStep(rule="Picture", text=text)


def symmetry_step(diagram: Diagram, name: Callable[[int], str]) -> ExplanationStep:
    """1/|Aut|, and why."""
    found = symmetry(diagram)
    reasons = [*_line_reasons(found, name), *_vertex_reasons(found, name)]
    text = (
        (" ".join(reasons) + f" In all |Aut| = {diagram.automorphisms}.")
        if reasons
        else "Nothing can be exchanged."
    )
    return ExplanationStep(rule=f"Symmetry factor {diagram.symmetry_factor}", text=text)


def _line_reasons(found: Symmetry, name: Callable[[int], str]) -> list[str]:
    parallel = [
        f"The {m} lines between {name(a)} and {name(b)} may be exchanged, {m}! ways."
        for (a, b), m in found.parallel.items()
    ]
    loops = [
        f"{counted(s, 'line')} from {name(v)} to itself may be turned round{' and exchanged' if s > 1 else ''},"
        f" 2^{s} {s}! ways."
        for v, s in found.self_loops.items()
    ]
    return parallel + loops


def _vertex_reasons(found: Symmetry, name: Callable[[int], str]) -> list[str]:
    if not found.relabellings:
        return []
    moves = [
        " with ".join(" → ".join(map(name, (*cycle, cycle[0]))) for cycle in cycles(p))
        for p in found.relabellings
    ]
    return [f"Vertices may be relabelled in {1 + len(moves)} ways, as they are or {', '.join(moves)}."]
