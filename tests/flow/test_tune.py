"""Renormalised initialisation: its counterterms against the running couplings, its networks against sampling."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.stats

import feyn_nn as fnn
from feyn_nn.flow import trace, tune
from feyn_nn.flow.held import Held
from feyn_nn.montecarlo.layer_means import LayerMeans, layer_means
from tests.data import tuned as campaign


def summed(network: fnn.MLP, inputs: fnn.Inputs) -> np.ndarray:
    """E[Ĝ^ℓ] through 1/n³ by the series about the network's own kernel, which knows no counterterm."""
    flow = trace(network, inputs).singles[0]
    return flow.kernel + flow.cumulants[0] @ float(network.widths[0]) ** -np.arange(4)


@pytest.mark.parametrize("loops", [0, 1, 2])
@pytest.mark.parametrize("settings", [{"weight_variance": 1.3}, {"bias_variance": 0.2}])
@pytest.mark.parametrize("name", ["tanh", "gelu"])
def test_what_is_left_is_the_next_order_of_the_series(loops, settings, name):
    width = [2000, 3000, 1000, *[2000] * 9]
    found = tune(name, depth=13, width=width, kernel=0.8, loops=loops, **settings)
    off = summed(found.network, found.inputs) - 0.8
    np.testing.assert_allclose(
        off, found.residual, rtol=0.03, atol=0.01 * np.abs(found.residual).max() + 2e-15
    )
    fixed = "weight_variances" if "weight_variance" in settings else "bias_variances"
    assert set(getattr(found.network, fixed)) == set(settings.values())


def test_the_third_order_is_in_the_counterterm():
    """Through 1/n³ nothing is left of what the series of three orders sees."""
    found = tune("tanh", depth=13, width=300, kernel=0.8, loops=3)
    left = np.abs(summed(found.network, found.inputs) - 0.8).max()
    second = tune("tanh", depth=13, width=300, kernel=0.8, loops=2)
    assert left < 0.05 * np.abs(second.residual).max()


def test_networks_that_need_no_counterterm():
    for name, C_W in (("linear", 1.0), ("relu", 2.0)):
        found = tune(name, depth=20, width=10**4, kernel=1.5, bias_variance=0.0)
        assert found.network == found.untuned
        assert found.network.weight_variances == pytest.approx([C_W] * 20)
        assert found.coupling == pytest.approx({"linear": 2, "relu": 5}[name] * 19 / 10**4)
        assert not found.residual.any()


def test_means_and_covariances_of_all_layers():
    """Against the plain sums over networks of a linear ensemble, and its exact covariances: E[Ĝ^a Ĝ^b] = Π(1 + 2/n)."""
    net = fnn.MLP(depth=5, width=8, activation="linear")
    found = layer_means(net, fnn.Inputs.from_metric([[1.0]]), samples=30_000, rng=3, workers=1)
    again = layer_means(net, fnn.Inputs.from_metric([[1.0]]), samples=30_000, rng=3, workers=2)
    np.testing.assert_array_equal(found.mean, again.mean)
    np.testing.assert_array_equal(found.covariance, again.covariance)
    steps = np.minimum.outer(np.arange(1, 5), np.arange(1, 5))
    np.testing.assert_allclose(30_000 * found.covariance, 1.25**steps - 1, rtol=0.15)
    errors = np.sqrt(np.diag(found.covariance))
    assert np.abs((found.mean - 1) / errors).max() < 5
    assert found.estimates[3].stderr == errors[1]


def test_the_law_of_the_largest_pull():
    """Exact for independent layers; an upper bound for correlated ones."""
    mean = np.array([0.0, 0.25, -0.1])
    held = Held(kernel=0.0, measured=LayerMeans(mean=mean, covariance=0.01 * np.eye(3), n_samples=9, seed=0))
    assert held.largest == pytest.approx(2.5)
    assert held.pulls[3] == pytest.approx(-2.5)
    single = 2 * scipy.stats.norm.sf(2.5)
    assert held.p_value_of_largest == pytest.approx(1 - (1 - single) ** 3)
    assert held.chi_squared == pytest.approx(6.25 + 1)
    assert held.p_value == pytest.approx(scipy.stats.chi2.sf(7.25, 3))
    assert held.mean_pull == pytest.approx(-0.15 / 0.1 / np.sqrt(3))
    assert held.passes()
    assert not held.passes(0.1)


def test_a_hundred_layers_with_and_without_counterterms():
    """A small run: the mean over all layers is flat when tuned, and some ten standard errors off when not."""
    found = tune("tanh", depth=101, width=32, kernel=0.5, weight_variance=1.0)
    assert found.warning is None
    held, drift = (found.validate(samples=12_000, rng=5, tuned=tuned) for tuned in (True, False))
    assert held.passes(1e-6)
    assert abs(held.mean_pull) < 5
    assert drift.mean_pull > 7
    assert "held" in repr(held)
    assert "not held" in repr(drift)


def test_the_campaign_is_the_one_that_was_designed():
    results = campaign.CAMPAIGN.results()
    assert results.keys() == campaign.CASES.keys()
    for seed, name in enumerate(campaign.CASES):
        assert results[name]["hash"] == campaign.digest(name)
        assert (results[name]["samples"], results[name]["seed"]) == (campaign.samples(), seed)


@pytest.mark.parametrize("name", campaign.CASES)
def test_each_case_is_where_theory_says(name):
    """χ² about the predicted means, what the counterterms leave included; and the spread of Ĝ in every layer."""
    held = campaign.stored(name)
    mean, deviation = campaign.predicted(name)
    off = held.measured.mean - mean
    chi_squared = off @ np.linalg.solve(held.measured.covariance, off)
    assert 1e-4 < scipy.stats.chi2.sf(chi_squared, len(off)) < 1 - 1e-4
    spread = np.sqrt(held.measured.n_samples * np.diag(held.measured.covariance))
    np.testing.assert_allclose(spread, deviation, rtol=5e-3)


@pytest.mark.parametrize("name", ["through 1/n", "through 1/n²"])
def test_counterterms_hold_the_kernel_over_a_hundred_layers(name):
    held = campaign.stored(name)
    assert held.passes(1e-2)
    assert abs(held.mean_pull) < 3.5


def test_without_counterterms_every_layer_is_off():
    """From the third on, which is the first that sees fluctuations of the metric."""
    drift = campaign.stored("without counterterms")
    assert min(pull for layer, pull in drift.pulls.items() if layer > 2) > 5
    assert drift.mean_pull > 70


def test_what_cannot_be_held():
    with pytest.warns(UserWarning, match=r"V/\(nK²\) reaches .* perturbation theory does not hold"):
        found = tune("relu", depth=51, width=64, kernel=1.0, bias_variance=0.0)
    assert found.warning is not None
    assert found.warning in repr(found)
    assert found.coupling == pytest.approx(5 * 50 / 64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tune("relu", depth=51, width=6400, kernel=1.0, bias_variance=0.0)
    for bad in (
        {"kernel": 0.0},
        {"kernel": 1e-60},
        {"kernel": 0.5, "weight_variance": 4.0},
        {"kernel": 0.5, "weight_variance": 1.0, "bias_variance": 0.0},
        {"kernel": 0.1, "bias_variance": 0.5},
        {"kernel": 0.5, "loops": 4},
        {"kernel": 0.5, "loops": True},
    ):
        with pytest.raises(fnn.InvalidInput, match=r"give|leave out|allowed|must|most"):
            tune("tanh", depth=5, width=16, **bad)
    found = tune("tanh", depth=1, width=16, kernel=0.5)
    with pytest.raises(fnn.InvalidInput, match="depth >= 2"):
        found.validate()
