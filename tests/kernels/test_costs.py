"""What an order costs, in numbers that do not depend on the machine: integrals, terms and products, pinned in a file.

A lost symmetry, a table that is no longer shared, or an integral done twice shows here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn.kernels import trapezoid
from feyn_nn.kernels.recursion import kinds_needed, orders_needed, step_terms
from feyn_nn.kernels.tables import vertex_plan
from feyn_nn.kernels.transfer import _transitions

PINNED = json.loads((Path(__file__).parents[1] / "data" / "operation_counts.json").read_text())
TANH = fnn.MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
X = fnn.Inputs(np.random.default_rng(7).standard_normal((5, 12)))


@pytest.fixture
def integrals(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[int]]:
    """How many groups of expectations have been integrated, by the number of inputs that meet in them."""
    counted: Counter[int] = Counter()
    refined = trapezoid._refined

    def counting(sums: object, tolerance: float) -> object:
        counted[sums.group.n_labels] += 1  # type: ignore[attr-defined]
        return refined(sums, tolerance)  # type: ignore[arg-type]

    monkeypatch.setattr(trapezoid, "_refined", counting)
    trapezoid._evaluated.cache_clear()
    yield counted
    trapezoid._evaluated.cache_clear()


@pytest.mark.parametrize(("key", "expected"), PINNED["tables"].items())
def test_vertex_tables(key: str, expected: dict[str, int]) -> None:
    """Distinct components that do not vanish, the terms and factors of their polynomials, and expectations in them."""
    n_inputs, rank, loops = map(int, key.split(","))
    plan = vertex_plan(TANH.activation, n_inputs, kinds_needed(rank, loops))
    table = plan.polynomials
    assert expected == {
        "components": len(table.term_start) - 2,  # the last one stands for all that vanish
        "terms": len(table.coefficients),
        "factors": len(table.factors),
        "expectations": len(table.requests),
    }


@pytest.mark.parametrize(("key", "expected"), PINNED["steps"].items())
def test_terms_of_the_recursion(key: str, expected: dict[str, int]) -> None:
    """Terms of κ_rank from one layer to the next, and of all cumulants that are carried along with it."""
    rank, loops = map(int, key.split(","))
    orders = orders_needed(rank, loops)
    highest = {q: max(own.loops for own in orders if own.rank == q) for q in {own.rank for own in orders}}
    assert expected == {
        "own": len(step_terms(rank, loops)),
        "all": sum(len(step_terms(q, most)) for q, most in highest.items()),
    }


@pytest.mark.parametrize(("key", "expected"), PINNED["transfers"].items())
def test_transfers_of_the_diagrams(key: str, expected: int) -> None:
    """How many contractions one layer takes for all diagrams, one by one."""
    rank, loops = map(int, key.split(","))
    diagrams = fnn.generate(fnn.actions.CausalAction(), legs=rank, loops=loops)
    assert sum(len(_transitions(diagram)) for diagram in diagrams) == expected


@pytest.mark.parametrize(("key", "expected"), PINNED["integrals"].items())
def test_each_order_integrates_each_set_of_inputs_once_a_layer(
    key: str, expected: dict[str, int], integrals: Counter[int]
) -> None:
    """All components, four inputs, three hidden layers: one integration for each set of inputs that meet, and layer."""
    rank, loops = map(int, key.split(","))
    fnn.metric_cumulant(TANH, rank=rank, loops=loops).evaluate(X.take(range(4)), tolerance=1e-4)
    assert {str(n): count for n, count in sorted(integrals.items())} == expected


def test_nothing_is_integrated_twice(integrals: Counter[int]) -> None:
    """Neither a second time, nor for the diagrams one by one, nor for other pairs of the same inputs."""
    cumulant = fnn.metric_cumulant(TANH, pairs=[(0, 1), (0, 1)], loops=1)
    cumulant.evaluate(X)
    once = dict(integrals)
    cumulant.evaluate(X)
    cumulant.evaluate(X, by="diagrams")
    list(cumulant.diagram_values(X))
    fnn.metric_cumulant(TANH, pairs=[(0, 0), (1, 1)], loops=1).evaluate(X)
    assert integrals == once == {1: 6, 2: 3}


def test_one_input_shares_its_tables_between_all_cumulants_of_one_order(integrals: Counter[int]) -> None:
    for rank in (3, 1, 2, 4):
        fnn.metric_cumulant(TANH, pairs=[(0, 0)] * rank, loops=4 - rank).evaluate(X)
    assert integrals == {1: 3}


def test_inputs_in_several_blocks_are_integrated_once(integrals: Counter[int]) -> None:
    fnn.metric_cumulant(TANH, rank=1, loops=1).evaluate(X, tolerance=1e-6)
    assert integrals == {1: 3 * 5, 2: 3 * 10}
