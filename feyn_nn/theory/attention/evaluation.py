"""Coefficients by powers of 1/heads, 1/value_dim and 1/key_dim, with their errors."""

from __future__ import annotations

import html
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from feyn_nn._core import InvalidInput, Powers, nearest
from feyn_nn._core.text import powers_name
from feyn_nn.networks.checks import integer, shown

Value: TypeAlias = Any  # a float for given pairs or legs, an array over all pairs for a rank


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AttentionEvaluation:
    """Σ coefficients[powers] · heads^{-h} value_dim^{-v} key_dim^{-k}.

    The powers of 1/heads and 1/value_dim are exact: there are no others. The powers of 1/key_dim are those through
    the order asked for, or none at all where the scores were sampled at one key_dim.

    Parameters
    ----------
    name : str
        What was evaluated.
    coefficients : dict of Powers to float or array
    errors : dict of Powers to float or array
        Numerical errors, the same keys: one standard error where the scores were sampled, a bound where they lie on
        a grid. They do not speak of omitted orders.
    sizes : dict of str to int
        The network's own heads, value_dim and key_dim, used where none are given.
    exact_key_dim : bool
        Whether the coefficients hold at the network's key_dim alone, and exactly.
    total_error : float or array
        The error of the sum at the network's own sizes; the errors of the coefficients are not independent.
    """

    name: str
    coefficients: Mapping[Powers, Value]
    errors: Mapping[Powers, Value]
    sizes: Mapping[str, int]
    exact_key_dim: bool
    total_error: Value

    @property
    def independence_breaking(self) -> Mapping[Powers, Value]:
        """The part that survives value_dim, key_dim → ∞ at a fixed number of heads, by its power of 1/heads.

        For two metrics it is output_variance² Cov(M_12, M_34): heads that share their attention weights among all
        value channels are not a sum of independent ones (Ageev & Ageeva, arXiv:2602.10209).
        """
        return {
            powers: value
            for powers, value in self.coefficients.items()
            if powers["value_dim"] == 0 and powers["key_dim"] == 0
        }

    def at(self, *, order: int | None = None, **sizes: float) -> Value:
        """The sum at the network's sizes, or at those given.

        Parameters
        ----------
        order : int, optional
            The highest power of 1/key_dim to keep; all by default.
        **sizes : float
            ``heads``, ``value_dim``, ``key_dim``; ``math.inf`` leaves the terms with its inverse out.

        Raises
        ------
        InvalidInput
            If a size is not known, not > 0, the key_dim is another than the one that was sampled at, or `order` is
            no integer >= 0.
        """
        return self._summed(self.coefficients, order, sizes)

    def error_at(self, *, order: int | None = None, **sizes: float) -> Value:
        """The numerical error of :meth:`at`, at most: the sum of the coefficients' errors."""
        return self._summed(self.errors, order, sizes)

    def _summed(self, terms: Mapping[Powers, Value], order: int | None, sizes: Mapping[str, float]) -> Value:
        self._check(sizes)
        if order is not None:
            order = integer("order", order, least=0)
        chosen = {**self.sizes, **sizes}
        kept = {p: term for p, term in terms.items() if order is None or p["key_dim"] <= order}
        return sum((term * _factor(powers, chosen) for powers, term in kept.items()), start=0.0)

    def _check(self, sizes: Mapping[str, float]) -> None:
        check_sizes(sizes, self.sizes)
        if self.exact_key_dim and sizes.get("key_dim", self.sizes["key_dim"]) != self.sizes["key_dim"]:
            raise InvalidInput(
                f"the scores were sampled at key_dim={self.sizes['key_dim']}; evaluate again for another, or"
                " without key_law='exact' for a series in 1/key_dim"
            )

    def __repr__(self) -> str:
        law = f" at key_dim = {self.sizes['key_dim']}" if self.exact_key_dim else ""
        lines = (f"  {label:<38}  {shown}" for label, shown in self._rows())
        return "\n".join([f"{self.name}{law}:", *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(label)}</td><td><pre>{html.escape(shown)}</pre></td></tr>"
            for label, shown in self._rows()
        )
        head = "<thead><tr><th>order</th><th>coefficient</th></tr></thead>"
        return f"<table><caption>{html.escape(self.name)}</caption>{head}<tbody>{rows}</tbody></table>"

    def _rows(self) -> list[tuple[str, str]]:
        return [
            (powers_name(powers), _shown(self.coefficients[powers], self.errors[powers]))
            for powers in self.coefficients
        ]


def check_sizes(given: Mapping[str, Any], known: Iterable[str]) -> None:
    """Make sure that sizes to sum at are known ones, and numbers > 0.

    Raises
    ------
    InvalidInput
        If one is not.
    """
    for name, size in given.items():
        if name not in known:
            raise InvalidInput(f"{name}={shown(size)} is no size of attention; {nearest(name, known)}")
        if not isinstance(size, numbers.Real) or isinstance(size, bool) or not float(size) > 0:
            raise InvalidInput(f"{name}={shown(size)}: give a size > 0")


def _factor(powers: Powers, sizes: Mapping[str, float]) -> float:
    factor = 1.0
    for name, power in powers.items():
        factor *= float(sizes[name]) ** -power
    return factor


def _shown(value: Value, error: Value) -> str:
    if isinstance(value, np.ndarray):
        return f"array {value.shape}, errors up to {np.max(error, initial=0.0):.1e}\n{value}"
    return f"{value: .10g}  (± {error:.1e})"
