"""From a picture to its value, rule by rule."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from feyn_nn._core import InvalidInput, Pair
from feyn_nn.diagrams import Diagram
from feyn_nn.rules import explain_causal, explain_scalar
from feyn_nn.rules.explanation_step import ExplanationStep
from feyn_nn.rules.latex import as_latex
from feyn_nn.rules.step_text import plain


@dataclass(frozen=True, kw_only=True, repr=False)
class Explanation:
    """The Feynman rules applied to one diagram, step by step.

    Made by :meth:`feyn_nn.Diagram.explain`. It prints as text, and shows formulas in a notebook.

    Parameters
    ----------
    diagram : Diagram
    steps : tuple of ExplanationStep
    expression : sympy.Expr
        The value, where the steps end.
    """

    diagram: Diagram
    steps: tuple[ExplanationStep, ...]
    expression: sympy.Expr

    def latex(self) -> str:
        """The value in LaTeX."""
        return as_latex(self.expression)

    def __str__(self) -> str:
        lines = [str(self.diagram), ""]
        for number, step in enumerate(self.steps, start=1):
            lines += textwrap.wrap(f"{number}. {step.rule}. {step.text}", width=100, subsequent_indent="   ")
            lines += [f"     {plain(formula)}" for formula in step.formulas]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        items = []
        for step in self.steps:
            formulas = "".join(f"<p>$\\displaystyle {as_latex(formula)}$</p>" for formula in step.formulas)
            items.append(f"<li><b>{html.escape(step.rule)}.</b> {html.escape(step.text)}{formulas}</li>")
        return f"<p>{html.escape(str(self.diagram))}</p><ol>{''.join(items)}</ol>"


def explain(diagram: Diagram, *, depth: Any = None, pairs: Sequence[Pair] | None = None) -> Explanation:
    """Walk from a diagram to its value.

    Parameters
    ----------
    diagram : Diagram
    depth : int, symbol or str, optional
        L of a network's diagram; the symbol L by default.
    pairs : sequence of Pair, optional
        What each leg of a network's diagram stands for; symbols p1, p2, … by default.

    Raises
    ------
    InvalidInput
        If `depth` or `pairs` are given for a diagram that has no layers, or are not what they should be.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> (tadpole,) = fnn.generate(fnn.actions.CausalAction(), legs=1, loops=1)
    >>> explain(tadpole, pairs=[(0, 0)]).steps[-2].rule
    'Symmetry factor 1/2'
    """
    if diagram.directed:
        steps, expression = explain_causal.walk(diagram, depth=depth, pairs=pairs)
    elif depth is not None or pairs is not None:
        raise InvalidInput(
            "this diagram belongs to no network and has no layers; leave out depth= and pairs="
        )
    else:
        steps, expression = explain_scalar.walk(diagram)
    return Explanation(diagram=diagram, steps=tuple(steps), expression=expression)
