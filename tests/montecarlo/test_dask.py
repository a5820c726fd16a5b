"""Blocks on a Dask cluster. Skipped where the extra ``cluster`` is not installed."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from feyn_nn._core import InvalidInput, MissingExtra
from feyn_nn.cli import main
from feyn_nn.montecarlo import simulate
from feyn_nn.montecarlo.execution import run_blocks
from feyn_nn.montecarlo.schedule import blocks
from feyn_nn.networks import MLP, Inputs

distributed = pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed.*"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # sockets that distributed closes late
]

NET = MLP(depth=3, width=6, activation="tanh", weight_variance=1.8, bias_variance=0.1)
X = Inputs([[1.0, -0.5, 0.3], [0.2, 0.8, -1.1]])
QUIET = {"dashboard_address": ":0", "silence_logs": 50}


def measure(**who):
    asked = {"pairs": [[(0, 0)], [(0, 1), (1, 1)]], "legs": [(0, 0), (0, 1)], "samples": 22_000, "rng": 3}
    found = simulate(NET, X, **asked, **who)
    return [array.tobytes() for array in (found.mean, found.covariance, found.stderr, found.gain)]


def dies_once(marker, block, seed):
    if block.index == 3 and not Path(marker).exists():
        Path(marker).touch()
        time.sleep(0.3)  # let the scheduler know where the block runs
        os.kill(os.getpid(), signal.SIGKILL)
    return block.index, int(np.random.default_rng(seed).integers(2**62))


def dies_always(block, seed):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, **QUIET) as found:
        yield found


def test_a_client_and_an_address_give_the_bits_of_a_single_thread(cluster, capsys):
    expected = measure(workers=1)
    with distributed.Client(cluster, set_as_default=False) as client:
        assert measure(executor=client) == expected
        assert client.submit(int).result() == 0  # left open
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp", **QUIET
    ) as listening:
        assert measure(executor=listening.scheduler_address) == expected
        command = [
            "simulate",
            str(Path(__file__).parents[2] / "examples/relu.toml"),
            "--samples",
            "3000",
            "--json",
        ]
        assert main([*command, "--dask", listening.scheduler_address]) == main(command) == 0
    one, other = capsys.readouterr().out.split("\n}\n", 1)
    assert one + "\n}\n" == other


def test_a_worker_process_that_dies_has_its_block_done_again(tmp_path):
    task, root = partial(dies_once, str(tmp_path / "died")), np.random.SeedSequence(5)
    expected = None
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **QUIET) as processes,
        distributed.Client(processes, set_as_default=False) as client,
    ):
        found = [result for _, result in run_blocks(task, blocks(12_000), root, executor=client)]
    expected = [result for _, result in run_blocks(task, blocks(12_000), root, workers=1)]
    assert (tmp_path / "died").exists()
    assert found == expected


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:{port}", "127.0.0.1:{port}", "nonsense://there:1", "tcp://:x"]
)
def test_an_address_where_nobody_answers_is_refused(address, monkeypatch):
    monkeypatch.setattr("feyn_nn.montecarlo.dask_cluster._PATIENCE", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(InvalidInput, match="no Dask scheduler answers at"):
        measure(executor=address.format(port=port))


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n" * 9])
def test_a_server_that_is_no_scheduler_is_refused(answer, monkeypatch):
    """One that accepts and says nothing, and one that speaks another language."""
    monkeypatch.setattr("feyn_nn.montecarlo.dask_cluster._PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepted = []

        def accept():
            accepted.append(server.accept()[0])
            accepted[0].sendall(answer)

        thread = threading.Thread(target=accept)
        thread.start()
        with pytest.raises(InvalidInput, match="no Dask scheduler answers at"):
            measure(executor=f"tcp://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
        accepted[0].close()


def test_a_cluster_without_workers_is_refused(monkeypatch):
    monkeypatch.setattr("feyn_nn.montecarlo.dask_cluster._PATIENCE", 1)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, **QUIET) as empty,
        distributed.Client(empty, set_as_default=False) as client,
        pytest.raises(InvalidInput, match="has no worker"),
    ):
        measure(executor=client)


def test_without_dask_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"pip install 'feyn_nn\[cluster\]'"):
        measure(executor="tcp://127.0.0.1:1")
