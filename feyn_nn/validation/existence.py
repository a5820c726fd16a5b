"""Whether there is anything to measure: some networks have coefficients at every order and no sum."""

from __future__ import annotations

from feyn_nn._core import InvalidInput
from feyn_nn.networks import MLP


def require_sum(network: MLP) -> None:
    """Stop where E[Ĝ] is infinite at every finite width.

    Given the layer before, Ĝ^L averages σ(z)² over z ~ N(0, Ĝ^{L-1}), which an exponential σ turns into
    exp(2 rate² Ĝ^{L-1}). From depth 3 on Ĝ^{L-1} is itself an average of exponentials of Gaussians, whose tail no
    exponential moment survives. Each coefficient of the series in 1/n is finite all the same.

    Raises
    ------
    InvalidInput
        With the reason.
    """
    growth = network.activation.growth
    if growth is None or not growth.is_exponential or network.depth < 3:
        return
    if min(network.weight_variances[-2:]) > 0:
        raise InvalidInput(
            f"with {network.activation.name!r} at depth {network.depth} E[Ĝ] is infinite at every finite width, so no"
            " sampled mean can meet the series; give depth=2, or take the coefficients, which exist, from"
            " metric_cumulant(…).evaluate(inputs)",
            page="theory/loops.md#what-the-series-is-good-for",
        )
