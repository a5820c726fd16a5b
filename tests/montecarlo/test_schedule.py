from __future__ import annotations

import numpy as np
import pytest

from feyn_nn.montecarlo.accumulator import Accumulator
from feyn_nn.montecarlo.k_statistics import KStatistics
from feyn_nn.montecarlo.measurement import BlockSums
from feyn_nn.montecarlo.schedule import batch_count, batch_size, block_start, blocks, fewest_samples

LENGTHS = [
    16,
    63,
    64,
    100,
    1000,
    1024,
    1030,
    2048,
    3000,
    8191,
    8192,
    16384,
    16390,
    20_480,
    123_456,
    1_060_000,
]


def grown(samples, order=2):
    """The state after all blocks of a run, and every state before."""
    plan = KStatistics(targets=({(0,) * order: 1},))
    states = [Accumulator.empty(plan.basis, 1)]
    for block in blocks(samples, order=order):
        batches = plan.basis.summed(np.arange(float(block.size))[np.newaxis] % 7, block.batch)
        found = BlockSums(
            batches=batches,
            total=plan.basis.merged(batches),
            scatter=np.zeros(1),
            field_scatter=np.zeros(1),
            field_samples=0,
        )
        states.append(states[-1].add(plan.basis, block, found))
    return states


@pytest.mark.parametrize("samples", LENGTHS)
def test_blocks_cover_the_samples(samples):
    found = list(blocks(samples))
    assert sum(block.size for block in found) == samples
    assert [block.index for block in found] == list(range(len(found)))
    assert [block_start(block.index) for block in found] == [0, *np.cumsum([b.size for b in found])[:-1]]
    assert all(block.whole for block in found[:-1])


def test_a_longer_run_begins_with_the_blocks_of_a_shorter_one():
    whole = list(blocks(100_000))
    for samples in (1024, 5000, 16_384, 20_480, 77_777):
        shorter = [block for block in blocks(samples) if block.whole]
        assert shorter == whole[: len(shorter)]
        assert list(blocks(100_000, first=len(shorter))) == whole[len(shorter) :]


@pytest.mark.parametrize("samples", LENGTHS)
def test_batches_are_as_many_as_said_and_equal_but_for_the_last(samples):
    counts = grown(samples)[-1].batches.counts
    assert len(counts) == batch_count(samples)
    assert counts.sum() == samples
    assert len(set(counts[:-1])) <= 1
    assert counts[-1] < 2 * counts[0] or samples < 1024


def test_runs_of_any_length_end_with_128_to_255_batches():
    assert all(
        128 <= batch_count(samples) <= 256 for samples in [*range(1024, 60_000, 97), 10**7, 10**9, 10**11]
    )
    for state in grown(1_200_000)[1:]:
        assert 128 <= len(state.batches) < 256


@pytest.mark.parametrize("order", [1, 2, 3, 4, 8, 9, 10])
def test_every_batch_has_enough_samples_for_its_k_statistics(order):
    for samples in (fewest_samples(order), 100, 129, 1000, 1024, 5000):
        state = grown(max(samples, fewest_samples(order)), order)[-1]
        assert state.batches.counts.min() >= order
        assert len(state.batches) >= 8 or samples < 1024
        assert len(state.batches) >= 4


def test_batch_sizes_are_powers_of_two():
    sizes = {batch_size(start) for start in range(0, 10**7, 1024)}
    assert sizes == {2**k for k in range(3, 17)}
