"""What a run says of one observable: each order, each measured point, and the verdict on all of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from feyn_nn._core import Powers
from feyn_nn._core.text import powers_name
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.sizes import Sizes

SEEN = 25.0
"""Δχ² from which an order counts as resolved: five standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """One coefficient of a series: as predicted, as measured, and how well the run could see it.

    Parameters
    ----------
    powers : Powers
        Of which small parameters it is the coefficient.
    predicted, error : float
        The coefficient of theory and its numerical error.
    alone, alone_error : float
        As measured once every other order is taken from theory; the error includes the orders left out.
    fitted, fitted_error : float or None
        As found by the joint fit of all coefficients; None where the sizes sampled cannot tell it from the others.
    pull : float or None
        (predicted - fitted) / its error.
    delta_chi2 : float
        By how much χ² of this observable grows without this order: (predicted / alone_error)².
    caught : float
        The power of the test: the smallest relative error of this coefficient, all else being right, that makes the
        verdict fail with the probability stated in the report. Infinite for a coefficient of zero.
    """

    powers: Powers
    predicted: float
    error: float
    alone: float
    alone_error: float
    fitted: float | None
    fitted_error: float | None
    pull: float | None
    delta_chi2: float
    caught: float

    @property
    def name(self) -> str:
        """The powers, and what is known by a name of its own."""
        own = powers_name(self.powers)
        breaking = self.powers["heads"] > 0 and not (self.powers["value_dim"] or self.powers["key_dim"])
        return f"{own} (independence breaking)" if breaking else own

    @property
    def resolved(self) -> bool:
        """Whether Δχ² >= 25, so that the run saw this order."""
        return self.delta_chi2 >= SEEN

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"powers": dict(self.powers), "name": self.name} | {
            field.name: getattr(self, field.name) for field in fields(self) if field.name != "powers"
        } | {"resolved": self.resolved}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Point:
    """One observable at one set of sizes: the full series beside the measurement.

    Parameters
    ----------
    sizes : dict of str to int
        ``{"n": 16}``, or heads, value_dim and key_dim.
    theory, theory_error : float
        The sum of all orders, and its error: numerical, and the orders left out.
    measured, stderr : float
    pull : float
        (theory - measured) / sqrt(stderr² + theory_error²).
    """

    sizes: Sizes
    theory: float
    theory_error: float
    measured: float
    stderr: float
    pull: float

    @property
    def sigma(self) -> float:
        """Both errors together."""
        return math.hypot(self.stderr, self.theory_error)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One order of one observable at one set of sizes.

    Parameters
    ----------
    observable : str
    sizes : dict of str to int
    powers : Powers
    term : float
        This order alone, at these sizes.
    theory : float
        The series cut after this order.
    theory_error : float
        The error of the *full* series, the same for all orders, so that the pulls of two rows say what the order
        between them is worth.
    measured, stderr : float
    pull : float
        (theory - measured) / sqrt(stderr² + theory_error²): with this order, the last.
    pull_without : float
        The same for the full series without this order alone.
    """

    observable: str
    sizes: Sizes
    powers: Powers
    term: float
    theory: float
    theory_error: float
    measured: float
    stderr: float
    pull: float
    pull_without: float

    @property
    def width(self) -> int:
        """The first hidden width n."""
        return int(self.sizes["n"])

    @property
    def order(self) -> int:
        """The power of 1/n."""
        return self.powers["n"]

    @property
    def left(self) -> float:
        """What the measurement leaves to this order once those before it are taken away."""
        return self.measured - (self.theory - self.term)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One observable: its series beside everything that was measured of it.

    Parameters
    ----------
    prediction : Prediction
        The series; ``prediction.value(sizes, order)`` and ``.error(sizes)`` give its curves.
    orders : tuple of Order
        By ascending power.
    points : tuple of Point
        By sizes, in the order sampled.
    chi2, dof, p_value : float, int, float
        Of this observable alone, all sizes together.
    adjusted_p : float
        The p-value after Holm's correction for looking at all observables.
    smallest : float
        The smallest constant, the same at all sizes, that the test would have told from the theory's value, with the
        probability stated in the report: the power of a test whose prediction is zero.
    """

    prediction: Prediction
    orders: tuple[Order, ...]
    points: tuple[Point, ...]
    chi2: float
    dof: int
    p_value: float
    adjusted_p: float
    smallest: float

    @property
    def observable(self) -> str:
        """Its name."""
        return self.prediction.observable.name

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """By sizes and order."""
        return tuple(row for point in self.points for row in self._rows(point))

    def _rows(self, point: Point) -> Iterator[Row]:
        terms, through = self.prediction.terms(point.sizes), 0.0
        for powers, term in terms.items():
            through += term
            yield Row(
                observable=self.observable,
                sizes=point.sizes,
                powers=powers,
                term=term,
                theory=through,
                theory_error=point.theory_error,
                measured=point.measured,
                stderr=point.stderr,
                pull=pull(through - point.measured, point.sigma),
                pull_without=pull(point.theory - term - point.measured, point.sigma),
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return self.prediction.to_dict() | {
            "tested_as_zero": self.prediction.vanishes,
            "orders": [order.to_dict() for order in self.orders],
            "points": [asdict(point) for point in self.points],
            "chi2": self.chi2,
            "dof": self.dof,
            "p_value": self.p_value,
            "adjusted_p": self.adjusted_p,
            "smallest": self.smallest,
        }


def pull(difference: float, sigma: float) -> float:
    """A difference in standard errors; two exact numbers that agree are zero apart."""
    if sigma == 0.0:
        return 0.0 if difference == 0.0 else math.copysign(math.inf, difference)
    return difference / sigma
