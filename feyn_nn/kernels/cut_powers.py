"""Powers of activations with two slopes as sums of whole powers and of powers cut at zero."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import factorial
from typing import NamedTuple

from feyn_nn.rules import Expectation, Factor


class CutPower(NamedTuple):
    """h_p(z) = z^p θ(z) / p!, or the whole power z^p / p!; δ^{(s)} is a cut power with p = -1 - s."""

    label: int
    exponent: int
    cut: bool


def cut_powers(
    slopes: tuple[float, float], request: Expectation
) -> Iterator[tuple[tuple[CutPower, ...], float]]:
    """Yield the products of whole and cut powers that make up one expectation, with their coefficients.

    σ^a = a₋^a z^a + (a₊^a − a₋^a) z^a θ(z), and derivatives lower the power.
    """
    for choice in product(*(_shares(slopes, factor) for factor in request)):
        coefficient = 1.0
        for _, share in choice:
            coefficient *= share
        yield tuple(power for power, _ in choice), coefficient


def _shares(slopes: tuple[float, float], factor: Factor) -> list[tuple[CutPower, float]]:
    label, a, j = factor
    below, above = slopes[0] ** a * factorial(a), slopes[1] ** a * factorial(a)
    shares = []
    if below != 0.0 and j <= a:
        shares.append((CutPower(label, a - j, False), below))
    if above != below:
        shares.append((CutPower(label, a - j, True), above - below))
    return shares
