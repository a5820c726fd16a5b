"""A stream of random numbers of every law that the samplers need, as a function of its seed alone."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import spawned

Floats: TypeAlias = NDArray[np.float64]

_WORDS = 2048  # drawn at once: they stay in the first-level cache


class Deviates:
    """Independent random numbers from one seed: 64 xoshiro256++ generators side by side.

    The states of all of them come from the seed through `numpy.random.SeedSequence`. What is drawn depends on the
    seed and on the calls before, in their order; words left over by a call are dropped.

    Parameters
    ----------
    seed : numpy.random.SeedSequence

    Examples
    --------
    >>> import numpy as np
    >>> draws = [Deviates(np.random.SeedSequence(5)).normal(np.empty(1000)) for _ in range(2)]
    >>> bool((draws[0] == draws[1]).all()), bool(abs(draws[0].mean()) < 0.15)
    (True, True)
    """

    def __init__(self, seed: np.random.SeedSequence) -> None:
        from feyn_nn.montecarlo import _lanes

        self._kernels, self._seed = _lanes, seed
        self._state = seed.generate_state(4 * _lanes.LANES, np.uint64).reshape(4, _lanes.LANES)
        self._words = np.empty(_WORDS, dtype=np.uint64)
        self._room = np.empty(0)

    def room(self, size: int) -> Floats:
        """Memory to draw `size` numbers into, the same at every call: fresh memory takes longer than the draws."""
        if self._room.size < size:
            self._room = np.empty(size)
        return self._room[:size]

    @cached_property
    def generator(self) -> np.random.Generator:
        """A generator of numpy's with a stream of its own, for laws that are not among these."""
        return np.random.Generator(np.random.SFC64(spawned(self._seed, 0)))

    def normal(self, out: Floats) -> Floats:
        """Fill a C-contiguous array with standard normals, and return it."""
        return self._fill(self._kernels.fill_normal, out)

    def uniform(self, out: Floats) -> Floats:
        """Fill a C-contiguous array from the uniform law on (−√3, √3), of variance 1."""
        return self._fill(self._kernels.fill_uniform, out)

    def sign(self, out: Floats) -> Floats:
        """Fill a C-contiguous array with −1 and +1, each with probability ½."""
        return self._fill(self._kernels.fill_sign, out)

    def laplace(self, out: Floats) -> Floats:
        """Fill a C-contiguous array from the Laplace law of variance 1."""
        return self._fill(self._kernels.fill_laplace, out)

    def student_t(self, out: Floats, df: float) -> Floats:
        """Fill a C-contiguous array from Student's t of `df` > 2 degrees of freedom, scaled to variance 1."""
        return self._fill(self._kernels.fill_student_t, out, df)

    def _fill(self, kernel: Any, out: Floats, *parameters: float) -> Floats:
        assert out.flags.c_contiguous, "reshape would fill a copy"
        kernel(self._state, self._words, out.reshape(-1), *parameters)
        return out
