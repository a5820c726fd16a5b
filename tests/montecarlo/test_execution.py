from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from feyn_nn._core import InvalidInput, spawned
from feyn_nn.montecarlo.execution import block_sizes, run_blocks

ROOT = np.random.SeedSequence(5)


def draw(size, seed):
    return size, np.random.default_rng(seed).integers(2**62)


@pytest.mark.parametrize("samples", [8, 16, 63, 511, 512, 4097, 10**5, 999_999, 10**8])
def test_blocks_cover_the_samples_evenly(samples):
    sizes = block_sizes(samples)
    assert sum(sizes) == samples
    assert len(sizes) >= 8
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= 4096


def test_there_are_a_hundred_blocks_where_samples_allow():
    assert all(len(block_sizes(samples)) >= 100 for samples in range(64 * 128, 10**6, 4999))


def test_block_i_uses_child_i_whoever_runs_it():
    sizes = block_sizes(1000)
    expected = [draw(size, spawned(ROOT, i)) for i, size in enumerate(sizes)]
    for workers in (1, 2, 3, None):
        assert list(run_blocks(draw, sizes, ROOT, workers=workers)) == expected
    with ThreadPoolExecutor(2) as pool:
        assert list(run_blocks(draw, sizes, ROOT, executor=pool)) == expected
        assert pool.submit(int).result() == 0  # left open


def test_results_never_pile_up():
    started = []
    lock = threading.Lock()

    def task(size, seed):
        with lock:
            started.append(size)
        return size

    results = run_blocks(task, (1,) * 1000, ROOT, workers=2)
    for _ in range(10):
        next(results)
    results.close()
    assert len(started) <= 10 + 4


def test_an_error_in_a_block_reaches_the_caller():
    def task(size, seed):
        raise InvalidInput("no")

    for workers in (1, 2):
        with pytest.raises(InvalidInput, match="no"):
            list(run_blocks(task, (1,) * 50, ROOT, workers=workers))


def test_progress_goes_to_stderr_and_only_if_asked(capsys):
    list(run_blocks(draw, block_sizes(1000), ROOT, workers=1))
    assert capsys.readouterr() == ("", "")
    list(run_blocks(draw, block_sizes(1000), ROOT, workers=1, progress=True))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "1.00k/1.00k" in captured.err


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "two"])
def test_a_number_of_threads_that_is_none_is_refused(workers):
    with pytest.raises(InvalidInput, match="give an integer >= 1"):
        list(run_blocks(draw, (1,), ROOT, workers=workers))


def test_workers_and_executor_exclude_each_other():
    with ThreadPoolExecutor(1) as pool, pytest.raises(InvalidInput, match="not both"):
        list(run_blocks(draw, (1,), ROOT, workers=1, executor=pool))
