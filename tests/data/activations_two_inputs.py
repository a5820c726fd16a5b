"""Tree and one-loop κ₁ and κ₂ of every activation that has a sum, depth 3, two inputs."""

import feyn_nn as fnn
from tests.data.campaign import Case, Pairs, campaign_by_width

INPUTS = fnn.Inputs.from_correlation([1.0, 0.7], 0.4)
VARIANCES = {
    "linear": (1.2, 0.1),
    "relu": (1.6, 0.1),
    "leaky_relu(0.1)": (1.6, 0.1),
    "tanh": (1.6, 0.1),
    "erf": (1.6, 0.1),
    "sin": (1.2, 0.1),
    "cos": (1.0, 0.0),
    "gelu": (1.983, 0.173),
    "swish": (1.2, 0.1),
    "softplus": (1.0, 0.0),
    "polynomial(0, 1, 0, 0.1)": (0.5, 0.1),
    "z*exp(-z**2/2)": (1.2, 0.1),
    "Max(-1, Min(1, z))": (1.6, 0.1),
    "Piecewise((z, z > 0), (exp(z) - 1, True))": (1.2, 0.1),
    "z/(1 + Abs(z))": (2.0, 0.1),
}
OBSERVABLES: dict[str, Pairs] = {
    "mean of G00": [(0, 0)],
    "mean of G01": [(0, 1)],
    "covariance of G00 and G11": [(0, 0), (1, 1)],
}


def network(activation: str) -> fnn.MLP:
    """The networks of one activation."""
    C_W, C_b = VARIANCES[activation]
    return fnn.MLP(depth=3, width=64, activation=activation, weight_variance=C_W, bias_variance=C_b)


CASES = {
    f"{activation}: {observable}": Case(network(activation), INPUTS, pairs, 1)
    for activation in VARIANCES
    for observable, pairs in OBSERVABLES.items()
}
CAMPAIGN = campaign_by_width("activations_two_inputs", CASES, most_numbers=1e9)
