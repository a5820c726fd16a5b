"""Random numbers a vector at a time: many generators side by side, and the laws made from their words.

The generators are xoshiro256++ (Blackman and Vigna, ACM Trans. Math. Softw. 47, 36 (2021)), a period of 2^256 − 1
each, of which every output bit may be used. They only add, shift and combine bits, so LLVM turns a loop over lanes
into vector code on any machine. A uniform deviate takes the upper 52 bits of a word, a sign the lowest.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn._core._elementary import (
    ONE,
    cosine_series,
    expm1,
    minus_log,
    sine_series,
)
from feyn_nn._core._floats import as_float, as_word

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

LANES = 64
_S12, _S17, _S19, _S23, _S41, _S45, _S63 = (np.uint64(shift) for shift in (12, 17, 19, 23, 41, 45, 63))


@njit(cache=True, nogil=True, error_model="numpy")
def draw_words(state: Words, words: Words) -> None:
    """Fill an array with random words and move the generators on; two steps of a lane for each visit.

    Parameters
    ----------
    state : array (4, LANES) of uint64
    words : array (multiple of 2 · LANES,) of uint64
    """
    for start in range(0, words.shape[0], 2 * LANES):
        first, second = words[start : start + LANES], words[start + LANES : start + 2 * LANES]
        for i in range(LANES):
            one, s0, s1, s2, s3 = _next(state[0, i], state[1, i], state[2, i], state[3, i])
            two, s0, s1, s2, s3 = _next(s0, s1, s2, s3)
            state[0, i], state[1, i], state[2, i], state[3, i] = s0, s1, s2, s3
            first[i], second[i] = one, two


@njit(forceinline=True, error_model="numpy")
def _next(
    s0: np.uint64, s1: np.uint64, s2: np.uint64, s3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]:
    """One step of xoshiro256++: its output, and the four words of its state."""
    total = s0 + s3
    output = ((total << _S23) | (total >> _S41)) + s0
    shifted = s1 << _S17
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= shifted
    s3 = (s3 << _S45) | (s3 >> _S19)
    return output, s0, s1, s2, s3


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def _above_zero(word: np.uint64) -> float:
    """A uniform deviate in (0, 1], a multiple of 2^−52."""
    return 2.0 - as_float((word >> _S12) | ONE)


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def _centred(word: np.uint64) -> float:
    """A uniform deviate in (−½, ½), an odd multiple of 2^−53."""
    return as_float((word >> _S12) | ONE) - (1.5 - 2.0**-53)


@njit(forceinline=True, error_model="numpy")
def _signed(size: float, word: np.uint64) -> float:
    """A size ≥ 0 with the sign that the lowest bit of a word says."""
    return as_float(as_word(size) | (word << _S63))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def fill_normal(state: Words, words: Words, out: Floats) -> None:
    """Standard normals."""
    half = words.shape[0] // 2
    for start in range(0, out.shape[0], 2 * half):
        part = out[start : start + 2 * half]
        cosines = (part.shape[0] + 1) // 2
        draw_words(state, words)
        _normal_pairs(words[:cosines], words[half:], part[:cosines], part[cosines:])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _normal_pairs(words: Words, other: Words, cosines: Floats, sines: Floats) -> None:
    """Pairs r cos θ and r sin θ, r² = −2 ln u (Box and Muller 1958); the last one may lack its sine.

    θ is uniform on half a turn, and a random sign of r makes it a whole one.
    """
    for i in range(sines.shape[0]):
        r, angle = _polar(words[i], other[i])
        square = angle * angle
        cosines[i] = r * cosine_series(square)
        sines[i] = r * (angle * sine_series(square))
    for i in range(sines.shape[0], cosines.shape[0]):
        r, angle = _polar(words[i], other[i])
        cosines[i] = r * cosine_series(angle * angle)


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def _polar(word: np.uint64, other: np.uint64) -> tuple[float, float]:
    """A radius of either sign, and half a turn's angle."""
    radius = math.sqrt(2.0 * abs(minus_log(_above_zero(word))))
    return _signed(radius, word), math.pi * _centred(other)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def fill_uniform(state: Words, words: Words, out: Floats) -> None:
    """Uniform deviates of variance 1: on (−√3, √3)."""
    for start in range(0, out.shape[0], words.shape[0]):
        part = out[start : start + words.shape[0]]
        draw_words(state, words)
        for i in range(part.shape[0]):
            part[i] = 2.0 * math.sqrt(3.0) * _centred(words[i])


@njit(cache=True, nogil=True, error_model="numpy")
def fill_sign(state: Words, words: Words, out: Floats) -> None:
    """−1 or +1 (Rademacher)."""
    for start in range(0, out.shape[0], words.shape[0]):
        part = out[start : start + words.shape[0]]
        draw_words(state, words)
        for i in range(part.shape[0]):
            part[i] = _signed(1.0, words[i])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def fill_laplace(state: Words, words: Words, out: Floats) -> None:
    """Laplace deviates of variance 1: density exp(−√2 |x|)/√2."""
    for start in range(0, out.shape[0], words.shape[0]):
        part = out[start : start + words.shape[0]]
        draw_words(state, words)
        for i in range(part.shape[0]):
            part[i] = _signed(math.sqrt(0.5) * abs(minus_log(_above_zero(words[i]))), words[i])


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def fill_student_t(state: Words, words: Words, out: Floats, df: float) -> None:
    """Student's t of `df` > 2 degrees of freedom, scaled to variance 1: Bailey, Math. Comp. 62, 779 (1994).

    t = cos θ √(ν (u^{−2/ν} − 1)), which is Box and Muller's formula for ν → ∞.
    """
    half = words.shape[0] // 2
    for start in range(0, out.shape[0], half):
        part, other = out[start : start + half], words[half:]
        draw_words(state, words)
        for i in range(part.shape[0]):
            exponent = 2.0 / df * abs(minus_log(_above_zero(words[i])))  # at most 36.1, as df > 2
            radius = math.sqrt((df - 2.0) * expm1(exponent))
            angle = math.pi * _centred(other[i])
            part[i] = _signed(radius, words[i]) * cosine_series(angle * angle)
