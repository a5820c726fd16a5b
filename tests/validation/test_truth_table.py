"""A mistake in any rule makes the verdict fail: each test makes one on purpose.

The measurements are stored, so that only theory is computed anew. The probability with which the verdict will fail is
stated before the outcome is looked at, from the size of the mistake and the errors of the measurement: a verdict that
would miss it half the time proves nothing.
"""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pytest

from feyn_nn._core import FieldObservable, Powers
from feyn_nn.actions import VertexKind
from feyn_nn.kernels import recursion, series, tables
from feyn_nn.theory.attention import assembly
from feyn_nn.validation import predict as predicting
from feyn_nn.validation.judge import Judge
from feyn_nn.validation.power import SIGNIFICANCE
from feyn_nn.validation.predict import predict
from feyn_nn.validation.prediction import Prediction
from tests.data.high_orders import CASES, sampled_elsewhere
from tests.data.truth_table import ATTENTION, CAMPAIGN, RUNS, TANH, measured, observables

POWER = 0.95  # the least probability with which a mistake is to be caught


@pytest.fixture(autouse=True)
def _no_plan_outlives_its_rules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(predicting, "AFFORDABLE", 0)  # one omitted order says enough here, and is quicker
    tables._vertex_plan.cache_clear()
    yield
    tables._vertex_plan.cache_clear()


LOOPS = {
    "tanh": ((1, 1, 1, 1, 1, 1), (1, 1, 2, 2, 1, 1)),  # the second sees more, and takes longer
    "attention": ((1, 1, 1),),
}


def predictions(kind: str, loops: tuple[int, ...]) -> list[Prediction]:
    spec = {"tanh": TANH, "attention": ATTENTION}[kind]
    return predict(spec.network, spec.inputs, observables(spec), loops)


@cache
def right(kind: str, loops: tuple[int, ...]) -> list[Prediction]:
    return predictions(kind, loops)


@pytest.fixture(scope="module", autouse=True)
def _scores_once() -> Iterator[None]:
    """Mistakes of attention lie in how diagrams are put together; expectations over the scores are computed once."""
    known: dict[Any, Any] = {}
    own = assembly.Assembly._measured

    def remembered(self: Any) -> Any:
        key = (tuple(self._components), self._loops)
        if key not in known:
            known[key] = own(self)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assembly.Assembly, "_measured", remembered)
        yield


@pytest.fixture(autouse=True)
def _right_first(_scores_once: None) -> None:
    for kind, several in LOOPS.items():
        for loops in several:
            right(kind, loops)


def check_mistake_is_caught(kind: str = "tanh") -> None:
    """With the fewest loops whose stated power is enough; that is known before the outcome."""
    for loops in LOOPS[kind]:
        tables._vertex_plan.cache_clear()
        judge = Judge(predictions=predictions(kind, loops), measured=measured(kind))
        stated = judge.power_against(right(kind, loops))
        if stated > POWER:
            break
    assert stated > POWER
    assert judge.adjusted_p < SIGNIFICANCE


def test_the_measurements_are_there() -> None:
    assert all(CAMPAIGN.task(name).is_done(CAMPAIGN.results()[name]) for name in RUNS)


@pytest.mark.parametrize(("kind", "loops"), [(kind, loops) for kind in LOOPS for loops in LOOPS[kind]])
def test_right_rules_pass(kind: str, loops: tuple[int, ...]) -> None:
    judge = Judge(predictions=right(kind, loops), measured=measured(kind))
    assert judge.power_against(right(kind, loops)) <= SIGNIFICANCE
    assert judge.adjusted_p > 1e-3
    assert all(abs(order.pull) < 5 for j in judge.judgements for order in j.orders if order.pull is not None)


# The step from layer to layer.

Terms = tuple[recursion.StepTerm, ...]
Change = Callable[[recursion.StepTerm], float]


def kind_of(term: recursion.StepTerm) -> tuple[Any, ...]:
    """A term without the order of its blocks."""
    legs = sorted(
        zip(term.kinds, zip(*term.blobs, strict=True) if term.blobs else [()] * len(term.kinds), strict=True)
    )
    return tuple((kind, tuple(sorted(own))) for kind, own in legs)


def terms() -> dict[tuple[Any, ...], recursion.StepTerm]:
    """Every diagram of a step that κ₁ and κ₂ through one loop and κ₃ without any need."""
    found = {}
    for rank, loops in ((1, 1), (2, 1), (3, 0)):
        found.update({(rank, kind_of(term)): term for term in recursion.step_terms(rank, loops)})
    return found


def shown(name: Any) -> str:
    rank, blocks = name
    return f"κ{rank} " + " ".join(f"V{kind.outgoing}{kind.incoming}{legs}" for kind, legs in blocks)


TERMS = terms()
KINDS = sorted({kind for term in TERMS.values() for kind in term.kinds})
SYMMETRIC = {name: term for name, term in TERMS.items() if term.weight != 1.0}


def reweighted(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """A recursion whose terms are multiplied; single inputs take it too, in place of their own."""
    step_terms = recursion.step_terms

    @lru_cache
    def wrong(rank: int, loops: int) -> Terms:
        return tuple(replace(t, weight=t.weight * change(t)) for t in step_terms(rank, loops))

    monkeypatch.setattr(
        series,
        "single_input_cumulants",
        lambda layers, rank, loops: recursion.cumulants(layers, rank, loops, 1),
    )
    monkeypatch.setattr(recursion, "step_terms", wrong)


@pytest.mark.parametrize("name", TERMS, ids=shown)
def test_a_missing_diagram(name: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reweighted(monkeypatch, lambda t: 0.0 if (sum(t.sizes), kind_of(t)) == name else 1.0)
    check_mistake_is_caught()


SMALL = "κ2 V12(1, 1) V12(1, 1)"
LARGE = [name for name in SYMMETRIC if shown(name) != SMALL]


def test_the_smallest_symmetry_factor_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two V₁₂ joined twice: 3·10⁻³ of the variance at n = 19, so that it takes the 10⁹ networks of a graphics card."""
    (case,) = (c for c in CASES if c.name == "tanh, B = 1: κ₂(Ĝ₀₀, Ĝ₀₀), loops ≤ 2")
    asked = case.network, case.inputs, [case.observable], [case.loops]
    theory, runs = predict(*asked), sampled_elsewhere(case)
    reweighted(monkeypatch, lambda t: 1 / t.weight if shown((sum(t.sizes), kind_of(t))) == SMALL else 1.0)
    tables._vertex_plan.cache_clear()
    judge = Judge(predictions=predict(*asked), measured=runs)
    assert judge.power_against(theory) > POWER
    assert judge.adjusted_p < SIGNIFICANCE
    assert Judge(predictions=theory, measured=runs).adjusted_p > 1e-3


@pytest.mark.parametrize("name", LARGE, ids=shown)
def test_a_lost_symmetry_factor(name: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reweighted(monkeypatch, lambda t: 1 / t.weight if (sum(t.sizes), kind_of(t)) == name else 1.0)
    check_mistake_is_caught()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"V{kind.outgoing}{kind.incoming}")
def test_a_vertex_off_by_half(kind: VertexKind, monkeypatch: pytest.MonkeyPatch) -> None:
    reweighted(monkeypatch, lambda t: 1.5 ** t.kinds.count(kind))
    check_mistake_is_caught()


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if k.outgoing > 1], ids=lambda k: f"V{k.outgoing}{k.incoming}"
)
def test_a_vertex_with_one_power_of_its_layers_width_too_many(
    kind: VertexKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """n_ℓ^{2-k} where n_ℓ^{1-k} is right: the ratio of the second hidden width is felt once too often."""
    own_tables = tables.VertexPlan.tables

    def wrong(self: Any, layer: Any, ratio: float, values: Any) -> Any:
        following, found = own_tables(self, layer, ratio, values)
        return following, {own: table * (ratio if own == kind else 1) for own, table in found.items()}

    reweighted(monkeypatch, lambda _: 1.0)
    monkeypatch.setattr(tables.VertexPlan, "tables", wrong)
    check_mistake_is_caught()


def test_the_wrong_sign_of_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    reweighted(monkeypatch, lambda t: -1.0 if t.loops == 1 else 1.0)
    check_mistake_is_caught()


def test_the_wrong_sign_of_a_loop_for_a_single_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """One input has a recursion of its own."""
    own = series.single_input_cumulants

    def wrong(layers: Any, rank: int, loops: int) -> Any:
        return [(-1) ** loop * value for loop, value in enumerate(own(layers, rank, loops))]

    monkeypatch.setattr(series, "single_input_cumulants", wrong)
    check_mistake_is_caught()


# The vertices, the powers of n and the legs.


def test_a_derivative_without_its_half(monkeypatch: pytest.MonkeyPatch) -> None:
    """∂/∂G_γγ without its ½."""
    unit_cumulant = tables.unit_cumulant

    def wrong(outgoing: Any, incoming: Any = ()) -> Any:
        factor = 2 ** sum(a == b for a, b in incoming)
        return tuple((monomial, factor * value) for monomial, value in unit_cumulant(outgoing, incoming))

    monkeypatch.setattr(tables, "unit_cumulant", wrong)
    check_mistake_is_caught()


@pytest.mark.parametrize(("rank", "share"), [(2, 0.9), (3, 0.7)])
def test_a_cumulant_that_subtracts_too_little(
    rank: int, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """κ_k as if only a share of the products of expectations were subtracted."""
    unit_cumulant = tables.unit_cumulant

    def wrong(outgoing: Any, incoming: Any = ()) -> Any:
        polynomial = unit_cumulant(outgoing, incoming)
        if len(outgoing) != rank:
            return polynomial
        return tuple((m, value * (share if len(m) > 1 else 1)) for m, value in polynomial)

    monkeypatch.setattr(tables, "unit_cumulant", wrong)
    check_mistake_is_caught()


def with_powers(monkeypatch: pytest.MonkeyPatch, change: Callable[[Powers, Powers], Powers]) -> None:
    """A series whose powers are changed, given the lowest of them."""
    own = predicting.series

    def wrong(*asked: Any, **how: Any) -> Any:
        coefficients, errors = own(*asked, **how)
        lowest = min(coefficients, key=lambda p: sum(p.values()))
        moved = {p: change(p, lowest) for p in coefficients}
        return {moved[p]: c for p, c in coefficients.items()}, {moved[p]: errors[p] for p in coefficients}

    monkeypatch.setattr(predicting, "series", wrong)


def test_a_loop_as_if_it_cost_two_powers_of_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    with_powers(monkeypatch, lambda p, lowest: Powers(n=2 * p["n"] - lowest["n"]))
    check_mistake_is_caught()


def test_a_cumulant_one_power_of_the_width_too_high(monkeypatch: pytest.MonkeyPatch) -> None:
    with_powers(monkeypatch, lambda p, lowest: p * Powers(n=1 if lowest["n"] else 0))
    check_mistake_is_caught()


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_missing_pairing(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In theory alone, each of the three."""

    class Forgetful(FieldObservable):
        def pairings(self) -> Any:
            return [pairing for i, pairing in enumerate(super().pairings()) if i != left]

    monkeypatch.setattr(sys.modules["feyn_nn.theory.correlator"], "FieldObservable", Forgetful)
    check_mistake_is_caught()


# Attention.


def spoilt_diagrams(monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], float]) -> None:
    own = assembly.Assembly.values

    def wrong(self: Any) -> Any:
        return ((diagram, change(diagram) * values) for diagram, values in own(self))

    monkeypatch.setattr(assembly.Assembly, "values", wrong)


def value_dim_power(diagram: Any) -> int:
    return int(diagram.powers["value_dim"])


def key_dim_power(diagram: Any) -> int:
    return int(diagram.powers["key_dim"])


HEAD_MISTAKES = {
    "a missing ring of value channels": lambda d: 0.0 if value_dim_power(d) else 1.0,
    "half a ring of value channels": lambda d: 0.5 if value_dim_power(d) else 1.0,
    "a missing score ring": lambda d: 0.0 if key_dim_power(d) else 1.0,
    "the wrong sign of a score ring": lambda d: -1.0 if key_dim_power(d) == 1 else 1.0,
    "a score ring without its ¼": lambda d: 4.0 if key_dim_power(d) == 1 else 1.0,
    "missing independence breaking": lambda d: (
        1.0 if value_dim_power(d) or key_dim_power(d) or not heads(d) else 0.0
    ),
}


def heads(diagram: Any) -> int:
    return int(diagram.powers["heads"])


@pytest.mark.parametrize("name", HEAD_MISTAKES)
def test_mistakes_in_diagrams_of_attention(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoilt_diagrams(monkeypatch, HEAD_MISTAKES[name])
    check_mistake_is_caught("attention")


@pytest.mark.parametrize("name", ["heads", "value_dim", "key_dim"])
def test_a_wrong_power_of_attention(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each positive power of one small parameter is one too high; of key_dim, where there is a next order to see."""
    with_powers(monkeypatch, lambda p, _: p * Powers(**{name: 1}) if p[name] else p)
    check_mistake_is_caught("attention")


# The statement of power is itself put to the test.


@pytest.mark.parametrize("share", [0.003, 0.01, 0.03, 0.1])
def test_a_stated_non_centrality_is_what_is_found(share: float) -> None:
    """χ² of a theory off by a share is what its mistake is worth, give or take what noise does to it."""
    theories = right("tanh", LOOPS["tanh"][0])
    wrong = [
        replace(p, coefficients={k: (1 + share) * c for k, c in p.coefficients.items()}) for p in theories
    ]
    judge = Judge(predictions=wrong, measured=measured("tanh"))
    off = [
        np.array([t.value(m.sizes) - p.value(m.sizes) for t, p in zip(theories, wrong, strict=True)])
        for m in measured("tanh")
    ]
    worth = float(np.sum(judge._stack.change(off) ** 2))
    chi2, dof, _ = judge.together
    assert abs(float(np.sum(judge._stack.difference**2)) - dof - worth) < 5 * math.sqrt(2 * dof + 4 * worth)
    assert chi2 > 0
