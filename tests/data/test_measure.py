"""Campaigns that are killed, interrupted, or sampled by others end with the same numbers."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import feyn_nn as fnn
from feyn_nn.montecarlo import Checkpoint
from tests.data import measure
from tests.data.campaign import Case, Crew, campaign_by_width

TANH = fnn.MLP(depth=3, width=64, activation="tanh", weight_variance=1.8)
CASES = {
    "variance": Case(TANH, fnn.Inputs.from_metric([[1.0]]), [(0, 0), (0, 0)], 0),
    "mean": Case(TANH, fnn.Inputs.from_metric([[1.0]]), [(0, 0)], 1),
}
SMALL = campaign_by_width("small", CASES)
CHILD = """
import sys
from pathlib import Path
import feyn_nn.montecarlo.run as run
from tests.data.campaign import Crew
from tests.data.test_measure import SMALL
run.SECONDS_BETWEEN, run._SHARE = 0.0, 1e9
folder = Path(sys.argv[1])
SMALL.bring_up_to_date(Crew(workers=1, checkpoints=folder / "runs"), folder)
"""


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("straight")
    SMALL.bring_up_to_date(Crew(), folder)
    return (folder / "small.json").read_text(encoding="utf-8")


def done(folder: Path) -> int:
    """Blocks in all checkpoints, and a thousand for each case that is stored."""
    stored = len(json.loads((folder / "small.json").read_text())) if (folder / "small.json").exists() else 0
    return 1000 * stored + sum(Checkpoint.read(f).state.blocks for f in folder.glob("runs/*/*.checkpoint"))


def test_a_campaign_that_is_killed_again_and_again_ends_with_the_same_numbers(
    straight: str, tmp_path: Path
) -> None:
    reached = 0
    for _ in range(2):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], cwd=Path(__file__).parents[2])
        while done(tmp_path) <= reached and child.poll() is None:
            time.sleep(0.001)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL  # killed, not finished
        reached = done(tmp_path)
    assert list(tmp_path.glob("runs/*/*.checkpoint"))
    SMALL.bring_up_to_date(Crew(workers=2, checkpoints=tmp_path / "runs"), tmp_path)
    assert (tmp_path / "small.json").read_text(encoding="utf-8") == straight
    assert not list(tmp_path.glob("runs/*"))  # what was kept meanwhile is gone


def test_a_cluster_gives_the_same_numbers(
    straight: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    monkeypatch.setitem(measure.CAMPAIGNS, "small", SMALL)
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        dashboard_address=":0",
        silence_logs=50,
    ) as cluster:
        where = [
            "--dask",
            cluster.scheduler_address,
            "--results",
            str(tmp_path),
            "--checkpoints",
            str(tmp_path / "runs"),
        ]
        assert measure.main(["small", *where]) == 0
    assert (tmp_path / "small.json").read_text(encoding="utf-8") == straight


def test_what_is_stored_stays_and_what_is_asked_anew_is_measured(straight: str, tmp_path: Path) -> None:
    file = tmp_path / "small.json"
    file.write_text(
        straight.replace('"value": ', '"value": 1'), encoding="utf-8"
    )  # told apart from a new one
    SMALL.bring_up_to_date(Crew(), tmp_path)
    assert file.read_text(encoding="utf-8") != straight
    more = campaign_by_width(
        "small", CASES | {"mean": CASES["mean"]._replace(network=replace(TANH, depth=4))}
    )
    before = json.loads(file.read_text())
    more.bring_up_to_date(Crew(), tmp_path)
    after = json.loads(file.read_text())
    assert after["variance"] == before["variance"]
    assert "depth = 4" in after["mean"]["specification"]


def test_an_order_beyond_the_budget_is_said_to_be(tmp_path: Path) -> None:
    campaign_by_width("small", CASES, most_numbers=10.0).bring_up_to_date(Crew(), tmp_path)
    kept = json.loads((tmp_path / "small.json").read_text())
    assert all(entry["unresolved"] > 20_000 for entry in kept.values())


def test_a_campaign_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert measure.main(["order"]) == 2
    assert "no campaign 'order'; did you mean 'orders'?" in capsys.readouterr().err


def test_an_interruption_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: object, **keywords: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Crew, "simulate", interrupted)
    monkeypatch.setitem(measure.CAMPAIGNS, "small", SMALL)
    assert measure.main(["small", "--results", str(tmp_path), "--checkpoints", str(tmp_path / "runs")]) == 130
    assert "run the same command again" in capsys.readouterr().err
