"""χ² of correlated measurements whose covariance is itself estimated, and the report made of it."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn._core import MetricObservable
from feyn_nn.montecarlo import Simulation
from feyn_nn.validation.comparison import Comparison
from feyn_nn.validation.design import Spread, choose
from feyn_nn.validation.prediction import Prediction, predict
from feyn_nn.validation.report import Report, Row

OBSERVABLES = tuple(MetricObservable([(i, i)]) for i in range(3))
NETWORK = fnn.MLP(depth=2, width=8, activation="tanh")


def prediction(observable: MetricObservable, value: float = 0.0, omitted: float = 0.0) -> Prediction:
    return Prediction(observable=observable, coefficients={0: value}, errors={0: 0.0}, omitted=omitted)


def simulation(mean: np.ndarray, covariance: np.ndarray, blocks: int) -> Simulation:
    return Simulation(
        network=NETWORK, sampler="metric", n_samples=blocks * 64, seed=0, observables=OBSERVABLES[: len(mean)],
        mean=mean, covariance=covariance, n_blocks=blocks,
    )  # fmt: skip


@pytest.mark.parametrize("blocks", [12, 128])
def test_p_values_are_uniform(blocks: int) -> None:
    """Correlated Gaussian blocks with a true mean of zero: χ² follows its law, however few the blocks."""
    rng = np.random.default_rng(blocks)
    mixing = np.array([[1.0, 0.0, 0.0], [0.9, 0.3, 0.0], [-0.5, 0.2, 2.0]])
    found = []
    for _ in range(3000):
        sample = rng.standard_normal((blocks, 3)) @ mixing.T
        measured = simulation(sample.mean(axis=0), np.cov(sample.T) / blocks, blocks)
        comparison = Comparison(predictions=tuple(map(prediction, OBSERVABLES)), measured=measured, width=8)
        chi2, dof = comparison.chi2()
        assert dof == 3
        found.append(scipy.stats.chi2.sf(chi2, dof))
    assert scipy.stats.kstest(found, "uniform").pvalue > 1e-5


def test_an_observable_that_repeats_another_counts_once() -> None:
    rng = np.random.default_rng(1)
    one = rng.standard_normal(100)
    sample = np.stack([one, one, rng.standard_normal(100)], axis=1)
    measured = simulation(sample.mean(axis=0), np.cov(sample.T) / 100, 100)
    comparison = Comparison(predictions=tuple(map(prediction, OBSERVABLES)), measured=measured, width=8)
    _, dof = comparison.chi2()
    assert dof == 2


def test_exact_observables() -> None:
    """Without any error a difference is infinitely far; agreement counts for nothing."""
    measured = simulation(np.zeros(1), np.zeros((1, 1)), 10)
    right = Comparison(predictions=(prediction(OBSERVABLES[0]),), measured=measured, width=8)
    wrong = Comparison(predictions=(prediction(OBSERVABLES[0], 1.0),), measured=measured, width=8)
    assert right.chi2() == (0.0, 0)
    assert wrong.chi2()[0] == math.inf


def test_the_omitted_order_is_part_of_the_error() -> None:
    theory = Prediction(
        observable=OBSERVABLES[0], coefficients={1: 2.0, 2: 4.0}, errors={1: 0.0, 2: 0.0}, omitted=8.0
    )
    assert theory.value(10.0, 1) == pytest.approx(0.2)
    assert theory.value(10.0, 2) == pytest.approx(0.24)
    assert theory.error(10.0) == pytest.approx(0.008 / (1 - 0.2))  # 8/n³, and on with ratio 8/4n
    assert theory.error(4.0) == pytest.approx(0.125 / (1 - 0.5))
    assert theory.error(2.0) == pytest.approx(
        1.0 * 2 * math.exp(1.0)
    )  # terms that do not fall: 2 exp(2r - 1)
    assert prediction(OBSERVABLES[0], 1.0).error(3.0) == 0.0


def test_spread_is_what_sampling_finds() -> None:
    """The leading-order standard errors that runs are planned with: right to a quarter at width 64."""
    net = fnn.MLP(depth=3, width=64, activation="tanh", weight_variance=1.5)
    x = fnn.Inputs.from_metric([[1.0, 0.4], [0.4, 0.8]])
    pairs = [[(0, 0)], [(0, 0), (1, 1)], [(0, 0), (0, 1), (1, 1)]]
    legs = [[(0, 0), (0, 0), (0, 1), (0, 1)]]
    for sampler, tolerance in (("metric", 0.25), ("weights", 0.25)):
        asked = {"pairs": pairs, "legs": legs, "samples": 60_000, "rng": 4, "sampler": sampler}
        measured = fnn.simulate(net, x, **asked, conditioned=sampler == "metric")
        spread = Spread(net, x, sampler)
        for observable, estimate in measured.items():
            planned = spread(observable, 64.0) / math.sqrt(60_000)
            assert planned == pytest.approx(estimate.stderr, rel=tolerance)


def test_design_sees_the_highest_order_and_no_more() -> None:
    net = fnn.MLP(depth=4, width=(8, 12, 8), activation="tanh", weight_variance=1.6, bias_variance=0.1)
    x = fnn.Inputs.from_metric([[1.7, 0.9], [0.9, 1.2]])
    predictions = predict(net, x, [MetricObservable([(0, 0), (1, 1)])], [1])
    design = choose(net, x, predictions)
    spread, (theory,) = Spread(net, x), predictions
    assert all(net.with_width(width) for width in design.widths)
    worth = sum(
        design.samples * (theory.coefficients[2] * w**-2.0 / spread(theory.observable, w)) ** 2
        for w in design.widths
    )
    assert worth > 36
    for w in design.widths:
        assert abs(theory.omitted) * w**-3.0 <= 0.5 * spread(theory.observable, w) / math.sqrt(design.samples)
    assert choose(net, x, predictions, [20]).widths == (20,)


def test_design_says_what_cannot_be_done() -> None:
    hopeless = Prediction(
        observable=OBSERVABLES[0], coefficients={0: 1.0, 1: 1e-9}, errors={0: 0.0, 1: 0.0}, omitted=1e-12
    )
    with pytest.raises(fnn.InvalidInput, match="no affordable run"):
        choose(NETWORK, fnn.Inputs.from_metric([[1.0]]), [hopeless])


def example_report(p_value: float = 0.5) -> Report:
    def row(width: int, order: int, theory: float) -> Row:
        return Row(
            observable="κ₁(Ĝ₀₀)", width=width, order=order, theory=theory, theory_error=1e-4, measured=0.5, stderr=0.01,
            pull=(theory - 0.5) / 0.01,
        )  # fmt: skip

    rows = (row(8, 0, 0.6), row(8, 1, 0.51), row(16, 0, 0.6), row(16, 1, 0.505))
    return Report(
        network="MLP", inputs="two", rows=rows, chi2=1.0, dof=2, p_value=p_value, samples={8: 1000, 16: 1000}, seed=1,
        sampler="metric",
    )  # fmt: skip


def test_report_in_every_form(tmp_path: Path) -> None:
    report = example_report()
    assert report.passed
    assert not example_report(1e-5).passed
    assert "PASS" in str(report)
    assert "<table>" in report._repr_html_()
    assert str(report).count("κ₁(Ĝ₀₀)") == 4
    plain = json.loads(report.to_json())
    assert plain["verdict"] == "pass"
    assert plain["rows"][1]["theory"] == 0.51
    for ending in (".svg", ".png", ".pdf"):
        report.plot(tmp_path / f"plot{ending}")
        assert (tmp_path / f"plot{ending}").stat().st_size > 1000
    report.plot(tmp_path / "again.svg")
    with pytest.raises(fnn.InvalidInput, match=r"\.svg, \.png, \.pdf"):
        report.plot(tmp_path / "plot.xyz")


def test_json_holds_no_infinities() -> None:
    report = example_report()
    infinite = Report(**{**{f: getattr(report, f) for f in report.__dataclass_fields__}, "chi2": math.inf})
    assert json.loads(infinite.to_json())["chi2"] is None
