"""Feynman rules: from a diagram to its algebra."""

from feyn_nn.rules.expectation import Expectation, Factor
from feyn_nn.rules.vertex import Monomial, Polynomial, unit_cumulant

__all__ = ["Expectation", "Factor", "Monomial", "Polynomial", "unit_cumulant"]
