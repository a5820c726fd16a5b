"""Six- and eight-point couplings by a route without moments or diagrams: leading orders as a saddle point.

At leading order n log E[e^{ntĜ'}]/n is the extremum over G and s of ψ(G, t) - sG + λ(s), ψ the cumulant generating
function of one neuron at G and λ that of the layer before, both with κ_k n^{k-1}. Solved as power series in t, with
derivatives from Stein's lemma and a rule of Gauss and Hermite.
"""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest

import feyn_nn as fnn

Z, W = np.polynomial.hermite_e.hermegauss(120)
W /= W.sum()
HERMITE = [np.polynomial.hermite_e.hermeval(Z, [0] * (2 * m) + [1]) for m in range(5)]
LENGTH = 5  # series through the fourth power


def times(a, b):
    return np.convolve(a, b)[:LENGTH]


def of(series, inner):
    """series(inner), inner without a constant."""
    result = np.zeros(LENGTH)
    for coefficient in series[::-1]:
        result = times(result, inner)
        result[0] += coefficient
    return result


def slope(series):
    return np.append(series[1:] * np.arange(1, LENGTH), 0.0)


def cumulants_of_one_neuron(sigma, C_W, K):
    """κ_1 … κ_4 of C_W σ² as Taylor series in G - K."""
    omega = C_W * sigma(np.sqrt(K) * Z) ** 2
    m1, m2, m3, m4 = (
        np.array([W @ (omega**k * He) / (2 * K) ** m / factorial(m) for m, He in enumerate(HERMITE)])
        for k in (1, 2, 3, 4)
    )
    squared = times(m1, m1)
    third = m3 - 3 * times(m1, m2) + 2 * times(m1, squared)
    fourth = (
        m4 - 4 * times(m1, m3) - 3 * times(m2, m2) + 12 * times(squared, m2) - 6 * times(squared, squared)
    )
    return m1, m2 - squared, third, fourth


def next_layer(one, generating):
    """The generating function behind the next layer, in t, from that of this one, in s."""
    powers = np.eye(LENGTH)[1:] / [[factorial(k)] for k in range(1, LENGTH)]  # t^k/k!
    moved = source = np.zeros(LENGTH)  # G - K and s
    for _ in range(LENGTH):
        source = sum(times(power, of(slope(own), moved)) for power, own in zip(powers, one, strict=True))
        moved = of(slope(generating), source)
    neuron = sum(times(power, of(own, moved)) for power, own in zip(powers, one, strict=True))
    return neuron - times(source, moved) + of(generating, source)


@pytest.mark.parametrize(
    ("name", "sigma", "C_b", "C_W"), [("tanh", np.tanh, 0.0, 1.0), ("sin", np.sin, 0.05, 1.3)]
)
def test_couplings_are_those_of_the_saddle_point(name, sigma, C_b, C_W):
    depth, K, correction = 41, 0.7, 0.0
    generating = np.zeros(LENGTH)
    for _ in range(depth - 1):
        one = cumulants_of_one_neuron(sigma, C_W, K)
        correction = one[0][1] * correction + one[0][2] * 2 * generating[2]  # ½ K''·V
        generating = next_layer(one, generating)
        K = C_b + generating[1]
        generating[1] = 0.0
    net = fnn.MLP(depth=depth, width=8, activation=name, weight_variance=C_W, bias_variance=C_b)
    flow = fnn.flow.trace(net, fnn.Inputs.from_metric([[0.7]]))
    assert flow.kernel[-1, 0, 0] == pytest.approx(K, rel=1e-12)
    own = (flow.four_point_coupling, flow.six_point_coupling, flow.eight_point_coupling)
    for rank, column in zip((2, 3, 4), own, strict=True):
        expected = factorial(rank) * generating[rank] / K**rank
        assert column[-1, 0] == pytest.approx(expected, rel=1e-10)
    assert flow.correction[-1, 0] == pytest.approx(correction / K, rel=1e-10)
