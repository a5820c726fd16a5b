"""Diagrams of attention as sympy expressions: score cumulants of value metrics, with powers of the sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy

from feyn_nn.diagrams.head_diagram import HeadDiagram, Segment

SIZE_SYMBOLS = {"heads": "N_h", "value_dim": "d_v", "key_dim": "d_k"}
"""How the sizes of attention are written."""


def head_expression(diagrams: Iterable[HeadDiagram], pairs: Sequence[Any] | None) -> sympy.Expr:
    r"""Σ of diagrams: C_O^k, powers of N_h, d_v and d_k, and a symbol \langle M … M\rangle for each score blob.

    Equal diagrams add up. A blob of a diagram with score rings is its whole product, with the rings as a superscript:
    how they are shared among its blobs is summed over.

    Parameters
    ----------
    diagrams : iterable of HeadDiagram
    pairs : sequence of pairs of labels, optional
        Of the legs; without, segments are named by the numbers of their legs.

    Examples
    --------
    >>> from feyn_nn.diagrams.head_diagram import head_diagrams
    >>> head_expression(head_diagrams(1), None)
    C_O*\langle M_{1,1'}\rangle
    """
    total = sympy.Integer(0)
    for diagram in diagrams:
        value = sympy.Symbol("C_O", positive=True) ** diagram.n_legs
        for name, power in diagram.powers.items():
            value *= sympy.Symbol(SIZE_SYMBOLS[name], positive=True) ** -power
        total += value * _product(diagram, pairs)
    return total


def _product(diagram: HeadDiagram, pairs: Sequence[Any] | None) -> sympy.Expr:
    blobs = sorted(" ".join(sorted(_metric(s, pairs) for s in blob)) for blob in diagram.blobs)
    if not diagram.score_rings:
        return sympy.prod([sympy.Symbol(rf"\langle {blob}\rangle") for blob in blobs])
    rings = ",".join(map(str, diagram.score_rings))
    inside = "".join(rf"\langle {blob}\rangle" for blob in blobs)
    return sympy.Symbol(rf"[{inside}]^{{({rings})}}")


def _metric(segment: Segment, pairs: Sequence[Any] | None) -> str:
    names = []
    for leg, side in segment:
        if pairs is None:
            names.append(f"{leg + 1}" + ("'" if side else ""))
        else:
            names.append(".".join(map(str, pairs[leg][side])))
    return f"M_{{{','.join(sorted(names))}}}"
