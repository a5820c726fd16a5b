"""A mistake in any rule makes the verdict fail: each test makes one on purpose.

Before anything is sampled, the mistake's size is compared with the standard errors that the run will leave: a verdict
that would miss it half the time proves nothing.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn._core import FieldObservable, MetricObservable, Powers
from feyn_nn.actions import VertexKind
from feyn_nn.kernels import recursion, series, tables
from feyn_nn.validation import predict as predicting
from feyn_nn.validation.predict import predict
from feyn_nn.validation.spread import Spread

NETWORK = fnn.MLP(depth=4, width=(8, 12, 8), activation="tanh", weight_variance=1.6, bias_variance=0.1)
INPUTS = fnn.Inputs.from_metric([[1.7, 0.9], [0.9, 1.2]])
PAIRS = [[(0, 0)], [(0, 1)], [(0, 0), (1, 1)], [(0, 1), (0, 1)], [(0, 0), (0, 1), (1, 1)]]
LEGS = [[(0, 0), (0, 0), (0, 1), (0, 1)]]
OBSERVABLES = [*map(MetricObservable, PAIRS), *map(FieldObservable, LEGS)]
LOOPS = [1, 1, 1, 1, 0, 1]
WIDTHS = (16, 24)
SAMPLES = 400_000
POWER = 60.0  # the least Δχ² that a mistake must be worth; the verdict fails beyond about 40


@pytest.fixture(autouse=True)
def _no_plan_outlives_its_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(predicting, "AFFORDABLE", 0)  # one omitted order says enough here, and is quicker
    tables._vertex_plan.cache_clear()
    yield
    tables._vertex_plan.cache_clear()


@lru_cache
def right_values() -> tuple[tuple[float, ...], ...]:
    return values()


def values() -> tuple[tuple[float, ...], ...]:
    predictions = predict(NETWORK, INPUTS, OBSERVABLES, LOOPS)
    return tuple(tuple(p.value(w, p.orders[-1]) for p in predictions) for w in WIDTHS)


@lru_cache
def errors() -> tuple[tuple[float, ...], ...]:
    spread = Spread(NETWORK, INPUTS)
    predictions = predict(NETWORK, INPUTS, OBSERVABLES, LOOPS)
    return tuple(
        tuple(np.hypot(spread(p.observable, w) / np.sqrt(SAMPLES), p.error(w)) for p in predictions)
        for w in WIDTHS
    )


def verdict() -> str:
    return fnn.validate(
        NETWORK, INPUTS, pairs=PAIRS, legs=LEGS, loops=LOOPS, widths=WIDTHS, samples=SAMPLES, rng=2
    ).verdict


def check_mistake_is_caught(monkeypatch: pytest.MonkeyPatch, target: Any, name: str, wrong: Any) -> None:
    right, sigma = np.array(right_values()), np.array(errors())
    tables._vertex_plan.cache_clear()
    monkeypatch.setattr(target, name, wrong)
    assert np.max(((np.array(values()) - right) / sigma) ** 2) > POWER
    assert verdict() == "fail"


def test_right_rules_pass() -> None:
    assert verdict() == "pass"


Terms = tuple[recursion.StepTerm, ...]


def changed(change: Callable[[Terms], Terms]) -> Callable[[int, int], Terms]:
    """The terms of the recursion with a mistake in them."""
    right = recursion.step_terms
    return lru_cache(lambda rank, loops: change(right(rank, loops)))


def reweighted(factor: float, where: Callable[[recursion.StepTerm], bool]) -> Callable[[Terms], Terms]:
    return lambda terms: tuple(replace(t, weight=t.weight * factor) if where(t) else t for t in terms)


MISTAKES = {
    "a lost symmetry factor of parallel lines": reweighted(
        2.0, lambda t: any(count == 2 for blob in t.blobs for count in blob)
    ),
    "the wrong sign of a loop": reweighted(-1.0, lambda t: t.loops == 1),
    "a missing tadpole": lambda terms: tuple(t for t in terms if t.kinds != (VertexKind(1, 2),)),
    "a missing diagram": lambda terms: tuple(t for t in terms if VertexKind(2, 2) not in t.kinds),
    "a pair of propagators off by a tenth": reweighted(
        1.1, lambda t: t.kinds == (VertexKind(1, 1), VertexKind(1, 1))
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_in_diagrams(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the recursion for any number of inputs, which here does single inputs too."""
    monkeypatch.setattr(
        series,
        "single_input_cumulants",
        lambda layers, rank, loops: recursion.cumulants(layers, rank, loops, 1),
    )
    check_mistake_is_caught(monkeypatch, recursion, "step_terms", changed(MISTAKES[mistake]))


def test_mistake_for_a_single_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """One input has a recursion of its own: the wrong sign of its loops."""
    right = series.single_input_cumulants

    def wrong(layers: Any, rank: int, loops: int) -> Any:
        return [(-1) ** own * value for own, value in enumerate(right(layers, rank, loops))]

    check_mistake_is_caught(monkeypatch, series, "single_input_cumulants", wrong)


def test_mistake_in_a_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    """∂/∂G_γγ without its ½."""
    right = tables.unit_cumulant

    def wrong(outgoing: Any, incoming: Any = ()) -> Any:
        factor = 2 ** sum(a == b for a, b in incoming)
        return tuple((monomial, factor * value) for monomial, value in right(outgoing, incoming))

    check_mistake_is_caught(monkeypatch, tables, "unit_cumulant", wrong)


@pytest.mark.parametrize(("rank", "share"), [(2, 0.9), (3, 0.7)])
def test_mistake_in_a_vertex(rank: int, share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """κ_k as if only a share of the products of expectations were subtracted."""
    right = tables.unit_cumulant

    def wrong(outgoing: Any, incoming: Any = ()) -> Any:
        polynomial = right(outgoing, incoming)
        if len(outgoing) != rank:
            return polynomial
        return tuple((m, value * (share if len(m) > 1 else 1)) for m, value in polynomial)

    check_mistake_is_caught(monkeypatch, tables, "unit_cumulant", wrong)


def test_mistake_in_the_power_of_one_layers_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """n_ℓ^{2-k} where n_ℓ^{1-k} is right: the ratio of the second hidden width is felt once too often."""
    right = tables.VertexPlan.tables

    def wrong(self: Any, layer: Any, ratio: float, values: Any) -> Any:
        following, found = right(self, layer, ratio, values)
        return following, {kind: table * ratio for kind, table in found.items()}

    check_mistake_is_caught(monkeypatch, tables.VertexPlan, "tables", wrong)


def test_mistake_in_the_power_of_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop as if it cost 1/n²."""

    right = predicting.series

    def wrong(*asked: Any, **how: Any) -> Any:
        coefficients, errors = right(*asked, **how)
        shift = {p: Powers(n=2 * p["n"] - min(q["n"] for q in coefficients)) for p in coefficients}
        return {shift[p]: c for p, c in coefficients.items()}, {shift[p]: e for p, e in errors.items()}

    check_mistake_is_caught(monkeypatch, predicting, "series", wrong)


def test_missing_pairing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(FieldObservable):
        """A correlator that leaves out one of its pairings, in theory alone."""

        def pairings(self) -> Any:
            return super().pairings()[1:]

    check_mistake_is_caught(
        monkeypatch, sys.modules["feyn_nn.theory.correlator"], "FieldObservable", Forgetful
    )
