"""Moments of powers cut at zero over normals whose covariance is known exactly, singular or nearly so.

The recurrence of :mod:`feyn_nn.kernels.half_line_moments`, p E[h_p(z_i) R] = Σ_j G_ij E[h_{p-1}(z_i) ∂_j R], with
E[δ(z_j) R] = E[R | z_j = 0] / √(2π G_jj), down to the probabilities of :mod:`feyn_nn.kernels.exact_orthants`.
Covariances stay rational: what conditioning leaves of them may be as small as it is. Slower by a factor of a hundred
than compiled floating point, and needed only where that loses its digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

import numpy as np

from feyn_nn.kernels.cut_powers import CutPower
from feyn_nn.kernels.exact_orthants import exact_orthant
from feyn_nn.kernels.kinked_terms import Weight
from feyn_nn.kernels.orthants import half_line_moment

Powers: TypeAlias = tuple[CutPower, ...]
Exact: TypeAlias = tuple[tuple[Fraction, ...], ...]

_EPS = float(np.finfo(np.float64).eps)
_NOTHING = Weight(0.0, 0.0)


class SingularMoments:
    """E[Π_α h_{p_α}(z_α)] at one covariance; what has been found once is kept.

    Parameters
    ----------
    covariance : tuple of tuples of Fraction
        Of centred normals.

    Examples
    --------
    Three inputs in a plane, the second between the others:

    >>> rows = [(1, 0), (1, 1), (0, 1)]
    >>> exact = tuple(tuple(Fraction(a * c + b * d) for c, d in rows) for a, b in rows)
    >>> round(SingularMoments(exact).moment(tuple(CutPower(label, 0, True) for label in range(3))).value, 15)
    0.25
    """

    def __init__(self, covariance: Exact) -> None:
        self._exact = covariance
        self._known: dict[Powers, Weight] = {}
        self._given: dict[int, SingularMoments] = {}

    def moment(self, powers: Powers) -> Weight:
        """One moment and a bound on its error: exponents down to -1, each label once, ascending."""
        if powers not in self._known:
            self._known[powers] = self._computed(powers)
        return self._known[powers]

    def _computed(self, powers: Powers) -> Weight:
        if any(not power.cut and power.exponent < 0 for power in powers):
            return _NOTHING
        powers = tuple(power for power in powers if power.cut or power.exponent)
        if (fixed := self._fixed(powers)) is not None:
            factor, powers = fixed
            return _NOTHING if factor == 0.0 else self.moment(powers).times(Weight(factor, 0.0))
        if (delta := next((power for power in powers if power.exponent < 0), None)) is not None:
            return self._conditioned(delta, powers)
        if (twins := self._twins(powers)) is not None:
            return self._merged(*twins, powers)
        if len(powers) == 1 and powers[0].cut:
            return self._alone(powers[0])
        raised = [power for power in powers if not power.cut] or [power for power in powers if power.exponent]
        if raised:
            return self._lowered(max(raised, key=lambda power: power.exponent), powers)
        labels = [power.label for power in powers]
        return Weight(*exact_orthant([[self._exact[i][j] for j in labels] for i in labels]))

    def _fixed(self, powers: Powers) -> tuple[float, Powers] | None:
        """What labels without variance contribute, and the others: θ(0) is ½, and powers of zero vanish."""
        fixed = [power for power in powers if not self._exact[power.label][power.label]]
        if not fixed:
            return None
        factor = 0.0 if any(power.exponent for power in fixed) else 0.5 ** len(fixed)
        return factor, tuple(power for power in powers if power not in fixed)

    def _conditioned(self, delta: CutPower, powers: Powers) -> Weight:
        label = delta.label
        variance = self._exact[label][label]
        if label not in self._given:
            column = [row[label] for row in self._exact]
            self._given[label] = SingularMoments(
                tuple(
                    tuple(x - a * b / variance for x, b in zip(row, column, strict=True))
                    for row, a in zip(self._exact, column, strict=True)
                )
            )
        density = 1.0 / (math.sqrt(2.0 * math.pi) * math.sqrt(variance))
        rest = self._given[label].moment(tuple(power for power in powers if power != delta))
        return rest.times(Weight(density, 2.0 * _EPS * density))

    def _twins(self, powers: Powers) -> tuple[CutPower, CutPower] | None:
        """Two cut labels that are multiples of one another."""
        G = self._exact
        for one, other in combinations([power for power in powers if power.cut], 2):
            i, j = one.label, other.label
            if G[i][i] * G[j][j] == G[i][j] ** 2:
                return one, other
        return None

    def _merged(self, one: CutPower, other: CutPower, powers: Powers) -> Weight:
        """h_a(z) h_b(cz) = binom(a + b, a) c^b h_{a+b}(z) for c > 0, and nothing for c < 0."""
        ratio = self._exact[one.label][other.label] / self._exact[one.label][one.label]
        if ratio < 0:
            return _NOTHING
        exponent = one.exponent + other.exponent
        factor = float(math.comb(exponent, one.exponent) * ratio**other.exponent)
        joined = one._replace(exponent=exponent)
        rest = tuple(joined if power == one else power for power in powers if power != other)
        return self.moment(rest).times(Weight(factor, _EPS * factor))

    def _alone(self, power: CutPower) -> Weight:
        """E[h_p(z)], as the compiled rule has it, so that a repeated input has the values of one to the last bit."""
        value = half_line_moment(float(self._exact[power.label][power.label]), power.exponent)
        return Weight(value, (4.0 + 2.0 * power.exponent) * _EPS * value)

    def _lowered(self, power: CutPower, powers: Powers) -> Weight:
        """Stein's recurrence for one label."""
        below = power._replace(exponent=power.exponent - 1)
        lowered = tuple(below if own == power else own for own in powers)
        terms = list(self._derivatives(power.label, lowered))
        rounding = _EPS * sum(abs(term.value) for term in terms)
        total = Weight(math.fsum(t.value for t in terms), rounding + math.fsum(t.error for t in terms))
        return total.times(Weight(1.0 / power.exponent, 0.0))

    def _derivatives(self, label: int, powers: Powers) -> Iterator[Weight]:
        """G_ij E[∂_j …] for each j."""
        for place, power in enumerate(powers):
            entry = float(self._exact[label][power.label])
            if entry:
                derived = power._replace(exponent=power.exponent - 1)
                moment = self.moment((*powers[:place], derived, *powers[place + 1 :]))
                yield moment.times(Weight(entry, _EPS * abs(entry)))
