"""χ² of correlated measurements whose covariance is itself estimated, and the report made of it."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn._core import MetricObservable, Powers
from feyn_nn.montecarlo import Simulation
from feyn_nn.validation import Report, Run
from feyn_nn.validation.judge import Judge
from feyn_nn.validation.planning import choose
from feyn_nn.validation.predict import predict
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.spread import Spread
from feyn_nn.validation.stack import Measured, Stack

OBSERVABLES = tuple(MetricObservable([(i, i)]) for i in range(3))
NETWORK = fnn.MLP(depth=2, width=8, activation="tanh")


def prediction(observable: MetricObservable, value: float = 0.0, omitted: float = 0.0) -> Prediction:
    return Prediction(
        observable=observable,
        coefficients={Powers(): value},
        errors={Powers(): 0.0},
        left_out=({Powers(n=1): omitted},),
    )


def chi2(predictions: list[Prediction], measured: Simulation) -> tuple[float, int]:
    return Stack(predictions=predictions, measured=[Measured(sizes={"n": 8}, simulation=measured)]).chi2()


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
        value, dof = chi2(list(map(prediction, OBSERVABLES)), measured)
        assert dof == 3
        found.append(scipy.stats.chi2.sf(value, dof))
    assert scipy.stats.kstest(found, "uniform").pvalue > 1e-5


def test_an_observable_that_repeats_another_counts_once() -> None:
    rng = np.random.default_rng(1)
    one = rng.standard_normal(100)
    sample = np.stack([one, one, rng.standard_normal(100)], axis=1)
    measured = simulation(sample.mean(axis=0), np.cov(sample.T) / 100, 100)
    _, dof = chi2(list(map(prediction, OBSERVABLES)), measured)
    assert dof == 2


def test_exact_observables() -> None:
    """Without any error a difference is infinitely far; agreement counts for nothing."""
    measured = simulation(np.zeros(1), np.zeros((1, 1)), 10)
    assert chi2([prediction(OBSERVABLES[0])], measured) == (0.0, 0)
    assert chi2([prediction(OBSERVABLES[0], 1.0)], measured)[0] == math.inf


def test_the_omitted_order_is_part_of_the_error() -> None:
    theory = Prediction(
        observable=OBSERVABLES[0],
        coefficients={Powers(n=1): 2.0, Powers(n=2): 4.0},
        errors={Powers(n=1): 0.0, Powers(n=2): 0.0},
        left_out=({Powers(n=3): 8.0},),
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
        design.samples * (theory.terms(w)[Powers(n=2)] / spread(theory.observable, w)) ** 2
        for w in design.widths
    )
    assert worth > 36
    for w in design.widths:
        assert theory.bias(w) <= 0.5 * spread(theory.observable, w) / math.sqrt(design.samples)
    assert all(order.resolved and order.bias <= 0.5 for order in design.orders)
    assert choose(net, x, predictions, [{"n": 20}]).widths == (20,)


def test_design_says_what_cannot_be_done() -> None:
    """One order is out of reach and said to be; where every one is, the run is refused."""
    one = fnn.Inputs.from_metric([[1.0]])
    kernel, tiny = {Powers(): 1.0}, {Powers(n=1): 1e-9}
    rest = {"errors": {Powers(): 0.0, Powers(n=1): 0.0}, "left_out": ({Powers(n=2): 1e-12},)}
    half = choose(NETWORK, one, [Prediction(observable=OBSERVABLES[0], coefficients=kernel | tiny, **rest)])
    assert [order.powers for order in half.out_of_reach] == [Powers(n=1)]
    assert "no affordable run resolves it" in str(half)
    with pytest.raises(fnn.InvalidInput, match="no affordable run"):
        choose(NETWORK, one, [Prediction(observable=OBSERVABLES[0], coefficients=tiny, **rest)])


def example_report(measured: float = 0.509) -> Report:
    """κ₁ = 0.5 + 0.08/n measured at two widths with errors of 0.001."""
    theory = Prediction(
        observable=OBSERVABLES[0],
        coefficients={Powers(): 0.5, Powers(n=1): 0.08},
        errors={Powers(): 0.0, Powers(n=1): 0.0},
        left_out=({Powers(n=2): 1e-3},),
    )
    runs = [Measured(sizes={"n": n}, simulation=simulation(np.array([v]), np.array([[1e-6]]), 200))
            for n, v in ((8, measured), (16, 0.5055))]  # fmt: skip
    judge = Judge(predictions=[theory], measured=runs)
    total, dof, p_value = judge.together
    return Report(
        network="MLP", inputs="two", judgements=judge.judgements, fit=judge.fit, chi2=total, dof=dof, p_value=p_value,
        adjusted_p=judge.adjusted_p, runs=tuple(Run(sizes={"n": n}, samples=1000) for n in (8, 16)), seed=1,
        sampler="metric",
    )  # fmt: skip


def test_report_in_every_form(tmp_path: Path) -> None:
    report = example_report()
    assert report.passed
    assert not example_report(0.516).passed
    assert "PASS" in str(report)
    assert "<table>" in report._repr_html_()
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
    assert json.loads(replace(example_report(), chi2=math.inf).to_json())["chi2"] is None
