"""Gaussian expectations of two slopes where inputs are dependent, or nearly so, without loss of digits.

Derivatives fix variables as for any other kink (:mod:`feyn_nn.kernels.kinked_terms`), in rational arithmetic; what is
left are moments of cut powers (:mod:`feyn_nn.kernels.singular_moments`).
"""

from __future__ import annotations

from collections.abc import Sequence

from feyn_nn.kernels.conditioned import ConditionedNormals
from feyn_nn.kernels.cut_powers import cut_powers
from feyn_nn.kernels.kinked import KinkedRule
from feyn_nn.kernels.kinked_terms import Weight
from feyn_nn.kernels.metric_factor import without_rounding
from feyn_nn.kernels.singular_moments import SingularMoments
from feyn_nn.networks import Activation
from feyn_nn.rules import Expectation


class SingularRule(KinkedRule):
    """All requests of a plan for one activation with slopes, at any metric.

    A share of variance below :data:`feyn_nn.kernels.metric_factor.RANK_TOLERANCE` that other labels leave is rounding
    of the metric, and counts as none.
    """

    def __init__(self, activation: Activation, requests: Sequence[Expectation]) -> None:
        super().__init__(activation, requests)
        assert activation.slopes is not None
        self._slopes = activation.slopes

    def _functions(
        self,
        normals: ConditionedNormals,
        labels: tuple[int, ...],
        requests: tuple[Expectation, ...],
        tolerance: float,
    ) -> list[tuple[float, float]]:
        own = [[normals.covariance[i][j] for j in labels] for i in labels]
        moments = SingularMoments(without_rounding(own, [normals.smallest[i] for i in labels]))
        place = {label: number for number, label in enumerate(labels)}
        return [self._function(moments, place, request) for request in requests]

    def _function(
        self, moments: SingularMoments, place: dict[int, int], request: Expectation
    ) -> tuple[float, float]:
        value = error = 0.0
        for powers, coefficient in cut_powers(self._slopes, request):
            if all(
                power.exponent >= 0 for power in powers
            ):  # derivatives between kinks: beyond, σ^a has none
                renamed = tuple(power._replace(label=place[power.label]) for power in powers)
                term = moments.moment(renamed).times(Weight(coefficient, 0.0))
                value, error = value + term.value, error + term.error
        return value, error
