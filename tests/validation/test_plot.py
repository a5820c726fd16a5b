"""The plot of a report: what it draws against the series and the measurements themselves."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput, Powers
from feyn_nn.validation.curves import Curves
from feyn_nn.validation.plot import FORMATS, figure_of, write_plot
from feyn_nn.validation.report import Report

matplotlib = pytest.importorskip("matplotlib")

NET = fnn.MLP(depth=3, width=8, activation="tanh", weight_variance=1.5, bias_variance=0.1)
X = fnn.Inputs([[1.0, 0.5], [0.25, 1.5]])
HEADS = fnn.MultiHeadAttention(key_dim=16, value_dim=4, coupling=1.2)
TOKENS = fnn.Tokens(np.random.default_rng(3).standard_normal((1, 2, 4)))


@pytest.fixture(scope="module")
def dense() -> Report:
    pairs = [[(0, 1)], [(0, 0), (1, 1)], [(0, 0), (0, 1), (1, 1)]]
    return fnn.validate(NET, X, pairs=pairs, loops=[1, 1, 0], widths=(10, 20, 30), samples=20_000)


@pytest.fixture(scope="module")
def heads() -> Report:
    pairs = [[((0, 0), (0, 0)), ((0, 1), (0, 1))]]
    sizes = [(1, 4, 16), (2, 4, 16), (1, 64, 64)]
    return fnn.validate(HEADS, TOKENS, pairs=pairs, loops=1, sizes=sizes, samples=10_000)


def curves(report: Report, which: int) -> Curves:
    return Curves(judgement=report.judgements[which], fit=report.fit)


def test_curves_are_the_truncated_series_scaled_by_the_leading_power(dense: Report) -> None:
    own = curves(dense, 1)
    assert (own.parameter, own.leading, own.scaled_name) == ("n", 1, "n κ₂")
    assert [truncation.name for truncation in own.truncations] == ["through 1/n", "through 1/n²"]
    (group,) = own.groups
    series = fnn.metric_cumulant(NET, pairs=[(0, 0), (1, 1)], loops=1).evaluate(X)
    for order, truncation in enumerate(own.truncations, start=1):
        at = [1 / x * series.at(width=1 / x, order=order) for x in own.grid]
        np.testing.assert_allclose(own.curve(truncation, group), at, rtol=1e-12)
    np.testing.assert_allclose(own.curve(own.truncations[0], group), series.coefficients[1], rtol=1e-12)


def test_the_mean_tends_to_the_kernel_and_a_single_order_is_a_constant(dense: Report) -> None:
    mean, third = curves(dense, 0), curves(dense, 2)
    assert (mean.scaled_name, third.scaled_name) == ("κ₁", "n² κ₃")
    kernel = fnn.infinite_width_kernel(NET, X)[0, 1]
    np.testing.assert_allclose(mean.curve(mean.truncations[0], mean.groups[0]), kernel, rtol=1e-12)
    assert np.ptp(third.curve(third.truncations[0], third.groups[0])) == 0.0


def test_points_and_bands_are_those_of_the_report(dense: Report) -> None:
    for which in range(3):
        own = curves(dense, which)
        (group,) = own.groups
        x, values, errors = own.measured(group)
        points = own.judgement.points
        np.testing.assert_allclose(x, [1 / 10, 1 / 20, 1 / 30])
        np.testing.assert_allclose(values * x**own.leading, [point.measured for point in points])
        np.testing.assert_allclose(errors * x**own.leading, [point.stderr for point in points])
        seen = np.interp(x, own.grid, own.error(group)) * x**own.leading
        np.testing.assert_allclose(seen, [point.theory_error for point in points], rtol=2e-2)
        low, high = own.limits
        assert (low < values).all()
        assert (values < high).all()


def test_the_band_of_the_fit_is_the_covariance_of_its_coefficients(dense: Report) -> None:
    own, fit = curves(dense, 1), dense.fit
    found = own.fitted(own.groups[0])
    assert found is not None
    rng = np.random.default_rng(1)
    index = [fit.coefficients.index((own.name, Powers(n=k))) for k in (1, 2)]
    covariance = np.array(fit.covariance)[np.ix_(index, index)]
    draws = rng.multivariate_normal(np.array(fit.fitted)[index], covariance, size=200_000)
    at = draws[:, :1] + draws[:, 1:] * own.grid[None, [20, -1]]
    np.testing.assert_allclose(found[0][[20, -1]], at.mean(0), atol=6 * at.std(0).max() / 200_000**0.5)
    np.testing.assert_allclose(found[1][[20, -1]], at.std(0), rtol=0.01)
    nothing = replace(fit, coefficients=(), fitted=(), covariance=())
    assert Curves(judgement=own.judgement, fit=nothing).fitted(own.groups[0]) is None


def test_attention_is_drawn_against_what_is_varied(heads: Report) -> None:
    own = curves(heads, 0)
    assert (own.parameter, own.scaled_name) == ("heads", "heads κ₂")
    names = ["value_dim, key_dim → ∞", "key_dim → ∞", "through 1/key_dim"]
    assert [truncation.name for truncation in own.truncations] == names
    assert [group.name for group in own.groups] == [
        "value_dim = 4, key_dim = 16",
        "value_dim = 64, key_dim = 64",
    ]
    breaking, _, full = own.truncations
    coefficients = own.judgement.prediction.coefficients
    for group in own.groups:
        np.testing.assert_allclose(own.curve(breaking, group), coefficients[Powers(heads=1)])
        theory = group.points[0].theory * group.points[0].sizes["heads"]
        np.testing.assert_allclose(own.curve(full, group), theory)


@pytest.mark.parametrize("kind", ["dense", "heads"])
def test_a_figure_has_a_panel_for_each_observable_and_one_legend(
    kind: str, request: pytest.FixtureRequest
) -> None:
    report = request.getfixturevalue(kind)
    figure = figure_of(report)
    panels = [ax for ax in figure.axes if ax.has_data()]
    assert [ax.get_title(loc="left") for ax in panels] == [own.observable for own in report.judgements]
    (legend,) = figure.legends
    entries = [text.get_text() for text in legend.get_texts()]
    assert len(set(entries)) == len(entries)
    assert {"through 1/n²", "sampled networks"} <= {*entries} or "value_dim = 4, key_dim = 16" in entries
    figure.draw_without_rendering()
    below = legend.get_window_extent()
    for ax in panels:  # no overlap
        assert not ax.get_tightbbox().overlaps(below)
        assert not any(
            ax.get_tightbbox().overlaps(other.get_tightbbox()) for other in panels if other is not ax
        )


@pytest.mark.parametrize("count", [1, 2, 4, 7, 14])
def test_the_grid_is_tidy_for_any_number_of_observables(count: int, dense: Report) -> None:
    many = replace(dense, judgements=tuple(dense.judgements[i % 3] for i in range(count)))
    figure = figure_of(many)
    rows, columns = figure.axes[0].get_gridspec().get_geometry()
    assert 0 <= rows * columns - count < columns <= 4
    assert columns >= min(rows, 4)


def test_files(dense: Report, tmp_path: Path) -> None:
    starts = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}
    for ending in FORMATS:
        file = tmp_path / f"plot{ending}"
        dense.plot(file)
        assert file.read_bytes().startswith(starts[ending])
        stream = io.BytesIO()
        write_plot(dense, stream, ending)
        assert stream.getvalue() == file.read_bytes()  # the same report is the same file
    assert ElementTree.parse(tmp_path / "plot.svg").getroot().tag.endswith("svg")
    with pytest.raises(InvalidInput, match=r"give one of .svg, .png, .pdf"):
        dense.plot(tmp_path / "plot.gif")
    with pytest.raises(InvalidInput, match="No such file or directory"):
        dense.plot(tmp_path / "no" / "plot.svg")
