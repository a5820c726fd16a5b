"""Validations that are interrupted, killed or sampled by others end with the same report."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import feyn_nn as fnn
from feyn_nn._core import InvalidInput
from feyn_nn.cli import main
from feyn_nn.montecarlo import Checkpoint
from feyn_nn.validation import campaign
from feyn_nn.validation.checkpoints import Checkpoints
from feyn_nn.validation.report import Report

SPEC = """
[network]
kind = "mlp"
depth = 3
width = 16
activation = "tanh"
[inputs]
values = [[1.0, 0.0], [0.6, 0.8]]
[observables]
pairs = [[[0, 0]], [[0, 0], [1, 1]]]
loops = 1
[sampling]
widths = [300, 400]
samples = 40000
seed = 3
"""
NET = fnn.MLP(depth=2, width=8, activation="tanh")
X = fnn.Inputs([[1.0, 0.5]])


def validated(**how: object) -> Report:
    settings = {"pairs": [(0, 0), (0, 0)], "widths": (8, 16), "samples": 12_000, **how}
    return fnn.validate(NET, X, **settings)  # type: ignore[arg-type]


def test_a_folder_of_checkpoints_changes_nothing_and_saves_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "deep" / "runs"
    whole = {"samples": 16 * 1024}  # no block is cut short, and none drawn twice
    report = validated(checkpoint=folder, **whole)
    assert report == validated(**whole)
    assert sorted(path.name for path in folder.iterdir()) == ["n-16.run", "n-8.run"]
    monkeypatch.setattr(
        "feyn_nn.montecarlo.run.run_blocks", lambda *a, **k: (_ for _ in ())
    )  # nothing is left
    assert validated(checkpoint=folder, **whole) == report


def test_a_command_that_is_killed_goes_on_to_the_same_report(tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(SPEC)
    command = ["validate", str(tmp_path / "spec.toml"), "--json", "--checkpoint", str(tmp_path / "runs")]
    code = (
        "import sys, feyn_nn.montecarlo.run as run; from feyn_nn.cli import main; "
        "run.SECONDS_BETWEEN, run._SHARE = 0.0, 1e9; main(sys.argv[1:])"
    )
    second = tmp_path / "runs" / "n-400.run"
    child = subprocess.Popen(
        [sys.executable, "-c", code, *command, "--workers", "1"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while child.poll() is None and not (second.exists() and Checkpoint.read(second).state.blocks > 2):
        time.sleep(0.002)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL  # killed, not finished
    assert Checkpoint.read(tmp_path / "runs" / "n-300.run").finished
    assert not Checkpoint.read(second).finished
    spec = fnn.Specification.loads(SPEC)
    asked = {"pairs": spec.observables.pairs, "widths": (300, 400), "samples": 40_000, "rng": 3}
    straight = fnn.validate(spec.network, spec.inputs, **asked)
    assert fnn.validate(spec.network, spec.inputs, checkpoint=tmp_path / "runs", **asked) == straight


def test_attention_and_its_sizes(tmp_path: Path) -> None:
    net, x = fnn.MultiHeadAttention(key_dim=8, value_dim=2), fnn.Tokens.digits(1, patch=(4, 8))
    pairs = [((0, 0), (0, 0)), ((0, 1), (0, 1))]
    fnn.validate(net, x, pairs=pairs, sizes=[(1, 2, 8)], samples=10_000, checkpoint=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["heads-1-value_dim-2-key_dim-8.run"]


def test_without_a_seed_the_folder_keeps_one(tmp_path: Path) -> None:
    first = validated(rng=None, checkpoint=tmp_path)
    assert validated(rng=None, checkpoint=tmp_path) == first
    assert validated(rng=first.seed) == first
    (tmp_path / "seed").write_text("none")
    with pytest.raises(InvalidInput, match="holds no seed"):
        validated(rng=None, checkpoint=tmp_path)


def test_another_run_is_refused(tmp_path: Path) -> None:
    validated(checkpoint=tmp_path)
    with pytest.raises(InvalidInput, match="belongs to another run: its seed"):
        validated(checkpoint=tmp_path, rng=1)
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput, match="is a file; name a folder"):
        Checkpoints.at(tmp_path / "file")
    with pytest.raises(InvalidInput, match="cannot be written"):
        Checkpoints.at("/dev/null/runs")


def test_a_cluster_gives_the_same_report() -> None:
    distributed = pytest.importorskip("distributed")
    quiet = {"dashboard_address": ":0", "silence_logs": 50}
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, **quiet) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        assert validated(executor=client) == validated()


def test_the_command_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "spec.toml").write_text(SPEC)
    monkeypatch.setattr(campaign.Campaign, "timed", lambda self: self)

    def interrupted(*arguments: object, **keywords: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(campaign, "simulate", interrupted)
    runs = tmp_path / "runs"
    assert main(["validate", str(tmp_path / "spec.toml"), "--checkpoint", str(runs)]) == 130
    assert f"run the same command again to go on from {str(runs)!r}" in capsys.readouterr().err
    for options, says in (
        (["--checkpoint", str(tmp_path / "spec.toml")], "is a file; name a folder"),
        (["--dask", "nowhere"], "is no address"),
    ):
        assert main(["validate", str(tmp_path / "spec.toml"), *options]) == 2
        assert says in capsys.readouterr().err
