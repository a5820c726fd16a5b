"""The plan: order of requests, choice of rule, refusals, and derivatives with respect to the metric."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.actions import VertexKind
from feyn_nn.kernels import expectations
from feyn_nn.kernels.expectations import ExpectationPlan, gaussian_expectations, register_rule
from feyn_nn.kernels.tables import vertex_plan
from feyn_nn.networks import Activation, activation
from feyn_nn.networks.activations import piecewise_linear
from feyn_nn.rules import Expectation, Factor

ACTIVATIONS = [
    activation("tanh"),
    activation("relu"),
    activation("linear"),
    piecewise_linear("bent test", (0.3, 1.2), formula="Max(3*z/10, 6*z/5)"),
]
METRIC = np.array(
    [[1.1, 0.3, -0.2, 0.1], [0.3, 0.8, 0.25, -0.3], [-0.2, 0.25, 0.9, 0.2], [0.1, -0.3, 0.2, 1.3]]
)


def raised(request: Expectation, *labels: int) -> Expectation:
    """∂ of each of the labels, once for each time that it is named."""
    return tuple(f._replace(derivatives=f.derivatives + labels.count(f.label)) for f in request)


def slope(act: Activation, request: Expectation, a: int, b: int, step: float = 2e-3) -> float:
    """d/dG_ab by central differences of sixth order."""
    direction = np.zeros_like(METRIC)
    direction[a, b] = direction[b, a] = 1.0
    plan = ExpectationPlan(act, [request])
    weights = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
    difference = 0.0
    for k, weight in weights.items():
        up = plan.evaluate(METRIC + k * step * direction).values[0]
        down = plan.evaluate(METRIC - k * step * direction).values[0]
        difference += weight * (up - down)
    return float(difference / step)


REQUESTS = [
    (Factor(0, 2, 0), Factor(1, 2, 0)),
    (Factor(0, 1, 1), Factor(1, 2, 1)),
    (Factor(0, 1, 2), Factor(1, 1, 0)),
    (Factor(0, 1, 0), Factor(1, 1, 0), Factor(2, 2, 0)),
    (Factor(0, 2, 1), Factor(1, 1, 1), Factor(2, 1, 2)),
    (Factor(0, 1, 0), Factor(1, 1, 0), Factor(2, 1, 0), Factor(3, 1, 0)),
    (Factor(0, 1, 1), Factor(1, 1, 2), Factor(2, 2, 0), Factor(3, 1, 1)),
]


@pytest.mark.parametrize("act", ACTIVATIONS, ids=lambda act: act.name)
@pytest.mark.parametrize("request_", REQUESTS, ids=len)
def test_metric_derivatives_are_pairs_of_field_derivatives(act: Activation, request_: Expectation) -> None:
    across, _ = gaussian_expectations(act, METRIC, [raised(request_, 0, 1)])
    along, _ = gaussian_expectations(act, METRIC, [raised(request_, 0, 0)])
    assert slope(act, request_, 0, 1) == pytest.approx(across[0], rel=2e-9, abs=2e-10)
    assert slope(act, request_, 0, 0) == pytest.approx(along[0] / 2, rel=2e-9, abs=2e-10)


@pytest.mark.parametrize("act", ACTIVATIONS, ids=lambda act: act.name)
def test_values_come_in_the_order_of_the_requests(act: Activation) -> None:
    wanted = [*REQUESTS, (), (Factor(3, 2, 0),), *reversed(REQUESTS)]
    plan = ExpectationPlan(act, wanted)
    values, errors = plan.evaluate(METRIC)
    assert len(plan) == len(wanted) == len(values) == len(errors)
    assert values[len(REQUESTS)] == 1.0  # the empty product
    for request_, value, error in zip(wanted, values, errors, strict=True):
        alone = gaussian_expectations(act, METRIC, [request_])
        assert abs(alone.values[0] - value) <= alone.errors[0] + error
    assert np.all(errors >= 0.0)
    assert np.all(errors < 1e-11)


@pytest.mark.parametrize("act", ACTIVATIONS, ids=lambda act: act.name)
def test_relabelling_changes_nothing(act: Activation) -> None:
    for order in itertools.permutations(range(3)):
        permuted = METRIC[np.ix_(order, order)]
        original = gaussian_expectations(act, METRIC, [(Factor(0, 1, 1), Factor(1, 2, 0), Factor(2, 1, 1))])
        shares = [(1, 1), (2, 0), (1, 1)]
        relabelled = tuple(Factor(new, *shares[old]) for new, old in enumerate(order))
        moved = gaussian_expectations(act, permuted, [relabelled])
        assert abs(moved.values[0] - original.values[0]) <= moved.errors[0] + original.errors[0]


@pytest.mark.parametrize("act", ACTIVATIONS, ids=lambda act: act.name)
def test_nothing_asked_nothing_given(act: Activation) -> None:
    values, errors = ExpectationPlan(act, []).evaluate(np.eye(1))
    assert values.shape == errors.shape == (0,)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ((Factor(1, 1, 0), Factor(0, 1, 0)), "each label once, ascending"),
        ((Factor(0, 1, 0), Factor(0, 2, 0)), "each label once, ascending"),
        ((Factor(-1, 1, 0),), "each label once, ascending"),
        ((Factor(0, 0, 0),), "power >= 1"),
        ((Factor(0, 1, -1),), "derivatives >= 0"),
    ],
)
def test_malformed_requests_are_refused(request_: Expectation, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        ExpectationPlan(activation("tanh"), [request_])


def test_a_metric_without_the_labels_asked_for_is_refused() -> None:
    with pytest.raises(InvalidInput, match="covers 2 labels but label 3"):
        ExpectationPlan(activation("tanh"), REQUESTS).evaluate(METRIC[:2, :2])


def test_rules_are_chosen_by_what_an_activation_is(monkeypatch: pytest.MonkeyPatch) -> None:
    kinked = Activation(
        name="kinked test",
        function=np.abs,
        derivatives=lambda z, order: np.zeros((order + 1, *z.shape)),
        strip=0.0,
        formula="Abs(z)",
    )
    with pytest.raises(InvalidInput, match="neither analytic in a strip nor smooth in pieces"):
        ExpectationPlan(kinked, REQUESTS)

    class Constant:
        def __init__(self, act: Activation, requests: object) -> None:
            self.n = len(requests)  # type: ignore[arg-type]

        def evaluate(self, metric: object, tolerance: float = 1e-13) -> tuple[object, object]:
            return np.full(self.n, 7.0), np.zeros(self.n)

    monkeypatch.setattr(expectations, "_RULES", list(expectations._RULES))
    register_rule("constant", lambda act: act.name == "kinked test", Constant)  # type: ignore[arg-type]
    assert ExpectationPlan(kinked, REQUESTS).evaluate(METRIC).values.tolist() == [7.0] * len(REQUESTS)


def test_the_plan_itself_does_not_load_the_compiler() -> None:
    code = "import feyn_nn.kernels.expectations, sys; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def named(**changes: object) -> Activation:
    """The sine, or what was made of it, under a name that is not registered."""
    sine = activation("sin")
    parts = {
        "name": "sine again",
        "function": sine.function,
        "derivatives": sine.derivatives,
        "parity": -1,
        "strip": np.inf,
        "formula": "sin(z)",
    }
    return Activation(**{**parts, **changes})  # type: ignore[arg-type]


KERNEL = frozenset({VertexKind(1, 1)})


@pytest.mark.parametrize(
    "changes",
    [{"parity": 0}, {"strip": 2.0}, {"derivatives": activation("cos").derivatives}],
    ids=lambda changes: next(iter(changes)),
)
def test_a_plan_is_found_again_for_the_same_activation_alone(changes: dict[str, object]) -> None:
    assert vertex_plan(named(), 1, KERNEL) is vertex_plan(named(), 1, KERNEL)
    assert vertex_plan(named(), 1, KERNEL) is not vertex_plan(named(**changes), 1, KERNEL)


def test_a_new_rule_is_used_where_a_plan_was_made_before(monkeypatch: pytest.MonkeyPatch) -> None:
    before = vertex_plan(named(), 1, KERNEL)
    monkeypatch.setattr(expectations, "_RULES", list(expectations._RULES))
    register_rule("trapezoid again", lambda act: act.name == "sine again", expectations._trapezoid)
    assert vertex_plan(named(), 1, KERNEL) is not before
