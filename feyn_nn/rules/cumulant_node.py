"""κ_p of the metric of a layer, at one order in 1/n, as a symbol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from feyn_nn.rules.nodes import RuleNode, powered
from feyn_nn.rules.pair_numbers import pair_text

_FIELD_POINTS = 2  # of the field for each metric: κ_p is the 2p-point vertex


class Cumulant(RuleNode):
    """The part of κ_p(Ĝ^ℓ_{p1}, …, Ĝ^ℓ_{pp}) of order n^{-(p-1+loops)}, its power of 1/n included.

    Arguments are ℓ, the numbers of the pairs, in any order, and the loops. It prints as in the literature: K^{k} for
    the k-th correction to the kernel, V for the four-point vertex, V_6, V_8, … for those with more legs.

    Examples
    --------
    >>> Cumulant(2, (0, 2), 0), Cumulant(2, (0,), 1), Cumulant(2, (0, 0, 2), 1)
    (V[2]_(00)(11), K{1}[2]_00, V6{1}[2]_(00)(00)(11))
    """

    def __new__(cls, layer: Any, pairs: Sequence[Any], loops: Any = 0, **options: Any) -> Cumulant:
        """Bring the pairs into order: a joint cumulant is symmetric."""
        ordered = sympy.Tuple(*sorted(map(sympy.sympify, pairs), key=sympy.default_sort_key))
        made: Cumulant = super().__new__(cls, layer, ordered, loops, **options)
        return made

    @property
    def rank(self) -> int:
        """How many metrics it joins, p."""
        return len(self.args[1])

    @property
    def loops(self) -> int:
        """Loops beyond the leading order n^{1-p}."""
        return int(self.args[2])

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        name = "K" if self.rank == 1 else "V"
        order = rf"\{{{self.loops}\}}" if self.loops else ""
        lower = "".join(f"({pair_text(pair, printer)})" for pair in self.args[1])
        lower = lower[1:-1] if self.rank == 1 else lower
        if self.rank > 2:
            lower = rf"{_FIELD_POINTS * self.rank};\,{lower}"
        return powered(rf"{name}^{{{order}({printer.doprint(self.layer)})}}_{{{lower}}}", exp)

    def _sympystr(self, printer: Any) -> str:
        name = "K" if self.rank == 1 else "V" if self.rank == 2 else f"V{_FIELD_POINTS * self.rank}"
        order = f"{{{self.loops}}}" if self.loops else ""
        lower = "".join(f"({pair_text(pair, printer)})" for pair in self.args[1])
        lower = lower[1:-1] if self.rank == 1 else lower
        return f"{name}{order}[{printer.doprint(self.layer)}]_{lower}"
