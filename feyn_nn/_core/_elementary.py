"""Elementary functions as straight-line code that LLVM vectorises; compiled, for use inside loops.

Each is within 1e-13 of the exact value, relative to it. The polynomials are Taylor's, but for the two of erfc, which
are Chebyshev fits (made with ``mpmath.chebyfit``, and compared with mpmath in the tests), and the four of the normal
quantile, which are those of algorithm AS 241 (Wichura, Applied Statistics 37, 477 (1988)).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from feyn_nn._core._floats import as_float, as_word, polynomial

ONE = np.uint64(0x3FF0000000000000)  # the bits of 1.0
MANTISSA_BITS = np.uint64(52)
_SQRT_HALF = np.uint64(0x3FE6A09E667F3BCD)  # the bits of √½
_BIAS = np.uint64(1024)
_BIG = np.uint64(0x4330000000000000)  # the bits of 2^52: its last bits count ones
_TWO_52 = 2.0**52
_ROUND = 1.5 * 2.0**52  # adding it leaves no room for a fraction
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
# π is the sum of the three, the first two of 33 bits each
_PI_1, _PI_2, _PI_3 = 3.1415926534682512, 1.2154201012607932e-10, 4.044532497591901e-21
FARTHEST_ANGLE = 2.0**18  # up to there k · _PI_1 is exact

_expm1_series = polynomial([1.0 / math.factorial(k) for k in range(1, 13)])
_atanh_series = polynomial([1.0 / (2 * k + 1) for k in range(9)])
_log1p_series = polynomial([1.0 / (2 * k + 1) for k in range(14)])
sine_series = polynomial([(-1.0) ** k / math.factorial(2 * k + 1) for k in range(10)])
cosine_series = polynomial([(-1.0) ** k / math.factorial(2 * k) for k in range(11)])
_erf_series = polynomial(  # erf(x)/x in x², on [0, 1]
    (
        1.1283791670955126,
        -0.37612638903183543,
        0.11283791670945006,
        -0.02686617064323777,
        0.0052239776071164225,
        -0.0008548325975389692,
        0.00012055294904839707,
        -1.492473690741966e-05,
        1.6447424703317362e-06,
        -1.6208483801871705e-07,
        1.3720064546777686e-08,
        -7.795898827002142e-10,
    )
)
_erfc_series = polynomial(  # a exp(a²) erfc(a) in (a − 3)/(a + 3), for 1 ≤ a < 27
    (
        0.5370034535441699,
        0.09530622695922757,
        -0.14658304803291342,
        0.13988054760185026,
        -0.09546975030500235,
        0.04635026332674082,
        -0.014019825670394618,
        0.0009108228097923161,
        0.0012428767291599117,
        -0.00041254549946840766,
        -8.461184424351966e-05,
        6.899354358747121e-05,
        6.473046598578258e-06,
        -1.1170590112770147e-05,
        -9.79031758436953e-07,
        2.018590117552684e-06,
        1.793468357319941e-07,
        -4.266132063979558e-07,
        8.560603816412105e-08,
    )
)
_centre_above = polynomial(  # the quantile of u is q · above/below in 0.425² − q², q = u − ½
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    )
)
_centre_below = polynomial(
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    )
)
_tail_above = polynomial(  # in √(−ln p) − 1.6 for 0.075 > p > 1.4e-11, p the smaller of u and 1 − u
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    )
)
_tail_below = polynomial(
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    )
)


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def normal_quantile(u: float) -> float:
    """The z that a standard normal is below with probability u, for 1.4e-11 < u < 1 − 1.4e-11."""
    q = u - 0.5
    square = 0.180625 - q * q
    r = math.sqrt(minus_log(min(u, 1.0 - u))) - 1.6
    central = square >= 0.0
    above = q * _centre_above(square) if central else math.copysign(_tail_above(r), q)
    return above / (_centre_below(square) if central else _tail_below(r))


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def expm1(x: float) -> float:
    """exp(x) − 1 for |x| < 700."""
    power, rest = _power_of_two(x)
    return power * rest + (power - 1.0)


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def exp(x: float) -> float:
    """exp(x) for |x| < 700."""
    power, rest = _power_of_two(x)
    return power * rest + power


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def _power_of_two(x: float) -> tuple[float, float]:
    """(2^k, exp(r) − 1) with x = k ln 2 + r, |r| ≤ ½ ln 2."""
    shifted = x * (1.0 / math.log(2.0)) + _ROUND
    k = shifted - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    return as_float((as_word(shifted) << MANTISSA_BITS) + ONE), r * _expm1_series(r)


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def minus_log(u: float) -> float:
    """−ln u for normal u > 0: u = 2^e m with √½ ≤ m < √2, ln m = 2 artanh((m − 1)/(m + 1))."""
    word = as_word(u)
    exponent = (word - _SQRT_HALF + (_BIAS << MANTISSA_BITS)) >> MANTISSA_BITS
    m = as_float(word - ((exponent - _BIAS) << MANTISSA_BITS))
    e = as_float(exponent | _BIG) - (_TWO_52 + 1024.0)
    s = (m - 1.0) / (m + 1.0)
    return -(e * math.log(2.0) + 2.0 * (s * _atanh_series(s * s)))


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def log1p(y: float) -> float:
    """ln(1 + y) for 0 ≤ y ≤ 1: 2 artanh(y/(2 + y))."""
    s = y / (2.0 + y)
    return 2.0 * (s * _log1p_series(s * s))


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def half_turn(x: float) -> tuple[float, np.uint64]:
    """(x − kπ, word whose last bit is that of k) with k the integer nearest to x/π, |x| ≤ FARTHEST_ANGLE."""
    shifted = x * (1.0 / math.pi) + _ROUND
    k = shifted - _ROUND
    return ((x - k * _PI_1) - k * _PI_2) - k * _PI_3, as_word(shifted)


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def erfc_tail(a: float, square: float) -> float:
    """erfc(a) for 1 ≤ a < 26.2; a² is asked for beside a, as whoever knows a² better keeps more digits."""
    return exp(-square) * _erfc_series((a - 3.0) / (a + 3.0)) / a


@njit(forceinline=True, error_model="numpy", fastmath={"contract"})
def erf_centre(x: float) -> float:
    """erf(x) for |x| ≤ 1."""
    return x * _erf_series(x * x)
