"""Gaussian expectations of one neuron, as plain data."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias


class Factor(NamedTuple):
    """∂^derivatives [σ(z_label)^power]: one label's share of a Gaussian expectation.

    Powers of one label are kept together and differentiated as a whole, so that an expectation of a kinked
    activation stays meaningful: ∂²[relu²] is a step, though relu·relu'' and relu'·relu' alone are not both.
    """

    label: int
    power: int
    derivatives: int


Expectation: TypeAlias = tuple[Factor, ...]
"""⟨Π_α ∂^{j_α}[σ_α^{a_α}]⟩ over z ~ N(0, K): factors sorted by label, each label at most once, power ≥ 1."""
