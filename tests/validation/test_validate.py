"""``validate``: one report of several observables, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
import scipy.stats

import feyn_nn as fnn

NET = fnn.MLP(depth=3, width=8, activation="tanh", weight_variance=1.5, bias_variance=0.1)
X = fnn.Inputs([[1.0, 0.5], [0.25, 1.5]])


@pytest.fixture(scope="module")
def report():
    return fnn.validate(
        NET,
        X,
        pairs=[[(0, 1)], [(0, 0), (1, 1)]],
        legs=[(0, 0), (0, 0), (0, 1), (0, 1)],
        loops=[2, 1, 0],
        widths=(10, 20),
        samples=10_000,
        rng=7,
    )


def test_rows_of_the_report(report):
    found = [(row.observable, row.width, row.order) for row in report.rows]
    assert found == [
        *(("κ₁(Ĝ₀₁)", width, order) for width in (10, 20) for order in (0, 1, 2)),
        *(("κ₂(Ĝ₀₀, Ĝ₁₁)", width, order) for width in (10, 20) for order in (1, 2)),
        *(("κ₄(z₀₀, z₀₀, z₀₁, z₀₁)", width, 1) for width in (10, 20)),
    ]
    assert report.dof == 6
    assert [(run.sizes, run.samples) for run in report.runs] == [({"n": 10}, 10_000), ({"n": 20}, 10_000)]
    assert (report.seed, report.sampler) == (7, "metric")


def test_numbers_of_the_report(report):
    c = fnn.metric_cumulant(NET, pairs=[(0, 0), (1, 1)], loops=1).evaluate(X)
    rows = {(row.observable, row.width, row.order): row for row in report.rows}
    for width in (10, 20):
        for order in (1, 2):
            row = rows["κ₂(Ĝ₀₀, Ĝ₁₁)", width, order]
            assert row.theory == pytest.approx(c.at(width=width, order=order), rel=1e-12)
            total = np.hypot(row.stderr, row.theory_error)
            assert row.pull == pytest.approx((row.theory - row.measured) / total, rel=1e-12)
        kernel = fnn.infinite_width_kernel(NET, X)[0, 1]
        assert rows["κ₁(Ĝ₀₁)", width, 0].theory == pytest.approx(kernel, rel=1e-13)
    assert report.p_value == pytest.approx(scipy.stats.chi2.sf(report.chi2, report.dof), rel=1e-12)
    assert report.passed == (report.adjusted_p >= 1e-4) == (report.verdict == "pass")


def test_the_report_as_json(report):
    plain = json.loads(report.to_json())
    assert {
        "network",
        "inputs",
        "rows",
        "judgements",
        "fit",
        "design",
        "chi2",
        "dof",
        "p_value",
    } <= plain.keys()
    assert plain["network"] == repr(NET)
    assert plain["runs"] == [{"sizes": {"n": 10}, "samples": 10_000}, {"sizes": {"n": 20}, "samples": 10_000}]
    assert plain["seed"] == 7
    assert {"python", "numpy", "numba", "feyn_nn"} <= plain["versions"].keys()
    assert plain["seconds"] > 0
    assert plain == report.to_dict()


def test_the_same_seed_gives_the_same_report(report):
    arguments = {
        "pairs": [[(0, 1)], [(0, 0), (1, 1)]],
        "legs": [(0, 0), (0, 0), (0, 1), (0, 1)],
        "loops": [2, 1, 0],
        "widths": (10, 20),
        "samples": 10_000,
    }
    again = fnn.validate(NET, X, **arguments, rng=np.random.SeedSequence(7), workers=3)
    assert again == report
    assert fnn.validate(NET, X, **arguments, rng=8).rows[0].measured != report.rows[0].measured


def test_widths_keep_their_ratios():
    net = fnn.MLP(depth=3, width=(4, 6), activation="tanh")
    report = fnn.validate(net, X, pairs=[(0, 0)], loops=1, widths=8, samples=10_000)
    measured = fnn.simulate(net.with_width(8), X, pairs=[(0, 0)], samples=10_000, rng=1)
    assert {row.width for row in report.rows} == {8}
    assert report.rows[0].stderr == pytest.approx(next(iter(measured.values())).stderr, rel=0.5)
    with pytest.raises(fnn.InvalidInput, match="give a multiple of 2"):
        fnn.validate(net, X, pairs=[(0, 0)], loops=1, widths=[9], samples=10_000)


def test_widths_and_samples_are_chosen_where_they_are_not_given():
    report = fnn.validate(NET, X, pairs=[(0, 0), (1, 1)], loops=0)
    assert len(report.runs) == 3
    assert len({run.samples for run in report.runs}) == 1
    assert min(run.sizes["n"] for run in report.runs) >= 12
    assert report.passed


@pytest.mark.parametrize("activation", ["relu", "linear", "tanh"])
def test_a_network_without_hidden_layers(activation):
    """Nothing fluctuates: theory and measurement are the same number, but for its last digit."""
    net = fnn.MLP(depth=1, activation=activation, weight_variance=1.7)
    x = fnn.Inputs([[0.1, 0.1], [0.3, 0.3], [-0.7, 0.2]])
    report = fnn.validate(net, x, pairs=[[(1, 1)], [(0, 1)], [(0, 2)], [(1, 1), (0, 2)]], loops=1)
    assert report.passed
    assert report.chi2 < 10
    field = fnn.validate(net, x, legs=[(0, 1), (0, 2)], loops=1, sampler="weights")
    assert field.passed


def test_inputs_of_zero():
    """relu and linear without biases: Ĝ is zero, exactly, on both sides."""
    x = fnn.Inputs([[0.0, 0.0], [1.0, 0.5]])
    for activation in ("relu", "linear", "tanh"):
        net = fnn.MLP(depth=3, width=8, activation=activation, weight_variance=1.5)
        report = fnn.validate(
            net, x, pairs=[[(0, 0)], [(0, 1)], [(0, 0), (1, 1)]], loops=1, widths=[8], samples=10_000
        )
        assert (report.verdict, report.dof) == ("pass", 0)


def test_repeated_inputs_count_once():
    x = fnn.Inputs([[1.0, 0.5], [1.0, 0.5]])
    report = fnn.validate(NET, x, pairs=[[(0, 0)], [(0, 1)], [(1, 1)]], loops=1, widths=[16], samples=10_000)
    assert report.dof == 1
    assert report.passed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "nothing to validate"),
        ({"pairs": []}, "pairs is empty"),
        ({"legs": []}, "legs is empty"),
        ({"pairs": [[(0, 0)], [(0, 0)]]}, "given twice"),
        ({"pairs": [(0, 2)]}, "label 2"),
        ({"legs": [(0, 2), (0, 2)]}, "label 2"),
        ({"pairs": [(0, 0)], "loops": -1}, "loops=-1"),
        ({"pairs": [(0, 0)], "loops": "1"}, "loops='1'"),
        ({"pairs": [(0, 0)], "loops": [1, 1]}, "2 entries for 1 observables"),
        ({"pairs": [(0, 0)], "widths": ()}, "give one or more different widths"),
        ({"pairs": [(0, 0)], "widths": (8, 8)}, "give one or more different widths"),
        ({"pairs": [(0, 0)], "widths": (0,)}, "give an integer >= 1"),
        ({"pairs": [(0, 0)], "widths": -4}, "give an integer >= 1"),
        ({"pairs": [(0, 0)], "widths": 8.5}, "is not an integer"),
        ({"pairs": [(0, 0)], "widths": "8"}, r"give widths=\(16, 32\)"),
        ({"pairs": [(0, 0)], "widths": [8], "samples": 3}, "so skewed that .* give at least 10000, or leave"),
        ({"pairs": [(0, 0)], "widths": [8], "samples": -1}, "samples=-1 are too few"),
        ({"pairs": [(0, 0)], "widths": [8], "samples": "many"}, "samples='many'"),
        ({"pairs": [(0, 0)], "widths": [8], "samples": 10_000, "rng": -1}, "rng=-1"),
        ({"pairs": [(0, 0)], "widths": [8], "samples": 10_000, "rng": "seed"}, "rng='seed'"),
        ({"pairs": [(0, 0)], "widths": [8], "samples": 10_000, "sampler": "metrik"}, "did you mean 'metric'"),
        ({"pairs": [(0, 0)], "widths": [8], "samples": 10_000, "workers": 0}, "workers=0"),
        ({"pairs": [(0, 0)], "widths": [1000], "samples": 10**11}, "takes days"),
    ],
)
def test_what_is_refused(arguments, says):
    with pytest.raises(fnn.InvalidInput, match=says):
        fnn.validate(NET, X, **arguments)
