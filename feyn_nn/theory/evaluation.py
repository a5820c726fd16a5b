"""The coefficients of a truncated series in 1/n, with their errors."""

from __future__ import annotations

import html
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn._core.text import inverse_power
from feyn_nn.networks.checks import integer

if TYPE_CHECKING:
    from feyn_nn.theory.resummation import Resummed

Value: TypeAlias = Any  # a float for given pairs or legs, an array over all pairs for a rank


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Evaluation:
    """Σ_k coefficients[k] / n^k, n the first hidden width.

    Parameters
    ----------
    name : str
        What was evaluated.
    coefficients : dict of int to float or array
        The coefficient of each power of 1/n, every order asked for, zeros included. With unequal widths they
        hold the factors (n/n_ℓ)^{k-1}, so that n stays the only parameter.
    errors : dict of int to float or array
        Absolute numerical errors of the coefficients, the same keys. They do not speak of omitted orders.
    width : int or None
        The network's own first width, used where none is given.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=3, width=8, activation="linear")
    >>> found = fnn.metric_cumulant(net, pairs=[(0, 0)] * 2, loops=1).evaluate(fnn.Inputs([[1.0]]))
    >>> found.coefficients, found.at(width=8)
    ({1: 4.0, 2: 4.0}, 0.5625)
    """

    name: str
    coefficients: Mapping[int, Value]
    errors: Mapping[int, Value]
    width: int | None

    def at(self, *, width: float | None = None, order: int | None = None) -> Value:
        """The truncated sum at a width, by default the network's own.

        Parameters
        ----------
        width : float, optional
            n, the width of the first hidden layer; the other widths keep their ratios to it.
        order : int, optional
            The highest power of 1/n to keep; all by default.

        Raises
        ------
        InvalidInput
            If the width is no number > 0, or the order no integer >= 0.
        """
        return self._summed(self.coefficients, width, order)

    def error_at(self, *, width: float | None = None, order: int | None = None) -> Value:
        """The numerical error of :meth:`at`, the sum of the coefficients' errors."""
        return self._summed(self.errors, width, order)

    def resum(self, *, width: float | None = None, method: str = "pade") -> Resummed:
        """Sum the series by approximants that agree with it order by order, with an estimate of the error.

        Series in 1/n are asymptotic: close to the width where they fail, approximants say more than the plain sum.

        Parameters
        ----------
        width : float, optional
            n, by default the network's own.
        method : {"pade", "borel"}
            Padé approximants of the series, or of its Borel transform.

        Raises
        ------
        InvalidInput
            If the width is no number > 0, there are fewer than three orders that are not zero, the terms have one
            sign and still grow, or the approximants have poles near this width.

        Examples
        --------
        Var Ĝ = (1 + 2/n)^4 - 1 of a deep linear network, from three orders:

        >>> import feyn_nn as fnn
        >>> net = fnn.MLP(depth=5, width=16, activation="linear")
        >>> e = fnn.metric_cumulant(net, pairs=[(0, 0)] * 2, loops=2).evaluate(fnn.Inputs.from_metric([[1.0]]))
        >>> found, exact = e.resum(), (1 + 2 / 16) ** 4 - 1
        >>> abs(found.value - exact) < found.error < 0.2 * exact
        True
        """
        from feyn_nn.theory.resummation import resum

        return resum(self.name, self.coefficients, self.errors, self._width(width), method)

    def _width(self, width: float | None) -> float:
        n = self.width if width is None else width
        if n is None:  # no hidden layer: nothing depends on a width
            n = 1
        if isinstance(n, bool) or not isinstance(n, numbers.Real) or not n > 0:
            raise InvalidInput(f"width={width!r}: give a width > 0")
        return float(n)

    def _summed(self, terms: Mapping[int, Value], width: float | None, order: int | None) -> Value:
        n = self._width(width)
        if order is not None:
            order = integer("order", order, least=0)
        kept = {power: term for power, term in terms.items() if order is None or power <= order}
        return sum((term * n**-power for power, term in kept.items()), start=0.0)

    def __repr__(self) -> str:
        lines = (
            f"  {inverse_power('n', k):<4}  {_shown(self.coefficients[k], self.errors[k])}"
            for k in self.coefficients
        )
        return "\n".join([f"{self.name}, n = first hidden width:", *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(inverse_power('n', k))}</td>"
            f"<td><pre>{html.escape(_shown(self.coefficients[k], self.errors[k]))}</pre></td></tr>"
            for k in self.coefficients
        )
        head = "<thead><tr><th>order</th><th>coefficient</th></tr></thead>"
        return f"<table><caption>{html.escape(self.name)}</caption>{head}<tbody>{rows}</tbody></table>"


def _shown(value: Value, error: Value) -> str:
    if isinstance(value, np.ndarray):
        largest: NDArray[np.float64] = np.max(error, initial=0.0)
        return f"array {value.shape}, errors up to {largest:.1e}\n{value}"
    return f"{value: .12g}  (± {error:.1e})"
