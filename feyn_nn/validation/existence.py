"""Whether there is anything to measure: some series have no sum, and some say nothing of networks so small."""

from __future__ import annotations

from feyn_nn._core import InvalidInput
from feyn_nn.networks import MLP
from feyn_nn.validation.design import Design
from feyn_nn.validation.prediction import Prediction
from feyn_nn.validation.sizes import Sizes, sizes_name


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


def check_meaning(prediction: Prediction, design: Design) -> None:
    """Stop where the orders left out may be as large as the observable: no measurement could contradict such a series.

    Raises
    ------
    InvalidInput
        With both, and from where on the series begins to mean something.
    """
    for run in design.runs:
        largest = _largest(prediction, run.sizes)
        if largest and prediction.error(run.sizes) > largest:
            raise InvalidInput(
                f"at {sizes_name(run.sizes)} the orders left out of {prediction.observable.name} may add up to"
                f" {prediction.error(run.sizes):.2g}, more than its largest term, {largest:.2g}, so that the series"
                f" says nothing there; {_remedy(prediction, run.sizes)}"
            )


def _largest(prediction: Prediction, sizes: Sizes) -> float:
    return max(map(abs, prediction.terms(sizes).values()))


def _remedy(prediction: Prediction, sizes: Sizes) -> str:
    """Where the error falls below half of the observable."""
    name, trial = prediction.parameter, dict(sizes)
    while prediction.error(trial) > 0.5 * _largest(prediction, trial):
        trial[name] *= 2
        if trial[name] > 1e6:
            return "ask for fewer loops"
    return f"give {name} of about {trial[name]:g} or more"
