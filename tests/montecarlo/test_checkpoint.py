from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future
from itertools import pairwise

import numpy as np
import pytest

from feyn_nn._core import InvalidInput
from feyn_nn.montecarlo import Checkpoint, run, simulate
from feyn_nn.networks import MLP, Inputs

X = Inputs([[1.0, -0.5, 0.3], [0.2, 0.8, -1.1]])
NET = MLP(depth=3, width=6, activation="tanh", weight_variance=1.8, bias_variance=0.1)
ASKED = {"pairs": [[(0, 0)], [(0, 1), (1, 1)], [(0, 0)] * 3], "legs": [[(0, 0), (0, 0), (0, 1), (0, 1)]]}


def measure(**changes):
    settings = {"network": NET, "inputs": X, "rng": 4, "samples": 25_000, **ASKED, **changes}
    return simulate(settings.pop("network"), settings.pop("inputs"), **settings)


def bits(simulation):
    arrays = (simulation.mean, simulation.covariance, simulation.stderr, simulation.gain)
    return [array.tobytes() for array in arrays], simulation.n_samples, simulation.n_blocks


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.checkpoint"


class Interrupted(Executor):
    """Runs blocks at once, until Ctrl-C is pressed."""

    def __init__(self, after):
        self.left = after

    def submit(self, function, *arguments, **keywords):
        future = Future()
        if self.left:
            future.set_result(function(*arguments, **keywords))
        else:
            future.set_exception(KeyboardInterrupt())
        self.left = max(self.left - 1, 0)
        return future


def test_a_checkpoint_changes_nothing(path):
    assert bits(measure(checkpoint=path)) == bits(measure())
    saved = Checkpoint.read(path)
    assert (saved.finished, saved.target) == (True, 25_000)
    assert list(path.parent.iterdir()) == [path]  # no litter
    assert bits(measure(checkpoint=path)) == bits(measure())  # finished, and asked again
    assert bits(measure(checkpoint=path, samples=None, rng=None)) == bits(measure())


@pytest.mark.parametrize(
    "lengths", [(5000, 25_000), (64, 25_000), (16_384, 20_480, 25_000), (24_999, 25_000)]
)
def test_an_extended_run_is_one_long_run(path, lengths):
    measure(checkpoint=path, samples=lengths[0])
    for before, after in pairwise(lengths):
        found = measure(checkpoint=path, samples=None, add_samples=after - before)
    assert bits(found) == bits(measure())


def test_an_interrupted_run_shows_what_is_there_and_goes_on(path):
    found = measure(checkpoint=path, executor=Interrupted(after=5))
    assert not found.complete
    assert found.n_samples == 5 * 1024
    assert repr(found).startswith("INTERRUPTED after 5,120 networks")
    assert bits(found)[0] == bits(measure(samples=5 * 1024))[0]
    with pytest.raises(InvalidInput, match=r"not finished, 5,120 of 25,000.*without add_samples first"):
        measure(checkpoint=path, samples=None, add_samples=10)
    assert bits(measure(checkpoint=path, samples=None, workers=2)) == bits(measure())


def test_an_interrupt_before_the_first_block_is_one():
    with pytest.raises(KeyboardInterrupt):
        measure(executor=Interrupted(after=0))


CHILD = """
import sys
import feyn_nn.montecarlo.run as run
from feyn_nn.montecarlo import simulate
from feyn_nn.networks import MLP, Inputs
run.SECONDS_BETWEEN, run._SHARE = 0.0, 1e9
net = MLP(depth=3, width=500, activation="tanh", weight_variance=1.8)
simulate(net, Inputs([[1.0, 0.2]]), pairs=[(0, 0), (0, 0)], samples=10**9, rng=7, checkpoint=sys.argv[1], workers=1)
"""


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bits(path):
    """SIGKILL at three moments of its life, one of them while a checkpoint is likely being written."""
    done = 0
    for delay in (0.0, 0.003, 0.011):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(path)])
        while blocks_done(path) <= done and child.poll() is None:
            time.sleep(0.001)
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL  # killed, not finished
        assert done < blocks_done(path)
        done = blocks_done(path)
    net, x = MLP(depth=3, width=500, activation="tanh", weight_variance=1.8), Inputs([[1.0, 0.2]])
    asked = {"pairs": [(0, 0), (0, 0)], "samples": Checkpoint.read(path).state.samples + 5000, "rng": 7}
    resumed, straight = simulate(net, x, **asked, checkpoint=path), simulate(net, x, **asked)
    assert resumed.mean.tobytes() == straight.mean.tobytes()
    assert resumed.stderr.tobytes() == straight.stderr.tobytes()
    assert resumed.covariance.tobytes() == straight.covariance.tobytes()


def blocks_done(path):
    return Checkpoint.read(path).state.blocks if path.exists() else 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rng": 5}, "its seed is 4, not 5"),
        ({"network": NET.with_width(7)}, "its network is"),
        ({"inputs": Inputs([[1.0, -0.5, 0.3], [0.2, 0.8, -1.0]])}, "its inputs is"),
        ({"legs": None}, "its observables is"),
        ({"sampler": "weights"}, 'its sampler is "metric", not "weights"'),
        ({"conditioned": False}, "its conditioned is true, not false"),
        ({"samples": 5000}, r"samples=5000 are fewer than the \d+ in the checkpoint"),
        ({"add_samples": 10}, "both given"),
        ({"samples": None, "add_samples": 0}, "add_samples=0 is too small"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_and_left_alone(path, changes, says):
    measure(checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match=says):
        measure(checkpoint=path, **changes)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda content: content[:-1], "truncated or corrupt"),
        (lambda content: content[: len(content) // 2], "truncated or corrupt"),
        (lambda content: content[:12], "not a checkpoint"),
        (lambda content: b"", "not a checkpoint"),
        (lambda content: content[:-20] + bytes([content[-20] ^ 1]) + content[-19:], "truncated or corrupt"),
        (lambda content: content.replace(b'"target": 25000', b'"target": 26000'), "truncated or corrupt"),
        (lambda content: content.replace(b"checkpoint 1 ", b"checkpoint 9 "), "has schema 9, this version"),
        (lambda content: b"\x80\x04pickle\n" + content, "not a checkpoint"),
    ],
)
def test_a_damaged_checkpoint_is_refused_and_left_alone(path, damage, says):
    measure(checkpoint=path)
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match=says):
        measure(checkpoint=path)
    assert path.read_bytes() == before


def test_a_full_disk_leaves_the_checkpoint_that_was_there(path):
    measure(checkpoint=path, samples=5000)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(InvalidInput, match=r"cannot be written \(File too large\).*unharmed"):
            Checkpoint.read(path).write(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_disk_that_fills_up_during_a_run_ends_it_with_one_sentence(path, monkeypatch):
    monkeypatch.setattr(run, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(run, "_SHARE", 1e9)
    synced, real = [], os.fsync

    def fsync(descriptor):
        synced.append(descriptor)
        if len(synced) > 8:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(InvalidInput, match="No space left on device"):
        measure(checkpoint=path)
    monkeypatch.setattr("os.fsync", real)
    assert 0 < Checkpoint.read(path).state.blocks < 10
    assert bits(measure(checkpoint=path)) == bits(measure())


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "is a folder"),
        ("nowhere/run", "does not exist; make it"),
        ("/proc/run", "cannot be written"),
        (3, "not the name of a file"),
        ("a\0b", "not the name of a file"),
    ],
)
def test_a_place_that_cannot_hold_a_checkpoint_is_refused_before_the_work(tmp_path, name, says):
    place = tmp_path / name if isinstance(name, str) else name
    with pytest.raises(InvalidInput, match=says):
        measure(checkpoint=place, samples=10**10)  # which would take hours


def test_a_link_stays_a_link(path):
    target = path.with_name("target")
    path.symlink_to(target)
    measure(checkpoint=path)
    assert path.is_symlink()
    assert Checkpoint.read(target).finished


def test_the_file_is_text_json_and_arrays(path):
    measure(checkpoint=path)
    with path.open("rb") as file:
        assert file.readline().startswith(b"feyn_nn checkpoint 1 ")
        header = file.readline()
        assert b'"seed": 4' in header
        first = np.load(file, allow_pickle=False)
    assert first.shape[0] == 1
