"""Probabilities that up to four normals are all positive, from a covariance that is known exactly.

Inputs that are nearly dependent leave determinants that are small differences of large products. Here these are formed
in rational arithmetic and rounded once, so that no digit is lost however small they are, and zero is zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from feyn_nn.kernels.orthants import DOUBLE_EXPONENTIAL

Covariance: TypeAlias = Sequence[Sequence[Fraction]]

_EPS = float(np.finfo(np.float64).eps)


def exact_orthant(covariance: Covariance) -> tuple[float, float]:
    """P(all z_i > 0) of up to four normals that vary, and its absolute error."""
    n = len(covariance)
    if n < 2:
        return 0.5**n, 0.0
    G = _scaled(covariance)
    if n == 4:
        return _four(G)
    angles = math.fsum(_wedge(G, i, j) for j in range(n) for i in range(j))
    if n == 2:
        return angles / (2.0 * math.pi), _EPS
    return max(angles - math.pi, 0.0) / (4.0 * math.pi), 2.0 * _EPS


def determinant(matrix: Covariance) -> Fraction:
    """Of a matrix of rationals, by expansion: for sizes up to four."""
    if not matrix:
        return Fraction(1)
    total = Fraction(0)
    for column, entry in enumerate(matrix[0]):
        if entry:
            minor = [[*row[:column], *row[column + 1 :]] for row in matrix[1:]]
            total += (-1) ** column * entry * determinant(minor)
    return total


def _scaled(covariance: Covariance) -> list[list[Fraction]]:
    """The same probabilities with variances near one: each variable is multiplied by a power of two."""
    factors = [Fraction(2) ** (-(math.frexp(row[i])[1] // 2)) for i, row in enumerate(covariance)]
    return [
        [x * a * b for x, b in zip(row, factors, strict=True)]
        for row, a in zip(covariance, factors, strict=True)
    ]


def _wedge(G: Covariance, i: int, j: int) -> float:
    """The angle of z_i > 0, z_j > 0 in whitened coordinates."""
    return math.atan2(math.sqrt(G[i][i] * G[j][j] - G[i][j] ** 2), -float(G[i][j]))


def _four(G: Covariance) -> tuple[float, float]:
    """Of four: the covariances of the first with the others grow from zero, G_0j -> t G_0j, ∂P/∂G_0j being known.

    ∂P/∂G_0j is the density of (z_0, z_j) at zero times the probability that the other two are positive there
    (Plackett 1954). All determinants are linear in t², written in 1 - t² as sums of what is there at t = 1 and what
    is added to it, so that nothing cancels at the end, where their roots bend.
    """
    rest, moved = exact_orthant([row[1:] for row in G[1:]])
    total, error = rest / 2.0, moved / 2.0 + 2.0 * _EPS
    whole = determinant(G), G[0][0] * determinant([row[1:] for row in G[1:]])
    for j in range(1, 4):
        if G[0][j]:
            value, change = _grown(G, j, whole)
            total += value
            error += change
    return max(total, 0.0), error


def _grown(G: Covariance, j: int, whole: tuple[Fraction, Fraction]) -> tuple[float, float]:
    """(1/2π) ∫ (1/4 + arcsin r_km|0j / 2π) du over the angle u = arcsin(t ρ_0j), k and m the other two."""
    k, m = (other for other in (1, 2, 3) if other != j)
    pair = G[0][0] * G[j][j] - G[0][j] ** 2, G[0][0] * G[j][j]
    across = (
        determinant([[G[a][b] for b in (0, j, m)] for a in (0, j, k)]),
        G[0][0] * (G[j][j] * G[k][m] - G[j][k] * G[j][m]),
    )
    rho, cosine = (float(x) / math.sqrt(pair[1]) for x in (G[0][j], math.sqrt(pair[0])))
    end = math.atan2(rho, cosine)
    rest, weights = DOUBLE_EXPONENTIAL
    half = 0.5 * end * rest
    left = 2.0 * np.sin(half) * (cosine * np.cos(half) / rho + np.sin(half))  # 1 - t
    w = left * (2.0 - left)
    pair_w, across_w, whole_w = (
        float(last) + w * float(first - last) for last, first in (pair, across, whole)
    )
    angles = np.arctan2(across_w, np.sqrt(pair_w * whole_w))  # by Sylvester's identity
    fine = float(weights @ angles)
    coarse = 2.0 * float(weights[::2] @ angles[::2])
    value = end / 4.0 + end * fine / (2.0 * math.pi)
    return value / (2.0 * math.pi), abs(end) * abs(fine - coarse) / (4.0 * math.pi**2) + 2.0 * _EPS
