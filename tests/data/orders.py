"""κ₁, κ₂ and κ₃ of one, two and three distinct inputs through the orders that can be resolved."""

import feyn_nn as fnn
from tests.data.campaign import Case, Pairs, campaign_by_width


def _network(activation: str, depth: int, C_W: float, C_b: float) -> fnn.MLP:
    return fnn.MLP(depth=depth, width=64, activation=activation, weight_variance=C_W, bias_variance=C_b)


ONE = fnn.Inputs.from_metric([[1.0]])
TWO = fnn.Inputs.from_metric([[1.7, 0.9], [0.9, 1.2]])
THREE = fnn.Inputs.from_metric([[1.0, 0.5, 0.3], [0.5, 0.8, 0.4], [0.3, 0.4, 1.2]])
DEEP = {
    "tanh": _network("tanh", 5, 1.6, 0.1),
    "sin": _network("sin", 5, 1.2, 0.1),
    "gelu": _network("gelu", 5, 1.983, 0.173),
}
SHALLOW = {"tanh": _network("tanh", 4, 1.6, 0.1), "relu": _network("relu", 4, 1.8, 0.1)}
OF_ONE: dict[str, tuple[Pairs, int]] = {
    "mean through 1/n²": ([(0, 0)], 2),
    "mean at 1/n": ([(0, 0)], 1),
    "variance through 1/n²": ([(0, 0)] * 2, 1),
    "variance at 1/n": ([(0, 0)] * 2, 0),
    "third cumulant through 1/n³": ([(0, 0)] * 3, 1),
    "third cumulant at 1/n²": ([(0, 0)] * 3, 0),
}
OF_TWO: dict[str, tuple[Pairs, int]] = {
    "mean of G01 at 1/n": ([(0, 1)], 1),
    "covariance of G00 and G01 through 1/n²": ([(0, 0), (0, 1)], 1),
    "third cumulant of G00, G01, G11 at 1/n²": ([(0, 0), (0, 1), (1, 1)], 0),
}
OF_THREE: dict[str, tuple[Pairs, int]] = {
    "mean of G12 at 1/n": ([(1, 2)], 1),
    "covariance of G01 and G12 at 1/n": ([(0, 1), (1, 2)], 0),
    "third cumulant of G01, G12, G02 at 1/n²": ([(0, 1), (1, 2), (0, 2)], 0),
}
CASES = (
    {f"{k}, one input: {o}": Case(net, ONE, *w) for k, net in DEEP.items() for o, w in OF_ONE.items()}
    | {f"{k}, two inputs: {o}": Case(net, TWO, *w) for k, net in SHALLOW.items() for o, w in OF_TWO.items()}
    | {
        f"{k}, three inputs: {o}": Case(net, THREE, *w)
        for k, net in SHALLOW.items()
        for o, w in OF_THREE.items()
    }
)
CAMPAIGN = campaign_by_width("orders", CASES, most_numbers=6e9)
