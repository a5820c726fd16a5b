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
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn._core.progress import watched
from feyn_nn.kernels.expectations import TOLERANCE
from feyn_nn.kernels.label_group import LabelGroup, shape
from feyn_nn.kernels.metric_factor import MetricFactor
from feyn_nn.kernels.nested_sum import NestedSum
from feyn_nn.kernels.single_sum import SingleSum
from feyn_nn.kernels.trapezoid_sums import power_tables
from feyn_nn.networks import Activation
from feyn_nn.rules import Expectation

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]

MAX_RANK = 6
"""More independent inputs than this in one expectation are refused."""

MAX_WORK = 1e8
"""About how many points one sum may visit; a sum held back by this says so in its error estimate."""

_EPS = float(np.finfo(np.float64).eps)
_TINY = float(np.finfo(np.float64).tiny)  # below, numbers lose their digits: nothing grows there
_FARTHEST = 40.0  # beyond this many standard deviations the normal density underflows
_TAIL = 1e-5  # what may be left out beyond the radius, in units of the tolerance times the integrand's peak
_REFINEMENT = 0.8  # ratio of the steps of two grids that are compared
_MAX_REFINEMENTS = 8
_ROUGH = 1e-4  # tolerance of a rule that only has to tell how a value moves with the metric
_BOLD = 1.6  # the first step in four dimensions and more, in units of the one that should do
_ROUNDING_STEP = 0.05  # in log √K
_MOST_NODES = 1 << 19  # along one coordinate, for the tables at its nodes are kept whole
_PROBES = np.linspace(0.0, _FARTHEST, 161)


class _Placed(NamedTuple):
    """A group of requests with the labels that it is asked for, and where its values go."""

    group: LabelGroup
    labels: Indices
    positions: Indices


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
        self._groups = tuple(
            _Placed(
                LabelGroup.of(shape([requests[i] for i in at])),
                np.array(labels, np.intp),
                np.array(at, np.intp),
            )
            for labels, at in positions.items()
        )

    def evaluate(self, metric: Array, tolerance: float = TOLERANCE) -> tuple[Array, Array]:
        """Values and error estimates at one metric (labels, labels), each of shape (requests,).

        Raises
        ------
        InvalidInput
            If more than `MAX_RANK` independent inputs meet in one request, or an integrand outgrows the Gaussian.
        """
        values, errors = self._constants.copy(), np.zeros_like(self._constants)
        groups = watched(self._groups, total=len(self._groups), unit="sets of inputs")
        for group, labels, positions in groups:
            part = metric[np.ix_(labels, labels)]
            values[positions], errors[positions] = _evaluated(
                self._activation, group, part.tobytes(), tolerance
            )
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
        for group, labels, positions in self._groups:
            parts = [metric[np.ix_(labels, labels)] for metric in metrics]
            first = MetricFactor.of(parts[0])
            factors = [first.matrix, *(first.moved(part).matrix for part in parts[1:])]
            sums, _ = _sums(self._activation, group, factors, _ROUGH)
            if isinstance(sums, SingleSum):
                values[:, positions] = sums.at_each_metric(1.0)
            else:
                for row, factor in zip(values, factors, strict=True):
                    row[positions] = replace(sums, factor=factor).at(1.0)[0]
        return values


def _evaluated_plain(
    activation: Activation, group: LabelGroup, metric: bytes, tolerance: float
) -> tuple[Array, Array]:
    """Values and errors of a group at the metric of its labels; kept, since other plans may ask for the same."""
    entries = np.frombuffer(metric).reshape(group.n_labels, group.n_labels)
    total, noise = _sums(activation, group, [MetricFactor.of(entries).matrix], tolerance)
    value, scale, change = _refined(total, tolerance)
    return value, change + noise * scale


_evaluated = lru_cache(maxsize=1 << 14)(_evaluated_plain)


def _sums(
    activation: Activation, group: LabelGroup, factors: Sequence[Array], tolerance: float
) -> tuple[NestedSum | SingleSum, Array]:
    """The sum over one rule, made for the first of some factors, and the relative noise of each request."""
    first = factors[0]
    if first.shape[1] > MAX_RANK:
        raise InvalidInput(
            f"one vertex couples {first.shape[1]} independent inputs, more than the {MAX_RANK} that quadrature of"
            f" {activation.name!r} can take; give at most {MAX_RANK} distinct inputs",
            page="limits.md",
        )
    deviations = np.sqrt(np.einsum("lk,lk->l", first, first))
    radius, noise = _reach(activation, group, _rounded_up(deviations), first.shape[1], tolerance)
    steps = _steps(first, activation.strip, int((group.powers + group.orders).max()), tolerance)
    if any(2.0 * radius / step > _MOST_NODES for step in steps):
        raise InvalidInput(
            f"K = {deviations.max() ** 2:.3g} is too large for quadrature of {activation.name!r}, which is"
            " as good as a step there; give smaller inputs or a smaller weight_variance"
        )
    even = activation.parity != 0
    relative = noise[group.factors].sum(axis=1) + 4.0 * _EPS
    if group.n_labels == 1:
        sizes = np.array([factor[0, 0] if steps else 0.0 for factor in factors])
        single = SingleSum(
            group=group, activation=activation, deviations=sizes, radius=radius, steps=steps, even=even
        )
        return single, relative
    inner = np.any([factor[:, -1:] != 0.0 for factor in factors], axis=(0, 2))
    nested = NestedSum(
        group=group,
        activation=activation,
        factor=first,
        radius=radius,
        steps=steps,
        panel=0.3 * min(activation.strip, 2.0),
        even=even,
        inner_slots=tuple(np.flatnonzero(inner).tolist()),
    )
    return nested, relative


def _rounded_up(deviations: Array) -> tuple[float, ...]:
    """A little more than each deviation, one of few values, such that what depends on them is done seldom."""
    with np.errstate(divide="ignore"):
        rounded = np.exp(np.ceil(np.log(deviations) / _ROUNDING_STEP) * _ROUNDING_STEP)
    return tuple(rounded.tolist())


@lru_cache(maxsize=4096)
def _reach(
    activation: Activation, group: LabelGroup, deviations: tuple[float, ...], rank: int, tolerance: float
) -> tuple[float, Array]:
    """The radius of a group's sums and the relative rounding of each of its rows."""
    envelopes, noise = _probe(activation, group, np.array(deviations))
    return _radius(activation, group, envelopes, rank, _TAIL * tolerance), noise


def _refined(nested: NestedSum | SingleSum, tolerance: float) -> tuple[Array, Array, Array]:
    """Value, Σ w|f| and last change of each request."""
    ratio = _BOLD if nested.rank > 3 else 1.0
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
        if worst <= tolerance or stalled or nested.rank == 0 or nested.work(_REFINEMENT * ratio) > MAX_WORK:
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
            both = np.log(np.maximum(table.reshape(len(powers), 2, -1).max(axis=1), _TINY))
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


def _radius(activation: Activation, group: LabelGroup, envelopes: Array, rank: int, tail: float) -> float:
    """Where every integrand, times the surface of a sphere, has fallen below `tail` of its peak."""
    if rank == 0:
        return 1.0
    rows = np.unique(group.factors, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        profiles = envelopes[rows].sum(axis=1) - _PROBES**2 / 2 + (rank - 1) * np.log(_PROBES)
    peaks = profiles.max(axis=1, initial=-math.inf, where=~np.isnan(profiles))
    above = (profiles > peaks[:, None] + math.log(tail)) | (profiles == math.inf)
    last = int(np.flatnonzero(above.any(axis=0)).max(initial=0))
    if last >= len(_PROBES) - 2:
        raise InvalidInput(
            f"powers of {activation.name!r} grow faster than the Gaussian falls, or overflow, at this metric; give"
            " smaller inputs, a smaller weight_variance or fewer loops"
        )
    return float(_PROBES[last + 1])


def _steps(factor: Array, strip: float, pole: int, tolerance: float) -> tuple[float, ...]:
    """First step of each coordinate: exp(-2π c/h + c²/2) below the tolerance, times a fit to what a pole costs."""
    digits = -math.log(tolerance) + 2.0 + 5.0 * pole**0.7
    steps = []
    for reach in np.abs(factor).max(axis=0, initial=1e-300):
        c = strip / reach
        narrow = math.sqrt(2.0 * digits) > c  # the nearest pole limits the rule, not the Gaussian
        step = c / (digits + c * c / 2) if narrow else 1.0 / math.sqrt(2.0 * digits)
        steps.append(2.0 * math.pi * float(step))
    return tuple(steps)
