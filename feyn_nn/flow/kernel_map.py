"""The kernel of one input through very many layers, compiled."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int64]


def iterate_kernel_py(
    kernels: Array, start: int, offsets: Array, scales: Array, lowest: int, places: Indices, series: Array
) -> int:
    """Fill kernels[start + 1:] by K' = C_b + C_W h(K), as far as the known panels of h reach.

    Parameters
    ----------
    kernels : array (L,)
        K¹ … K^L; those through `start` are known.
    start : int
    offsets, scales : array (L - 1,)
        C_b and C_W of the step from each layer to the next.
    lowest : int
        The octave that ``places[0]`` stands for.
    places : array of int
        For each octave from `lowest`, the row of its series; -1 where there is none yet.
    series : array (panels, degree)
        Chebyshev coefficients of h = ⟨σ²⟩.

    Returns
    -------
    int
        The last layer's index if all is done, else that of the first kernel without a panel.
    """
    degree = series.shape[1]
    for layer in range(start, kernels.size - 1):
        kernel = kernels[layer]
        octave, size = 0, 1.0
        while kernel >= 2.0 * size and octave < 1100:
            octave, size = octave + 1, 2.0 * size
        while kernel < size and octave > -1100:
            octave, size = octave - 1, 0.5 * size
        place = octave - lowest
        if place < 0 or place >= places.size or places[place] < 0:
            return layer
        row = places[place]
        t = 2.0 * kernel / size - 3.0
        before, last = 0.0, 0.0  # Clenshaw
        for k in range(degree - 1, 0, -1):
            before, last = 2.0 * t * before - last + series[row, k], before
        kernels[layer + 1] = offsets[layer] + scales[layer] * (t * before - last + series[row, 0])
    return kernels.size - 1


iterate_kernel = njit(cache=True, nogil=True)(iterate_kernel_py)
