"""What theory says of an observable, order by order, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp, fsum, sqrt
from typing import Any

from feyn_nn._core import Powers
from feyn_nn._core.observables import Observable
from feyn_nn.validation.sizes import Sizes, as_sizes, factor


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The series of one observable in its small parameters, with what is known of the orders left out.

    Where there are several small parameters the series is exact in all but one, the expansion parameter; "order" is
    the power of that one.

    Parameters
    ----------
    observable : MetricObservable or FieldObservable
    coefficients : dict of Powers to float
        Those to be tested. For a single metric K is the one of no power, so that the sum is E[Ĝ].
    errors : dict of Powers to float
        The numerical errors of these coefficients, and of those left out where they are known.
    left_out : tuple of dict of Powers to float
        The coefficients of the next order and, where affordable, of the one after: the first alone may vanish by
        chance. Empty where not even the next one is known.
    parameter : str
        The expansion parameter: ``"n"``, or ``"key_dim"`` for attention.
    """

    observable: Observable
    coefficients: Mapping[Powers, float]
    errors: Mapping[Powers, float]
    left_out: tuple[Mapping[Powers, float], ...] = ()
    parameter: str = "n"

    @cached_property
    def orders(self) -> list[int]:
        """The orders that are to be tested, ascending."""
        return sorted({powers[self.parameter] for powers in self.coefficients})

    @cached_property
    def vanishes(self) -> bool:
        """Whether every coefficient that is known is zero, so that the observable is tested as zero."""
        known = [c for terms in (self.coefficients, *self.left_out) for c in terms.values()]
        return not any(known)

    def terms(self, at: float | Sizes) -> dict[Powers, float]:
        """Each term at a first hidden width, or at sizes."""
        return _terms(self.coefficients, as_sizes(at))

    def value(self, at: float | Sizes, order: int | None = None) -> float:
        """The series through `order`, or all of it."""
        terms = self.terms(at).items()
        return fsum(c for powers, c in terms if order is None or powers[self.parameter] <= order)

    def bias(self, at: float | Sizes) -> float:
        """What the known orders left out add to the truth, in magnitude."""
        return sum(abs(value) for value in self.known_bias(at))

    def known_bias(self, at: float | Sizes) -> list[float]:
        """What each of the known orders left out adds to the truth."""
        return [fsum(_terms(terms, as_sizes(at)).values()) for terms in self.left_out]

    def numerical_error(self, at: float | Sizes) -> float:
        """The sum of the coefficients' numerical errors."""
        return sum(_terms(self.errors, as_sizes(at)).values())

    def remainder(self, at: float | Sizes) -> float:
        """The orders beyond the known ones, in magnitude.

        They are taken as a geometric series of the ratio r that the last known terms have; beyond r = 1/2 its sum,
        1/(1 - r), goes on as 2 exp(2r - 1): terms that still grow add up like those of an exponential function.
        A term that its numerical error hides counts as zero: a ratio of such terms means nothing.
        """
        last = self.orders[-1]
        before, kept = (self._magnitude(self._of_order(order), at) for order in (last - 1, last))
        known = [self._magnitude(terms, at) for terms in self.left_out]
        if len(known) == 2:
            first, second = known
            likely = max(
                first, sqrt(kept * second)
            )  # where `first` nearly vanishes by chance, from its neighbours
            return second * (_tail(second / likely if likely else 0.0) - 1)
        # Likewise; the last two kept tell how the first omitted term should be.
        expected = kept * min(kept / before, 1.0) if before else 0.0
        first = max(known[0], expected if known[0] else 0.0) if known else expected or kept
        return first * _tail(first / kept if kept else 0.0) - sum(known)

    def error(self, at: float | Sizes) -> float:
        """The error of the full series: numerical errors and the orders left out."""
        return self.numerical_error(at) + self.bias(at) + self.remainder(at)

    def _of_order(self, order: int) -> dict[Powers, float]:
        return {powers: c for powers, c in self.coefficients.items() if powers[self.parameter] == order}

    def _magnitude(self, coefficients: Mapping[Powers, float], at: float | Sizes) -> float:
        """The sum of these terms, without its sign; zero where it is less than their numerical errors."""
        sizes = as_sizes(at)
        value = abs(fsum(_terms(coefficients, sizes).values()))
        noise = fsum(
            _terms({powers: self.errors.get(powers, 0.0) for powers in coefficients}, sizes).values()
        )
        return value if value > noise else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The coefficients as plain data."""
        return {
            "observable": self.observable.name,
            "key": self.observable.key,
            "coefficients": _listed(self.coefficients, self.errors),
            "left_out": [_listed(terms, self.errors) for terms in self.left_out],
        }


def _terms(coefficients: Mapping[Powers, float], sizes: Sizes) -> dict[Powers, float]:
    return {powers: c * factor(powers, sizes) for powers, c in coefficients.items()}


def _listed(coefficients: Mapping[Powers, float], errors: Mapping[Powers, float]) -> list[dict[str, Any]]:
    return [
        {"powers": dict(powers), "coefficient": c, "error": errors.get(powers)}
        for powers, c in coefficients.items()
    ]


def _tail(ratio: float) -> float:
    return 1 / (1 - ratio) if ratio <= 0.5 else 2 * exp(min(2 * ratio - 1, 100))
