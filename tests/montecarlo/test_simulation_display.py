"""How a simulation shows itself and what it becomes: table, HTML, JSON, xarray."""

from __future__ import annotations

import html
import json
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from feyn_nn._core import InvalidInput, MissingExtra
from feyn_nn._core.observables import MetricObservable
from feyn_nn.montecarlo import Simulation, simulate
from feyn_nn.networks import MLP, Inputs

NET = MLP(depth=3, width=6, activation="tanh", weight_variance=1.8)
FOUND = simulate(
    NET,
    Inputs([[1.0, 0.2], [0.3, 0.9]]),
    pairs=[[(0, 0)], [(0, 1), (1, 1)]],
    legs=[[(0, 0), (0, 0), (0, 1), (0, 1)]],
    samples=2048,
    rng=8,
)


class Cells(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.data = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.data.append(data)


def test_the_table_stands_in_columns():
    headline, head, *rows = repr(FOUND).splitlines()
    assert headline.startswith("2,048 networks in 128 batches, sampler 'metric', seed 8: MLP(")
    assert len(rows) == 3
    for row, (observable, estimate) in zip(rows, FOUND.items(), strict=True):
        assert row.split("  ")[1] == observable.name
        assert f"± {estimate.stderr:.1g}"[:4] in row
        assert row.index("±", row.index("±") + 1) == head.index("by batches")


def test_html_holds_the_same_cells():
    cells = Cells(FOUND._repr_html_())
    assert not cells.open
    text = "\n".join(cells.data)
    for line in repr(FOUND).splitlines()[1:]:
        assert all(html.unescape(cell.strip()) in text for cell in line.strip().split("  ") if cell.strip())


def test_json_keeps_every_digit():
    found = json.loads(FOUND.to_json())
    assert np.array(found["covariance"]).tobytes() == FOUND.covariance.tobytes()
    for own, estimate in zip(found["estimates"], FOUND.values(), strict=True):
        assert (own["value"], own["stderr"]) == (estimate.value, estimate.stderr)
    assert [own["gain"] is None for own in found["estimates"]] == [True, True, False]
    assert found["versions"]["numpy"] == np.__version__


def test_xarray_holds_all_and_survives_a_file(tmp_path):
    xarray = pytest.importorskip("xarray")
    dataset = FOUND.to_xarray()
    np.testing.assert_array_equal(dataset["value"], FOUND.mean)
    np.testing.assert_array_equal(dataset["stderr"], FOUND.standard_errors)
    one = dataset["value"].sel(observable="kappa(G01,G11)")
    assert float(one) == FOUND[MetricObservable([(0, 1), (1, 1)])].value
    assert dataset.attrs["n_samples"] == 2048
    pytest.importorskip("h5netcdf")
    dataset.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    with xarray.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as again:
        xarray.testing.assert_equal(again, dataset)


def test_without_xarray_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(MissingExtra, match=r"pip install 'feyn_nn\[results\]'"):
        FOUND.to_xarray()


def simulation(**changes):
    settings = {
        "network": NET,
        "sampler": "metric",
        "n_samples": 64,
        "seed": 0,
        "observables": (MetricObservable([(0, 0)]),),
        "mean": np.array([1.0]),
        "covariance": np.array([[0.04]]),
        "n_blocks": 8,
    }
    return Simulation(**settings | changes)


def test_errors_are_those_by_formula_where_there_are_any():
    (by_batches,) = simulation().values()
    (by_formula,) = simulation(stderr=np.array([0.1])).values()
    assert (by_batches.stderr, by_formula.stderr) == (0.2, 0.1)
    assert repr(simulation(complete=False)).startswith("INTERRUPTED after 64 networks")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mean": np.array([np.inf])}, r"κ₁\(Ĝ₀₀\) overflows"),
        ({"covariance": np.array([[np.nan]])}, "standard errors overflow"),
        ({"stderr": np.array([np.inf])}, "standard errors overflow"),
    ],
)
def test_what_overflows_is_refused(changes, says):
    with pytest.raises(InvalidInput, match=says):
        simulation(**changes)
