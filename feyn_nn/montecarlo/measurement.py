"""What is done with one block: networks are drawn, and their power sums taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput
from feyn_nn._core.observables import FieldObservable, MetricObservable, Observable
from feyn_nn.montecarlo.conditioning import cumulants, draw_fields, metrics_behind
from feyn_nn.montecarlo.k_statistics import KStatistics
from feyn_nn.montecarlo.monomials import PowerSums
from feyn_nn.montecarlo.samplers import Sampler
from feyn_nn.montecarlo.schedule import Block

Array = NDArray[np.float64]

GAIN_BLOCKS = 64
"""In the first blocks of a conditioned run the field is drawn as well, to see what conditioning gains."""


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockSums:
    """What a block leaves behind.

    Parameters
    ----------
    batches, total : PowerSums
        Of the variables measured, for each batch in the block and for all of it.
    scatter : array (observables,)
        Σ ψ² of the influence functions.
    field_scatter : array (observables,)
        The same without conditioning; zeros where the field was not drawn.
    field_samples : int
        For how many networks it was.
    """

    batches: PowerSums
    total: PowerSums
    scatter: Array
    field_scatter: Array
    field_samples: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """Observables as cumulants of variables to be sampled.

    Parameters
    ----------
    observables : sequence of Observable
    conditioned : bool
        Whether fields are measured through the metric.
    """

    observables: Sequence[Observable]
    conditioned: bool

    @cached_property
    def variables(self) -> tuple[Observable, ...]:
        """Single metrics and fields, each once."""
        return tuple(dict.fromkeys(v for term in self._terms for parts in term for v in parts))

    @cached_property
    def statistics(self) -> KStatistics:
        """The estimates, in terms of the variables by number."""
        number = {variable: i for i, variable in enumerate(self.variables)}
        targets = (
            {tuple(sorted(number[part] for part in parts)): count for parts, count in term.items()}
            for term in self._terms
        )
        return KStatistics(targets=tuple(targets))

    def scatter(self, values: Array) -> Array:
        """Σ ψ² of every observable over sampled values of the variables, (observables,)."""
        total = self.statistics.basis.summed(values, values.shape[1])
        return self.statistics.influence.scatter(values, total)

    @cached_property
    def _terms(self) -> list[dict[tuple[Observable, ...], int]]:
        return [dict(cumulants(own, conditioned=self.conditioned)) for own in self.observables]


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurement:
    """Draws one block and sums what every observable needs; picklable, so that any executor can run it.

    Parameters
    ----------
    sampler : Sampler
    plan : Plan
        What to measure.
    field_plan : Plan, optional
        The same observables without conditioning, for the first blocks.
    """

    sampler: Sampler
    plan: Plan
    field_plan: Plan | None = None

    def __call__(self, block: Block, seed: np.random.SeedSequence) -> BlockSums:
        """The sums of a block, a pure function of the block and its seed.

        Raises
        ------
        InvalidInput
            If the networks or the sums overflow.
        """
        statistics = self.plan.statistics
        plans = [self.plan]
        if self.field_plan is not None and block.index < GAIN_BLOCKS:
            plans.append(self.field_plan)
        with np.errstate(over="ignore", invalid="ignore"):
            values, *fields = self._values(block, seed, plans)
            batches = statistics.basis.summed(values, block.batch)
            total = statistics.basis.merged(batches)
            scatter = statistics.influence.scatter(values, total)
            field_scatter = [plan.scatter(own) for plan, own in zip(plans[1:], fields, strict=True)]
        self._check_finite(scatter)
        return BlockSums(
            batches=batches,
            total=total,
            scatter=scatter,
            field_scatter=field_scatter[0] if fields else np.zeros_like(scatter),
            field_samples=block.size if fields else 0,
        )

    def _check_finite(self, scatter: Array) -> None:
        """Stop at the first block whose sums overflow, not after the whole run."""
        for observable, found in zip(self.plan.observables, scatter, strict=True):
            if not np.isfinite(found):
                raise InvalidInput(
                    f"{observable.name} or its standard error overflows: their sums are larger than any float; "
                    "use a smaller weight_variance, fewer layers or smaller inputs"
                )

    def _values(self, block: Block, seed: np.random.SeedSequence, plans: Sequence[Plan]) -> list[Array]:
        """The variables of each plan, (variables, samples), from the same networks."""
        wanted = tuple(dict.fromkeys(variable for plan in plans for variable in plan.variables))
        sampled = wanted if self._samples_fields else _from_metrics(wanted)
        if not sampled:
            return [np.empty((0, block.size)) for _ in plans]
        drawn: dict[Observable, Array] = dict(
            zip(sampled, self.sampler.values(block.size, seed, sampled), strict=True)
        )
        fields = [v for v in wanted if isinstance(v, FieldObservable) and v not in drawn]
        if fields:
            metrics = {own.pairs[0]: row for own, row in drawn.items() if isinstance(own, MetricObservable)}
            drawn.update(draw_fields(metrics, fields, seed))
        return [
            np.array([drawn[v] for v in plan.variables]).reshape(len(plan.variables), -1) for plan in plans
        ]

    @cached_property
    def _samples_fields(self) -> bool:
        """Whether the fields wanted come from the sampler, with weights of the last layer, not from Ĝ."""
        wanted = [v for v in self.plan.variables if isinstance(v, FieldObservable)]
        return bool(wanted) and wanted[0].parts() in self.sampler.terms(wanted[0])


def _from_metrics(wanted: Sequence[Observable]) -> tuple[Observable, ...]:
    """The single metrics among the variables wanted, and those that the fields among them are drawn from."""
    metrics = [variable for variable in wanted if isinstance(variable, MetricObservable)]
    return tuple(dict.fromkeys([*metrics, *metrics_behind(wanted)]))
