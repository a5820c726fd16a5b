"""What a plot of one observable shows: truncated series, data and bands, scaled by the leading power."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Powers
from feyn_nn._core.text import inverse_power, power, subscript
from feyn_nn.validation.fit import Fit
from feyn_nn.validation.judgement import Judgement, Point
from feyn_nn.validation.sizes import factor, sizes_name

Array: TypeAlias = NDArray[np.float64]

_POINTS = 120
_BEYOND = 1.1  # how far curves go on behind the smallest size
_MARGIN = 0.07


@dataclass(frozen=True, kw_only=True)
class Truncation:
    """A part of a series.

    Parameters
    ----------
    number : int
        Its place among the others, the same in all panels of a figure.
    name : str
    keeps : callable
        Whether a term of given powers belongs to it.
    """

    number: int
    name: str
    keeps: Callable[[Powers], bool]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Points that differ in the varied size alone.

    Parameters
    ----------
    fixed : dict of str to float
        All other sizes.
    points : tuple of Point
    """

    fixed: Mapping[str, float]
    points: tuple[Point, ...]

    @property
    def name(self) -> str:
        """The fixed sizes."""
        return sizes_name(self.fixed)


@dataclass(frozen=True, kw_only=True)
class Curves:
    """One observable against the inverse of the size that is varied.

    Parameters
    ----------
    judgement : Judgement
    fit : Fit
        Of the whole report.
    """

    judgement: Judgement
    fit: Fit

    @property
    def name(self) -> str:
        """The observable's."""
        return self.judgement.observable

    @cached_property
    def parameter(self) -> str:
        """The size that takes the most values: n, or for attention one of heads, value_dim and key_dim."""
        points = self.judgement.points
        return max(points[0].sizes, key=lambda name: len({point.sizes[name] for point in points}))

    @cached_property
    def leading(self) -> int:
        """The power of the leading order, by which everything is scaled."""
        coefficients = self.judgement.prediction.coefficients
        seen = [powers[self.parameter] for powers, c in coefficients.items() if c]
        return min(seen or [powers[self.parameter] for powers in coefficients])

    @property
    def scaled_name(self) -> str:
        """What is drawn: ``n² κ₃``."""
        cumulant = f"κ{subscript(self.judgement.prediction.observable.order)}"
        return f"{power(self.parameter, self.leading)} {cumulant}" if self.leading else cumulant

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The points by their other sizes."""
        found: dict[tuple[tuple[str, float], ...], list[Point]] = {}
        for point in self.judgement.points:
            fixed = {name: size for name, size in point.sizes.items() if name != self.parameter}
            found.setdefault(tuple(fixed.items()), []).append(point)
        return tuple(Group(fixed=dict(fixed), points=tuple(points)) for fixed, points in found.items())

    @cached_property
    def truncations(self) -> tuple[Truncation, ...]:
        """From the leading order to the full series; for attention first what survives wide channels and keys."""
        return tuple(self._truncations())

    @cached_property
    def grid(self) -> Array:
        """The inverse sizes at which curves are drawn, from almost zero."""
        largest = max(1 / point.sizes[self.parameter] for point in self.judgement.points)
        return np.linspace(0.0, _BEYOND * largest, _POINTS + 1)[1:]

    def curve(self, truncation: Truncation, group: Group) -> Array:
        """A truncated series on the grid."""
        shapes = self._shapes(group, self.grid).items()
        coefficients = self.judgement.prediction.coefficients
        total = np.zeros_like(self.grid)
        for powers, shape in shapes:
            if truncation.keeps(powers):
                total += coefficients[powers] * shape
        return total

    def error(self, group: Group) -> Array:
        """The error of the full series on the grid: numerical, and the orders left out."""
        sizes = ({**group.fixed, self.parameter: 1 / x} for x in self.grid)
        return np.array([self.judgement.prediction.error(own) for own in sizes]) / self.grid**self.leading

    def fitted(self, group: Group) -> tuple[Array, Array] | None:
        """The fitted series on the grid and its standard error; None where the fit leaves a coefficient open."""
        keys = [(self.name, powers) for powers in self.judgement.prediction.coefficients]
        if any(key not in self.fit.coefficients for key in keys):
            return None
        index = [self.fit.coefficients.index(key) for key in keys]
        shapes = np.array(list(self._shapes(group, self.grid).values()))
        values = np.array(self.fit.fitted)[index]
        covariance = np.array(self.fit.covariance)[np.ix_(index, index)]
        variance = np.einsum("ix,ij,jx->x", shapes, covariance, shapes)
        return values @ shapes, np.sqrt(np.maximum(variance, 0.0))

    def measured(self, group: Group) -> tuple[Array, Array, Array]:
        """Inverse sizes, scaled measurements and their standard errors."""
        x = np.array([1 / point.sizes[self.parameter] for point in group.points])
        scale = x**-self.leading
        values = np.array([point.measured for point in group.points]) * scale
        return x, values, np.array([point.stderr for point in group.points]) * scale

    @cached_property
    def limits(self) -> tuple[float, float]:
        """The range of data and series; a band may leave it."""
        seen: list[float] = []
        for group in self.groups:
            x, values, errors = self.measured(group)
            seen += [*(values - errors), *(values + errors)]
            for truncation in self.truncations:
                curve = self.curve(truncation, group)
                seen += [*np.interp(x, self.grid, curve), curve[0]]
            seen += [curve.min(), curve.max()]
        low, high = min(seen), max(seen)
        room = _MARGIN * (high - low) or abs(high) or 1.0
        return low - room, high + room

    def _truncations(self) -> Iterator[Truncation]:
        own = self.judgement.prediction
        if own.parameter == "n":
            for order in own.orders:
                name = f"through {inverse_power('n', order)}" if order else "infinite width"
                yield Truncation(number=order, name=name, keeps=_through("n", order))
            return
        yield Truncation(number=0, name="value_dim, key_dim → ∞", keeps=_survives)
        for order in own.orders:
            name = f"through {inverse_power(own.parameter, order)}" if order else f"{own.parameter} → ∞"
            yield Truncation(number=order + 1, name=name, keeps=_through(own.parameter, order))

    def _shapes(self, group: Group, x: Array) -> dict[Powers, Array]:
        """What each coefficient is multiplied with, as a function of the inverse size."""
        return {
            powers: factor(powers, {**group.fixed, self.parameter: 1.0})
            * x ** (powers[self.parameter] - self.leading)
            for powers in self.judgement.prediction.coefficients
        }


def _through(parameter: str, order: int) -> Callable[[Powers], bool]:
    return lambda powers: powers[parameter] <= order


def _survives(powers: Powers) -> bool:
    return not (powers["value_dim"] or powers["key_dim"])
