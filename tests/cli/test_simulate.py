"""``feyn-nn simulate``: what it prints, and its exit status."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

import feyn_nn as fnn
from feyn_nn.cli import main

GOOD = """
[network]
kind = "mlp"
depth = 3
width = 16
activation = "tanh"
[inputs]
values = [[1.0, 0.0], [0.6, 0.8]]
[observables]
pairs = [[[0, 0]], [[0, 0], [1, 1]]]
legs = [[[0, 0], [0, 0], [0, 1], [0, 1]]]
loops = 1
[sampling]
samples = 3000
seed = 3
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "spec.toml"
    path.write_text(GOOD)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Run a command that must succeed; return what it prints."""
    assert main(["simulate", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 2) -> str:
    """Run a command that must be refused; return the one sentence that it says."""
    assert main(["simulate", *map(str, arguments)]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("feyn-nn: ")
    return line


def test_the_table_has_every_observable(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, spec)
    assert "3,000 networks" in out
    for name in ("κ₁(Ĝ₀₀)", "κ₂(Ĝ₀₀, Ĝ₁₁)", "κ₄(z₀₀, z₀₀, z₀₁, z₀₁)", "by batches", "gain", "seed 3"):
        assert name in out


def test_json_says_everything_that_repeats_the_run(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run(capsys, spec, "--json"))
    again = fnn.simulate(
        fnn.MLP.from_dict(found["network"]),
        fnn.Inputs(found["inputs"]["values"]),
        pairs=[[(0, 0)], [(0, 0), (1, 1)]],
        legs=[(0, 0), (0, 0), (0, 1), (0, 1)],
        samples=found["n_samples"],
        rng=found["seed"],
        sampler=found["sampler"],
    )
    assert [own["value"] for own in found["estimates"]] == again.mean.tolist()
    assert [own["stderr"] for own in found["estimates"]] == again.stderr.tolist()
    assert [own["key"] for own in found["estimates"]] == [o.key for o in again]
    assert [own["gain"] is None for own in found["estimates"]] == [True, True, False]
    assert found["versions"].keys() == {"python", "feyn_nn", "numpy", "scipy", "numba"}
    assert (found["complete"], found["conditioned"], found["n_batches"]) == (True, True, again.n_blocks)


def test_options_override_the_specification(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--samples", 500, "--seed", 9, "--sampler", "weights", "--unconditioned", "--json"]
    found = json.loads(run(capsys, spec, *options))
    assert (found["n_samples"], found["seed"], found["sampler"], found["conditioned"]) == (
        500,
        9,
        "weights",
        False,
    )


def test_a_specification_may_state_another_law_of_the_weights(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its field is not Gaussian given the metric, so it is drawn; theory, which is Gaussian, is not held to it."""
    spec.write_text(GOOD + 'sampler = "weights(rademacher)"\n')
    found = json.loads(run(capsys, spec, "--json"))
    assert (found["sampler"], found["conditioned"]) == ("weights(rademacher)", False)
    assert found["estimates"] == json.loads(run(capsys, spec, "--json", "--unconditioned"))["estimates"]
    gaussian = json.loads(run(capsys, spec, "--json", "--sampler", "weights"))
    assert gaussian["conditioned"]
    assert main(["validate", str(spec)]) == 2
    assert "theory is that of Gaussian weights" in capsys.readouterr().err


def test_workers_do_not_change_the_result(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, spec, "--json", "--workers", 1) == run(capsys, spec, "--json", "--workers", 3)


def test_a_run_is_extended_through_its_checkpoint(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = ["--checkpoint", tmp_path / "run"]
    run(capsys, spec, *kept, "--samples", 5000)
    extended = run(capsys, spec, *kept, "--add-samples", 4000, "--json")
    assert extended == run(capsys, spec, "--samples", 9000, "--json")
    assert extended == run(capsys, spec, *kept, "--json")  # the checkpoint knows how long the run is
    assert "fewer than the 8192 in the checkpoint" in refusal(capsys, spec, *kept, "--samples", 5000)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--samples", 0], "samples=0 cannot be used"),
        (["--samples", 10**12], "years"),
        (["--seed", -1], "rng=-1"),
        (["--workers", 0], "workers=0"),
        (["--sampler", "guess"], "Known: metric, weights, weights(laplace)"),
        (["--sampler", "weights(laplac)"], "did you mean 'laplace'"),
        (["--sampler", "weights(student_t(3))"], "more than 4 degrees of freedom"),
        (["--checkpoint", "/proc/run"], "cannot be written"),
        (["--checkpoint", "/nowhere/run"], "does not exist"),
        (["--checkpoint", ""], "not the name of a file"),
        (["--add-samples", 5], "give the checkpoint of a finished one"),
        (["--dask", "here"], "give for example tcp://host:8786"),
        (["--dask", "tcp://here:1", "--workers", 2], "not both"),
    ],
)
def test_bad_options(
    spec: Path, capsys: pytest.CaptureFixture[str], options: list[object], says: str
) -> None:
    assert says in refusal(capsys, spec, *options)


def test_a_specification_without_samples(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text(GOOD.replace("samples = 3000", ""))
    assert "give --samples" in refusal(capsys, spec)


def test_a_label_that_no_input_has(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text(GOOD.replace("[0, 1], [0, 1]", "[0, 1], [0, 5]"))
    assert "label 5" in refusal(capsys, spec)


def test_dask_that_is_not_installed_exits_with_three(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = refusal(capsys, spec, "--dask", "tcp://127.0.0.1:1", status=3)
    assert "pip install 'feyn_nn[cluster]'" in said


def test_help_carries_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["simulate", "--help"])
    assert (
        "feyn-nn simulate examples/relu.toml --checkpoint relu.run --add-samples" in capsys.readouterr().out
    )


def test_an_interrupt_prints_what_is_there_and_exits_with_130(spec: Path, tmp_path: Path) -> None:
    """Ctrl-C in a terminal: a bar with rate and time left, the table, and a run that can go on."""
    kept = tmp_path / "run"
    command = [sys.executable, "-m", "feyn_nn", "simulate", str(spec), "--samples", str(10**10)]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 120, 0, 0))  # 25 lines of 120 columns
    with subprocess.Popen(
        [*command, "--checkpoint", str(kept), "--workers", "1"], stdout=subprocess.PIPE, stderr=slave
    ) as child:
        os.close(slave)
        seen = watched(master, until="networks/s")
        child.send_signal(signal.SIGINT)
        assert child.stdout is not None
        out = child.stdout.read().decode()
        said = seen + watched(master, until="go on from")
        assert child.wait() == 130
    os.close(master)
    assert re.search(r"\[\d\d:\d\d<.*networks/s\]", seen)  # time spent, time left, rate
    assert "INTERRUPTED after" in out
    assert "κ₂(Ĝ₀₀, Ĝ₁₁)" in out
    assert "Traceback" not in said
    assert "run the same command again to go on" in said
    assert kept.exists()


def watched(terminal: int, until: str) -> str:
    """What appears on a terminal until a text does, or for a minute, or until nobody writes to it."""
    seen, end = b"", time.monotonic() + 60
    while until not in seen.decode(errors="replace") and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
    return seen.decode(errors="replace")
