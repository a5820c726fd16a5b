"""What the attention weights of some rows depend on: a small Gaussian matrix, and which keys each row reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from feyn_nn.networks import MultiHeadAttention, Tokens

Array: TypeAlias = NDArray[np.float64]

RANK_TOLERANCE = 1e-13
"""Share of the largest eigenvalue below which a direction is rounding."""

SAME = 1e-13
"""Relative squared distance below which two tokens are one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoreGeometry:
    """Scores s = L_Q g L_Kᵀ of some rows against the keys that they read, g an r × c matrix.

    The softmax does not see a shift of all keys of an input, so keys are measured from the first that is read of
    each input: c is the rank of their differences. Equal tokens are one key with a multiplicity. Columns are the
    principal directions, largest variance first.

    Parameters
    ----------
    coupling : float
        β.
    queries : array (rows, r)
        L_Q.
    keys : array (columns, c)
        L_K; the first key of each input is zero.
    multiplicity : array (rows, columns)
        How many equal tokens a column stands for, among those that the row reads; 0 for those that it does not.
    first, last : array (rows,)
        The columns of each row's own input: first, …, last - 1.
    values : array (columns, columns)
        Σ_V between the columns.
    members : tuple of tuples of int
        The rows of the tokens that each column stands for.

    Notes
    -----
    At infinite key_dim the entries of g are independent standard normals; at finite key_dim g = q kᵀ/√d_k with
    q of shape (r, d_k) and k of shape (c, d_k). See docs/theory/attention.md.
    """

    coupling: float
    queries: Array
    keys: Array
    multiplicity: Array
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    values: Array
    members: tuple[tuple[int, ...], ...]

    @property
    def shape(self) -> tuple[int, int]:
        """(r, c), the shape of g; (0, 0) where the weights do not depend on it."""
        r, c = self.queries.shape[1], self.keys.shape[1]
        return (r, c) if r and c and self.coupling > 0 else (0, 0)

    @property
    def zero_scores(self) -> Array:
        """A single g of zeros, shape (1, r, c)."""
        return np.zeros((1, self.queries.shape[1], self.keys.shape[1]))

    @property
    def variances(self) -> tuple[Array, Array]:
        """How much each row and each column of g matters: the variances along the principal directions."""
        r, c = self.shape
        return (self.queries**2).sum(axis=0)[:r], (self.keys**2).sum(axis=0)[:c]

    @property
    def dimension(self) -> int:
        """r·c, the number of independent normals at infinite key_dim."""
        return self.shape[0] * self.shape[1]


def score_geometry(network: MultiHeadAttention, tokens: Tokens, rows: Sequence[int]) -> ScoreGeometry:
    """The geometry of the scores of `rows`, numbers of the rows of the tokens.

    Raises
    ------
    InvalidInput
        If the mask does not suit the tokens, or a metric overflows.
    """
    visible = network.visible(tokens.n_tokens)
    chosen = np.array(rows, dtype=np.int64)
    columns = _columns(tokens, chosen, visible)
    multiplicity = np.zeros((len(chosen), len(columns)))
    first, last = np.zeros(len(chosen), dtype=np.int64), np.zeros(len(chosen), dtype=np.int64)
    owner = [members[0] // tokens.n_tokens for members in columns]
    for i, row in enumerate(chosen):
        own, token = divmod(int(row), tokens.n_tokens)
        first[i], last[i] = owner.index(own), len(owner) - owner[::-1].index(own)
        for j in range(first[i], last[i]):
            multiplicity[i, j] = sum(visible[token, member % tokens.n_tokens] for member in columns[j])
    representative = [members[0] for members in columns]
    origin = [representative[owner.index(own)] for own in owner]
    return ScoreGeometry(
        coupling=network.coupling,
        queries=_factor(network.query_metric(tokens)[np.ix_(chosen, chosen)], _alike(tokens, chosen)),
        keys=_factor(_differences(network.key_metric(tokens), representative, origin), None),
        multiplicity=multiplicity,
        first=first,
        last=last,
        values=np.ascontiguousarray(network.value_metric(tokens)[np.ix_(representative, representative)]),
        members=tuple(tuple(own) for own in columns),
    )


def _columns(tokens: Tokens, rows: NDArray[np.int64], visible: NDArray[np.bool_]) -> list[list[int]]:
    """Classes of equal tokens, input by input, among those that some row reads."""
    T, columns = tokens.n_tokens, []
    for own in sorted({int(row) // T for row in rows}):
        read = visible[[int(row) % T for row in rows if row // T == own]].any(axis=0)
        classes: list[list[int]] = []
        for member in own * T + np.flatnonzero(read):
            for known in classes:
                if _same(tokens.metric, int(member), known[0]):
                    known.append(int(member))
                    break
            else:
                classes.append([int(member)])
        columns += classes
    return columns


def _same(metric: Array, a: int, b: int) -> bool:
    size = metric[a, a] + metric[b, b]
    return bool(abs(size - 2 * metric[a, b]) <= SAME * size)


def _alike(tokens: Tokens, rows: NDArray[np.int64]) -> list[int]:
    """For each row the first that has the same token."""
    return [
        next(j for j, other in enumerate(rows) if _same(tokens.metric, int(row), int(other))) for row in rows
    ]


def _differences(metric: Array, columns: list[int], origin: list[int]) -> Array:
    """Covariance of the keys measured from the origin of their input; exactly zero at the origin itself."""

    def between(a: list[int], b: list[int]) -> Array:
        block: Array = metric[np.ix_(a, b)]
        return block

    covariance = between(columns, columns) - between(columns, origin)
    covariance -= between(origin, columns) - between(origin, origin)
    at_origin = np.array(columns) == np.array(origin)
    covariance[at_origin] = covariance[:, at_origin] = 0.0
    return (covariance + covariance.T) / 2


def _factor(covariance: Array, alike: list[int] | None) -> Array:
    """F with F Fᵀ = covariance over its rank; rows that are alike are copies, so that they tie exactly."""
    values, vectors = np.linalg.eigh(covariance)
    kept = values > RANK_TOLERANCE * max(values[-1], 0.0)
    factor = (vectors[:, kept] * np.sqrt(values[kept]))[:, ::-1]
    factor[np.diag(covariance) == 0.0] = 0.0
    return np.ascontiguousarray(factor if alike is None else factor[alike])
