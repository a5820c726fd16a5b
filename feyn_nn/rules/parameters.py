"""The settings of a layer as symbols: n_ℓ, C_W^(ℓ), C_b^(ℓ)."""

from __future__ import annotations

from typing import Any

from feyn_nn.rules.nodes import Coordinate, powered


class Width(Coordinate):
    """n_ℓ, the width of hidden layer ℓ."""

    is_extended_positive = True

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = f"n_{{{printer.doprint(self.layer)}}}"
        return text if exp is None else f"{text}^{{{exp}}}"

    def _sympystr(self, printer: Any) -> str:
        return f"n[{printer.doprint(self.layer)}]"


class WeightVariance(Coordinate):
    """C_W^(ℓ), the weight variance of weight layer ℓ."""

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return powered(f"C_W^{{({printer.doprint(self.layer)})}}", exp)

    def _sympystr(self, printer: Any) -> str:
        return f"C_W[{printer.doprint(self.layer)}]"


class BiasVariance(Coordinate):
    """C_b^(ℓ), the bias variance of weight layer ℓ."""

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return powered(f"C_b^{{({printer.doprint(self.layer)})}}", exp)

    def _sympystr(self, printer: Any) -> str:
        return f"C_b[{printer.doprint(self.layer)}]"
