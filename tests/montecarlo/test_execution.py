from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from feyn_nn._core import InvalidInput, spawned
from feyn_nn.montecarlo.execution import MOST_DEATHS, run_blocks
from feyn_nn.montecarlo.progress import progress_bar
from feyn_nn.montecarlo.schedule import Block, blocks

ROOT = np.random.SeedSequence(5)
BLOCKS = list(blocks(30_000))


def draw(block, seed):
    return block.index, block.size, int(np.random.default_rng(seed).integers(2**62))


EXPECTED = [draw(block, spawned(ROOT, block.index)) for block in BLOCKS]


def results(task=draw, **who):
    found = list(run_blocks(task, BLOCKS, ROOT, **who))
    assert [block for block, _ in found] == BLOCKS
    return [result for _, result in found]


def dies_once(marker, block, seed):
    """Kills its process the first time that block 5 is reached, by whichever process."""
    if block.index == 5 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(block, seed)


def dies_always(block, seed):
    if block.index == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return draw(block, seed)


def test_block_i_uses_child_i_whoever_runs_it():
    for who in ({"workers": 1}, {"workers": 3}, {}, {"executor": "threads", "workers": 2}):
        assert results(**who) == EXPECTED
    with ThreadPoolExecutor(2) as pool:
        assert results(executor=pool) == EXPECTED
        assert pool.submit(int).result() == 0  # left open


def test_processes_draw_the_same_and_a_dead_one_is_replaced(tmp_path):
    task = partial(dies_once, str(tmp_path / "died"))
    assert results(task, executor="processes", workers=2) == EXPECTED
    assert (tmp_path / "died").exists()


def test_a_pool_that_breaks_is_replaced(tmp_path):
    task = partial(dies_once, str(tmp_path / "died"))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert (
            results(
                task,
                executor=pool,
            )
            == EXPECTED
        )
    assert (tmp_path / "died").exists()


def test_workers_that_die_again_and_again_are_given_up():
    with pytest.raises(InvalidInput, match=rf"block 1 died {MOST_DEATHS + 1} times in a row.*fewer workers"):
        results(dies_always, executor="processes", workers=1)


def test_results_never_pile_up():
    started = []
    lock = threading.Lock()

    def task(block, seed):
        with lock:
            started.append(block.index)
        return block.index

    found = run_blocks(task, blocks(10**7), ROOT, workers=2)
    for _ in range(10):
        next(found)
    found.close()
    assert len(started) <= 10 + 4


def test_an_error_in_a_block_reaches_the_caller():
    def task(block, seed):
        raise InvalidInput("no")

    for workers in (1, 2):
        with pytest.raises(InvalidInput, match="no"):
            results(task, workers=workers)


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "two"])
def test_a_number_of_workers_that_is_none_is_refused(workers):
    with pytest.raises(InvalidInput, match="give an integer >= 1"):
        results(workers=workers)


def test_workers_and_executor_exclude_each_other():
    with ThreadPoolExecutor(1) as pool, pytest.raises(InvalidInput, match="not both"):
        results(workers=1, executor=pool)


@pytest.mark.parametrize(
    ("executor", "says"), [("process", "did you mean 'processes'"), ([], "give a concurrent")]
)
def test_an_executor_that_is_none_is_refused(executor, says):
    with pytest.raises(InvalidInput, match=says):
        results(executor=executor)


def test_an_executor_that_is_closed_is_refused():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(InvalidInput, match=r"takes no work .*after shutdown"):
        results(executor=pool)


@pytest.mark.parametrize("how", ["processes", "a pool of processes"])
def test_what_cannot_be_sent_to_other_processes_is_said_before_the_work(how):
    def task(block, seed):
        return block.index

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        executor = "processes" if how == "processes" else pool
        with pytest.raises(InvalidInput, match=r"cannot be sent to other processes .* or use threads"):
            next(run_blocks(task, blocks(2000), np.random.SeedSequence(0), executor=executor))


def test_a_large_pool_gets_work_for_all_of_it():
    """As many blocks are under way as there are workers, however few processors this machine has."""
    workers = 48
    together = threading.Barrier(workers, timeout=20.0)

    def task(block, seed):
        together.wait()
        return block.index

    with ThreadPoolExecutor(workers) as pool:
        found = run_blocks(task, blocks(200_000), np.random.SeedSequence(0), executor=pool)
        assert next(found)[1] == 0
        together.abort()
        found.close()


def test_progress_is_for_people_who_wait(capsys, monkeypatch):
    with progress_bar(1000) as advance:
        advance(1000)
    assert capsys.readouterr() == ("", "")  # not a terminal
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress_bar(1000) as advance:
        advance(1000)
    assert "networks" not in capsys.readouterr().err  # over before two seconds
    monkeypatch.setattr("feyn_nn.montecarlo.progress._PATIENCE", 0.0)
    with progress_bar(2000, done=1000) as advance:
        advance(500)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1.50k/2.00k" in captured.err
    assert "networks/s" in captured.err
    with progress_bar(1000, shown=False) as advance:
        advance(1000)
    assert capsys.readouterr() == ("", "")


def test_a_block_says_what_it_is():
    assert BLOCKS[0] == Block(index=0, size=1024, batch=8, whole=True)
