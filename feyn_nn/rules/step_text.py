"""Layer-step diagrams written as the papers write them: weight, sum over pairs, vertices, blobs of the layer before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy

from feyn_nn.rules.cumulant_node import Cumulant
from feyn_nn.rules.layer_step import LayerStep
from feyn_nn.rules.pair_sum import PairSum
from feyn_nn.rules.step_expression import step_expression
from feyn_nn.rules.vertex_node import Vertex

_MANY = 2  # any number of pairs but one, so that the sum over them is written


def step_latex(step: LayerStep, pairs: Sequence[Any], layer: Any) -> str:
    """One term in LaTeX, with the number of its copies where external labels tell them apart."""

    def total(indices: str) -> str:
        return rf"\sum_{{{indices}}} "

    text = _written(
        step, pairs, layer, lambda part: str(sympy.latex(part)), total, r" \, ", r"\tfrac{{1}}{{{}}} "
    )
    others = len(step.copies) - 1
    return text if not others else rf"\Bigl[ {text} + {others}\ \text{{{_relabelled(others)}}} \Bigr]"


def step_text(step: LayerStep, pairs: Sequence[Any], layer: Any) -> str:
    """One term in plain text."""
    text = _written(step, pairs, layer, plain, lambda indices: f"Σ_{indices} ", " ", "1/{} ")
    others = len(step.copies) - 1
    return text if not others else f"[{text} + {others} {_relabelled(others)}]"


def plain(expression: sympy.Expr) -> str:
    """An expression in plain text: ``ℓ+1``, ``q1``."""
    return str(expression).replace("ell + 1", "ℓ+1").replace("ell", "ℓ").replace("q_", "q").replace("**", "^")


def _relabelled(others: int) -> str:
    return "relabelling" if others == 1 else "relabellings"


def _written(
    step: LayerStep,
    pairs: Sequence[Any],
    layer: Any,
    write: Callable[[sympy.Expr], str],
    total: Callable[[str], str],
    between: str,
    fraction: str,
) -> str:
    expression = step_expression(step, layer=layer, pairs=pairs, n_pairs=_MANY)
    weight, value = expression.as_coeff_Mul()
    indices: list[str] = []
    if isinstance(value, PairSum):
        indices = [write(limit[0]) for limit in value.limits]
        value = value.function
    factors = [factor for part in sympy.Mul.make_args(value) for factor in _repeated(part)]
    factors.sort(key=lambda factor: (isinstance(factor, Cumulant), sympy.default_sort_key(factor)))
    assert all(isinstance(factor, (Vertex, Cumulant)) for factor in factors)
    head = fraction.format(1 / weight) if weight != 1 else ""
    return head + (total(",".join(indices)) if indices else "") + between.join(map(write, factors))


def _repeated(part: sympy.Expr) -> list[sympy.Expr]:
    base, exponent = part.as_base_exp()
    return [base] * int(exponent)
