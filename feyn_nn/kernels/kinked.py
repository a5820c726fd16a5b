"""Gaussian expectations of activations with kinks or jumps anywhere, and of smooth ones between them.

Derivatives at kinks are δ functions, which fix their variable (:mod:`feyn_nn.kernels.kinked_terms`); what is left
are expectations of functions that are smooth in pieces, summed on panels that end at the kinks
(:mod:`feyn_nn.kernels.panel_rule`). Two rules of different degree are compared, and the change is the error estimate:
it is the error of the coarser one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn.kernels.conditioned import ConditionedNormals
from feyn_nn.kernels.expectations import TOLERANCE
from feyn_nn.kernels.kinked_terms import Jumps, NoSuchExpectation, Reducer, Share, Terms
from feyn_nn.kernels.label_group import LabelGroup, shape
from feyn_nn.kernels.panel_rule import PanelSum
from feyn_nn.kernels.panels import KinkGeometry, truncation_radius
from feyn_nn.networks import Activation, Growth
from feyn_nn.networks.pieces import Pieces
from feyn_nn.rules import Expectation

Array: TypeAlias = NDArray[np.float64]

MAX_RANK = 3
"""More independent inputs than this in one expectation are refused."""

MAX_WORK = 3e7
"""About how many points one sum may visit; a sum held back by this says so in its error estimate."""

_POINTS = (14, 20)  # of the two rules that are compared
_SPLITS = (1, 2, 4, 8)
_MOST_PANELS = 20_000
_EPS = float(np.finfo(np.float64).eps)
_FARTHEST = 38.0  # beyond this many standard deviations the normal density underflows


def pieces_of(activation: Activation) -> Pieces | None:
    """σ between its kinks, if it has any; two slopes are pieces as well."""
    if activation.pieces is not None:
        return activation.pieces
    return None if activation.slopes is None else Pieces.of_slopes(activation.slopes)


class KinkedRule:
    """All requests of a plan for one activation that is smooth in pieces.

    Parameters
    ----------
    activation : Activation
        With `pieces` or `slopes`.
    requests : sequence of Expectation

    Raises
    ------
    InvalidInput
        If the activation has neither.
    """

    def __init__(self, activation: Activation, requests: Sequence[Expectation]) -> None:
        pieces = pieces_of(activation)
        if pieces is None:
            raise InvalidInput(f"activation {activation.name!r} has no pieces; give pieces=Pieces(…)")
        self._activation, self._pieces = activation, pieces
        self._growth = activation.growth or Growth(degree=8.0)
        self._jumps = Jumps(pieces)
        self._requests = tuple(requests)

    def evaluate(self, metric: Array, tolerance: float = TOLERANCE) -> tuple[Array, Array]:
        """Values and error estimates at one metric (labels, labels), each of shape (requests,).

        Raises
        ------
        InvalidInput
            If more than `MAX_RANK` independent inputs meet in one request, an expectation does not exist at this
            metric, or an integrand outgrows the Gaussian.
        """
        reducer, normals = Reducer(self._jumps), ConditionedNormals.of(metric)
        written = [self._terms(reducer, normals, request) for request in self._requests]
        wanted: defaultdict[tuple[ConditionedNormals, tuple[int, ...]], dict[Expectation, None]] = (
            defaultdict(dict)
        )
        for terms in written:
            for own, request in terms:
                wanted[own, tuple(factor.label for factor in request)][request] = None
        known: dict[tuple[ConditionedNormals, Expectation], tuple[float, float]] = {}
        for (own, labels), requests in wanted.items():
            found = self._functions(own, labels, tuple(requests), tolerance)
            known.update({(own, r): pair for r, pair in zip(requests, found, strict=True)})
        values, errors = np.zeros((2, len(self._requests)))
        for i, terms in enumerate(written):
            products = [(weight, *known[key]) for key, weight in terms.items()]
            values[i] = sum(w.value * v for w, v, _ in products)
            errors[i] = sum(
                abs(w.value) * e + w.error * (abs(v) + e) + 4.0 * _EPS * abs(w.value * v)
                for w, v, e in products
            )
        return values, errors

    def _terms(self, reducer: Reducer, normals: ConditionedNormals, request: Expectation) -> Terms:
        shares = tuple(Share(label, power, 0, order) for label, power, order in request)
        try:
            return reducer.terms(normals, shares)
        except NoSuchExpectation:
            labels = ", ".join(str(factor.label) for factor in request)
            raise InvalidInput(
                f"a derivative of the Gaussian expectation of {self._activation.name!r} over the inputs ({labels}) does"
                " not exist at this singular metric, where a kink of one meets a kink of another; move the inputs, or"
                " ask for fewer loops"
            ) from None

    def _functions(
        self,
        normals: ConditionedNormals,
        labels: tuple[int, ...],
        requests: tuple[Expectation, ...],
        tolerance: float,
    ) -> list[tuple[float, float]]:
        """Expectations of functions of some labels that all vary, with their errors."""
        if not labels:
            return [(1.0, 0.0)] * len(requests)
        group = LabelGroup.of(shape(requests))
        geometry = self._geometry(normals, labels, group)
        value = scale = change = np.zeros(0)
        for split in _SPLITS:
            coarse, fine = (
                PanelSum(group=group, pieces=self._pieces, geometry=geometry, points=points, split=split)
                for points in _POINTS
            )
            if not len(scale):
                value, scale = coarse.total(), replace(coarse, bounds=True).total()
            elif _work(fine) > MAX_WORK:
                break
            before, value = value, fine.total()
            change = np.abs(value - before)
            if np.all(change <= tolerance * scale):
                break
        noise = np.array([[8.0 + 2.0 * (f.power + f.derivatives) for f in r] for r in requests]).sum(axis=1)
        errors = change + _EPS * noise * scale
        return list(zip(value.tolist(), errors.tolist(), strict=True))

    def _geometry(
        self, normals: ConditionedNormals, labels: tuple[int, ...], group: LabelGroup
    ) -> KinkGeometry:
        factor = normals.factor(labels)
        if factor.shape[1] > MAX_RANK:
            raise InvalidInput(
                f"one vertex couples {factor.shape[1]} independent inputs, more than the {MAX_RANK} that quadrature of"
                f" {self._activation.name!r} can take; give at most {MAX_RANK} distinct inputs",
                page="limits.md",
            )
        deviations = np.sqrt((factor**2).sum(axis=1))
        powers = np.array([group.powers[group.rows(slot)].max() for slot in range(len(labels))])
        rate = float(self._growth.rate * (powers * deviations).sum())
        radius = truncation_radius(self._growth.degree * float(powers.sum()), rate, factor.shape[1])
        geometry = KinkGeometry(
            mean=normals.means[list(labels)],
            factor=factor,
            kinks=np.array([normals.distances(label, self._pieces.kinks) for label in labels]),
            strip=self._pieces.strip,
            radius=radius,
        )
        if radius > _FARTHEST:
            raise InvalidInput(
                f"powers of {self._activation.name!r} grow faster than the Gaussian falls, or overflow, at this metric;"
                " give smaller inputs, a smaller weight_variance or fewer loops"
            )
        if max(geometry.panels(level, 1) for level in range(factor.shape[1])) > _MOST_PANELS:
            raise InvalidInput(
                f"K = {deviations.max() ** 2:.3g} is too large for quadrature of {self._activation.name!r}; give"
                " smaller inputs or a smaller weight_variance"
            )
        return geometry


def _work(rule: PanelSum) -> float:
    """About how many points a sum visits."""
    return float(np.prod([rule.points * rule.geometry.panels(k, rule.split) for k in range(rule.rank)]))
