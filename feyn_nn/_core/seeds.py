"""Random numbers that do not depend on who draws them."""

from __future__ import annotations

import secrets
from typing import TypeAlias

import numpy as np

from feyn_nn._core.errors import InvalidInput

RandomSource: TypeAlias = int | np.random.SeedSequence | np.random.Generator | None


def seed_sequence(rng: RandomSource) -> np.random.SeedSequence:
    """Turn ``rng=`` into the seed sequence whose spawned children feed the blocks of a run.

    Parameters
    ----------
    rng : int, SeedSequence, Generator or None
        An int is a seed. A Generator gives one fresh seed and moves on. None draws one from the system.

    Raises
    ------
    InvalidInput
        If `rng` is none of these, or a negative int.
    """
    if isinstance(rng, np.random.SeedSequence):
        return rng
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence(int(rng.integers(2**63)))
    if rng is None:
        return np.random.SeedSequence(secrets.randbits(63))
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0:
        return np.random.SeedSequence(int(rng))
    raise InvalidInput(
        f"rng={rng!r} is no source of random numbers; give an int >= 0, a numpy SeedSequence or Generator, or None"
    )


def reproducible(rng: RandomSource) -> np.random.SeedSequence:
    """A seed sequence that one int says all about, so that the seed reported gives the same run again.

    Raises
    ------
    InvalidInput
        As :func:`seed_sequence` does.
    """
    root = seed_sequence(rng)
    if isinstance(root.entropy, int) and not root.spawn_key and root.pool_size == 4:
        return root
    return np.random.SeedSequence(int.from_bytes(root.generate_state(4).astype("<u4").tobytes(), "little"))


def spawned(root: np.random.SeedSequence, index: int) -> np.random.SeedSequence:
    """Child `index` of `root`, the same however many siblings exist and in whatever order they are made."""
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, index), pool_size=root.pool_size)
