"""Attention against sampled layers: every power of 1/heads, 1/value_dim and 1/key_dim."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.special

from feyn_nn._core import Powers, RandomSource, reproducible, spawned
from feyn_nn._core.observables import FieldObservable, MetricObservable, Observable
from feyn_nn.montecarlo import Simulation, simulate
from feyn_nn.networks import MultiHeadAttention, Tokens
from feyn_nn.networks.attention import SIZES
from feyn_nn.networks.checks import integer
from feyn_nn.networks.token_tables import Sizes, checked_sizes
from feyn_nn.theory import correlator, metric_cumulant
from feyn_nn.theory.attention import AttentionEvaluation
from feyn_nn.theory.attention.cumulant import MOST_LOOPS
from feyn_nn.theory.attention.kernel import attention_kernel_entry
from feyn_nn.validation.attention_report import AttentionReport, HeadsLaw, TermRow
from feyn_nn.validation.comparison import joint_chi2

FEWEST_SAMPLES = 10_000
SAMPLES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class AttentionPrediction:
    """Coefficients of one observable, and how large what the series in 1/key_dim leaves out is.

    Parameters
    ----------
    observable : MetricObservable or FieldObservable
    coefficients : dict of Powers to float
        Through the power of 1/key_dim to be tested. For a single metric the kernel of infinite key_dim is at power 0.
    errors : dict of Powers to float
        Numerical, the same keys.
    left_out : dict of Powers to float
        The coefficients of the next power of 1/key_dim; where that is beyond the second, what the ratio of the last
        two would make them.
    """

    observable: Observable
    coefficients: Mapping[Powers, float]
    errors: Mapping[Powers, float]
    left_out: Mapping[Powers, float]

    def terms(self, sizes: Mapping[str, int]) -> dict[Powers, float]:
        """Each term at some sizes."""
        return {powers: c * _factor(powers, sizes) for powers, c in self.coefficients.items()}

    def error(self, sizes: Mapping[str, int]) -> float:
        """The error of their sum: numerical, and the first order left out with a geometric series behind it."""
        numerical = sum(e * _factor(powers, sizes) for powers, e in self.errors.items())
        omitted = abs(sum(c * _factor(powers, sizes) for powers, c in self.left_out.items()))
        last = max(powers["key_dim"] for powers in self.coefficients)
        kept = abs(sum(v for powers, v in self.terms(sizes).items() if powers["key_dim"] == last))
        ratio = min(omitted / kept, 0.5) if kept else 0.0
        return numerical + omitted / (1 - ratio)


def validate_attention(
    network: MultiHeadAttention,
    tokens: Tokens,
    observables: Sequence[Observable],
    loops: Sequence[int],
    *,
    sizes: Any = None,
    samples: int | None = None,
    rng: RandomSource = 0,
    sampler: str = "metric",
    workers: int | None = None,
    progress: bool = False,
) -> AttentionReport:
    """Compare every term of theory with sampled layers at several sizes; see :func:`feyn_nn.validate`.

    Parameters
    ----------
    network : MultiHeadAttention
    tokens : Tokens
    observables : sequence of MetricObservable or FieldObservable
    loops : sequence of int
        For each observable, the highest power of 1/key_dim, at most 2.
    sizes : sequence of (heads, value_dim, key_dim), optional
        By default the network's own, the same with twice and four times the heads, and 512 channels.
    samples : int, optional
        Layers at each of the sizes, by default a million.
    rng, sampler, workers, progress
        As in :func:`feyn_nn.validate`.

    Raises
    ------
    InvalidInput
        If an argument is out of range.
    """
    for order in loops:
        integer("loops", order, least=0, largest=MOST_LOOPS)
    chosen = checked_sizes(sizes) if sizes is not None else _sizes(network)
    count = SAMPLES if samples is None else integer("samples", samples, least=FEWEST_SAMPLES)
    predictions = [predict_attention(network, tokens, o, n) for o, n in zip(observables, loops, strict=True)]
    root, rows, parts = reproducible(rng), [], []
    for i, own in enumerate(chosen):
        sized = network.with_sizes(**dict(zip(SIZES, own, strict=True)))
        measured = simulate(
            sized,
            tokens,
            pairs=[o.pairs for o in observables if isinstance(o, MetricObservable)] or None,
            legs=[o.legs for o in observables if isinstance(o, FieldObservable)] or None,
            samples=count,
            rng=spawned(root, i),
            sampler=sampler,
            conditioned=None if sampler == "metric" else False,  # explicit weights judge the last layer too
            workers=workers,
            progress=progress,
        )
        if not measured.complete:
            raise KeyboardInterrupt
        rows += [row for p in predictions for row in _rows(p, sized.sizes, measured)]
        parts.append(_chi2(predictions, sized.sizes, measured))
    chi2, dof = sum(part for part, _ in parts), sum(number for _, number in parts)
    rows.sort(key=lambda row: [p.observable.name for p in predictions].index(row.observable))
    return AttentionReport(
        network=repr(network),
        inputs=repr(tokens),
        rows=tuple(rows),
        laws=tuple(_heads_laws(rows, {p.observable.name: _heads_power(p) for p in predictions})),
        chi2=chi2,
        dof=dof,
        p_value=float(scipy.special.chdtrc(dof, chi2)) if dof else 1.0,
        samples=count,
        seed=int(root.entropy),  # type: ignore[arg-type]  # reproducible() made it an int
        sampler=sampler,
    )


def predict_attention(
    network: MultiHeadAttention, tokens: Tokens, observable: Observable, loops: int
) -> AttentionPrediction:
    """The coefficients of an observable through 1/key_dim^loops, and what comes next."""
    further = min(loops + 1, MOST_LOOPS)
    evaluation = _evaluated(network, tokens, observable, further)
    coefficients = {powers: float(c) for powers, c in evaluation.coefficients.items()}
    if isinstance(observable, MetricObservable) and observable.order == 1:
        coefficients[Powers()] += attention_kernel_entry(network, tokens, observable.pairs[0])[0]
    kept = {powers: c for powers, c in coefficients.items() if powers["key_dim"] <= loops}
    return AttentionPrediction(
        observable=observable,
        coefficients=kept,
        errors={powers: float(evaluation.errors[powers]) for powers in kept},
        left_out=_left_out(coefficients, loops),
    )


def _left_out(coefficients: Mapping[Powers, float], loops: int) -> dict[Powers, float]:
    known = {powers: c for powers, c in coefficients.items() if powers["key_dim"] > loops}
    if known:
        return known
    guessed = {}
    for powers, last in coefficients.items():
        if powers["key_dim"] == loops:
            before = coefficients[powers * Powers(key_dim=-1)]
            guessed[powers * Powers(key_dim=1)] = last**2 / abs(before) if before else last
    return guessed


def _evaluated(
    network: MultiHeadAttention, tokens: Tokens, observable: Observable, loops: int
) -> AttentionEvaluation:
    if isinstance(observable, MetricObservable):
        return metric_cumulant(network, pairs=observable, loops=loops).evaluate(tokens)
    return correlator(network, legs=observable, loops=loops).evaluate(tokens)


def _rows(prediction: AttentionPrediction, sizes: Mapping[str, int], measured: Simulation) -> list[TermRow]:
    """One row for each term: itself, and what the measurement leaves to it once the others are taken away."""
    estimate, terms = measured[prediction.observable], prediction.terms(sizes)
    total, sigma = math.fsum(terms.values()), math.hypot(estimate.stderr, prediction.error(sizes))
    pull = estimate.pull(total, prediction.error(sizes))
    return [
        TermRow(
            observable=prediction.observable.name,
            sizes=(sizes["heads"], sizes["value_dim"], sizes["key_dim"]),
            powers=powers,
            term=term,
            theory=total,
            theory_error=prediction.error(sizes),
            measured=estimate.value,
            stderr=estimate.stderr,
            pull=pull,
            pull_without=(total - term - estimate.value) / sigma if sigma else 0.0,
        )
        for powers, term in terms.items()
    ]


def _chi2(
    predictions: Sequence[AttentionPrediction], sizes: Mapping[str, int], measured: Simulation
) -> tuple[float, int]:
    theory = np.array([math.fsum(p.terms(sizes).values()) for p in predictions])
    errors = np.array([p.error(sizes) for p in predictions])
    return joint_chi2(measured, [p.observable for p in predictions], theory, errors)


def _heads_laws(rows: Sequence[TermRow], powers: Mapping[str, int]) -> list[HeadsLaw]:
    """κ ∝ heads^{-(k-1)} among runs that differ in heads alone: the fitted power of each observable."""
    groups: dict[tuple[str, int, int], dict[int, TermRow]] = {}
    for row in rows:
        groups.setdefault((row.observable, *row.sizes[1:]), {})[row.sizes[0]] = row
    laws = []
    for (name, value_dim, key_dim), runs in groups.items():
        resolved = all(abs(row.measured) > 5 * row.stderr for row in runs.values())
        if len(runs) > 1 and powers[name] and resolved:
            x = np.log([float(heads) for heads in runs])
            y = np.log([abs(row.measured) for row in runs.values()])
            weight = np.array([(row.measured / row.stderr) ** 2 for row in runs.values()])
            centred = x - (weight @ x) / weight.sum()
            spread = float(weight @ centred**2)
            laws.append(
                HeadsLaw(
                    observable=name,
                    sizes=(value_dim, key_dim),
                    heads=tuple(runs),
                    expected=-powers[name],
                    power=float(weight * centred @ y) / spread,
                    stderr=spread**-0.5,
                )
            )
    return laws


def _heads_power(prediction: AttentionPrediction) -> int:
    return max(powers["heads"] for powers in prediction.coefficients)


def _sizes(network: MultiHeadAttention) -> Sizes:
    h, v, k = (network.sizes[name] for name in SIZES)
    return tuple(dict.fromkeys([(h, v, k), (2 * h, v, k), (4 * h, v, k), (h, 512, 512)]))


def _factor(powers: Powers, sizes: Mapping[str, int]) -> float:
    return math.prod(float(sizes[name]) ** -power for name, power in powers.items())
