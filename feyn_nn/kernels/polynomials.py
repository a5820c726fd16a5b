"""Many polynomials in Gaussian expectations, compressed into arrays and evaluated together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numba
import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class PolynomialTable:
    """Polynomials that share a list of expectations.

    Polynomial c has the terms ``term_start[c]:term_start[c+1]``, and term t the factors
    ``factor_start[t]:factor_start[t+1]``, each the number of an expectation.

    Parameters
    ----------
    requests : tuple of Expectation or Moment
        Every expectation that occurs, each once.
    term_start, factor_start, factors : int arrays
    coefficients : array
    """

    requests: tuple[Any, ...]
    term_start: Indices
    coefficients: Array
    factor_start: Indices
    factors: Indices

    @classmethod
    def of(cls, polynomials: Sequence[Iterable[tuple[tuple[Any, ...], Fraction]]]) -> PolynomialTable:
        """Compress a list of polynomials."""
        requests: dict[Any, int] = {}
        term_start, coefficients, factor_start, factors = [0], [], [0], []
        for polynomial in polynomials:
            for monomial, coefficient in polynomial:
                coefficients.append(float(coefficient))
                factors += [requests.setdefault(expectation, len(requests)) for expectation in monomial]
                factor_start.append(len(factors))
            term_start.append(len(coefficients))
        return cls(
            requests=tuple(requests),
            term_start=np.array(term_start, dtype=np.int64),
            coefficients=np.array(coefficients),
            factor_start=np.array(factor_start, dtype=np.int64),
            factors=np.array(factors, dtype=np.int64),
        )

    def __call__(self, values: Array) -> Array:
        """All polynomials at the given values of the expectations."""
        result: Array = _evaluate(self.term_start, self.coefficients, self.factor_start, self.factors, values)
        return result


def _evaluate_py(
    term_start: Indices, coefficients: Array, factor_start: Indices, factors: Indices, values: Array
) -> Array:
    result = np.zeros(len(term_start) - 1)
    for c in range(len(result)):
        total = 0.0
        for t in range(term_start[c], term_start[c + 1]):
            product = coefficients[t]
            for f in range(factor_start[t], factor_start[t + 1]):
                product *= values[factors[f]]
            total += product
        result[c] = total
    return result


_evaluate = numba.njit(cache=True, nogil=True)(_evaluate_py)
