"""Probabilities that correlated normals are all positive, and moments of two of them there, compiled.

Covariances carry a matrix of absolute errors: what rounding has done to them on the way. A share of variance
below `SINGULAR` counts as none, so that labels which are multiples of one another are recognised as such.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

SINGULAR = 1e-14
"""Conditional variance below this share of the variance is zero."""

EPS = float(np.finfo(np.float64).eps)


def legendre_rule(n: int) -> tuple[Array, Array]:
    """Gauss–Legendre nodes and weights, polished by Newton's method: library ones are off by 16 units at n = 40."""
    x: NDArray[Any] = np.polynomial.legendre.leggauss(n)[0].astype(np.longdouble)
    slope = x
    for _ in range(3):
        before, value = x**0, x.copy()
        for k in range(2, n + 1):
            before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
        slope = n * (before - x * value) / (1 - x * x)
        x = x - value / slope
    return x.astype(np.float64), (2 / ((1 - x * x) * slope * slope)).astype(np.float64)


_LEGENDRE_NODES, _LEGENDRE_WEIGHTS = legendre_rule(40)
_MAX_DEGREE = 24  # of the trigonometric polynomials that 40 nodes integrate to the last digit

_DE_STEP = 1.0 / 64.0  # fine enough for correlations of 1 - 1e-9, where the integrand bends close to the end
_DE_ARGUMENTS = _DE_STEP * np.arange(-208, 209)
_DE_REST = 1.0 / (1.0 + np.exp(math.pi * np.sinh(_DE_ARGUMENTS)))  # distance from the end of [0, 1]
_DE_WEIGHTS = (
    _DE_STEP * math.pi / 4 * np.cosh(_DE_ARGUMENTS) / np.cosh(math.pi / 2 * np.sinh(_DE_ARGUMENTS)) ** 2
)

DOUBLE_EXPONENTIAL = _DE_REST, _DE_WEIGHTS
"""Distances from the end of [0, 1] and weights of a rule that does not mind what happens close to the ends."""


@njit(cache=True, nogil=True)
def _two_product(a: float, b: float) -> tuple[float, float]:
    """a·b as an unevaluated sum of two doubles (Dekker)."""
    product = a * b
    c = 134217729.0 * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = 134217729.0 * b
    b_high = c - (c - b)
    b_low = b - b_high
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@njit(cache=True, nogil=True)
def determinant(a: float, b: float, c: float, d: float) -> float:
    """a·b − c·d, right to the last digits even where the products nearly agree."""
    high, low = _two_product(a, b)
    high_2, low_2 = _two_product(c, d)
    return (high - high_2) + (low - low_2)


@njit(cache=True, nogil=True)
def _integer_power(x: float, n: int) -> float:
    power = 1.0
    for _ in range(n):
        power *= x
    return power


@njit(cache=True, nogil=True)
def wedge(G: Array, E: Array, i: int, j: int) -> tuple[float, float]:
    """Angle of the wedge z_i > 0, z_j > 0 in whitened coordinates, π − arccos ρ, and its error."""
    scale = G[i, i] * G[j, j]
    share = determinant(G[i, i], G[j, j], G[i, j], G[i, j])
    if share <= SINGULAR * scale:
        return (math.pi if G[i, j] > 0.0 else 0.0), 0.0
    root = math.sqrt(share)
    angle = math.atan2(root, -G[i, j])
    moved = E[i, j] + 0.5 * abs(G[i, j]) * (E[i, i] / G[i, i] + E[j, j] / G[j, j])
    return angle, 4.0 * EPS * min(angle, 1.0) + moved / root


@njit(cache=True, nogil=True)
def half_line_moment(variance: float, p: int) -> float:
    """E[z^p θ(z)] / p! of one label."""
    moment = 0.5 if p % 2 == 0 else 1.0 / math.sqrt(2.0 * math.pi)
    for k in range(p, 1, -2):
        moment *= k - 1
    for k in range(2, p + 1):
        moment /= k
    return _integer_power(math.sqrt(variance), p) * moment


@njit(cache=True, nogil=True)
def quadrant_moment(G: Array, E: Array, a: int, b: int) -> tuple[float, float]:
    """E[z_0^a θ(z_0) z_1^b θ(z_1)] / (a! b!) and its error.

    In polar coordinates the radial integral is a gamma function and the angle w of the wedge remains:
    s_0^a s_1^b 2^{(a+b)/2} Γ((a+b)/2 + 1) / 2π · ∫_0^w sin^a(t) sin^b(w − t) dt. The integrand is a positive
    trigonometric polynomial, which Gauss–Legendre nodes integrate without loss of relative precision.
    """
    angle, angle_error = wedge(G, E, 0, 1)
    s, s_1 = math.sqrt(G[0, 0]), math.sqrt(G[1, 1])
    scale = _integer_power(s, a) * _integer_power(s_1, b)
    factorials = math.gamma(a + 1.0) * math.gamma(b + 1.0)
    if angle == 0.0:
        return 0.0, 0.0
    if angle == math.pi:  # one label is a multiple of the other
        value = scale * half_line_moment(1.0, a + b) * (math.gamma(a + b + 1.0) / factorials)
        return value, 4.0 * (1 + a + b) * EPS * value
    integral, slope = 0.0, 0.0
    panels = 1 + (a + b) // _MAX_DEGREE
    for panel in range(panels):
        for k in range(_LEGENDRE_NODES.size):
            t = angle * (panel + 0.5 * (1.0 + _LEGENDRE_NODES[k])) / panels
            weight = 0.5 * angle / panels * _LEGENDRE_WEIGHTS[k]
            other = math.sin(angle - t)
            term = weight * _integer_power(math.sin(t), a)
            if b > 0:
                term *= _integer_power(other, b - 1)
                slope += b * term
                term *= other
            integral += term
    if b == 0:
        slope = _integer_power(math.sin(angle), a)
    front = scale / factorials / (2.0 * math.pi) * 2.0 ** (0.5 * (a + b)) * math.gamma(0.5 * (a + b) + 1.0)
    value = front * integral
    moved = 0.5 * (a * E[0, 0] / G[0, 0] + b * E[1, 1] / G[1, 1])
    return value, value * (moved + (16.0 + 4.0 * (a + b)) * EPS) + front * slope * angle_error


@njit(cache=True, nogil=True)
def octant_probability(G: Array, E: Array) -> tuple[float, float]:
    """P(z_0 > 0, z_1 > 0, z_2 > 0) = (Σ wedges − π) / 4π, and its error."""
    total, error = -math.pi, 4.0 * EPS * math.pi
    for i in range(3):
        for j in range(i):
            angle, moved = wedge(G, E, i, j)
            total += angle
            error += moved
    return max(total, 0.0) / (4.0 * math.pi), error / (4.0 * math.pi)


@njit(cache=True, nogil=True)
def _reduced(G: Array, left_out: int) -> Array:
    n = G.shape[0] - 1
    smaller = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            smaller[i, j] = G[i + (i >= left_out), j + (j >= left_out)]
    return smaller


@njit(cache=True, nogil=True)
def _distance(G: Array, i: int, j: int) -> float:
    """1 − ρ, without cancellation where ρ is close to one."""
    scale = math.sqrt(G[i, i] * G[j, j])
    if G[i, j] <= 0.0:
        return float(1.0 - G[i, j] / scale)
    return float(determinant(G[i, i], G[j, j], G[i, j], G[i, j]) / (scale * (scale + G[i, j])))


@njit(cache=True, nogil=True)
def _gram(x: float, y: float, z: float) -> tuple[float, float]:
    """Determinant of three labels from their distances 1 − ρ, and its relative rounding error."""
    positive, negative = 2.0 * (x * y + y * z + z * x), x * x + y * y + z * z + 2.0 * x * y * z
    return max(positive - negative, 0.0), 4.0 * EPS * positive / max(positive - negative, EPS * positive)


@njit(cache=True, nogil=True)
def _conditional_angle(x: Array, t_left: float, rho: Array) -> tuple[float, float]:
    """Arcsin r_km|ij where the correlations have grown to the share 1 − t_left, and its error.

    The six pairs are ij, km, ik, jm, im, jk; everything is written in the distances 1 − tρ, all of which are small
    for inputs that are nearly alike.
    """
    d = x + t_left * rho
    variance_k, blur_k = _gram(d[0], d[2], d[5])
    variance_m, blur_m = _gram(d[0], d[4], d[3])
    covariance = d[0] * (
        d[2] + d[5] + d[4] + d[3] - 2.0 * d[1] - d[0] + d[1] * d[0] - d[2] * d[3] - d[5] * d[4]
    ) - (d[5] - d[2]) * (d[3] - d[4])
    rest = max(variance_k * variance_m - covariance * covariance, 0.0)
    return math.atan2(covariance, math.sqrt(rest)), min(blur_k + blur_m, math.pi)


@njit(cache=True, nogil=True)
def _plackett_integral(G: Array, i: int, j: int, k: int, m: int) -> tuple[float, float]:
    """∫ arcsin r_km|ij over the angle of ρ_ij, all correlations growing together from 0; and its error."""
    pairs = ((i, j), (k, m), (i, k), (j, m), (i, m), (j, k))
    x, rho = np.empty(6), np.empty(6)
    for pair in range(6):
        a, b = pairs[pair]
        x[pair], rho[pair] = _distance(G, a, b), G[a, b] / math.sqrt(G[a, a] * G[b, b])
    if rho[0] == 0.0:
        return 0.0, 0.0
    across = math.sqrt(determinant(G[i, i], G[j, j], G[i, j], G[i, j]))
    end = math.atan2(G[i, j], across)
    cosine = across / math.sqrt(G[i, i] * G[j, j])
    fine, coarse, noise = 0.0, 0.0, 0.0
    for node in range(_DE_REST.size):
        half = 0.5 * end * _DE_REST[node]
        t_left = 2.0 * math.sin(half) * (cosine * math.cos(half) / rho[0] + math.sin(half))
        angle, blur = _conditional_angle(x, t_left, rho)
        fine += _DE_WEIGHTS[node] * angle
        noise += _DE_WEIGHTS[node] * blur
        if node % 2 == 0:
            coarse += 2.0 * _DE_WEIGHTS[node] * angle
    return end * fine, abs(end) * (abs(fine - coarse) + noise)


@njit(cache=True, nogil=True)
def orthant_probability(G: Array, E: Array) -> tuple[float, float]:
    """P(z_0 > 0, …, z_3 > 0) and its error, by Plackett's identity.

    1/16 + Σ arcsin ρ_ij / 8π + (1/4π²) Σ ∫_0^{arcsin ρ_ij} arcsin r_kl|ij du over the six pairs; the integrals
    by a double-exponential rule, which does not mind the square roots that singular metrics leave at the end.
    """
    total, error = 1.0 / 16.0, 8.0 * EPS
    for i in range(4):
        for j in range(i):
            angle, moved = wedge(G, E, i, j)
            if angle == 0.0:
                return 0.0, 0.0
            if angle == math.pi:
                return octant_probability(_reduced(G, i), _reduced(E, i))
            k = 0 if j > 0 else (1 if i > 1 else 2)
            integral, change = _plackett_integral(G, i, j, k, 6 - i - j - k)
            total += (angle - math.pi / 2) / (8.0 * math.pi) + integral / (4.0 * math.pi**2)
            error += moved / (4.0 * math.pi) + change / (4.0 * math.pi**2)
    return max(total, 0.0), error
