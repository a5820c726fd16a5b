"""K^ℓ_p, the infinite-width kernel of a pair of inputs, as a symbol."""

from __future__ import annotations

from typing import Any

from feyn_nn.rules.nodes import Coordinate, powered
from feyn_nn.rules.pair_numbers import numbered_pair, pair_text


class Kernel(Coordinate):
    """K^ℓ_p: arguments are ℓ and the number of a pair.

    The kernels of different layers count as independent variables, as they do in the rules, where a derivative
    acts at one layer.
    """

    def _eval_is_extended_positive(self) -> bool | None:
        pair = self.args[1]
        return True if pair.is_Integer and len(set(numbered_pair(int(pair)))) == 1 else None

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        layer, pair = self.args
        return powered(rf"K^{{({printer.doprint(layer)})}}_{{{pair_text(pair, printer)}}}", exp)

    def _sympystr(self, printer: Any) -> str:
        layer, pair = self.args
        return f"K[{printer.doprint(layer)}]_{pair_text(pair, printer)}"
