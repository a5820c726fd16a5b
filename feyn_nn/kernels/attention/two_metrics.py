"""Mean and covariance of the read-out metric of one attention layer, all pairs of rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Powers, pairs_of
from feyn_nn.kernels.attention.cumulants import score_cumulants
from feyn_nn.kernels.attention.geometry import score_geometry

if TYPE_CHECKING:
    from feyn_nn.networks import MultiHeadAttention, Tokens

Array: TypeAlias = NDArray[np.float64]


def two_metrics(
    network: MultiHeadAttention, tokens: Tokens, tolerance: float = 1e-3, max_nodes: int = 1 << 18
) -> tuple[Array, dict[Powers, Array], dict[Powers, Array]]:
    """At infinite key_dim: C_O E[M_p], and C_O² Cov(M_12, M_34) and C_O² E[M_13 M_24 + M_14 M_23], with errors.

    Returns
    -------
    mean : array (P,)
    covariance, errors : dicts of Powers to array (P, P)
    """
    pairs = np.array(pairs_of(range(tokens.n_rows)), dtype=np.int64)
    geometry = score_geometry(network, tokens, range(tokens.n_rows))
    cumulants = score_cumulants(
        geometry,
        pairs,
        monomials=(),
        degree=2,
        loops=0,
        key_dim=network.key_dim,
        tolerance=tolerance,
        max_nodes=max_nodes,
    )
    P = len(pairs)
    number = np.empty((tokens.n_rows, tokens.n_rows), dtype=np.int64)
    number[pairs[:, 0], pairs[:, 1]] = number[pairs[:, 1], pairs[:, 0]] = np.arange(P)
    (a, b), (c, d) = pairs.T[:, :, np.newaxis], pairs.T[:, np.newaxis, :]
    breaking = cumulants.series(np.indices((P, P)).reshape(2, -1).T)[:, 0].reshape(-1, P, P)
    mean = cumulants.series(np.arange(P)[:, np.newaxis])[:, 0]
    product = breaking + mean[:, :, np.newaxis] * mean[:, np.newaxis, :]
    ring = product[:, number[a, c], number[b, d]] + product[:, number[a, d], number[b, c]]
    scale = network.output_variance
    judged = {
        Powers(heads=1): cumulants.sampled.judged(scale**2 * breaking),
        Powers(heads=1, value_dim=1): cumulants.sampled.judged(scale**2 * ring),
    }
    return (
        cumulants.sampled.judged(scale * mean)[0],
        {powers: value for powers, (value, _) in judged.items()},
        {powers: error for powers, (_, error) in judged.items()},
    )
