"""How the mean of the read-out metric follows the token metric: the propagator of an attention layer.

M_ab = A_a Σ_V A_bᵀ depends on the metric through Σ_V and through the covariance Σ_Q ⊗ Σ_K of the scores. The derivative
of a Gaussian mean with respect to its covariance is half the mean of second derivatives, which for a softmax are
polynomials in the attention weights: nothing is inverted, so a singular metric does no harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import InvalidInput, pairs_of
from feyn_nn.kernels.attention.geometry import ScoreGeometry, score_geometry
from feyn_nn.kernels.attention.integration import GRID_DIMENSIONS
from feyn_nn.kernels.attention.nodes import Block, Replicate, grid

if TYPE_CHECKING:
    from feyn_nn.networks import MultiHeadAttention, Tokens

Array: TypeAlias = NDArray[np.float64]

_REPLICATES, _NODES = 16, 4096


def mean_jacobian(network: MultiHeadAttention, tokens: Tokens) -> tuple[Array, Array]:
    """∂(C_O E_∞[M_p])/∂G_q for all pairs of rows p and q, shape (P, P), and its error.

    The derivative with respect to G_γδ, γ < δ, moves G_γδ and G_δγ together.

    Parameters
    ----------
    network : MultiHeadAttention
    tokens : Tokens

    Raises
    ------
    InvalidInput
        If the coupling is infinite: hard attention jumps.
    """
    if not np.isfinite(network.coupling):
        raise InvalidInput("hard attention has no derivative by the metric; give a finite coupling")
    geometry = score_geometry(network, tokens, range(tokens.n_rows))
    estimates = np.array([_jacobian(network, tokens, geometry, blocks) for blocks in _rules(geometry)])
    if len(estimates) <= 2:
        return estimates[0], np.abs(estimates[0] - estimates[-1])
    return estimates.mean(axis=0), estimates.std(axis=0, ddof=1) / np.sqrt(len(estimates))


def _rules(geometry: ScoreGeometry) -> Iterator[Iterator[Block]]:
    """A grid and a coarser one, or independent replicates."""
    if geometry.dimension == 0:
        yield iter([(geometry.zero_scores, np.ones(1))])
    elif geometry.dimension <= GRID_DIMENSIONS:
        fine = 0.3 if geometry.dimension < GRID_DIMENSIONS else 0.6
        for step in (fine, 1.4 * fine):
            yield grid(geometry.shape, step)
    else:
        for number in range(_REPLICATES):
            yield Replicate(geometry.variances, None, number).blocks(_NODES)


def _jacobian(
    network: MultiHeadAttention, tokens: Tokens, geometry: ScoreGeometry, blocks: Iterator[Block]
) -> Array:
    rows = pairs_of(range(tokens.n_rows))
    first, second = np.array(rows).T
    gradients = np.zeros((len(rows), tokens.n_rows, tokens.n_rows))
    sees = np.kron(np.eye(tokens.n_inputs, dtype=bool), network.visible(tokens.n_tokens))
    metrics = [metric(tokens) for metric in (network.query_metric, network.key_metric, network.value_metric)]
    for g, weight in blocks:
        A = attention_weights(geometry, g, sees)
        for number, (a, b) in enumerate(rows):
            gradients[number] += _gradient(network, metrics, A, weight, a, b)
    doubled = np.where(first == second, 1.0, 2.0)
    return np.asarray(network.output_variance * doubled * gradients[:, first, second])


def _gradient(
    network: MultiHeadAttention, metrics: list[Array], A: Array, weight: Array, a: int, b: int
) -> Array:
    """∂M_ab/∂G, symmetric, G_γδ and G_δγ taken as two variables."""
    Q, K, V = metrics
    one, other = A[:, a], A[:, b]
    same, joint = _curvatures(V, one, other, weight), _crossed(V, one, other, weight)
    gQ, gK = np.zeros_like(Q), np.zeros_like(Q)
    if a == b:
        H = 2 * same + joint + joint.T
        gQ[a, a], gK[:] = np.sum(H * K) / 2, H * Q[a, a] / 2
    else:
        back = _curvatures(V, other, one, weight)
        gQ[a, a], gQ[b, b] = np.sum(same * K) / 2, np.sum(back * K) / 2
        gQ[a, b] = gQ[b, a] = np.sum(joint * K) / 2
        gK += (same * Q[a, a] + back * Q[b, b] + (joint + joint.T) * Q[a, b]) / 2
    read = np.einsum("n,ni,nj->ij", weight, one, other)
    scores = network.coupling**2 * (network.query_variance * gQ + network.key_variance * gK)
    return np.asarray(scores + network.value_variance * (read + read.T) / 2)


def _curvatures(V: Array, A: Array, B: Array, weight: Array) -> Array:
    """E ∂²(A V B)/∂s_i ∂s_j, s the scores of A alone."""
    u = B @ V
    mean = np.einsum("ni,ni->n", A, u)
    diagonal = np.diag(weight @ (A * (u - mean[:, np.newaxis])))
    shifted = A * (mean[:, np.newaxis] - u) * weight[:, np.newaxis]
    mixed = shifted.T @ A
    return np.asarray(diagonal + mixed + mixed.T)


def _crossed(V: Array, A: Array, B: Array, weight: Array) -> Array:
    """E ∂²(A V B)/∂s_i ∂t_j, s the scores of A and t those of B."""
    M = np.einsum("ni,ij,nj->n", A, V, B)
    weighted = A * weight[:, np.newaxis]
    total = V * (weighted.T @ B) + (weighted * M[:, np.newaxis]).T @ B
    total -= weighted.T @ (B * (A @ V)) + (weighted * (B @ V)).T @ B
    return np.asarray(total)


def attention_weights(geometry: ScoreGeometry, g: Array, sees: NDArray[np.bool_]) -> Array:
    """A of every row at every node, shape (nodes, rows, rows): equal tokens share the weight of their column.

    Parameters
    ----------
    geometry : ScoreGeometry
        Of all rows.
    g : array (nodes, r, c)
    sees : array (rows, rows)
        Which row reads which.
    """
    scores = np.einsum("ai,nik,jk->naj", geometry.queries, g, geometry.keys) * geometry.coupling
    seen = geometry.multiplicity > 0
    scores = np.where(seen, scores, -np.inf)
    exponentials = np.exp(scores - scores.max(axis=2, keepdims=True))
    total = (exponentials * geometry.multiplicity).sum(axis=2, keepdims=True)
    single = exponentials / total
    column_of = np.empty(len(sees), dtype=np.int64)
    for column, members in enumerate(geometry.members):
        column_of[list(members)] = column
    return np.asarray(np.where(sees, single[:, :, column_of], 0.0))
