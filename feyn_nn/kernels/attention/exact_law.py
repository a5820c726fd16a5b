"""The exact law of g = q kᵀ/√key_dim from few numbers: Bartlett's decomposition of the Wishart matrix k kᵀ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def numbers_needed(shape: tuple[int, int], key_dim: int) -> int:
    """How many uniform numbers one draw of g takes, whatever key_dim."""
    small, large = sorted(shape)
    columns = min(small, key_dim)
    return large * columns + sum(small - i for i in range(columns))


def exact_scores(uniforms: Floats, shape: tuple[int, int], key_dim: int) -> Floats:
    """G of shape (nodes, r, c) at finite key_dim, from uniform numbers in (0, 1), shape (nodes, numbers needed).

    With m = min(r, c), k of shape (m, d_k) and k kᵀ = L Lᵀ, g is Z Lᵀ/√d_k with Z standard normal: given k, the
    queries enter through N(0, k kᵀ) alone. L has √χ²_{d_k - i} on its diagonal and normals below
    (Bartlett 1933); for d_k < m it has d_k columns.
    """
    import scipy.special

    small, large = sorted(shape)
    columns = min(small, key_dim)
    normals = scipy.special.ndtri(uniforms[:, : large * columns]).reshape(-1, large, columns)
    factor = np.zeros((len(uniforms), small, columns))
    at = large * columns
    for i in range(columns):
        chi2 = 2 * scipy.special.gammaincinv((key_dim - i) / 2, uniforms[:, at])
        factor[:, i, i] = np.sqrt(chi2 / key_dim)
        below = small - i - 1
        factor[:, i + 1 :, i] = scipy.special.ndtri(uniforms[:, at + 1 : at + 1 + below]) / np.sqrt(key_dim)
        at += 1 + below
    g = normals @ factor.transpose(0, 2, 1)
    return np.ascontiguousarray(g if shape[0] == large else g.transpose(0, 2, 1))
