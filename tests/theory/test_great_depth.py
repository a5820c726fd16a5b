"""Critical networks at great depth: couplings over powers of ℓ approach constants that the recursion gives.

For σ = z + σ₃z³/6 + … at C_W = 1 the kernel obeys K' = K + σ₃K² + …, so Kℓ → k = -1/σ₃ (tanh: 1/2, sin: 1). With
J = 1 - 2/ℓ, V_{2,0} = 2K², V_{1,2} = -2/k, V_{2,1} = 4K to leading order, and the ansatz V = vK²ℓ, κ₃ = sK³ℓ²,
K^{1} = cKℓ, the layer recursion gives -v = -4v + 2, -s = -6s + 12v - 6v² and 0 = -2c - v: v = 2/3, s = 16/15, c = -1/3.
A homogeneous σ has V_{2,0} = vK², V_{2,1} = 2vK, V_{1,2} = 0: V = vK²ℓ, κ₃ → 3v²K³ℓ², K^{1} = 0, with v = 2 for linear
and v = 5 for ReLU. (Roberts, Yaida & Hanin 2022, chapter 5, have Kℓ and V/K²ℓ.)
"""

from __future__ import annotations

import pytest

import feyn_nn as fnn

ONE = fnn.Inputs.from_metric([[0.7]])


def ratios(activation: str, weight_variance: float, depth: int) -> list[float]:
    """V/(K²ℓ), κ₃/(K³ℓ²) and K^{1}/(Kℓ) behind ℓ = depth - 1 hidden layers, and Kℓ."""
    net = fnn.MLP(depth=depth, width=depth, activation=activation, weight_variance=weight_variance)
    steps, kernel = depth - 1, float(fnn.infinite_width_kernel(net, ONE)[0, 0])

    def leading(rank: int, loops: int) -> float:
        cumulant = fnn.metric_cumulant(net, pairs=[(0, 0)] * rank, loops=loops)
        return float(cumulant.evaluate(ONE).coefficients[rank - 1 + loops])

    return [
        leading(2, 0) / (kernel**2 * steps),
        leading(3, 0) / (kernel**3 * steps**2),
        leading(1, 1) / (kernel * steps),
        kernel * steps,
    ]


@pytest.mark.parametrize(("activation", "k", "depth"), [("tanh", 0.5, 4_000), ("sin", 1.0, 2_000)])
def test_kernels_that_vanish(activation, k, depth):
    """Corrections fall like log(ℓ)/ℓ: a log of some hundreds more in depth leaves them within 10/ℓ of the limit."""
    limits = [2 / 3, 16 / 15, -1 / 3, k]
    for limit, found in zip(limits, ratios(activation, 1.0, depth), strict=True):
        assert found == pytest.approx(limit, rel=10 / depth)


@pytest.mark.parametrize(("activation", "weight_variance", "v"), [("linear", 1.0, 2.0), ("relu", 2.0, 5.0)])
def test_kernels_that_stay(activation, weight_variance, v):
    four, six, one_loop, _ = ratios(activation, weight_variance, 2_000)
    assert four == pytest.approx(v, rel=1e-9)
    assert six == pytest.approx(3 * v**2, rel=3e-3)
    assert one_loop == pytest.approx(0.0, abs=1e-9)
