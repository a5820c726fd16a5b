"""Gaussian expectations of products of distributions, reduced to those of functions.

The derivative D^j of a function f with jumps is its derivative between them, and δ functions at them,

    D^j f = f^{(j)} + Σ_c Σ_{s<j} [f^{(j-1-s)}]_c δ^{(s)}(z - c),        [·]_c the jump at c,

and a δ function fixes its variable: with φ the density of z_i and R a product over the other variables,

    E[δ^{(s)}(z_i - c) R] = (-1)^s d^s/dc^s (φ(c) E[R | z_i = c]),
    d/dc E[R | z_i = c] = Σ_j K_ij/K_ii E[∂_j R | z_i = c].

Repeated, this leaves expectations of piecewise smooth functions alone, with no inverse of any metric.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn.kernels.conditioned import ConditionedNormals
from feyn_nn.networks.pieces import Pieces
from feyn_nn.rules import Expectation, Factor

Array: TypeAlias = NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)
_HIGHEST = 12  # derivatives at a kink that are looked at before a function counts as zero there


class Share(NamedTuple):
    """D^extra of the function that is ∂^base[σ^power] between the kinks, one label's share of a product."""

    label: int
    power: int
    base: int
    extra: int


class Weight(NamedTuple):
    """A coefficient, and a bound on its error."""

    value: float
    error: float

    def times(self, other: Weight) -> Weight:
        """The product, rounding included."""
        value = self.value * other.value
        error = abs(self.value) * other.error + self.error * (abs(other.value) + other.error)
        return Weight(value, error + 2.0 * _EPS * abs(value))


Terms: TypeAlias = dict[tuple[ConditionedNormals, Expectation], Weight]
"""Expectations of functions, each over its own normals, and what to multiply them with."""


class NoSuchExpectation(ArithmeticError):
    """A product of distributions of one and the same variable: it has no value."""


class Jumps:
    """One-sided derivatives of the powers of σ at its kinks.

    Parameters
    ----------
    pieces : Pieces
    """

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self._tables: dict[tuple[int, int], tuple[Array, Array, Array]] = {}

    def sides(self, power: int, order: int, kink: int) -> tuple[float, float, float]:
        """∂^order[σ^power] below and above a kink, and the size of what either is rounded from."""
        known = self._tables.get((power, kink))
        if known is None or len(known[0]) <= order:
            most = max(2 * order, _HIGHEST)
            sides = self.pieces.sides(kink, most)
            below, above = (_power_derivatives(side, power) for side in sides)
            size = np.maximum(*(_power_derivatives(np.abs(side), power) for side in sides))
            known = self._tables[power, kink] = (below, above, size)
        below, above, size = known
        return float(below[order]), float(above[order]), float(size[order])

    def jump(self, power: int, order: int, kink: int) -> Weight:
        """The jump of ∂^order[σ^power]; exactly zero where both sides agree but for rounding."""
        below, above, size = self.sides(power, order, kink)
        error = 8.0 * _EPS * size
        return Weight(above - below, error) if abs(above - below) > error else Weight(0.0, 0.0)


def _power_derivatives(table: Array, power: int) -> Array:
    """∂^j[σ^a] for all j at one point, from σ's own derivatives."""
    factorials = np.array([math.factorial(j) for j in range(len(table))], dtype=np.float64)
    series = table / factorials
    product = series
    for _ in range(power - 1):
        product = np.convolve(product, series)[: len(series)]
    return product * factorials


class Reducer:
    """Writes expectations of distributions as sums of expectations of functions, at one metric.

    Parameters
    ----------
    jumps : Jumps
    """

    def __init__(self, jumps: Jumps) -> None:
        self._jumps = jumps
        self._kinks = jumps.pieces.kinks
        self._known: dict[tuple[ConditionedNormals, tuple[Share, ...]], Terms] = {}
        self._conditioned: dict[tuple[ConditionedNormals, int, int], ConditionedNormals] = {}

    def terms(self, normals: ConditionedNormals, shares: tuple[Share, ...]) -> Terms:
        """The expectation of a product of shares, sorted by label.

        Raises
        ------
        NoSuchExpectation
            If a distribution meets another, or a jump, at a place where the metric makes both the same variable.
        """
        key = normals, shares
        if key not in self._known:
            self._known[key] = self._reduced(normals, shares)
        return self._known[key]

    def _reduced(self, normals: ConditionedNormals, shares: tuple[Share, ...]) -> Terms:
        fixed = [share for share in shares if normals.variances[share.label] == 0.0]
        free = tuple(share for share in shares if normals.variances[share.label] > 0.0)
        if fixed:
            constant = self._constant(normals, fixed)
            return (
                {}
                if constant.value == constant.error == 0.0
                else _scaled(self.terms(normals, free), constant)
            )
        singular = next((i for i, share in enumerate(free) if share.extra), None)
        if singular is None:
            request = tuple(Factor(label, power, base) for label, power, base, _ in free)
            return {(normals, request): Weight(1.0, 0.0)}
        share, rest = free[singular], free[:singular] + free[singular + 1 :]
        between = share._replace(base=share.base + share.extra, extra=0)
        total: defaultdict[tuple[ConditionedNormals, Expectation], list[Weight]] = defaultdict(list)
        _add(total, self.terms(normals, (*free[:singular], between, *free[singular + 1 :])), Weight(1.0, 0.0))
        for kink in range(len(self._kinks)):
            for s in range(share.extra):
                jump = self._jumps.jump(share.power, share.base + share.extra - 1 - s, kink)
                if jump.value:
                    self._add_delta(total, normals, share.label, kink, s, rest, jump)
        return {key: _sum(weights) for key, weights in total.items()}

    def _add_delta(
        self,
        total: defaultdict[tuple[ConditionedNormals, Expectation], list[Weight]],
        normals: ConditionedNormals,
        label: int,
        kink: int,
        s: int,
        rest: tuple[Share, ...],
        jump: Weight,
    ) -> None:
        """Add E[δ^{(s)}(z_label - c) R] times a jump."""
        given = self._given(normals, label, kink)
        slopes = normals.shares(label)
        deviation = math.sqrt(normals.variances[label])
        place = float(normals.distances(label, [self._kinks[kink]])[0]) / deviation
        for k in range(s + 1):
            density = _normal_derivative(s - k, place, deviation)
            sign = (-1) ** s * math.comb(s, k)
            outer = jump.times(Weight(sign * density.value, abs(sign) * density.error))
            for raised, factor in _raised(rest, slopes, k):
                weight = outer.times(Weight(factor, 8.0 * k * _EPS * abs(factor)))
                _add(total, self.terms(given, raised), weight)

    def _given(self, normals: ConditionedNormals, label: int, kink: int) -> ConditionedNormals:
        key = normals, label, kink
        if key not in self._conditioned:
            self._conditioned[key] = normals.given(label, self._kinks[kink])
        return self._conditioned[key]

    def _constant(self, normals: ConditionedNormals, fixed: Sequence[Share]) -> Weight:
        """The product of shares whose variables do not vary.

        At a kink it is the limit of a small variance about it, in which a share of size z^p counts as p and δ^{(s)}
        as -1 - s: together they vanish, are the value or the mean of both sides, or have no limit.
        """
        product, sizes, jumping = Weight(1.0, 0.0), 0, 0
        for share in fixed:
            mean = float(normals.means[share.label])
            kink = self._kink_at(mean, float(normals.smallest[share.label]))
            order = share.base + share.extra
            if kink is None:
                value, size = self._value(share.power, order, mean)
                product = product.times(Weight(value, 8.0 * _EPS * size))
                continue
            if (
                order == 0 and normals.smallest[share.label] == 0
            ):  # an input that is zero: no limit, but σ there
                below, above, size = self._jumps.sides(1, 0, kink)
                value = ((below + above) / 2) ** share.power
                product = product.times(Weight(value, 8.0 * share.power * _EPS * size**share.power))
                continue
            sizes += self._size(share, kink)
            below, above, size = self._jumps.sides(share.power, order, kink)
            jumping += bool(self._jumps.jump(share.power, order, kink).value)
            jumping += 2 * (self._size(share, kink) < 0)
            product = product.times(Weight((below + above) / 2, 8.0 * _EPS * size))
        if sizes > 0:
            return Weight(0.0, 0.0)
        if jumping > 1:
            raise NoSuchExpectation
        return product

    def _kink_at(self, z: float, smallest: float) -> int | None:
        tolerance = 64.0 * _EPS * abs(z) + math.sqrt(smallest)
        return next((i for i, c in enumerate(self._kinks) if abs(z - c) <= tolerance), None)

    def _value(self, power: int, order: int, z: float) -> tuple[float, float]:
        piece = np.searchsorted(np.array(self._kinks), [z])
        own = self._jumps.pieces.on(piece, np.array([z]), order)[:, 0]
        return float(_power_derivatives(own, power)[order]), float(
            _power_derivatives(np.abs(own), power)[order]
        )

    def _size(self, share: Share, kink: int) -> int:
        """The power of z - c by which a share is small at a kink; below zero for δ functions."""
        for s in range(share.extra - 1, -1, -1):
            if self._jumps.jump(share.power, share.base + share.extra - 1 - s, kink).value:
                return -1 - s
        order = share.base + share.extra
        for p in range(_HIGHEST):
            below, above, size = self._jumps.sides(share.power, order + p, kink)
            if max(abs(below), abs(above)) > 8.0 * _EPS * size:
                return p
        return _HIGHEST


def _add(
    total: defaultdict[tuple[ConditionedNormals, Expectation], list[Weight]], terms: Terms, weight: Weight
) -> None:
    for key, own in terms.items():
        total[key].append(own.times(weight))


def _scaled(terms: Terms, weight: Weight) -> Terms:
    return {key: own.times(weight) for key, own in terms.items()}


def _sum(weights: Sequence[Weight]) -> Weight:
    rounding = _EPS * sum(abs(weight.value) for weight in weights)
    return Weight(math.fsum(w.value for w in weights), rounding + sum(w.error for w in weights))


def _normal_derivative(n: int, x: float, deviation: float) -> Weight:
    """d^n/dz^n of a normal density, x standard deviations from its mean: (-1)^n He_n(x) φ(x)/s^{n+1}."""
    height = math.exp(-x * x / 2) / (math.sqrt(2.0 * math.pi) * deviation ** (n + 1))
    before, value, size = 0.0, 1.0, [0.0, 1.0]
    for k in range(n):
        before, value = value, x * value - k * before
        size = [size[1], abs(x) * size[1] + k * size[0]]
    return Weight((-1) ** n * value * height, (4.0 * n + 8.0 + 2.0 * x * x) * _EPS * size[1] * height)


def _raised(rest: tuple[Share, ...], slopes: Array, k: int) -> Iterator[tuple[tuple[Share, ...], float]]:
    """(Σ_j slope_j ∂_j)^k of a product, as products with their factors."""
    for orders in _compositions(len(rest), k):
        factor = float(math.factorial(k))
        for share, count in zip(rest, orders, strict=True):
            factor *= slopes[share.label] ** count / math.factorial(count)
        if factor:
            yield tuple(s._replace(extra=s.extra + n) for s, n in zip(rest, orders, strict=True)), factor


@lru_cache(maxsize=1024)
def _compositions(parts: int, total: int) -> tuple[tuple[int, ...], ...]:
    """The ways to write `total` as an ordered sum of `parts` integers >= 0."""
    if parts == 0:
        return ((),) if total == 0 else ()
    return tuple((n, *rest) for n in range(total + 1) for rest in _compositions(parts - 1, total - n))
