"""Moments of the value metrics over the scores, with the Hermite weights of 1/key_dim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from feyn_nn._core._combination import add_combination
from feyn_nn.kernels.attention.geometry import ScoreGeometry
from feyn_nn.kernels.attention.hermite import hermite_weights, n_weights
from feyn_nn.kernels.attention.nodes import Block
from feyn_nn.kernels.attention.softmax import BOTH, ONCE, value_metrics

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int64]
Monomial: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Moments:
    """E[Π_p (M_p - centre_p) h] for products of value metrics, any leading axes.

    Parameters
    ----------
    first : array (…, weights, pairs)
    second : array (…, weights, pairs, pairs)
    higher : array (…, weights, monomials)
        Those of degree three and more.
    """

    first: Floats
    second: Floats
    higher: Floats

    def scaled(self, factor: float) -> Moments:
        """All of them times a factor."""
        return Moments(first=factor * self.first, second=factor * self.second, higher=factor * self.higher)

    def plus(self, other: Moments) -> Moments:
        """The sums of both."""
        return Moments(
            first=self.first + other.first,
            second=self.second + other.second,
            higher=self.higher + other.higher,
        )

    @classmethod
    def stacked(cls, parts: Sequence[Moments]) -> Moments:
        """Several along a new leading axis."""
        return cls(
            first=np.stack([part.first for part in parts]),
            second=np.stack([part.second for part in parts]),
            higher=np.stack([part.higher for part in parts]),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class MomentPlan:
    """Which moments are wanted of which value metrics.

    Parameters
    ----------
    geometry : ScoreGeometry
    pairs : array (pairs, 2)
        The rows of each M_p.
    monomials : tuple of tuples
        Sorted numbers of pairs, for the moments of degree three and more.
    degree : int
        The highest degree; second moments are left at zero where it is one.
    loops : int
        The highest power of 1/key_dim.
    centre : array (pairs,)
        Subtracted from M: near its mean, so that nothing is lost to cancellation.
    """

    geometry: ScoreGeometry
    pairs: Indices
    monomials: tuple[Monomial, ...]
    degree: int
    loops: int
    centre: Floats

    @cached_property
    def packed(self) -> Indices:
        """The monomials as rows of numbers, filled up with -1."""
        rows = np.full((len(self.monomials), max(self.degree, 3)), -1, dtype=np.int64)
        for row, monomial in zip(rows, self.monomials, strict=True):
            row[: len(monomial)] = monomial
        return rows

    def over(self, blocks: Iterable[Block], *, sampled: bool = False) -> Moments:
        """The moments over nodes and weights.

        Where the nodes are `sampled`, each stands for -g as well, which is as likely and nearly as good as another
        node; and products are taken in single precision, whose rounding is 1e-7 of their noise.
        """
        weights, P = n_weights(self.loops), len(self.pairs)
        signs, kind = (BOTH, np.float32) if sampled else (ONCE, np.float64)
        first, second = np.zeros((weights, P)), np.zeros((weights, P, P))
        higher = np.zeros((weights, len(self.monomials)))
        for g, weight in blocks:
            M = value_metrics(self.geometry, g, self.pairs, signs)
            M -= self.centre
            h = np.tile(hermite_weights(g, self.loops) * (weight / len(signs)), len(signs))
            add_means(M, h, first)
            if self.degree > 1:
                second += self._products(M, h, kind)
            if self.monomials:
                add_monomials(M, h, self.packed, higher)
        return Moments(first=first, second=second + np.tril(second, -1).transpose(0, 2, 1), higher=higher)

    def _products(self, M: Floats, h: Floats, kind: type[np.float32 | np.float64]) -> Floats:
        """Σ_nodes h M_p M_q for p >= q, in units in which nothing overflows."""
        unit = np.abs(self.geometry.values).max(initial=0.0) or 1.0
        total = np.zeros((len(h), *self.pairs.shape[:1] * 2), dtype=kind)
        add_products((M / unit).astype(kind), h.astype(kind), total)
        return np.asarray(unit**2 * total.astype(np.float64))


_AT_ONCE = 32  # nodes, which stay in the cache with a row of the products


@njit(cache=True, nogil=True, error_model="numpy")
def add_means(M: Floats, h: Floats, total: Floats) -> None:
    """Add Σ_nodes h M_p; M has shape (nodes, pairs), h (weights, nodes), the total (weights, pairs)."""
    for w in range(h.shape[0]):
        add_combination(h[w], M, total[w])


@njit(cache=True, nogil=True, error_model="numpy")
def add_products(M: Floats, h: Floats, total: Floats) -> None:
    """Add Σ_nodes h M_p M_q for p >= q.

    Parameters
    ----------
    M : array (nodes, pairs)
    h : array (weights, nodes)
    total : array (weights, pairs, pairs)
        Added to on and below the diagonal.
    """
    own = np.empty(_AT_ONCE, dtype=M.dtype)
    for start in range(0, M.shape[0], _AT_ONCE):
        stop = min(start + _AT_ONCE, M.shape[0])
        for w in range(h.shape[0]):
            for p in range(M.shape[1]):
                for n in range(start, stop):
                    own[n - start] = h[w, n] * M[n, p]
                add_combination(own[: stop - start], M[start:stop], total[w, p, : p + 1])


@njit(cache=True, nogil=True, error_model="numpy")
def add_monomials(M: Floats, h: Floats, monomials: Indices, total: Floats) -> None:
    """Add Σ_nodes h Π_p M_p of every monomial; M has shape (nodes, pairs)."""
    for n in range(M.shape[0]):
        for i in range(monomials.shape[0]):
            product = 1.0
            for k in range(monomials.shape[1]):
                p = monomials[i, k]
                if p < 0:
                    break
                product *= M[n, p]
            for w in range(h.shape[0]):
                total[w, i] += h[w, n] * product
