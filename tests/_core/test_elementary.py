"""The compiled normal quantile against scipy and mpmath; the other functions are tested through the samplers."""

import mpmath
import numpy as np
import pytest
from numba import njit
from scipy.special import ndtri

from feyn_nn._core._elementary import normal_quantile


@njit
def quantiles(u):
    out = np.empty_like(u)
    for i in range(u.size):
        out[i] = normal_quantile(u[i])
    return out


def test_the_normal_quantile():
    middle = np.random.default_rng(0).random(20_000)
    edges = [0.5, 0.075, np.nextafter(0.075, 0), 0.925, np.nextafter(0.925, 1), 2.0**-33, 1 - 2.0**-33]
    u = np.concatenate([middle, edges])
    assert quantiles(u) == pytest.approx(ndtri(u), rel=1e-14, abs=1e-16)
    for p in (2.0**-33, 1e-4, 0.3):
        exact = mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(p) - 1)
        assert quantiles(np.array([p]))[0] == pytest.approx(float(exact), rel=1e-14)
