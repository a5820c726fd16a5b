"""The kernel at infinite width."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from feyn_nn._core import Pair
from feyn_nn.networks import MLP, Feedforward, Inputs, Tokens
from feyn_nn.networks.arguments import Layered, Network, check_inputs, check_network
from feyn_nn.theory.architectures import theory_of
from feyn_nn.theory.reduction import reduce_inputs


def infinite_width_kernel(network: Network, inputs: Inputs | Tokens) -> NDArray[np.float64]:
    """K^L, shape (B, B): K^1 = Ĝ^1 and K^{ℓ+1} = C_b + C_W ⟨σσ⟩ over N(0, K^ℓ).

    Raises
    ------
    InvalidInput
        If it overflows, with the layer where it does.

    Examples
    --------
    >>> import feyn_nn as fnn
    >>> net = fnn.MLP(depth=2, width=8, activation="relu", weight_variance=2.0)
    >>> fnn.infinite_width_kernel(net, fnn.Inputs.from_metric([[1.0]])).round(12).tolist()
    [[1.0]]
    """
    if (answer := theory_of(network, "infinite_width_kernel")) is not None:
        other: NDArray[np.float64] = answer(network, inputs)
        return other
    check_network(network)
    check_inputs(inputs, network)
    assert isinstance(network, (MLP, Feedforward))
    assert isinstance(inputs, Inputs)
    return kernel_and_error(network, inputs)[0]


def kernel_and_error(network: Layered, inputs: Inputs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """K^L and the absolute error of its entries, each of shape (B, B).

    Raises
    ------
    InvalidInput
        As :func:`infinite_width_kernel` does.
    """
    from feyn_nn.kernels.series import infinite_width

    check_network(network)
    check_inputs(inputs)
    labels = range(inputs.n_inputs)
    reduction = reduce_inputs(network, network.first_metric(inputs), labels)
    kernel, error = infinite_width(network, reduction.metric)
    place = [reduction.place[label] for label in labels]
    scale = np.array([reduction.scale[label] for label in labels])
    entries, factor = np.ix_(place, place), np.outer(scale, scale)
    return kernel[entries] * factor, error[entries] * factor


def kernel_entry(network: Layered, inputs: Inputs, pair: Pair) -> tuple[float, float]:
    """One entry of K^L and its absolute error, from the inputs that it needs.

    Raises
    ------
    InvalidInput
        As :func:`infinite_width_kernel` does, or if there is no such input.
    """
    labels = sorted(set(pair))
    kernel, error = kernel_and_error(network, inputs.take(labels))
    entry = tuple(labels.index(label) for label in pair)
    return float(kernel[entry]), float(error[entry])
