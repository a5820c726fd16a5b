"""tanh networks of depth 4 on two inputs: means, covariances and a third cumulant through every order they resolve."""

import feyn_nn as fnn
from tests.data.campaign import Case, Pairs, campaign_by_width

NETWORK = fnn.MLP(depth=4, width=64, activation="tanh", weight_variance=1.6, bias_variance=0.1)
INPUTS = fnn.Inputs.from_metric([[1.7, 0.9], [0.9, 1.2]])
OBSERVABLES: dict[str, tuple[Pairs, int]] = {
    "mean of G00 through 1/n^2": ([(0, 0)], 2),
    "covariance of G00 and G11 through 1/n^2": ([(0, 0), (1, 1)], 1),
    "variance of G01 through 1/n^2": ([(0, 1), (0, 1)], 1),
    "covariance of G00 and G11 through 1/n^3": ([(0, 0), (1, 1)], 2),
    "third cumulant of G00, G01, G11 at 1/n^2": ([(0, 0), (0, 1), (1, 1)], 0),
    "third cumulant of G00, G01, G11 through 1/n^3": ([(0, 0), (0, 1), (1, 1)], 1),
}
CASES = {name: Case(NETWORK, INPUTS, *wanted) for name, wanted in OBSERVABLES.items()}
CAMPAIGN = campaign_by_width("tanh_two_inputs", CASES)
