"""Running couplings against the diagrams' own sums, exact moments, and sampled networks."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn._core import progress
from feyn_nn.flow import criticality, trace
from feyn_nn.flow.kernel_map import iterate_kernel, iterate_kernel_py
from feyn_nn.flow.pictures import save_figure
from feyn_nn.flow.vertex_curve import octave_of, octaves_of, vertex_curve
from feyn_nn.kernels import single_input
from feyn_nn.montecarlo.layer_means import layer_means
from feyn_nn.networks import activation

ONE = fnn.Inputs.from_metric([[0.7]])
MIXED = fnn.MLP(
    depth=6,
    width=(64, 32, 64, 96, 128),
    activation="tanh",
    weight_variance=[1.0, 1.6, 1.5, 1.6, 1.7, 1.6],
    bias_variance=[0.1, 0.1, 0.2, 0.0, 0.1, 0.3],
)


@pytest.mark.parametrize("name", ["tanh", "relu", "swish", "Max(-1, Min(1, z))"])
def test_all_orders_of_one_input_are_those_of_metric_cumulant(name):
    net = fnn.MLP(
        depth=9, width=(8, 16, 8, 24, 8, 8, 8, 16), activation=name, weight_variance=1.5, bias_variance=0.1
    )
    flow = trace(net, ONE).singles[0]
    loops = 1 if "Max" in name else 3
    for rank in range(1, loops + 2):
        e = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=loops + 1 - rank).evaluate(ONE)
        for power, coefficient in e.coefficients.items():
            assert flow.cumulants[rank - 1, -1, power] == pytest.approx(coefficient, rel=1e-10, abs=1e-13)
    assert flow.kernel[-1] == pytest.approx(fnn.infinite_width_kernel(net, ONE)[0, 0], rel=1e-13)


def test_several_inputs_are_those_of_metric_cumulant():
    x = fnn.Inputs([[1.0, 0.5], [0.3, -0.8], [1.0, 0.5]])  # the last one repeats the first
    flow = trace(MIXED, x, tolerance=1e-13)
    vertex = fnn.metric_cumulant(MIXED, rank=2, loops=0).evaluate(x).coefficients[1]
    correction = fnn.metric_cumulant(MIXED, rank=1, loops=1).evaluate(x).coefficients[1]
    assert flow.several is not None
    np.testing.assert_allclose(flow.several.four_point_vertex[-1], vertex, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(flow.several.correction[-1], correction, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(flow.kernel[-1], fnn.infinite_width_kernel(MIXED, x), rtol=1e-12)
    diagonal = vertex[[0, 3, 5], [0, 3, 5]] / flow.kernel[-1].diagonal() ** 2
    np.testing.assert_allclose(flow.four_point_coupling[-1], diagonal, rtol=1e-10)
    assert flow.correlation[:, 0, 2] == pytest.approx(1.0)


def test_slopes_are_derivatives_of_the_kernel_map():
    """χ_∥ is how K' moves with K; χ_⊥ how two inputs at a small distance part."""
    step = 1e-5
    net = fnn.MLP(depth=2, width=8, activation="gelu", weight_variance=1.7, bias_variance=0.2)
    flow = trace(net, ONE)
    up, down = (fnn.infinite_width_kernel(net, fnn.Inputs.from_metric([[0.7 + s]])) for s in (step, -step))
    assert flow.susceptibility_parallel[0, 0] == pytest.approx((up - down).item() / (2 * step), rel=1e-8)
    near = fnn.Inputs.from_metric([[0.7, 0.7 - step], [0.7 - step, 0.7]])
    K = fnn.infinite_width_kernel(net, near)
    apart = (K[0, 0] - K[0, 1]) / step
    assert flow.susceptibility_perpendicular[0, 0] == pytest.approx(apart, rel=1e-4)
    assert np.isnan(flow.susceptibility_parallel[-1, 0])


@pytest.mark.parametrize(("name", "C_W", "v"), [("linear", 1.0, 2.0), ("relu", 2.0, 5.0)])
def test_the_warning_comes_where_truncated_sums_go_wrong(name, C_W, v):
    """Var Ĝ/K² = (1 + v/n)^ℓ - 1 exactly: half-way to the warning three terms are good to 2%, far beyond it useless."""
    n = 64
    net = fnn.MLP(depth=200, width=n, activation=name, weight_variance=C_W)
    flow = trace(net, ONE)
    layer = flow.breakdown()
    assert layer is not None
    assert f"from layer {layer} on at width {n}" in (flow.warning or "")
    powers = float(n) ** -np.arange(4)
    summed = np.tensordot(powers, flow.terms(2), 1)[:, 0]
    exact = (1 + v / n) ** (flow.layers - 1.0) - 1
    off = np.abs(summed[1:] / exact[1:] - 1)
    assert off[layer // 2] < 0.02
    assert off[3 * layer] > 0.2
    assert flow.breakdown(width=10**6) is None


def test_sampled_networks_at_depth_fifty():
    """E[Ĝ], Var Ĝ, κ₃(Ĝ) and κ₄(Ĝ) of critical tanh at width 128 against the series, and the large-depth laws.

    The error of each series is its last term. At 49 hidden layers couplings are within 5% (V), 15% (κ₃), 20% (κ₄) and
    15% (K^{1}) of their laws, log(ℓ)/ℓ being 0.08.
    """
    n, samples, depth = 128, 60_000, 50
    net = fnn.MLP(depth=depth, width=n, activation="tanh")
    flow = trace(net, ONE)
    assert flow.warning is None
    pairs = [[(0, 0)] * rank for rank in (1, 2, 3, 4)]
    measured = fnn.simulate(net, ONE, pairs=pairs, samples=samples, rng=3)
    K = flow.kernel[-1, 0, 0]
    quantities = (
        ("correction", 1, 0.15),
        ("four_point", 2, 0.05),
        ("six_point", 3, 0.15),
        ("eight_point", 4, 0.2),
    )
    laws = criticality("tanh").best().large_depth
    for (name, rank, margin), estimate in zip(quantities, measured.values(), strict=True):
        # two orders more than the leading one; the trace knows them through 1/n³ alone
        e = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=3 if rank == 1 else 2).evaluate(ONE)
        terms = {power: value / float(n) ** power for power, value in e.coefficients.items() if power}
        order, last = min(terms), abs(terms[max(terms)])
        assert terms[order] == pytest.approx(flow.terms(rank)[order, -1, 0] * K**rank / float(n) ** order)
        lowest = K if rank == 1 else 0.0
        total = sum(terms.values())
        assert abs(estimate.pull(lowest + total, last)) < 5
        assert abs(estimate.pull(lowest, last)) > 8  # without its leading order the theory fails
        # the law holds the leading order alone
        value = (estimate.value - lowest - total + terms[order]) / K**rank
        law, stderr = laws[name](depth - 1) / float(n) ** order, estimate.stderr / K**rank
        assert abs(value - law) < margin * abs(law) + 5 * stderr
        assert stderr < 0.1 * abs(law)


def test_the_warning_against_sampled_networks():
    """Critical tanh at width 8: three orders hold at a third of the depth of the warning, and not at three times it."""
    n = 8
    flow = trace(fnn.MLP(depth=60, width=n, activation="tanh"), ONE)
    layer = flow.breakdown()
    assert layer is not None
    powers = float(n) ** -np.arange(4)
    for depth, holds in ((max(layer // 3, 2), True), (3 * layer, False)):
        net = fnn.MLP(depth=depth, width=n, activation="tanh")
        (estimate,) = fnn.simulate(net, ONE, pairs=[(0, 0), (0, 0)], samples=40_000, rng=4).values()
        K = flow.kernel[depth - 1, 0, 0]
        off = abs(powers @ flow.terms(2)[:, depth - 1, 0] * K**2 / estimate.value - 1)
        assert estimate.stderr < 0.1 * estimate.value
        assert (off < 0.1) == holds
        assert holds or off > 1


def test_the_correction_of_the_mean_counts_where_it_is_worse():
    """exp: the second correction of E[Ĝ] is 21 times the first over n, the second term of Var Ĝ 7 times."""
    net = fnn.MLP(depth=6, width=8, activation="exp", weight_variance=0.1, bias_variance=0.05)
    x = fnn.Inputs.from_metric([[0.5]])
    flow = trace(net, x)
    mean, variance = (
        fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=3 - rank).evaluate(x).coefficients
        for rank in (1, 2)
    )
    of_mean, of_variance = mean[2] / mean[1], variance[2] / variance[1]
    assert of_mean > 2 * of_variance
    assert flow.ratios()[-1, 0] == pytest.approx(of_mean / 8, rel=1e-9)
    # where the second correction is below a hundredth of K it does not count
    assert mean[2] / flow.kernel[-1, 0, 0] / 1000**2 < 0.01
    assert flow.ratios(width=1000)[-1, 0] == pytest.approx(of_variance / 1000, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "C_W", "n", "share"), [("tanh", 1.0, 24, 0.8), ("relu", 2.0, 60, np.log(2))]
)
def test_where_fluctuations_of_sampled_networks_overtake(name, C_W, n, share):
    """Var Ĝ = E[Ĝ]² before V/(nK²) = 1: after log 2 of the depth for ReLU, as (1 + 5/n)^ℓ = 2, 0.8 of it for tanh."""
    net = fnn.MLP(depth=50, width=n, activation=name, weight_variance=C_W)
    steps = trace(net, ONE).fluctuations([n]).overtaking_depth.item() - 1
    samples = 20_000
    found = layer_means(net, ONE, samples=samples, rng=6)
    over = samples * np.diag(found.covariance) >= found.mean**2
    assert over.any()
    assert (over.argmax() + 1) / steps == pytest.approx(share, abs=0.15)


def test_where_the_kernel_leaves_the_range_of_floats():
    for C_W, word in ((4.0, "grows beyond"), (0.5, "couplings in units of it")):
        net = fnn.MLP(depth=2000, width=8, activation="linear", weight_variance=C_W)
        with pytest.raises(fnn.InvalidInput, match=rf"{word}.*") as error:
            trace(net, fnn.Inputs.from_metric([[1.0]]))
        layer = int(np.ceil(40 * np.log(10) / abs(np.log(C_W)))) + 1
        assert f"at layer {layer}" in str(error.value)
    with pytest.raises(fnn.InvalidInput, match="at layer 1,"):
        trace(fnn.MLP(depth=3, width=8, activation="tanh"), fnn.Inputs.from_metric([[0.0]]))
    with pytest.raises(fnn.InvalidInput, match="at layer"):
        trace(fnn.MLP(depth=30, width=8, activation="exp"), ONE)
    with pytest.raises(fnn.InvalidInput, match="no flow; give an MLP"):
        trace(fnn.MultiHeadAttention(heads=2, key_dim=2, value_dim=2), ONE)
    with pytest.raises(fnn.InvalidInput, match="width"):
        trace(MIXED, ONE).breakdown(width=-1)
    for bad in (-1, "fine", 0.5):
        with pytest.raises(fnn.InvalidInput, match="tolerance"):
            trace(MIXED, ONE, tolerance=bad)
    with pytest.raises(fnn.InvalidInput, match="jumps at z = 0"):
        trace(fnn.MLP(depth=3, width=8, activation="sign(z)"), ONE)


def test_a_network_without_hidden_layers():
    flow = trace(fnn.MLP(depth=1, activation="tanh"), ONE)
    assert flow.warning is None
    assert len(flow.plot().axes) == 3
    assert len(flow.fluctuations().plot().axes) == 2


def test_many_layers_show_how_far_they_are(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    x = fnn.Inputs.from_metric([[1.0, 0.2], [0.2, 1.0]])
    for depth, waits, seen in ((200, 0.0, True), (50, 0.0, False), (200, 1e3, False)):
        monkeypatch.setattr(progress, "_PATIENCE", waits)
        trace(fnn.MLP(depth=depth, width=8, activation="linear"), x)
        assert ("layers" in shown.getvalue()) == seen
        shown.seek(0)
        shown.truncate()


def test_compiled_and_plain_python_agree():
    curve = vertex_curve(activation("tanh"))
    octaves = [-3, -2, -1]
    series = np.array([curve.panel(octave).coefficients[:, 0] for octave in octaves])
    offsets, scales = np.full(60, 0.02), np.full(60, 1.1)
    runs = []
    for run in (iterate_kernel, iterate_kernel_py):
        kernels = np.full(61, 0.9)
        assert run(kernels, 0, offsets, scales, -3, np.arange(3), series) == 60
        runs.append(kernels)
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-13)
    kernels = np.full(61, 0.9)
    assert iterate_kernel(kernels, 0, offsets, scales, -1, np.array([2]), series[[2]].repeat(3, 0)) in range(
        1, 60
    )
    np.testing.assert_array_equal(octaves_of(np.array([0.3, 1.0, 2.0, 1.9])), [-2, 0, 1, 0])
    assert octave_of(0.25) == -2


def test_moments_of_every_layer():
    vertices = np.random.default_rng(0).standard_normal((5, 4, 5)) / 3
    steps = single_input.moments_by_layer(vertices, 2)
    for layer in range(6):
        np.testing.assert_allclose(
            steps[layer], single_input._moments_py(vertices[:layer], 2), rtol=1e-12, atol=1e-15
        )


def test_tables():
    flow = trace(MIXED, fnn.Inputs([[1.0, 0.5], [0.3, -0.8]]))
    data = flow.to_xarray()
    assert data["four_point_vertex"].shape == (6, 3, 3)
    assert float(data["kernel"].sel(layer=4)[1]) == flow.kernel[3, 1, 1]
    plain = flow.to_dict()
    assert plain["susceptibility_parallel"][-1] == [None, None]
    assert plain["four_point_coupling"][-1] == flow.four_point_coupling[-1].tolist()
    assert "V/K²" in repr(flow)
    assert len(flow.plot().axes) == 4


def test_where_fluctuations_overtake():
    """ReLU: V/(nK²) = 5ℓ/n behind ℓ hidden layers, so that layer n/5 + 1 is the first to be overtaken."""
    net = fnn.MLP(depth=300, width=8, activation="relu", weight_variance=2.0)
    flow = trace(net, ONE)
    found = flow.fluctuations([100, 500, 10_000])
    assert found.overtaking_depth.tolist() == [21.0, 101.0, np.inf]
    np.testing.assert_allclose(found.coupling, 5 * np.arange(300)[:, None] / found.widths, rtol=1e-12)
    assert found.breakdown_depth.tolist() == [flow.breakdown(width=n) for n in (100, 500)] + [np.inf]
    assert "none" in repr(found)
    assert len(found.plot().axes) == 2
    overall = flow.fluctuations()
    assert overall.widths[-1] == pytest.approx(10 * 5 * 299)
    for bad in ([], [-1.0], "wide", [[1.0]], [np.inf]):
        with pytest.raises(fnn.InvalidInput, match="give numbers > 0"):
            flow.fluctuations(bad)


def test_off_criticality_wide_networks_are_never_overtaken():
    """V/K² of tanh saturates at V_{2,0}/(1 - χ_∥²)/K²."""
    net = fnn.MLP(depth=200, width=8, activation="tanh", weight_variance=1.3, bias_variance=0.1)
    flow = trace(net, ONE)
    limit = flow.four_point_coupling[-1, 0]
    found = flow.fluctuations([0.9 * limit, 1.1 * limit])
    assert np.isfinite(found.overtaking_depth).tolist() == [True, False]


def test_the_same_picture_is_the_same_file(tmp_path):
    flow = trace(MIXED, ONE)
    for name in ("first.svg", "second.svg"):
        save_figure(flow.plot(), str(tmp_path / name))
    assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "second.svg").read_bytes()
