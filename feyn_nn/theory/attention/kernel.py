"""The metric behind attention at infinite key_dim."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import as_pairs
from feyn_nn.networks import MultiHeadAttention, Tokens
from feyn_nn.theory.attention.assembly import Assembly, Precision
from feyn_nn.theory.attention.cumulant import MAX_NODES, TOLERANCE
from feyn_nn.theory.attention.labels import check_tokens

_PRECISION = Precision(tolerance=0.1 * TOLERANCE, max_nodes=MAX_NODES)  # means are cheap


def attention_kernel(network: MultiHeadAttention, tokens: Tokens) -> NDArray[np.float64]:
    """K = output_variance · E_∞[A Σ_V Aᵀ], shape (n_rows, n_rows): E[Ĝ] at infinite key_dim and any heads.

    Raises
    ------
    InvalidInput
        If the mask does not suit the tokens.
    """
    check_tokens(tokens)
    rows = range(tokens.n_rows)
    components = [(pair,) for pair in combinations_with_replacement(rows, 2)]
    assembly = Assembly(network, tokens, components, 0, _PRECISION)
    ((_, values),) = assembly.values()
    kernel = np.empty((tokens.n_rows, tokens.n_rows))
    first, second = np.array([pair for (pair,) in components]).T
    kernel[first, second] = kernel[second, first] = assembly.judged(values)[0]
    return kernel


def attention_kernel_entry(network: MultiHeadAttention, tokens: Tokens, pair: Any) -> tuple[float, float]:
    """One entry of the kernel, for a pair of labels (input, token), and its error.

    Raises
    ------
    InvalidInput
        As :func:`attention_kernel` does.
    """
    check_tokens(tokens)
    components = [as_pairs(tokens.labelled([pair]))]
    assembly = Assembly(network, tokens, components, 0, _PRECISION)
    ((_, values),) = assembly.values()
    value, error = assembly.judged(values)
    return float(value[0]), float(error[0])
