"""Gaussian expectations of analytic activations, by the trapezoidal rule on whitened coordinates.

K = F Fᵀ and z = F g turn ⟨Π_α ∂^{j_α}[σ^{a_α}](z_α)⟩ into a sum over as many normals g as K has rank. The rule
converges exponentially: with step h along a coordinate that moves z by at most a per unit, the error is about
exp(-2π c/h + c²/2), c the smaller of 2π/h and strip/a. Two steps are compared, and the change is the error
estimate: it is the error of the coarser one, so the value returned is much better than that.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.kernels.label_group import LabelGroup
from feyn_nn.kernels.metric_factor import MetricFactor
from feyn_nn.kernels.nested_sum import NestedSum
from feyn_nn.kernels.single_sum import SingleSum
from feyn_nn.kernels.trapezoid_sums import power_tables
from feyn_nn.networks import Activation
from feyn_nn.rules import Expectation

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

TARGET = 1e-13
"""The change under refinement, in units of Σ w|f|, at which refinement ends."""

MAX_RANK = 6
"""More independent inputs than this in one expectation are refused."""

MAX_WORK = 1e8
"""About how many points one sum may visit; a sum held back by this says so in its error estimate."""

_EPS = float(np.finfo(np.float64).eps)
_FARTHEST = 40.0  # beyond this many standard deviations the normal density underflows
_TAIL = 1e-18  # what may be left out beyond the radius, in units of the integrand's peak
_REFINEMENT = 0.8  # ratio of the steps of two grids that are compared
_MAX_REFINEMENTS = 8
_ROUGH = 1.8  # steps of a rule that only has to tell how a value moves with the metric
_ROUNDING_STEP = 0.05  # in log √K
_MOST_NODES = 1 << 19  # along one coordinate, for the tables at its nodes are kept whole
_PROBES = np.linspace(0.0, _FARTHEST, 161)


class TrapezoidRule:
    """All requests of a plan for one analytic activation.

    Parameters
    ----------
    activation : Activation
        Analytic in a strip about the real axis.
    requests : sequence of Expectation
    """

    def __init__(self, activation: Activation, requests: Sequence[Expectation]) -> None:
        self._activation = activation
        self._constants = np.array([0.0 if request else 1.0 for request in requests])
        positions: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for position, request in enumerate(requests):
            if request and not _is_odd(activation, request):  # odd ones vanish
                positions[tuple(factor.label for factor in request)].append(position)
        self._groups = tuple(LabelGroup.of(at, [requests[i] for i in at]) for at in positions.values())
        self._reach = lru_cache(maxsize=256)(partial(_reach, activation))

    def evaluate(self, metric: Array, refinement: int = 0) -> tuple[Array, Array]:
        """Values and error estimates at one metric (labels, labels), each of shape (requests,).

        Raises
        ------
        InvalidInput
            If more than `MAX_RANK` independent inputs meet in one request, or an integrand outgrows the Gaussian.
        """
        values, errors = self._constants.copy(), np.zeros_like(self._constants)
        for group in self._groups:
            factor = MetricFactor.of(group.submatrix(metric))
            (total,), noise = self._sums(group, (factor,))
            value, scale, change = _refined(total, refinement)
            values[group.positions] = value
            errors[group.positions] = change + noise * scale
        return values, errors

    def rough(self, metrics: Sequence[Array]) -> Array:
        """Values at metrics next to one another by one coarse rule: their differences are good, to a few digits.

        Parameters
        ----------
        metrics : sequence of arrays (labels, labels)

        Returns
        -------
        array (metrics, requests)
        """
        values = np.tile(self._constants, (len(metrics), 1))
        for group in self._groups:
            first = MetricFactor.of(group.submatrix(metrics[0]))
            factors = (first, *(first.moved(group.submatrix(metric)) for metric in metrics[1:]))
            for row, total in zip(values, self._sums(group, factors)[0], strict=True):
                row[group.positions] = total.at(_ROUGH)[0]
        return values

    def _sums(
        self, group: LabelGroup, factors: Sequence[MetricFactor]
    ) -> tuple[list[NestedSum | SingleSum], Array]:
        """The sum at each of some factors, by one rule made for the first; and the relative noise of requests."""
        first = factors[0]
        if first.rank > MAX_RANK:
            raise InvalidInput(
                f"one vertex couples {first.rank} independent inputs, more than the {MAX_RANK} that quadrature of"
                f" {self._activation.name!r} can take; give at most {MAX_RANK} distinct inputs"
            )
        deviations = np.sqrt(np.einsum("lk,lk->l", first.matrix, first.matrix))
        radius, noise = self._reach(group, _rounded_up(deviations), first.rank)
        pole = int((group.powers + group.orders).max())
        steps = _steps(first.matrix, self._activation.strip, pole)
        if any(2.0 * radius / step > _MOST_NODES for step in steps):
            raise InvalidInput(
                f"K = {deviations.max() ** 2:.3g} is too large for quadrature of {self._activation.name!r}, which is"
                " as good as a step there; give smaller inputs or a smaller weight_variance"
            )
        sums = [self._sum(group, factor, radius, steps, factors) for factor in factors]
        return sums, noise[group.factors].sum(axis=1) + 4.0 * _EPS

    def _sum(
        self,
        group: LabelGroup,
        factor: MetricFactor,
        radius: float,
        steps: tuple[float, ...],
        neighbours: Sequence[MetricFactor],
    ) -> NestedSum | SingleSum:
        even = self._activation.parity != 0
        if len(group.labels) == 1:
            return SingleSum(
                group=group,
                activation=self._activation,
                deviation=float(factor.matrix[0, 0]) if steps else 0.0,
                radius=radius,
                step=steps[0] if steps else 1.0,
                even=even,
            )
        inner = np.any([other.matrix[:, -1:] != 0.0 for other in neighbours], axis=(0, 2))
        return NestedSum(
            group=group,
            activation=self._activation,
            factor=factor.matrix,
            radius=radius,
            steps=steps,
            panel=0.3 * min(self._activation.strip, 2.0),
            even=even,
            inner_slots=tuple(np.flatnonzero(inner).tolist()),
        )


def _rounded_up(deviations: Array) -> tuple[float, ...]:
    """A little more than each deviation, one of few values, such that what depends on them is done seldom."""
    with np.errstate(divide="ignore"):
        rounded = np.exp(np.ceil(np.log(deviations) / _ROUNDING_STEP) * _ROUNDING_STEP)
    return tuple(rounded.tolist())


def _reach(
    activation: Activation, group: LabelGroup, deviations: tuple[float, ...], rank: int
) -> tuple[float, Array]:
    """The radius of a group's sums and the relative rounding of each of its rows."""
    envelopes, noise = _probe(activation, group, np.array(deviations))
    return _radius(activation, group, envelopes, rank), noise


def _refined(nested: NestedSum | SingleSum, refinement: int) -> tuple[Array, Array, Array]:
    """Value, Σ w|f| and last change of each request."""
    ratio = 0.8**refinement
    if nested.rank:
        crowding = max(1.0, nested.work(_REFINEMENT * ratio) / MAX_WORK)
        ratio *= crowding ** (1.0 / nested.rank)
    previous, scale = nested.at(ratio)
    last_worst = math.inf
    for _ in range(_MAX_REFINEMENTS):
        ratio *= _REFINEMENT
        value = nested.at(ratio)[0]
        change = np.abs(value - previous)
        worst = float((change / np.where(scale > 0.0, scale, 1.0)).max())
        stalled = worst < 1e-11 and worst > 0.5 * last_worst  # rounding, which no refinement cures
        if worst <= TARGET or stalled or nested.rank == 0 or nested.work(_REFINEMENT * ratio) > MAX_WORK:
            break
        previous, last_worst = value, worst
    return value, scale, change


def _is_odd(activation: Activation, request: Expectation) -> bool:
    parity = activation.parity
    return parity != 0 and math.prod(parity**f.power * (-1) ** f.derivatives for f in request) < 0


def _probe(activation: Activation, group: LabelGroup, deviations: Array) -> tuple[Array, Array]:
    """How each row grows with distance, and its relative rounding error.

    Returns
    -------
    envelopes : array (rows, probes)
        log of the largest absolute value within that many standard deviations.
    noise : array (rows,)
        Rounding of Σ w|row|, in units of it, for one label by itself. Derivatives are taken to be as precise as
        the largest one near the origin allows.
    """
    envelopes = np.empty((len(group.powers), len(_PROBES)))
    noise = np.empty(len(group.powers))
    weights = np.exp(-(np.tile(_PROBES, 2) ** 2) / 2)
    near = np.tile(_PROBES, 2) <= 3.0
    for slot, deviation in enumerate(deviations):
        rows = group.rows(slot)
        powers, orders = group.powers[rows], group.orders[rows]
        z = deviation * np.concatenate((_PROBES, -_PROBES))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            derivatives = activation.derivatives(z, int(orders.max()))
            table = np.abs(power_tables(derivatives, powers, orders))
            both = np.log(table.reshape(len(powers), 2, -1).max(axis=1))
            envelopes[rows] = np.maximum.accumulate(both, axis=1)
            bounds = np.abs(derivatives)
            bounds[2:] += bounds[2:, near].max(axis=1, keepdims=True)
            terms = power_tables(bounds, powers, orders)
            ratios = (terms @ weights) / (table @ weights)
        steepness = 1.0 + deviation / min(activation.strip, 1.0)  # z is rounded as well
        noise[rows] = (
            _EPS * (2.0 + steepness * (powers + orders)) * np.where(np.isfinite(ratios), ratios, 0.0)
        )
    return envelopes, noise


def _radius(activation: Activation, group: LabelGroup, envelopes: Array, rank: int) -> float:
    """Where every integrand, times the surface of a sphere, has fallen below `_TAIL` of its peak."""
    if rank == 0:
        return 1.0
    rows = np.unique(group.factors, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        profiles = envelopes[rows].sum(axis=1) - _PROBES**2 / 2 + (rank - 1) * np.log(_PROBES)
    peaks = profiles.max(axis=1, initial=-math.inf, where=~np.isnan(profiles))
    above = (profiles > peaks[:, None] + math.log(_TAIL)) | (profiles == math.inf)
    last = int(np.flatnonzero(above.any(axis=0)).max(initial=0))
    if last >= len(_PROBES) - 2:
        raise InvalidInput(
            f"powers of {activation.name!r} grow faster than the Gaussian falls, or overflow, at this metric; give"
            " smaller inputs, a smaller weight_variance or fewer loops"
        )
    return float(_PROBES[last + 1])


def _steps(factor: Array, strip: float, pole: int) -> tuple[float, ...]:
    """First step of each coordinate: exp(-2π c/h + c²/2) below the target, times a fit to what a pole costs."""
    digits = -math.log(TARGET) + 2.0 + 5.0 * pole**0.7
    steps = []
    for reach in np.abs(factor).max(axis=0, initial=1e-300):
        c = strip / reach
        narrow = math.sqrt(2.0 * digits) > c  # the nearest pole limits the rule, not the Gaussian
        step = c / (digits + c * c / 2) if narrow else 1.0 / math.sqrt(2.0 * digits)
        steps.append(2.0 * math.pi * float(step))
    return tuple(steps)
