"""Critical points of several activations as one table in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from feyn_nn.flow.criticality import CriticalPoint, criticality
from feyn_nn.flow.large_depth import LargeDepth, PowerLaw

ACTIVATIONS = (
    "linear",
    "relu",
    "leaky_relu(0.1)",
    "tanh",
    "sin",
    "erf",
    "gelu",
    "swish",
    "softplus",
    "polynomial(0, 1, 0, 0.1)",
    "polynomial(0, 1, 0, -0.1)",
)
"""Those of the documentation."""

_HEAD = (
    "activation",
    "C_b",
    "C_W",
    "K*",
    "class",
    "K, or distance from K*",
    "V/K²",
    "κ₃/K³",
    "κ₄/K⁴",
    "K^{1}/K",
)


def criticality_table(activations: Iterable[Any] = ACTIVATIONS) -> str:
    """A row for each critical point, with its leading behaviour behind ℓ hidden layers.

    Examples
    --------
    >>> print(criticality_table(["linear"]).splitlines()[-1])
    | `linear` | 0 | 1 | any | scale-invariant, marginal | constant | 2 ℓ | 12 ℓ² | 128 ℓ³ | 0 |
    """
    lines = [_row(_HEAD), _row(["---"] * len(_HEAD))]
    for activation in activations:
        lines += [_row(cells) for cells in _rows(activation)]
    return "\n".join(lines)


def _rows(activation: Any) -> Iterator[list[str]]:
    found = criticality(activation)
    for point in found:
        yield [f"`{found.activation}`", *_cells(point)]
    if not found:
        yield [f"`{found.activation}`", "none", *[""] * (len(_HEAD) - 2)]


def _cells(point: CriticalPoint) -> list[str]:
    where = "any" if point.fixed_point is None else f"{point.fixed_point:.10g}"
    head = [f"{point.bias_variance:.10g}", f"{point.weight_variance:.10g}", where]
    same = point.universality_class == point.stability
    kind = point.stability if same else f"{point.universality_class}, {point.stability}"
    laws = point.large_depth
    return [*head, kind, *(["—"] * 5 if laws is None else _laws(laws, point.is_line))]


def _laws(laws: LargeDepth, is_line: bool) -> list[str]:
    cells = [_law(law) for law in laws.values()]
    return ["constant", *cells[1:]] if is_line else cells


def _law(law: PowerLaw) -> str:
    powers = {1: " ℓ", 2: " ℓ²", 3: " ℓ³", 5: " ℓ⁵", -1: " / ℓ", -2: " / ℓ²"}
    return "0" if law.coefficient == 0 else law.number(5) + powers.get(int(law.exponent), "")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("  ", " ")
